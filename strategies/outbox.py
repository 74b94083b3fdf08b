"""Signals on their way out: to NATS for those who trade, and to Redis for those who look."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import NamedTuple

import msgspec
from nats.aio.client import Client
from redis.asyncio import Redis
from redis.exceptions import RedisError

from halts.domain import Halts
from messaging.bus import NOT_REACHED
from messaging.waiting import either, pause
from stored import free
from strategies.domain.signal import Signal
from strategies.keys import KEPT_SECONDS, KEPT_SIGNALS, StrategyKeys

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
AT_ONCE = 100
SENT_WITHIN_SECONDS = 2.0
"""A signal that could not leave for so long is about a market that has moved on."""
ANSWER_SECONDS = 1
AWAY = (RedisError, *NOT_REACHED)


class Waiting(NamedTuple):
    """A signal as it will be sent, and since when it waits."""

    strategy_id: str
    symbol: str
    payload: bytes
    since: float


class Queue:
    """Signals one receiver has not got yet, at most 1,000: order is kept, and what is dropped counted."""

    def __init__(self, name: str, deliver: Callable[[list[Waiting]], Awaitable[None]]) -> None:
        self.name = name
        self.dropped = 0
        self._deliver = deliver
        self._waiting: deque[Waiting] = deque()
        self._arrived = asyncio.Event()
        self._is_away = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, signal: Waiting) -> None:
        """Append one signal."""
        if len(self._waiting) >= KEPT_SIGNALS:
            self._make_room()
        self._waiting.append(signal)
        self._arrived.set()

    def _make_room(self) -> None:
        """Drop the oldest of the strategy that has most waiting: a busy one pushes out only its own."""
        names = [signal.strategy_id for signal in self._waiting]
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
        """Deliver signals as they come, until `stop`, and then once more whatever still waits."""
        while not stop.is_set():
            self._arrived.clear()
            if await self.send_once():
                await either(stop, self._arrived)
            else:
                await pause(stop, RETRY_SECONDS)
        await self.send_once()


class Outbox:
    """Takes signals from the engine and keeps both receivers supplied, each at its own pace.

    Signals that had to wait for NATS are looked at again before they go: `held_back` counts, by reason, those
    that are halted by then or too old. Redis gets them all, for it shows what was decided.
    """

    def __init__(
        self,
        redis: Redis,
        keys: StrategyKeys,
        prefix: str,
        halts: Callable[[], Halts],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.bus: Client | None = None
        self.held_back: Counter[str] = Counter()
        self._redis, self._keys, self._prefix = redis, keys, prefix
        self._halts, self._clock = halts, clock
        self._encode = msgspec.json.Encoder().encode
        self.queues = [Queue("nats", self._publish), Queue("redis", self._keep)]

    def put(self, signal: Signal) -> None:
        """Hand a signal over; returns at once."""
        waiting = Waiting(signal.strategy_id, signal.symbol, self._encode(signal), self._clock())
        for queue in self.queues:
            queue.put(waiting)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop`; a receiver that hangs keeps the other one from nothing."""
        async with asyncio.TaskGroup() as group:
            for queue in self.queues:
                group.create_task(queue.run(stop), name=f"signals to {queue.name}")

    async def _publish(self, batch: list[Waiting]) -> None:
        bus = await self._answering_bus()
        for signal in batch:
            if reason := self._reason_against(signal):
                self.held_back[reason] += 1
            else:
                await bus.publish(f"{self._prefix}.{signal.strategy_id}", signal.payload)

    async def _answering_bus(self) -> Client:
        """The bus, once the server has answered: what the client is given while it does not, it keeps for later,
        where nobody can hold it back."""
        if self.bus is not None and self.bus.is_connected:
            await self.bus.flush(ANSWER_SECONDS)
            if self.bus.is_connected:
                return self.bus
        raise ConnectionError("not connected")

    def _reason_against(self, signal: Waiting) -> str | None:
        if self._halts().is_halted(signal.strategy_id, signal.symbol):
            return "halted"
        return "too_old" if self._clock() - signal.since > SENT_WITHIN_SECONDS else None

    async def _keep(self, batch: list[Waiting]) -> None:
        by_strategy: dict[str, list[bytes]] = {}
        for signal in batch:
            by_strategy.setdefault(signal.strategy_id, []).append(signal.payload)
        await free(self._redis, "list", *map(self._keys.signals, by_strategy))
        pipeline = self._redis.pipeline(transaction=True)
        for strategy_id, payloads in by_strategy.items():
            key = self._keys.signals(strategy_id)
            pipeline.lpush(key, *payloads)
            pipeline.ltrim(key, 0, KEPT_SIGNALS - 1)
            pipeline.expire(key, KEPT_SECONDS)
        await pipeline.execute()
