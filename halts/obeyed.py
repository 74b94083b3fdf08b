"""Which halts each strategy process obeys, told by the processes in Redis.

<prefix>:obeyed    hash: process instance -> Obeyed, msgpack

A hint, not authority: anybody who reaches Redis may have written it. What halts is taken from it, as far as somebody
can have said it, and never what resumes.
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
from halts.services import require_sayable
from stored import Values, leave_out

logger = logging.getLogger(__name__)
PATIENCE_SECONDS = 0.5  # a halt must not wait for Redis to come back
HISTORY_AFTER_SECONDS = 3600.0
"""What a process obeyed that has not been heard for so long is history."""
MOST_HALTS = 500
"""Are taken, the widest first: whoever decides waits while they are recorded."""


class Obeyed(msgspec.Struct, frozen=True):
    """What one process obeys. `at` is when it said so, in seconds since the epoch."""

    instance: str
    at: float
    halts: list[HaltRecord]


OBEYED = Values(
    "obeyed",
    msgspec.msgpack.Decoder(Obeyed).decode,
    name=lambda obeyed: obeyed.instance,
    time=lambda obeyed: obeyed.at,
)


def key() -> str:
    return f"{settings.STORE_PREFIX}:obeyed"


def encode(instance: str, halts: list[HaltRecord], now: float) -> bytes:
    return msgspec.msgpack.encode(Obeyed(instance, now, halts))


def told() -> list[Obeyed]:
    """What each process says that was heard lately; nothing, and logged, while Redis is away."""
    now = time()
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
    )
    try:
        found = OBEYED.of_hash(client, key(), now)
    except RedisError as error:
        logger.warning("Redis: not reached (%s); what other machines were told is not looked at", error)
        return []
    finally:
        client.close()
    return [obeyed for obeyed in found if now - obeyed.at < HISTORY_AFTER_SECONDS]


def halts_obeyed_somewhere() -> list[HaltRecord]:
    """The halts among it that somebody can have said by now."""
    said = newest(_believed(record for obeyed in told() for record in obeyed.halts))
    return [said[scope] for scope in nsmallest(MOST_HALTS, said)]


def _believed(records: Iterable[HaltRecord]) -> Iterable[HaltRecord]:
    now = time()
    for record in records:
        try:
            require_sayable(record)
        except ConfigurationError as error:
            leave_out("halts_obeyed", error.in_full)
            continue
        if not record.halted or record.is_ahead(now):
            leave_out("halts_obeyed", "a resumption, or dated ahead")
            continue
        yield record
