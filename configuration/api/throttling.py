"""How often one person or token may write."""

import logging
from typing import Any

from django.conf import settings
from redis.exceptions import RedisError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

logger = logging.getLogger(__name__)


class WriteThrottle(UserRateThrottle):
    """CONFIG_WRITE_RATE, counted in the cache all web processes share; reads are free."""

    scope = "configuration_write"

    def get_rate(self) -> str:
        return str(settings.CONFIG_WRITE_RATE)

    def allow_request(self, request: Request, view: APIView) -> bool:
        if request.method in SAFE_METHODS:
            return True
        try:
            allowed: Any = super().allow_request(request, view)
        except RedisError as error:
            # Counting is a courtesy; a change that must be made now may not wait for the cache.
            logger.warning("configuration.throttle_unavailable %s", error)
            return True
        return bool(allowed)
