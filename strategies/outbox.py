"""Signals on their way out: to NATS for those who trade, and to Redis for those who look."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable

import msgspec
from nats.aio.client import Client
from redis.asyncio import Redis
from redis.exceptions import RedisError

from metrics.feed.waiting import either, pause
from strategies.domain.signal import Signal
from strategies.keys import KEPT_SECONDS, KEPT_SIGNALS, StrategyKeys

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
AT_ONCE = 100
AWAY = (RedisError, OSError)


class Queue:
    """Signals one receiver has not got yet, at most 1,000: order is kept, and what is dropped counted."""

    def __init__(self, name: str, deliver: Callable[[list[tuple[str, bytes]]], Awaitable[None]]) -> None:
        self.name = name
        self.dropped = 0
        self._deliver = deliver
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._arrived = asyncio.Event()
        self._is_away = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, strategy_id: str, payload: bytes) -> None:
        """Append one signal."""
        if len(self._waiting) >= KEPT_SIGNALS:
            self._make_room()
        self._waiting.append((strategy_id, payload))
        self._arrived.set()

    def _make_room(self) -> None:
        """Drop the oldest of the strategy that has most waiting: a busy one pushes out only its own."""
        names = [strategy_id for strategy_id, _ in self._waiting]
        del self._waiting[names.index(Counter(names).most_common(1)[0][0])]
        self.dropped += 1

    async def send_once(self) -> bool:
        """Deliver everything that waits; False where the receiver is away, and then it waits on."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
            try:
                await self._deliver(batch)
            except AWAY as error:
                self._waiting.extendleft(reversed(batch))
                if not self._is_away:
                    self._is_away = True
                    logger.warning("signals_wait %s is away: %s", self.name, error)
                return False
        if self._is_away:
            self._is_away = False
            logger.info("signals_go_on %s is back", self.name)
        return True

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver signals as they come, until `stop`."""
        while not stop.is_set():
            self._arrived.clear()
            if await self.send_once():
                await either(stop, self._arrived)
            else:
                await pause(stop, RETRY_SECONDS)


class Outbox:
    """Takes signals from the engine and keeps both receivers supplied, each at its own pace."""

    def __init__(self, redis: Redis, keys: StrategyKeys, prefix: str) -> None:
        self.bus: Client | None = None
        self._redis, self._keys, self._prefix = redis, keys, prefix
        self._encode = msgspec.json.Encoder().encode
        self.queues = [Queue("nats", self._publish), Queue("redis", self._keep)]

    def put(self, signal: Signal) -> None:
        """Hand a signal over; returns at once."""
        payload = self._encode(signal)
        for queue in self.queues:
            queue.put(signal.strategy_id, payload)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop`."""
        async with asyncio.TaskGroup() as group:
            for queue in self.queues:
                group.create_task(queue.run(stop), name=f"signals to {queue.name}")

    async def finish(self) -> None:
        """Deliver whatever still can be, once."""
        for queue in self.queues:
            await queue.send_once()

    async def _publish(self, batch: list[tuple[str, bytes]]) -> None:
        if self.bus is None or not self.bus.is_connected:
            raise ConnectionError("not connected")
        for strategy_id, payload in batch:
            await self.bus.publish(f"{self._prefix}.{strategy_id}", payload)

    async def _keep(self, batch: list[tuple[str, bytes]]) -> None:
        by_strategy: dict[str, list[bytes]] = {}
        for strategy_id, payload in batch:
            by_strategy.setdefault(strategy_id, []).append(payload)
        pipeline = self._redis.pipeline(transaction=True)
        for strategy_id, payloads in by_strategy.items():
            key = self._keys.signals(strategy_id)
            pipeline.lpush(key, *payloads)
            pipeline.ltrim(key, 0, KEPT_SIGNALS - 1)
            pipeline.expire(key, KEPT_SECONDS)
        await pipeline.execute()
