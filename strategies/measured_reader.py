"""What the evaluators of all processes measured in the last hour, added up."""

from collections.abc import Callable
from functools import cache
from time import time
from typing import cast

import redis
from django.conf import settings

from strategies.domain.measurements import HOUR_SECONDS, SLOT_SECONDS, Measured
from strategies.keys import StrategyKeys
from strategies.values import MEASURED

MOST_SLOTS = 1_000
"""An hour of seventy processes. Of more, such as of one that starts again and again, the newest count."""


class MeasuredReader:
    """Reads what MeasuredWriter wrote. Raises redis.exceptions.RedisError while the store is away."""

    def __init__(self, client: redis.Redis, keys: StrategyKeys, clock: Callable[[], float] = time) -> None:
        self.clock = clock
        self._redis, self._keys = client, keys

    def last_hour(self, strategy_id: str, *names: str) -> dict[str, Measured]:
        """What was measured of these symbols, of all of them together where that is ALL; without those of which there
        is nothing. An hour at least, and up to a slot more, as slots are added up whole; in two round trips.
        """
        now = self.clock()
        pipeline = self._redis.pipeline(transaction=False)
        for slot in self._slots(now - HOUR_SECONDS - SLOT_SECONDS):
            pipeline.hmget(self._keys.measured(strategy_id, slot), names)
        found: dict[str, Measured] = {}
        for answer in pipeline.execute(raise_on_error=False):
            for name, raw in zip(names, MEASURED.listed(answer), strict=False):
                measured = None if raw is None else MEASURED.read(raw, now)
                if measured and name in found:
                    found[name].merge(measured)
                elif measured:
                    found[name] = measured
        return found

    def _slots(self, since: float) -> list[str]:
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.zrevrangebyscore(self._keys.measured_slots, "+inf", f"({since}", 0, MOST_SLOTS)
        (answer,) = pipeline.execute(raise_on_error=False)
        return [cast(bytes, name).decode(errors="replace") for name in MEASURED.listed(answer)]


@cache
def get_measured_reader() -> MeasuredReader:
    """The reader of this process, connected as the settings have it."""
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, health_check_interval=30
    )
    return MeasuredReader(client, StrategyKeys(settings.STORE_PREFIX))
