"""How often one person or token may write."""

import logging
from typing import Any, TypeGuard

from django.conf import settings
from django.core.cache import caches
from redis.exceptions import RedisError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from stored import is_of_another_type, leave_out

logger = logging.getLogger(__name__)
AHEAD_SECONDS = 5.0  # clocks of two web processes may differ by so much


class Writes:
    """The cache as the throttle sees it: at most so many times at which somebody wrote.

    What cannot be those counts as nothing, and the next write replaces it.
    """

    def __init__(self, most: int, now: float) -> None:
        self._most, self._now = most, now

    def get(self, key: str, default: list[float]) -> list[float]:
        try:
            stored = caches["writes"].get(key, default)
        except RedisError as error:
            if not is_of_another_type(error):
                raise
            stored = None
        if self._can_be(stored):
            return stored
        leave_out("writes", "no list of times at which somebody wrote")
        return default

    def set(self, key: str, moments: list[float], seconds: int) -> None:
        caches["writes"].set(key, moments, seconds)

    def _can_be(self, stored: object) -> TypeGuard[list[float]]:
        return (
            isinstance(stored, list)
            and len(stored) <= self._most
            and all(type(at) is float and 0 <= at <= self._now + AHEAD_SECONDS for at in stored)
        )


class WriteThrottle(UserRateThrottle):
    """CONFIG_WRITE_RATE, counted in the cache all web processes share; reads are free."""

    scope = "configuration_write"
    cache: Any  # Writes, for the time of a request
    num_requests: int

    def get_rate(self) -> str:
        return str(settings.CONFIG_WRITE_RATE)

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.method in SAFE_METHODS:
            return True
        self.cache = Writes(self.num_requests, self.timer())
        try:
            allowed: Any = super().allow_request(request, view)
        except RedisError as error:
            # Counting is a courtesy; a change that must be made now may not wait for the cache.
            logger.warning("configuration.throttle_unavailable %s", error)
            return True
        return bool(allowed)
