"""How many signals each halt has held back, on the way to Redis, where the processes add theirs together.

A count belongs to a level and the moment since when it is halted. What Redis has not confirmed is added again, so that
of two mistakes the one is made that counts a signal twice.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from time import time

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from halts.domain import UNKNOWN, HaltRecord
from messaging.waiting import pause
from stored import free, leave_out
from strategies.domain.signal import moment
from strategies.keys import COUNTED_SECONDS, StrategyKeys

SAVE_SECONDS = 1.0


class HeldBackCounts:
    """What one process has held back and Redis does not have yet. `clock` is the time of day."""

    def __init__(self, redis: Redis, keys: StrategyKeys, clock: Callable[[], float] = time) -> None:
        self._redis, self._keys, self._clock = redis, keys, clock
        self._signals: Counter[str] = Counter()
        self._last: dict[str, str] = {}

    def count(self, halt: HaltRecord) -> None:
        """One more signal; returns at once. What was not known to be halted belongs to no halt."""
        if halt != UNKNOWN:
            key = self._keys.held_back(halt)
            self._signals[key] += 1
            self._last[key] = moment(self._clock())

    async def save(self) -> None:
        """Add what is new to what Redis has; while it is away that waits."""
        signals, self._signals = self._signals, Counter()
        last, self._last = self._last, {}
        try:
            await free(self._redis, "string", self._keys.counted_since)
            await free(self._redis, "hash", *signals)
            unread = await self._add(signals, last)
        except (RedisError, OSError):  # which the process reports
            unread = list(signals)
        for key in unread:
            self._signals[key] += signals[key]
            self._last.setdefault(key, last[key])

    async def _add(self, signals: Counter[str], last: dict[str, str]) -> list[str]:
        """The keys to which nothing could be added, as no number stood there; they are deleted."""
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.set(self._keys.counted_since, moment(self._clock()), nx=True)
        for key, number in signals.items():
            pipeline.hincrby(key, "signals", number)
            pipeline.hset(key, "last", last[key])
            pipeline.expire(key, COUNTED_SECONDS)
        sums = (await pipeline.execute(raise_on_error=False))[1::3]
        unread = [key for key, total in zip(signals, sums, strict=True) if isinstance(total, ResponseError)]
        if unread:
            leave_out("held_back", "no number; deleted, and written anew", len(unread))
            await self._redis.delete(*unread)
        return unread

    async def run(self, stop: asyncio.Event) -> None:
        """Save once a second, until `stop`."""
        while not stop.is_set():
            await self.save()
            await pause(stop, SAVE_SECONDS)
