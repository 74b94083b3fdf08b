"""Messages from NATS into whoever works on them."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import SlowConsumerError

from messaging.bus import connect, leave

logger = logging.getLogger(__name__)

PENDING_BYTES = 512 * 1024 * 1024
CLOSED_CHECK_SECONDS = 1.0


class Receiver(Protocol):
    """A process that lives on market messages: what it wants, and where it counts what went wrong."""

    instance: str
    subjects: list[str]
    slow_consumer_drops: int
    errors: Counter[str]
    is_connected: Callable[[], bool]

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

    client = await unless_stopped(connect(url, feed.instance, on_error), stop)
    if client is None:
        return
    feed.is_connected = lambda: client.is_connected
    try:
        for subject in feed.subjects:
            await client.subscribe(
                subject, cb=on_message, pending_msgs_limit=pending_messages, pending_bytes_limit=PENDING_BYTES
            )
        await until_stopped_or_closed(client, stop)
    finally:
        await leave(client)


async def until_stopped_or_closed(client: Client, stop: asyncio.Event) -> None:
    """Raises ConnectionError once NATS has ended the connection for good: a deaf feed must not look alive."""
    while not stop.is_set():
        if client.is_closed:
            raise ConnectionError(f"NATS closed the connection for good: {client.last_error}")
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), CLOSED_CHECK_SECONDS)


async def unless_stopped(connecting: Coroutine[Any, Any, Client], stop: asyncio.Event) -> Client | None:
    """The connection; None where `stop` came before any server answered."""
    task = asyncio.create_task(connecting)
    waiter = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        waiter.cancel()
        task.cancel()
