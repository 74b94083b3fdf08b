"""Messages from NATS into a feed."""

import asyncio
import logging

from nats.aio.msg import Msg
from nats.errors import SlowConsumerError

from metrics.feed.bus import connected
from metrics.feed.runner import DepthFeed

logger = logging.getLogger(__name__)

PENDING_BYTES = 512 * 1024 * 1024


async def receive(feed: DepthFeed, url: str, pending_messages: int, stop: asyncio.Event) -> None:
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

    async with connected(url, name=feed.instance, on_error=on_error) as client:
        feed.is_connected = lambda: client.is_connected
        for subject in feed.subjects:
            await client.subscribe(
                subject, cb=on_message, pending_msgs_limit=pending_messages, pending_bytes_limit=PENDING_BYTES
            )
        await stop.wait()
