"""Listening on NATS to every signal there is, for as long as the run takes."""

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import msgspec
import nats.errors
from nats.aio.msg import Msg

from tests.torture.evidence import Heard

logger = logging.getLogger(__name__)

SUBJECT = "cio.intent.trading.>"
RECONNECT_SECONDS = 0.05  # before those who publish are back


class Published(msgspec.Struct):
    """Of a signal what counts here."""

    strategy_id: str
    symbol: str
    timestamp: datetime


@asynccontextmanager
async def listening(url: str, heard: list[Heard]) -> AsyncIterator[None]:
    """Put what is heard into `heard`, across restarts of the server."""
    decode = msgspec.json.Decoder(Published).decode

    async def hear(message: Msg) -> None:
        signal = decode(message.data)
        heard.append(Heard(signal.strategy_id, signal.symbol, signal.timestamp.timestamp(), time.time()))

    async def disturbed(error: Exception) -> None:
        """NATS being away is the point of it all; anything else is not."""
        is_away = isinstance(error, (OSError, nats.errors.Error))
        logger.log(logging.INFO if is_away else logging.ERROR, "listening: %r", error)

    client = await nats.connect(
        url,
        name="torture",
        error_cb=disturbed,
        max_reconnect_attempts=-1,
        reconnect_time_wait=RECONNECT_SECONDS,
        ping_interval=5,
        max_outstanding_pings=4,
    )
    try:
        await client.subscribe(SUBJECT, cb=hear)
        yield
    finally:
        await client.close()
