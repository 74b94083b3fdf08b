"""Messages from NATS into whoever works on them."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from time import monotonic
from typing import Any, Protocol

from nats.aio.msg import Msg
from nats.errors import NoRespondersError, SlowConsumerError

from messaging.bus import NOT_REACHED, Link, leave
from messaging.waiting import pause

logger = logging.getLogger(__name__)

PENDING_BYTES = 512 * 1024 * 1024
CLOSED_CHECK_SECONDS = 1.0
ASK_AGAIN_SECONDS = 5.0


Ask = Callable[[str, float], Awaitable[bytes]]
"""Puts a question on a subject, and has the answer, within so many seconds. Raises one of NOT_REACHED."""


async def nobody_answers(subject: str, seconds: float) -> bytes:
    """What a process asks before it is connected."""
    raise NoRespondersError


class Receiver(Protocol):
    """A process that lives on market messages: what it wants, and where it counts what went wrong."""

    instance: str
    subjects: list[str]
    slow_consumer_drops: int
    errors: Counter[str]
    ask: Ask
    is_connected: Callable[[], bool]
    nats_trouble: Callable[[], str]

    def process(self, raw: bytes, subject: str = "") -> None:
        """Take one message in; must not raise."""


async def receive(feed: Receiver, url: str, pending_messages: int, stop: asyncio.Event) -> None:
    """Subscribe to the feed's subjects and hand it every message until `stop`; then drain.

    Core NATS without a queue group: every feed sees every book. Messages that arrive faster than they
    are processed are dropped by the client beyond `pending_messages`, and counted.
    """

    def on_error(error: Exception) -> None:
        if isinstance(error, SlowConsumerError):
            feed.slow_consumer_drops += 1
            return
        feed.errors[type(error).__name__] += 1
        logger.error("nats_error %s: %s", type(error).__name__, error, exc_info=error)

    async def on_message(message: Msg) -> None:
        feed.process(message.data, message.subject)

    client = Link(url, feed.instance, on_error)

    async def ask(subject: str, seconds: float) -> bytes:
        return (await client.request(subject, timeout=seconds)).data

    feed.ask = ask
    feed.is_connected = lambda: client.hears
    feed.nats_trouble = lambda: client.trouble
    if not await unless_stopped(client.open(), stop):
        return
    try:
        for subject in feed.subjects:
            await client.subscribe(
                subject, cb=on_message, pending_msgs_limit=pending_messages, pending_bytes_limit=PENDING_BYTES
            )
        await until_stopped_or_closed(client, stop)
    finally:
        await leave(client)


async def until_stopped_or_closed(client: Link, stop: asyncio.Event) -> None:
    """Meanwhile ask again for what we may not hear.

    Raises ConnectionError once the connection has ended for good: a deaf feed must not look alive.
    """
    ask_at = 0.0
    while not stop.is_set():
        if client.is_closed:
            raise ConnectionError(f"NATS closed the connection for good: {client.last_error}")
        if client.is_connected and not client.hears and monotonic() >= ask_at:
            with suppress(*NOT_REACHED):
                await client.ask_again()
            ask_at = monotonic() + ASK_AGAIN_SECONDS
        await pause(stop, CLOSED_CHECK_SECONDS)


async def unless_stopped(opening: Coroutine[Any, Any, None], stop: asyncio.Event) -> bool:
    """Is the connection open? False where `stop` came before any server took us."""
    task = asyncio.create_task(opening)
    waiter = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        return task.done()
    finally:
        waiter.cancel()
        task.cancel()
