"""The connection to NATS: kept for ever, quiet about it, left in good order.

With `steady` and `source`, the only module that imports nats.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from ssl import SSLError
from time import monotonic
from typing import Any

from nats.aio.client import Client, Server
from nats.errors import DrainTimeoutError, Error, NoServersError, StaleConnectionError, UnexpectedEOF
from nats.errors import TimeoutError as NatsTimeoutError

from messaging.address import addresses
from messaging.steady import Refused, SteadyClient

logger = logging.getLogger(__name__)

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 2.0
DRAIN_SECONDS = 5.0
MOST_WORDS = 200  # letters of what a server answered
DRAINING_PART = 0.9  # of the time to leave; the rest is for the goodbye
NOT_REACHED = (OSError, TimeoutError, Error)  # what `reached` and the use of its client raise
HUNG_UP = (ConnectionResetError, BrokenPipeError)  # how a no may look, too
CONNECTION_LOST = (UnexpectedEOF, StaleConnectionError, OSError)  # logged once, as a change of state


def log_error(error: Exception) -> None:
    """What a link does with errors of a working connection unless given another handler."""
    logger.error("nats_error %s: %s", type(error).__name__, error)


class Link(SteadyClient):
    """A client that stays connected, however long the servers in `url` (comma-separated) are away, or refuse.

    `on_error` hears what goes wrong on a working connection: slow consumers, exceptions of message callbacks, and
    what is not permitted, once. Failed attempts to connect are not passed on: one line is logged when the connection
    goes, one when a server refuses, and one when it is back. Meanwhile `trouble` says what is wrong,
    and no log-in stands in any of this.
    """

    def __init__(self, url: str, name: str, on_error: Callable[[Exception], None] = log_error) -> None:
        super().__init__()
        self.trouble = ""
        self._url, self._name, self._on_error = url, name, on_error
        self._place = ",".join(address.netloc for address in addresses(url))
        self._was_open = self._outage_is_logged = self._refusal_is_logged = False
        self._not_permitted: set[str] = set()

    async def open(self) -> None:
        """Connect, however long it takes."""
        await self.connect(
            each_server(self._url),
            name=self._name,
            error_cb=self._hear_of,
            disconnected_cb=self._hear_of_the_end,
            reconnected_cb=self._hear_of_the_return,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            reconnect_to_server_handler=_next_server,
        )
        self._was_open = True
        self._is_over("nats_connected")

    async def ask_again(self) -> bool:
        if allowed := await super().ask_again():
            self._is_over("nats_permitted")
        return allowed

    async def _hear_of(self, problem: Exception) -> None:
        if self.is_connected:
            if not isinstance(problem, (*CONNECTION_LOST, DrainTimeoutError)):  # which `leave` reports
                self._complain(problem)
        elif not (self._was_open and self.is_closed):
            self._is_away("nats_unreachable", problem)

    async def _hear_of_the_end(self) -> None:
        if not self.is_closed:
            self._is_away("nats_disconnected", None)

    async def _hear_of_the_return(self) -> None:
        self._is_over("nats_reconnected")

    def _complain(self, problem: Exception) -> None:
        if isinstance(problem, Refused):
            self.trouble = "" if self.hears else in_words(problem)
            if str(problem) in self._not_permitted:
                return
            self._not_permitted.add(str(problem))
        self._on_error(problem)

    def _is_away(self, event: str, problem: Exception | None) -> None:
        if not (self._refusal_is_logged and isinstance(problem, HUNG_UP)):
            self.trouble = in_words(problem) if problem else self.trouble or "the connection is lost"
        if problem and is_refusal(problem):
            if not self._refusal_is_logged:
                logger.error("nats_refused %s (%s); trying until it is let in", self._place, self.trouble)
            self._refusal_is_logged = True
        elif not self._outage_is_logged:
            logger.warning("%s %s (%s); trying until it is back", event, self._place, self.trouble)
        self._outage_is_logged = True

    def _is_over(self, event: str) -> None:
        logger.info("%s %s", event, self._place)
        self._outage_is_logged = self._refusal_is_logged = False
        if self.hears:
            self.trouble = ""
            self._not_permitted.clear()


async def connect(url: str, name: str, on_error: Callable[[Exception], None] = log_error) -> Link:
    """A link, once it is connected for the first time."""
    link = Link(url, name, on_error)
    await link.open()
    return link


def is_refusal(problem: Exception) -> bool:
    """Does a server answer, and not take us? Others are away."""
    silent = (StaleConnectionError, NatsTimeoutError, NoServersError)
    return isinstance(problem, (Error, SSLError)) and not isinstance(problem, silent)


def in_words(problem: Exception) -> str:
    """What the server or the system answered, for people: one line."""
    words = " ".join(str(problem).removeprefix("nats: ").strip("'").split())[:MOST_WORDS]
    return "".join(letter if letter.isprintable() else "?" for letter in words) or type(problem).__name__


@asynccontextmanager
async def connected(
    url: str,
    name: str,
    on_error: Callable[[Exception], None] = log_error,
    drain_seconds: float = DRAIN_SECONDS,
) -> AsyncIterator[Link]:
    """`connect`, and on the way out deliver what is under way, for at most `drain_seconds`."""
    client = await connect(url, name, on_error)
    try:
        yield client
    finally:
        await leave(client, drain_seconds)


@asynccontextmanager
async def reached(url: str, name: str) -> AsyncIterator[Client]:
    """A client of a server that answers now, without a word in the log; raises NOT_REACHED where none does.

    What the server refuses later, a publication without permission for instance, is raised at the end.
    For those who try again by themselves. Limit the time all of it may take.
    """
    problems: list[Exception] = []

    async def note(problem: Exception) -> None:
        problems.append(problem)

    client = await _first_of(each_server(url), name, note)
    problems.clear()  # of servers that did not answer before this one did
    try:
        yield client
    finally:
        await client.close()
    if problems:
        raise problems[0]


ErrorCallback = Callable[[Exception], Awaitable[None]]


async def _first_of(urls: list[str], name: str, on_error: ErrorCallback) -> Client:
    """Of the servers one that takes us: where one refuses, another may not."""
    *others, last = random.sample(urls, len(urls))
    for url in others:
        try:
            return await _reached(url, name, on_error)
        except NOT_REACHED:
            continue
    return await _reached(last, name, on_error)


async def _reached(url: str, name: str, on_error: ErrorCallback) -> Client:
    client = SteadyClient()
    await client.connect(
        [url],
        name=name,
        error_cb=on_error,
        allow_reconnect=False,
        max_reconnect_attempts=1,
        reconnect_time_wait=0,
    )
    return client


async def leave(client: Client, seconds: float = DRAIN_SECONDS) -> None:
    """Drain for at most `seconds`, or close at once where draining is impossible (reconnecting)."""
    if client.is_connected:
        # Cancelled while it drains subscriptions, the client would leave a future behind that complains later.
        client.options["drain_timeout"] = patience = DRAINING_PART * seconds
        began = monotonic()
        drain = asyncio.create_task(client.drain())
        await asyncio.wait({drain}, timeout=seconds)
        if monotonic() - began >= patience:
            logger.warning("nats_drain_timeout after %s s; messages under way are lost", seconds)
        if not drain.done():
            drain.cancel()
        elif problem := drain.exception():
            logger.warning("nats_drain_failed %s: %s", type(problem).__name__, problem)
    with suppress(OSError):  # the link may break under the last bytes; there is nobody left to inform
        await client.close()


async def flush(client: Client) -> None:
    """Return when the server has taken everything published so far, however long it is away.

    The client's question overtakes what it has only buffered, so that the first answer means nothing for
    that; but by then it is on its way, ahead of the second question.
    """
    for _ in range(2):
        while True:
            try:
                await client.flush()
                break
            except TimeoutError:
                continue


def _next_server(pool: list[Server], _info: dict[str, Any]) -> tuple[Server, float]:
    """The server with the fewest failures, after a wait that doubles with them; jitter parts the herd."""
    server = min(pool, key=lambda candidate: candidate.reconnects)
    longest = min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** min(server.reconnects, 10))
    return server, longest * random.uniform(0.5, 1.0)


def each_server(url: str) -> list[str]:
    """The servers of a comma-separated list."""
    return [part for part in url.split(",") if part.strip()]
