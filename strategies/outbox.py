"""Signals on their way out: to NATS for those who trade, to Redis for those who look, and to the ledger."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from time import monotonic, time
from typing import NamedTuple

import msgspec
from nats.aio.client import Client
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError

from halts.domain import HaltRecord, Halts
from messaging.bus import NOT_REACHED
from messaging.outage import OutageLog
from messaging.waiting import either, pause
from stored import free
from strategies.domain.signal import Fate, Signal, fate_under, kept
from strategies.held_back import HeldBackCounts
from strategies.keys import KEPT_HALTED, KEPT_SECONDS, KEPT_SIGNALS, StrategyKeys
from strategies.ledger.writer import Ledger

logger = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
AT_ONCE = 100
SENT_WITHIN_SECONDS = 2.0
"""A signal that could not leave for so long is about a market that has moved on."""
ANSWER_SECONDS = 1
AWAY = (RedisError, *NOT_REACHED)


class Waiting(NamedTuple):
    """A signal as it will be sent, and since when it waits; or what is kept in its place from now on."""

    id: str
    strategy_id: str
    symbol: str
    payload: bytes
    since: float
    instead: bytes = b""


class Queue:
    """Signals one receiver has not got yet, at most 1,000: order is kept, and what is dropped counted."""

    def __init__(self, name: str, deliver: Callable[[list[Waiting]], Awaitable[None]]) -> None:
        self.name = name
        self.dropped = 0
        self._deliver = deliver
        self._waiting: deque[Waiting] = deque()
        self._arrived = asyncio.Event()
        self._outage = OutageLog(logger, f"signals_wait {name} is away: %s", f"signals_go_on {name} is back")

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, signal: Waiting) -> None:
        """Append one signal."""
        if len(self._waiting) >= KEPT_SIGNALS:
            self._make_room()
        self._waiting.append(signal)
        self._arrived.set()

    def put_right(self, signal: Waiting, payload: bytes) -> None:
        """Give a signal another payload, whether it still waits or has been delivered."""
        if signal in self._waiting:
            self._waiting[self._waiting.index(signal)] = signal._replace(payload=payload)
        else:
            self.put(signal._replace(instead=payload))

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
                self._outage.is_away(error)
                return False
        self._outage.is_over()
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
    that are halted by then or too old. Redis gets them all, for it shows what was decided, and what became of it.
    Those that are halted from the start have a queue of their own, which leads to Redis alone. The `ledger` is told of
    all of them, and of what becomes of them. `counts` has how many each halt has held back. `now` is the time of day.
    """

    def __init__(
        self,
        redis: Redis,
        keys: StrategyKeys,
        prefix: str,
        halts: Callable[[], Halts],
        clock: Callable[[], float] = monotonic,
        now: Callable[[], float] = time,
        *,
        ledger: Ledger,
    ) -> None:
        self.bus: Client | None = None
        self.held_back: Counter[str] = Counter()
        self.counts = HeldBackCounts(redis, keys, now)
        self.ledger = ledger
        self._redis, self._keys, self._prefix = redis, keys, prefix
        self._halts, self._clock = halts, clock
        self._encode = msgspec.json.Encoder().encode
        self._to_bus, self._to_list = Queue("nats", self._publish), Queue("redis", self._keep)
        self._to_halted = Queue("redis, for what is halted,", self._keep_halted)
        self.queues = [self._to_bus, self._to_list, self._to_halted]

    def put(self, signal: Signal) -> None:
        """Hand a signal over; returns at once."""
        waiting = Waiting(signal.id, signal.strategy_id, signal.symbol, self._encode(signal), self._clock())
        self._to_bus.put(waiting)
        self._to_list.put(waiting)
        self.ledger.put(signal)

    def hold_back(self, signal: Signal, halt: HaltRecord) -> None:
        """Keep a signal that must not leave; returns at once."""
        self.counts.count(halt)
        fate = fate_under(halt)
        payload = kept(self._encode(signal), fate)
        self._to_halted.put(Waiting(signal.id, signal.strategy_id, signal.symbol, payload, self._clock()))
        self.ledger.put(signal, fate)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop`; a receiver that hangs keeps the other one from nothing."""
        async with asyncio.TaskGroup() as group:
            for queue in self.queues:
                group.create_task(queue.run(stop), name=f"signals to {queue.name}")
            group.create_task(self.counts.run(stop), name="counts of what is held back")
        await self._to_list.send_once()  # the fates of those the bus was given last
        await self.counts.save()

    async def _publish(self, batch: list[Waiting]) -> None:
        bus = await self._answering_bus()
        for signal in batch:
            if fate := self._fate_of(signal):
                self.held_back["too_old" if fate.state == "held_back" else "halted"] += 1
                self._to_list.put_right(signal, kept(signal.payload, fate))
                self.ledger.put_right(signal.id, fate)
            else:
                subject = f"{self._prefix}.{signal.strategy_id}"
                await bus.publish(subject, signal.payload, headers={"Nats-Msg-Id": signal.id})

    async def _answering_bus(self) -> Client:
        """The bus, once the server has answered: what the client is given while it does not, it keeps for later,
        where nobody can hold it back."""
        if self.bus is not None and self.bus.is_connected:
            await self.bus.flush(ANSWER_SECONDS)
            if self.bus.is_connected:
                return self.bus
        raise ConnectionError("not connected")

    def _fate_of(self, signal: Waiting) -> Fate | None:
        """Of a signal that must not leave any more; None where it may."""
        if halt := self._halts().widest(signal.strategy_id, signal.symbol):
            self.counts.count(halt)
            return fate_under(halt)
        return Fate("held_back") if self._clock() - signal.since > SENT_WITHIN_SECONDS else None

    async def _keep(self, batch: list[Waiting]) -> None:
        """New ones at the head of their list; what has met its fate since, in the place where it stands."""
        pipeline = await self._listing(batch, self._keys.signals, KEPT_SIGNALS)
        for signal in batch:
            if signal.instead:
                key = self._keys.signals(signal.strategy_id)
                pipeline.linsert(key, "BEFORE", signal.payload.decode(), signal.instead.decode())
                pipeline.lrem(key, 1, signal.payload.decode())
        await pipeline.execute()

    async def _keep_halted(self, batch: list[Waiting]) -> None:
        pipeline = await self._listing(batch, self._keys.halted, KEPT_HALTED)
        await pipeline.execute()

    async def _listing(self, batch: list[Waiting], key_of: Callable[[str], str], most: int) -> Pipeline:
        """What puts new signals at the head of the list of their strategy, once it is executed."""
        by_strategy: dict[str, list[bytes]] = {signal.strategy_id: [] for signal in batch}
        for signal in batch:
            if not signal.instead:
                by_strategy[signal.strategy_id].append(signal.payload)
        await free(self._redis, "list", *map(key_of, by_strategy))
        pipeline = self._redis.pipeline(transaction=True)
        for strategy_id, payloads in by_strategy.items():
            if payloads:
                key = key_of(strategy_id)
                pipeline.lpush(key, *payloads)
                pipeline.ltrim(key, 0, most - 1)
                pipeline.expire(key, KEPT_SECONDS)
        return pipeline
