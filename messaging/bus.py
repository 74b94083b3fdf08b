"""The connection to NATS: kept for ever, quiet about it, left in good order.

With `source`, the only module that imports nats.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from nats.aio.client import Client, Server
from nats.errors import DrainTimeoutError, Error, StaleConnectionError, UnexpectedEOF

logger = logging.getLogger(__name__)

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 2.0
DRAIN_SECONDS = 5.0
DRAINING_PART = 0.9  # of the time to leave; the rest is for the goodbye
NOT_REACHED = (OSError, TimeoutError, Error)  # what `reached` and the use of its client raise
CONNECTION_LOST = (UnexpectedEOF, StaleConnectionError, OSError)  # told once, as a change of state


def log_error(error: Exception) -> None:
    """What `connect` does with errors of a working connection unless told otherwise."""
    logger.warning("nats_error %s: %s", type(error).__name__, error)


async def connect(url: str, name: str, on_error: Callable[[Exception], None] = log_error) -> Client:
    """Return a client that stays connected, however long the servers in `url` (comma-separated) are away.

    Waits for the first connection as long as it takes. `on_error` hears what goes wrong on a working
    connection: slow consumers, exceptions of message callbacks. Failed attempts to connect are not
    passed on; one line is logged when the connection goes and one when it is back. A connection that
    the server ends for good (log-in revoked) is logged as an error and leaves `client.is_closed`.
    """
    client = Client()
    place = _without_credentials(url)
    away = False

    async def error(problem: Exception) -> None:
        nonlocal away
        if isinstance(problem, DrainTimeoutError):
            return  # told by `leave`
        if client.is_connected and not isinstance(problem, CONNECTION_LOST):
            on_error(problem)
        elif not client.is_connected and not away and not client.is_closed:
            away = True
            logger.warning("nats_unreachable %s (%s); trying until it answers", place, problem)

    async def disconnected() -> None:
        nonlocal away
        if not client.is_closed:
            away = True
            logger.warning("nats_disconnected %s; trying until it is back", place)

    async def reconnected() -> None:
        nonlocal away
        away = False
        logger.info("nats_reconnected %s", place)

    async def closed() -> None:
        if client.last_error is not None and not isinstance(client.last_error, CONNECTION_LOST):
            logger.error("nats_closed %s (%s)", place, client.last_error)

    await client.connect(
        url.split(","),
        name=name,
        error_cb=error,
        disconnected_cb=disconnected,
        reconnected_cb=reconnected,
        closed_cb=closed,
        max_reconnect_attempts=-1,
        reconnect_time_wait=1,
        reconnect_to_server_handler=_next_server,
    )
    away = False
    logger.info("nats_connected %s", place)
    return client


@asynccontextmanager
async def connected(
    url: str,
    name: str,
    on_error: Callable[[Exception], None] = log_error,
    drain_seconds: float = DRAIN_SECONDS,
) -> AsyncIterator[Client]:
    """`connect`, and on the way out deliver what is under way, for at most `drain_seconds`."""
    client = await connect(url, name, on_error)
    try:
        yield client
    finally:
        await leave(client, drain_seconds)


@asynccontextmanager
async def reached(url: str, name: str) -> AsyncIterator[Client]:
    """A client of a server that answers now, without a word in the log; raises NOT_REACHED where none does.

    What the server says no to later, a publication without permission for instance, is raised at the end.
    For those who try again by themselves. Limit the time all of it may take.
    """
    problems: list[Exception] = []

    async def note(problem: Exception) -> None:
        problems.append(problem)

    client = Client()
    await client.connect(
        url.split(","),
        name=name,
        error_cb=note,
        allow_reconnect=False,
        max_reconnect_attempts=1,
        reconnect_time_wait=0,
    )
    problems.clear()  # of servers that did not answer before this one did
    try:
        yield client
    finally:
        await client.close()
    if problems:
        raise problems[0]


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
    with suppress(OSError):  # the link may break under the last bytes; there is nobody left to tell
        await client.close()


async def flush(client: Client) -> None:
    """Return when the server has taken everything published so far, however long it is away.

    The client's question overtakes what it has only buffered, so that the first answer says nothing about
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


def _without_credentials(url: str) -> str:
    return ",".join(urlsplit(part).netloc.rpartition("@")[2] or part for part in url.split(","))
