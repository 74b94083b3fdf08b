"""One strategy process: the engine, kept on the configuration in force, supplied and relieved."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from time import time
from typing import cast

import msgspec
from nats.aio.msg import Msg
from redis.asyncio import Redis
from redis.exceptions import RedisError

import stored
from configuration.announcements import channel
from halts import acknowledged
from halts.announcements import channel as halts_channel
from halts.domain import HaltRecord
from messaging.bus import Link, leave
from messaging.outage import Outage, OutageLog
from messaging.source import Ask, nobody_answers, unless_stopped, until_stopped_or_closed
from messaging.waiting import either, pause
from metrics.store.reports import MOST_NOT_LIVE
from stored import free
from strategies.configuration_in_force import ConfigurationInForce
from strategies.engine import Engine
from strategies.keys import StrategyKeys
from strategies.measured_writer import SAVE_SECONDS, MeasuredWriter
from strategies.outbox import Outbox
from strategies.receipts import SILENT_AFTER_SECONDS, ProcessReport, place_of
from strategies.values import PROCESSES

logger = logging.getLogger(__name__)

REPORT_SECONDS = 1.0
DECIDE_SECONDS = 0.25
RETRY_SECONDS = 1.0
LISTEN_SECONDS = 1.0
LEAVE_SECONDS = 1.0
SETTLED_SECONDS = SILENT_AFTER_SECONDS + 1.0
TIDY_SECONDS = 60.0
STORE_AWAY = (RedisError, OSError)


class StrategyRunner:
    """Takes market messages with `process`; every other step can be called by hand. `run` knows about time."""

    def __init__(
        self,
        *,
        instance: str,
        subjects: list[str],
        engine: Engine,
        configuration: ConfigurationInForce,
        outbox: Outbox,
        redis: Redis,
        keys: StrategyKeys,
        restarts: int = 0,
        clock: Callable[[], float] = time,
    ) -> None:
        self.instance = instance
        self.subjects = subjects
        self.engine = engine
        self.configuration = configuration
        self.outbox = outbox
        self.restarts = restarts
        self.slow_consumer_drops = 0
        self.errors: Counter[str] = Counter()
        self.ask: Ask = nobody_answers
        self.is_connected: Callable[[], bool] = lambda: False
        self.nats_trouble: Callable[[], str] = str
        self._bus: Link | None = None
        self._redis, self._keys, self._clock = redis, keys, clock
        self._started_at = clock()
        self._last_count = (self._started_at, 0)
        self._nats = Outage(self._started_at)
        self._store = OutageLog(logger, "store_away %s: %s; strategies go on", "store_back")
        measurements = {name: each.measurements for name, each in engine.strategies.by_name.items()}
        self.measured = MeasuredWriter(
            redis, keys, instance, {name: each for name, each in measurements.items() if each}
        )
        self.last_report = self.report(self._started_at)

    def process(self, raw: bytes, subject: str = "") -> None:
        """Take one message in."""
        self.engine.process(raw, subject)

    async def hear_halt(self, message: Msg) -> None:
        """Somebody claims on the bus that something is halted or resumed."""
        self.configuration.halts.hear(message.data)

    # -- Reports -----------------------------------------------------------------------------

    async def report_once(self) -> None:
        """Report how things stand; those who look on hear at once when it differs."""
        self.engine.tidy()
        self.last_report = report = self.report(self._clock())
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.hset(self._keys.processes, self.instance, msgspec.msgpack.encode(report))
        pipeline.hset(
            acknowledged.key(),
            self.instance,
            acknowledged.encode(self.instance, self._acknowledges(), report.reported_at),
        )
        pipeline.publish(self._keys.receipts_channel, self.instance)
        try:
            await free(self._redis, "hash", self._keys.processes, acknowledged.key())
            await pipeline.execute()
        except STORE_AWAY as error:
            self.errors["store_away"] += 1
            self._store.is_away(type(error).__name__, error)
        else:
            self._store.is_over()

    def _acknowledges(self) -> list[HaltRecord]:
        """The halts somebody has issued: a process that knows nothing lets nothing out by itself."""
        return (
            []
            if self.configuration.loaded_from == "none"
            else list(self.engine.strategies.halts.records.values())
        )

    async def take_place(self) -> bool:
        """Remove the report of a process that died where this one now stands: it is replaced, not missed.

        One that was still heard when this one had started stood beside it, and is missed. What cannot be read is
        removed, too: whoever lives writes it anew within a second. False where the store is away, which is logged by
        the reports.
        """
        now = self._clock()
        try:
            await free(self._redis, "hash", self._keys.processes, acknowledged.key())
            reports = cast(dict[bytes, bytes], await self._redis.hgetall(self._keys.processes))
            for instance, raw in reports.items():
                other = PROCESSES.read(raw, now, instance)
                if other is None or self._replaces(other, now):
                    await self._redis.hdel(self._keys.processes, instance)
        except STORE_AWAY:
            return False
        return True

    def _replaces(self, other: ProcessReport, now: float) -> bool:
        stood_here = place_of(other) == place_of(self.last_report)
        return stood_here and other.reported_at < self._started_at and other.is_silent(now)

    async def leave(self) -> None:
        """A process that ends in order takes its report along: it is not missed."""
        try:
            await self._redis.hdel(self._keys.processes, self.instance)
            await self._redis.hdel(acknowledged.key(), self.instance)
            await self._redis.publish(self._keys.receipts_channel, self.instance)
        except STORE_AWAY as error:
            logger.warning("store_away %s: %s; the last report stays", type(error).__name__, error)

    def report(self, now: float) -> ProcessReport:
        """State and counts at `now`; the rate is since the report before."""
        engine, configuration = self.engine, self.configuration
        since, messages = self._last_count
        self._last_count = (now, engine.messages)
        not_live = list(engine.admission.not_live(now))
        is_connected = self.is_connected() and (self._bus is None or self._bus.hears)
        return ProcessReport(
            instance=self.instance,
            partition=str(engine.decoder.partition),
            strategies=list(engine.strategies.by_name),
            started_at=self._started_at,
            reported_at=now,
            connected=is_connected,
            configuration=configuration.loaded_from,
            database_answers=configuration.database_answers,
            receipts=list(configuration.receipts.values()),
            halts=list(engine.strategies.halts.records.values()),
            lags=configuration.lags,
            last_message_at=engine.last_message_at,
            messages=engine.messages,
            rate_per_second=(engine.messages - messages) / (now - since) if now > since else 0.0,
            refused=dict(engine.refused),
            ignored=dict(engine.ignored),
            signals={
                f"{name}:{action}": count for (name, action), count in engine.strategies.signals.items()
            },
            suppressed=dict(engine.strategies.suppressed),
            failures={f"{name}:{kind}": count for (name, kind), count in engine.strategies.failures.items()},
            errors=dict(
                self.errors + self.configuration.halts.errors + self.outbox.ledger.errors + stored.errors()
            ),
            slow_consumer_drops=self.slow_consumer_drops,
            signals_waiting=sum(map(len, self.outbox.queues)),
            signals_dropped=sum(queue.dropped for queue in self.outbox.queues),
            ledger_waiting=len(self.outbox.ledger),
            ledger_dropped=self.outbox.ledger.dropped,
            states_evicted=engine.strategies.evicted,
            held_back=dict(self.outbox.held_back),
            nats_away_since=self._nats.look(is_connected, now),
            nats_trouble=self.nats_trouble() or (self._bus.trouble if self._bus else "") or None,
            withdrawals=engine.withdrawals,
            not_live=not_live[:MOST_NOT_LIVE],
            not_live_count=len(not_live),
            wrong_clocks=engine.admission.clocks.wrong(now),
            restarts=self.restarts,
        )

    # -- Time --------------------------------------------------------------------------------

    async def run(self, nats_url: str, halts_subject: str, stop: asyncio.Event) -> None:
        """Work until `stop`; ends with an exception when a part fails for good."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.configuration.run(stop), name="configuration")
            group.create_task(self._stay_on_bus(nats_url, halts_subject, stop), name="bus")
            group.create_task(self._report_until(stop), name="report")
            group.create_task(self._pass_time_until(stop), name="time")
            group.create_task(self._take_place(stop), name="take place")
            group.create_task(self._tidy(stop), name="tidy")
            group.create_task(self._save_measured(stop), name="measured")
            listening = group.create_task(self._listen(), name="listen")
            group.create_task(self.outbox.ledger.run(stop), name="ledger")
            await stop.wait()
            listening.cancel()
        await self.outbox.ledger.leave()

    async def _stay_on_bus(self, url: str, halts_subject: str, stop: asyncio.Event) -> None:
        """Send signals and hear halts, on a connection that does not queue up behind the market.

        Signals for Redis do not wait for NATS; and the connection is left when no signal is on its way any more.
        """
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(self.outbox.run(stop), name="outbox")
            bus = self._bus = Link(url, f"{self.instance} signals")
            if not await unless_stopped(bus.open(), stop):
                return
            try:
                self.outbox.bus = bus
                await bus.subscribe(halts_subject, cb=self.hear_halt)
                await until_stopped_or_closed(bus, stop)
                await sending
            finally:
                await leave(bus, LEAVE_SECONDS)

    async def _pass_time_until(self, stop: asyncio.Event) -> None:
        """Decide what waits for time to pass, whether or not messages come."""
        while not stop.is_set():
            self.engine.pass_time()
            await pause(stop, DECIDE_SECONDS)

    async def _report_until(self, stop: asyncio.Event) -> None:
        changed = self.configuration.changed
        while not stop.is_set():
            changed.clear()
            await self.report_once()
            await either(stop, changed, REPORT_SECONDS)

    async def _save_measured(self, stop: asyncio.Event) -> None:
        """Now and then, and once more at the end."""
        while not stop.is_set():
            await pause(stop, SAVE_SECONDS)
            await self.measured.save()

    async def _take_place(self, stop: asyncio.Event) -> None:
        """At once, and again when a process that died the moment before has fallen silent."""
        for seconds in (0.0, SETTLED_SECONDS):
            await pause(stop, seconds)
            while not stop.is_set() and not await self.take_place():
                await pause(stop, RETRY_SECONDS)

    async def _tidy(self, stop: asyncio.Event) -> None:
        """Now and then, for what cannot be read."""
        while not stop.is_set():
            await pause(stop, TIDY_SECONDS)
            await self.take_place()

    async def _listen(self) -> None:
        """Be woken by the messages that follow a save; without them the poll finds out a little later."""
        while True:
            try:
                async with self._redis.pubsub() as messages:
                    await messages.subscribe(channel(), halts_channel())
                    while True:
                        if await messages.get_message(timeout=LISTEN_SECONDS):
                            self.configuration.woken.set()
            except STORE_AWAY:
                await asyncio.sleep(RETRY_SECONDS)
