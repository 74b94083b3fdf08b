"""Committed changes, announced on Redis: a hint that saves a second of polling."""

import logging
from functools import cache
from typing import Any

import msgspec
import redis
from django.conf import settings
from django.dispatch import receiver
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from configuration.domain.changes import CommittedChange
from configuration.signals import configuration_changed, refresh_requested
from messaging.outage import OutageLog

logger = logging.getLogger(__name__)
TIMEOUT_SECONDS = 1.0  # the person who saves waits for this at most when Redis is away


def channel() -> str:
    """The Redis channel; a message is a CommittedChange as JSON, or `{}` after a requested refresh."""
    return f"{settings.STORE_PREFIX}:configuration"


@cache
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),  # for a connection that broke while idle
    )


outage = OutageLog(
    logger,
    "Redis: not reached (%s); processes find out by asking the database",
    "Redis: reached again; processes are woken",
)


def publish(where: str, *bodies: bytes) -> None:
    """Announce it on a channel, where Redis is there; several things in one round trip."""
    pipeline = _client().pipeline(transaction=False)
    for body in bodies:
        pipeline.publish(where, body)
    try:
        pipeline.execute()
    except RedisError as error:
        outage.is_away(str(error).rstrip("."))
    else:
        outage.is_over()


@receiver(configuration_changed)
def publish_change(change: CommittedChange, **_: Any) -> None:
    publish(channel(), msgspec.json.encode(change))


@receiver(refresh_requested)
def publish_refresh(**_: Any) -> None:
    publish(channel(), b"{}")
