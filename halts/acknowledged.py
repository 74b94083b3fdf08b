"""Which halts each strategy process applies, as the processes acknowledge them in Redis.

<prefix>:acknowledged    hash: process instance -> Acknowledged, msgpack

A hint, not authority: anybody who reaches Redis may have written it. What halts is taken from it, as far as somebody
can have issued it, and never what resumes.
"""

import logging
from collections.abc import Iterable
from heapq import nsmallest
from time import time

import msgspec
import redis
from django.conf import settings
from redis.exceptions import RedisError

from configuration.exceptions import ConfigurationError
from halts.domain import HaltRecord, newest
from halts.services import require_issuable
from stored import Values, leave_out

logger = logging.getLogger(__name__)
PATIENCE_SECONDS = 0.5  # a halt must not wait for Redis to come back
HISTORY_AFTER_SECONDS = 3600.0
"""What a process acknowledged that has not been heard for so long is history."""
MOST_HALTS = 500
"""Are taken, the widest first: whoever decides waits while they are recorded."""


class Acknowledged(msgspec.Struct, frozen=True):
    """What one process applies. `at` is when it acknowledged that, in seconds since the epoch."""

    instance: str
    at: float
    halts: list[HaltRecord]


ACKNOWLEDGED = Values(
    "acknowledged",
    msgspec.msgpack.Decoder(Acknowledged).decode,
    name=lambda acknowledged: acknowledged.instance,
    time=lambda acknowledged: acknowledged.at,
)


def key() -> str:
    return f"{settings.STORE_PREFIX}:acknowledged"


def encode(instance: str, halts: list[HaltRecord], now: float) -> bytes:
    return msgspec.msgpack.encode(Acknowledged(instance, now, halts))


def acknowledgements() -> list[Acknowledged]:
    """The last of each process that was heard lately; nothing, and logged, while Redis is away."""
    now = time()
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
    )
    try:
        found = ACKNOWLEDGED.of_hash(client, key(), now)
    except RedisError as error:
        logger.warning("Redis: not reached (%s); what other machines apply is not looked at", error)
        return []
    finally:
        client.close()
    return [acknowledged for acknowledged in found if now - acknowledged.at < HISTORY_AFTER_SECONDS]


def halts_acknowledged_somewhere() -> list[HaltRecord]:
    """The halts among it that somebody can have issued by now."""
    halts = newest(_believed(record for acknowledged in acknowledgements() for record in acknowledged.halts))
    return [halts[scope] for scope in nsmallest(MOST_HALTS, halts)]


def _believed(records: Iterable[HaltRecord]) -> Iterable[HaltRecord]:
    now = time()
    for record in records:
        try:
            require_issuable(record)
        except ConfigurationError as error:
            leave_out("halts_acknowledged", error.in_full)
            continue
        if not record.halted or record.is_ahead(now):
            leave_out("halts_acknowledged", "a resumption, or dated ahead")
            continue
        yield record
