"""An exchange on this machine: WebSockets and REST of one origin, which speak as the venue does, and do as asked."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from ssl import SSLContext
from typing import Any, NamedTuple

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import State

_quiet = logging.getLogger("tests.markets.exchange")
_quiet.setLevel(logging.WARNING)
Message = str | bytes
Speaks = Callable[[Any], Iterable[Message]]
"""What a venue sends to a message it was sent: acknowledgements, then the first frames of what was asked for."""


class RestAnswer(NamedTuple):
    """What is answered to a GET; a body of bytes goes out as it is."""

    body: Any
    status: int = HTTPStatus.OK
    headers: dict[str, str] = {}


class Asked(NamedTuple):
    """What a client sent: on which connection (1 is the first), and when by the clock of the loop."""

    connection: int
    message: Any
    at: float


class Exchange:
    """Plays one venue; `asked` is all that clients sent, `paths` what was asked for over HTTP.

    Sockets are `wanted_at` a time, and `opened_at` it unless that is refused.

    It may be asked to be silent, to answer no requests for sockets (`refuses`), or to hang up where a client sends
    more than `most_a_second` messages.
    """

    def __init__(
        self, speaks: Speaks, rest: dict[str, RestAnswer], most_a_second: float | None = None
    ) -> None:
        self.rest = rest
        self.is_silent = False
        self.is_deaf_to_pings = False
        self.refuses: RestAnswer | None = None
        self.asked: list[Asked] = []
        self.paths: list[str] = []
        self.wanted_at: list[float] = []
        self.opened_at: list[float] = []
        self.opened_paths: list[str] = []
        self.port = 0
        self.scheme_ends = ""
        self._speaks, self._most_a_second = speaks, most_a_second
        self._by_number: dict[int, ServerConnection] = {}

    @property
    def origins(self) -> tuple[str, str]:
        """Of its sockets, and of REST."""
        place = f"{self.scheme_ends}://127.0.0.1:{self.port}"
        return f"ws{place}", f"http{place}"

    @property
    def opened(self) -> int:
        """How many connections there have been."""
        return len(self.opened_at)

    @property
    def open_now(self) -> list[int]:
        """The numbers of those that are open."""
        return list(self._by_number)

    async def send(self, *messages: Message, to: int | None = None, path: str = "") -> None:
        """To everybody, on one connection, or on those of one path."""
        for number, connection in list(self._by_number.items()):
            if to in (None, number) and path in ("", self.opened_paths[number - 1]):
                with suppress(ConnectionClosed):  # who is leaving hears no more
                    for each in messages:
                        await connection.send(each, text=True if isinstance(each, bytes) else None)

    def transports(self, path: str = "") -> list[asyncio.Transport]:
        """Of all open connections, or of those of one path, for who has much to say and has framed it already."""
        return [
            connection.transport
            for number, connection in self._by_number.items()
            if path in ("", self.opened_paths[number - 1]) and connection.state is State.OPEN
        ]

    async def cut(self, *numbers: int) -> None:
        """These connections, or all, without a word."""
        for number in numbers or self.open_now:
            self._by_number.pop(number).transport.abort()

    async def hang_up(self, code: int, reason: str) -> None:
        """Close all connections in good order."""
        for connection in list(self._by_number.values()):
            await connection.close(code, reason)

    def asked_on(self, number: int) -> list[Any]:
        """All that was sent on a connection."""
        return [each.message for each in self.asked if each.connection == number]

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request
        self.opened_at.append(_now())
        self.opened_paths.append(connection.request.path)
        number = self.opened
        self._by_number[number] = connection
        if self.is_deaf_to_pings:
            _deafen(connection)
        try:
            async for raw in connection:
                assert isinstance(raw, str)
                message = json.loads(raw) if raw.startswith("{") else raw
                self.asked.append(Asked(number, message, _now()))
                if self._is_too_much(number):
                    await connection.close(1008, "Too many requests")
                elif not self.is_silent:
                    for answer in self._speaks(message):
                        await connection.send(answer, text=True if isinstance(answer, bytes) else None)
        except ConnectionClosed:
            return
        finally:
            self._by_number.pop(number, None)

    def _is_too_much(self, number: int) -> bool:
        lately = [each for each in self.asked if each.connection == number and each.at > _now() - 1.0]
        return self._most_a_second is not None and len(lately) > self._most_a_second

    def _answer(self, _connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Upgrade"):
            self.wanted_at.append(_now())
            return self.refuses and _response(self.refuses)
        self.paths.append(request.path)
        return _response(self.rest.get(request.path, RestAnswer({"msg": "not found"}, HTTPStatus.NOT_FOUND)))

    @asynccontextmanager
    async def open(self, tls: SSLContext | None = None) -> AsyncIterator["Exchange"]:
        """Listen on a free port, the same one when it is opened again."""
        self.scheme_ends = "s" if tls else ""
        async with serve(
            self._serve, "127.0.0.1", self.port, process_request=self._answer, compression=None, ssl=tls,
            ping_interval=None, logger=_quiet,
        ) as server:  # fmt: skip
            self.port = next(iter(server.sockets)).getsockname()[1]
            yield self
            await self.cut()


def _deafen(connection: ServerConnection) -> None:
    """Pings get no answer any more."""
    send = connection.protocol.send_frame

    def send_all_but_pongs(frame: Frame) -> None:
        if frame.opcode is not Opcode.PONG:
            send(frame)

    connection.protocol.send_frame = send_all_but_pongs  # type: ignore[method-assign]


def _response(given: RestAnswer) -> Response:
    body = given.body if isinstance(given.body, bytes) else json.dumps(given.body).encode()
    headers = Headers({"Content-Length": str(len(body)), "Connection": "close"} | given.headers)
    return Response(given.status, HTTPStatus(given.status).phrase, headers, body)


async def until(is_so: Callable[[], object], seconds: float = 120.0) -> None:
    """Wait until something has come about."""
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.02)


def _now() -> float:
    return asyncio.get_running_loop().time()
