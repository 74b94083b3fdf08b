"""Committed changes, told to everybody on Redis: a hint that saves a second of polling."""

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


class Announcer:
    """Says on Redis what has happened; one line in the log when Redis goes, and one when it is back."""

    def __init__(self) -> None:
        self._is_away = False

    def publish(self, where: str, body: bytes) -> None:
        try:
            _client().publish(where, body)
        except RedisError as error:
            if not self._is_away:
                logger.warning(
                    "Redis: not reached (%s); processes find out by asking the database",
                    str(error).rstrip("."),
                )
            self._is_away = True
        else:
            if self._is_away:
                logger.info("Redis: reached again; processes are woken")
            self._is_away = False


announcer = Announcer()


@receiver(configuration_changed)
def publish_change(change: CommittedChange, **_: Any) -> None:
    announcer.publish(channel(), msgspec.json.encode(change))


@receiver(refresh_requested)
def publish_refresh(**_: Any) -> None:
    announcer.publish(channel(), b"{}")
