"""A client of NATS for which being turned away, or spoken to in another language, is an outage like any other.

nats-py closes itself for good when a server refuses something on a live connection, and is lost where none of NATS is.
What is overridden here is not public: its version is pinned, and the tests run against a real server.
"""

import re
import ssl
from typing import Any
from urllib.parse import ParseResult

from nats.aio.client import Client, Srv
from nats.aio.transport import TcpTransport
from nats.errors import Error

from messaging.address import Address, Login, addresses

STALE = "stale connection"
STAYS_CONNECTED = ("permissions violation", "maximum subscriptions exceeded")
DENIED = re.compile(r'permissions violation for subscription to "(.+?)"')
OF_OURS = re.compile(r' \(sid ".*"\)')  # our number of a subscription, which only some answers repeat
NONSENSE = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


class Refused(Error):
    """A server answers, and does not take us: with its reason."""


class OneWrite(TcpTransport):
    """What belongs together is written at once.

    CONNECT waits for the PING behind it: a server that has refused and gone would answer the PING with a reset, and
    that overtakes its refusal. And `writelines` on a connection that is lost is a TypeError out of the event loop
    from Python 3.13 on, where `write` does nothing.

    A handshake that fails ends the connection: it has taken the place of who would hear of the end, and
    `wait_closed` would wait for ever.
    """

    def __init__(self) -> None:
        super().__init__()
        self._connect = b""

    def write(self, payload: bytes) -> None:
        if payload.startswith(b"CONNECT "):
            self._connect = payload
            return
        super().write(self._connect + payload)
        self._connect = b""

    async def connect_tls(
        self,
        uri: str | ParseResult,
        ssl_context: ssl.SSLContext,
        buffer_size: int,
        connect_timeout: int,
    ) -> None:
        if self._io_writer is None:
            raise RuntimeError("connect comes first")
        transport = self._io_writer.transport
        waiting = transport.get_protocol()
        try:
            await super().connect_tls(uri, ssl_context, buffer_size, connect_timeout)
        except BaseException:
            transport.abort()
            if waiting:  # else it has been called already
                waiting.connection_lost(None)
            raise

    def writelines(self, payload: list[bytes]) -> None:
        self.write(b"".join(payload))

    def __bool__(self) -> bool:
        return True  # the client would replace it


class SteadyClient(Client):
    """Connects again whatever a server answers. Log-ins are decoded, and each server gets its own."""

    def __init__(self) -> None:
        super().__init__()
        self._transport = OneWrite()
        self._denials: dict[
            str, int
        ] = {}  # how often, by subject, in the small letters of the client's errors

    @property
    def hears(self) -> bool:
        """Connected, and every subscription is allowed."""
        return self.is_connected and not self._denials

    async def ask_again(self) -> bool:
        """Subscribe once more to what was denied; is all of it allowed by now?"""
        before = dict(self._denials)
        for subscription in list(self._subs.values()):
            if subscription.subject.lower() in before:
                await self._send_subscribe(subscription)
        for _ in range(2):  # the first question overtakes what is only buffered
            await self.flush()
        self._denials = {
            subject: count for subject, count in self._denials.items() if count > before.get(subject, 0)
        }
        return not self._denials

    @staticmethod
    def _parse_server_uri(connect_url: str) -> ParseResult:
        return addresses(connect_url)[0]

    async def _process_err(self, err_msg: str) -> None:
        if denied := DENIED.search(err_msg):
            self._denials[denied[1]] = self._denials.get(denied[1], 0) + 1
        refusal = OF_OURS.sub("", err_msg.strip("'"))
        problem = Refused(refusal)
        if refusal.startswith(STAYS_CONNECTED):
            await self._error_cb(problem)
        elif STALE in refusal:
            await super()._process_err(err_msg)
        else:
            await self._process_op_err(problem)
            await self._error_cb(problem)

    async def _process_connect_init(self) -> None:
        try:
            await super()._process_connect_init()
        except NONSENSE as problem:
            raise Refused("it does not speak NATS") from problem

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        uri = self._current_server.uri if self._current_server else None
        if initial_connection and uri and uri.scheme == "tls":
            if not (info.get("tls_required") or info.get("tls_available")):
                raise Refused("it offers no TLS")
            info["tls_required"] = True
            info.pop("connect_urls", None)  # they would get the log-in, and anybody on the way can forge them
        await super()._process_info(info, initial_connection)
        login = (uri.username, uri.password) if uri else (None, None)
        self._server_pool[:] = [server for server in self._server_pool if _gets_log_in(server, login)]

    async def _read_loop(self) -> None:
        await super()._read_loop()
        if self.is_connected:  # it stumbled over what cannot be read
            await self._process_op_err(Refused("it does not speak NATS"))


def _gets_log_in(server: Srv, login: Login) -> bool:
    """Servers others announce come without a log-in, and get that of their announcer; False for what is no address."""
    if not isinstance(server.uri, Address):
        try:
            announced = addresses(server.uri.geturl())[0]
        except ValueError:
            return False
        server.uri = Address.of(announced.scheme, announced.netloc, login)
    return True
