"""What the evaluators of one process measure, on its way to Redis.

Every slot of a process has its own names there: processes that share symbols out, or follow one another, take nothing
from each other, and who reads adds up. A process that starts again goes on in a new slot, and what it had saved stays.
"""

from collections.abc import Mapping

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from stored import free
from strategies.domain.measurements import Measurements, Slot
from strategies.keys import MEASURED_SECONDS, StrategyKeys

SAVE_SECONDS = 5.0


class MeasuredWriter:
    """Saves what `measurements`, by strategy, hold of `instance`."""

    def __init__(
        self, redis: Redis, keys: StrategyKeys, instance: str, measurements: Mapping[str, Measurements]
    ) -> None:
        self._redis, self._keys, self._instance = redis, keys, instance
        self._measurements = measurements

    async def save(self) -> None:
        """Save what has changed; while Redis is away, which the process reports, that waits. Redis is asked once then,
        so that a process that ends is not held up by each strategy."""
        for strategy_id, measurements in self._measurements.items():
            taken = measurements.take_unsaved()
            try:
                for slot, symbols in taken:
                    await self._save(strategy_id, slot, symbols)
            except (RedisError, OSError):
                measurements.put_back(taken)
                return

    async def _save(self, strategy_id: str, slot: Slot, symbols: set[str]) -> None:
        name = f"{slot.start:.0f}:{self._instance}"
        key = self._keys.measured(strategy_id, name)
        items = [
            part for symbol in symbols for part in (symbol, msgspec.msgpack.encode(slot.measured[symbol]))
        ]
        await free(self._redis, "hash", key)
        await free(self._redis, "zset", self._keys.measured_slots)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.hset(key, items=items)
        pipeline.expire(key, MEASURED_SECONDS)
        pipeline.zadd(self._keys.measured_slots, {name: slot.start})
        pipeline.zremrangebyscore(self._keys.measured_slots, "-inf", slot.start - MEASURED_SECONDS)
        pipeline.expire(self._keys.measured_slots, MEASURED_SECONDS)
        await pipeline.execute()
