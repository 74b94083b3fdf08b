"""Which halts each strategy process obeys, told by the processes in Redis.

<prefix>:obeyed    hash: process instance -> Obeyed, msgpack

A hint, not authority: halts may be learnt from here, resumptions never.
"""

import logging
from collections.abc import Iterator
from time import time
from typing import cast

import msgspec
import redis
from django.conf import settings
from redis.exceptions import RedisError

from halts.domain import HaltRecord

logger = logging.getLogger(__name__)
PATIENCE_SECONDS = 0.5  # a halt must not wait for Redis to come back
SILENT_AFTER_SECONDS = 3600.0
"""What a process obeyed that has not been heard for so long is history."""


class Obeyed(msgspec.Struct, frozen=True):
    """What one process obeys. `at` is when it said so, in seconds since the epoch."""

    at: float
    halts: list[HaltRecord]


def key() -> str:
    return f"{settings.STORE_PREFIX}:obeyed"


def encode(halts: list[HaltRecord], now: float) -> bytes:
    return msgspec.msgpack.encode(Obeyed(now, halts))


def obeyed() -> dict[str, list[HaltRecord]]:
    """The halts by process instance; of nobody, and logged, while Redis is away."""
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
    )
    try:
        raw = cast(dict[bytes, bytes], client.hgetall(key()))
    except RedisError as error:
        logger.warning("Redis: not reached (%s); what other machines were told is not looked at", error)
        return {}
    finally:
        client.close()
    return dict(_readable(raw))


def _readable(raw: dict[bytes, bytes]) -> Iterator[tuple[str, list[HaltRecord]]]:
    """What can be read and is not history; of it the halts alone."""
    decode = msgspec.msgpack.Decoder(Obeyed).decode
    for instance, value in raw.items():
        try:
            told = decode(value)
        except msgspec.DecodeError as error:
            logger.error("obeyed_unreadable %r: %s", instance[:100], error)
            continue
        if time() - told.at < SILENT_AFTER_SECONDS:
            yield instance.decode(errors="replace"), [record for record in told.halts if record.halted]
