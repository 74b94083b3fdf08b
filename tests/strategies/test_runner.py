"""The runner's steps over a real store, one at a time."""

import asyncio
from pathlib import Path
from typing import Any, Self, cast

import msgspec
import pytest
import redis
from asgiref.sync import async_to_sync
from django.conf import settings
from nats.aio.client import Client
from nats.aio.msg import Msg
from prometheus_client import generate_latest
from redis.asyncio import Redis

from configuration.domain.halts import HaltRecord, Scope
from metrics.feed.bus import connected, flush
from strategies import runner as runner_module
from strategies.configuration_in_force import ConfigurationInForce
from strategies.engine import Engine
from strategies.exposition import StrategiesCollector
from strategies.keys import KEPT_SECONDS, KEPT_SIGNALS, StrategyKeys
from strategies.outbox import Outbox, Waiting
from strategies.reader import StrategiesReader
from strategies.receipts import FORGOTTEN_AFTER_SECONDS, Lags, ProcessReport, Receipt, compare, is_converged
from strategies.runner import StrategyRunner
from strategies.state_files import EmergencyHalts, LastKnownGood
from tests.factories import START, Clock
from tests.servers import nats, nats_url, redis_url, running, valkey
from tests.strategies.test_configuration_in_force import Database
from tests.strategies.test_engine import depth, resolved

pytestmark = pytest.mark.django_db
KEYS = StrategyKeys(settings.STORE_PREFIX)


class Bus:
    """Stands where the bus would, to be taken away; the real one is in test_processes."""

    def __init__(self) -> None:
        self.is_connected = True
        self.sent: list[tuple[str, bytes]] = []

    @classmethod
    def of(cls, runner: StrategyRunner) -> Self:
        bus = cls()
        runner.outbox.bus = cast(Client, bus)
        return bus

    async def flush(self, timeout: float) -> None:
        pass

    async def publish(self, subject: str, payload: bytes) -> None:
        self.sent.append((subject, payload))


def make_runner(clock: Clock, directory: Path, client: Redis, instance: str = "host:1/0/1") -> StrategyRunner:
    outbox = Outbox(client, KEYS, "cio.intent.trading", lambda: engine.halts, clock)
    engine = Engine(["orderbook_skew"], outbox.put, clock=clock)
    configuration = ConfigurationInForce(
        engine,
        LastKnownGood(directory),
        EmergencyHalts(directory),
        read=Database(resolved("orderbook_skew")),
        clock=clock,
    )
    return StrategyRunner(
        instance=instance,
        subjects=["x"],
        engine=engine,
        configuration=configuration,
        outbox=outbox,
        redis=client,
        keys=KEYS,
        clock=clock,
    )


@pytest.fixture
def runner(clock: Clock, tmp_path: Path, store: redis.Redis) -> StrategyRunner:
    return make_runner(clock, tmp_path, Redis.from_url(settings.REDIS_URL))


@pytest.fixture
def stored(clock: Clock, store: redis.Redis) -> StrategiesReader:
    return StrategiesReader(store, KEYS, clock)


def do(*steps: Any) -> None:
    async def run() -> None:
        for step in steps:
            await step()

    async_to_sync(run)()


def test_a_report_tells_what_is_in_use(runner: StrategyRunner, stored: StrategiesReader, clock: Clock):
    do(runner.configuration.refresh_once)
    runner.process(depth(1, 1, 1))
    runner.process(b"nonsense")
    clock.advance(2)
    do(runner.report_once)
    (report,) = stored.processes("orderbook_skew")
    assert report == runner.last_report
    assert (report.messages, report.refused, report.rate_per_second) == (2, {"not_json": 1}, 1.0)
    receipt = report.receipt("orderbook_skew", "BTCUSDT")
    assert receipt
    assert receipt.version == 1
    assert stored.processes("trade_momentum") == []


def test_a_dead_process_is_shown_for_an_hour(runner: StrategyRunner, stored: StrategiesReader, clock: Clock):
    do(runner.report_once)
    clock.advance(FORGOTTEN_AFTER_SECONDS - 1)
    assert len(stored.processes()) == 1
    clock.advance(2)
    assert stored.processes() == []


def test_whoever_starts_again_takes_the_place_of_the_dead(
    runner: StrategyRunner, stored: StrategiesReader, clock: Clock, tmp_path: Path
):
    do(runner.report_once)
    clock.advance(10)
    successor = make_runner(clock, tmp_path, Redis.from_url(settings.REDIS_URL), "host:2/0/1")
    elsewhere = make_runner(clock, tmp_path, Redis.from_url(settings.REDIS_URL), "other:3/0/1")
    do(elsewhere.take_place)
    assert [report.instance for report in stored.processes()] == ["host:1/0/1"]
    do(successor.take_place, successor.report_once)
    assert [report.instance for report in stored.processes()] == ["host:2/0/1"]


def test_it_takes_the_place_of_one_that_died_just_before(
    runner: StrategyRunner,
    stored: StrategiesReader,
    clock: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    heard: list[list[str]] = []

    async def pass_by(_stop: asyncio.Event, seconds: float) -> None:
        heard.append([report.instance for report in stored.processes()])
        clock.advance(seconds)

    monkeypatch.setattr(runner_module, "pause", pass_by)
    do(runner.report_once)
    clock.advance(1)
    successor = make_runner(clock, tmp_path, Redis.from_url(settings.REDIS_URL), "host:2/0/1")
    async_to_sync(successor._take_place)(asyncio.Event())
    assert heard == [["host:1/0/1"]] * 2  # it was there at first, and after the first look
    assert stored.processes() == []


def test_it_does_not_take_the_place_of_one_that_died_beside_it(
    runner: StrategyRunner, stored: StrategiesReader, clock: Clock, tmp_path: Path
):
    sibling = make_runner(clock, tmp_path, Redis.from_url(settings.REDIS_URL), "host:2/0/1")
    clock.advance(1)
    do(runner.report_once)
    clock.advance(10)
    do(sibling.take_place)
    assert [report.instance for report in stored.processes()] == ["host:1/0/1"]


def test_it_takes_the_place_of_the_dead_when_the_store_is_back(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    server = valkey(tmp_path / "valkey")
    client = Redis.from_url(redis_url(server.port))
    dead = make_runner(clock, tmp_path, client)
    clock.advance(10)
    successor = make_runner(clock, tmp_path, client, "host:2/0/1")

    async def come_back() -> None:
        has_retried, is_stored = asyncio.Event(), asyncio.Event()

        async def pass_by(_stop: asyncio.Event, seconds: float) -> None:
            if seconds == runner_module.RETRY_SECONDS:
                has_retried.set()
                await asyncio.sleep(0)
            elif seconds == runner_module.SETTLED_SECONDS:
                await is_stored.wait()

        monkeypatch.setattr(runner_module, "pause", pass_by)
        taking = asyncio.create_task(successor._take_place(asyncio.Event()))
        await has_retried.wait()
        assert not taking.done()
        with running(server):
            await client.hset(KEYS.processes, dead.instance, msgspec.msgpack.encode(dead.last_report))
            is_stored.set()
            await taking
            assert await client.hlen(KEYS.processes) == 0
            await client.aclose()

    async_to_sync(come_back)()


def test_an_orderly_end_takes_the_report_along(runner: StrategyRunner, stored: StrategiesReader):
    do(runner.report_once, runner.leave)
    assert stored.processes() == []


def test_signals_go_to_the_bus_and_are_kept(runner: StrategyRunner, stored: StrategiesReader):
    bus = Bus.of(runner)
    do(runner.configuration.refresh_once)
    for update_id in range(1, 7):
        runner.process(depth(2 if update_id % 2 else 1, 1, update_id))
    do(runner.outbox.finish)
    assert [subject for subject, _ in bus.sent] == ["cio.intent.trading.orderbook_skew"] * 3
    newest_first = [signal.metadata["book"]["update_id"] for signal in stored.signals()]
    assert newest_first == [5, 3, 1]
    assert stored.signals(symbol="ETHUSDT") == []
    assert len(stored.signals(strategy_id="orderbook_skew", limit=2)) == 2


def test_signals_wait_in_order_while_the_bus_is_away(runner: StrategyRunner):
    bus = Bus.of(runner)
    do(runner.configuration.refresh_once)
    to_bus = runner.outbox.queues[0]
    bus.is_connected = False
    for update_id in range(1, 5):
        runner.process(depth(2 if update_id % 2 else 1, 1, update_id))
        do(to_bus.send_once)
    assert bus.sent == []
    assert len(to_bus) == 2
    bus.is_connected = True
    do(to_bus.send_once)
    told = [msgspec.json.decode(payload)["metadata"]["book"]["update_id"] for _, payload in bus.sent]
    assert told == [1, 3]


def waiting(payload: bytes, strategy_id: str = "orderbook_skew") -> Waiting:
    return Waiting(strategy_id, "BTCUSDT", payload, START)


@pytest.mark.parametrize(
    ("scope", "seconds", "sent", "held_back"),
    [
        (None, 1.9, 1, {}),
        (None, 2.1, 0, {"too_old": 1}),
        (Scope(), 0.1, 0, {"halted": 1}),
        (Scope("orderbook_skew", "BTCUSDT"), 2.1, 0, {"halted": 1}),
        (Scope("", "ETHUSDT"), 0.1, 1, {}),
    ],
)
def test_what_is_halted_or_old_by_now_is_not_sent_when_the_bus_is_back(
    runner: StrategyRunner, stored: StrategiesReader, clock: Clock, scope: Scope | None,
    seconds: float, sent: int, held_back: dict[str, int],
):  # fmt: skip
    bus = Bus.of(runner)

    async def go_and_come_back() -> None:
        bus.is_connected = False
        runner.process(depth(2, 1, 1))
        await runner.outbox.finish()
        if scope is not None:
            record = HaltRecord(**scope._asdict(), halted=True, reason="r", actor="a", at=clock.now)
            runner.configuration.hear(record)
        clock.advance(seconds)
        bus.is_connected = True
        await runner.outbox.finish()

    do(runner.configuration.refresh_once, go_and_come_back, runner.report_once)
    assert len(bus.sent) == sent
    assert len(runner.outbox.queues[0]) == 0
    assert runner.last_report.held_back == held_back
    figures = generate_latest(StrategiesCollector(lambda: [runner.last_report], clock)).decode()
    for reason in held_back:
        assert f'strategies_held_back_total{{process="host:1/0/1",reason="{reason}"}} 1.0' in figures
    assert len(stored.signals()) == 1  # those who look may see what was decided


def test_nothing_is_left_with_the_client_to_send_when_the_server_is_back(
    runner: StrategyRunner, clock: Clock
):
    """A server that is gone, or connected and silent: what is not on its way waits where it can be held back."""
    server = nats()
    heard: list[bytes] = []

    async def hear(message: Msg) -> None:
        heard.append(message.data)

    async def deliver_while(pause: Any, resume: Any) -> None:
        async with connected(nats_url(server.port), "test") as bus:
            runner.outbox.bus = bus
            pause()
            for number in range(300):
                runner.outbox.queues[0].put(waiting(str(number).encode()))
            assert not await runner.outbox.queues[0].send_once()
            clock.advance(10)
            await asyncio.to_thread(resume)
            async with connected(nats_url(server.port), "listener") as listener:
                await listener.subscribe("cio.intent.>", cb=hear)
                await flush(listener)
                while not bus.is_connected:
                    await asyncio.sleep(0.02)
                while not await runner.outbox.queues[0].send_once():
                    await asyncio.sleep(0.02)
                await flush(bus)
                await flush(listener)

    do(runner.configuration.refresh_once)
    with running(server):
        async_to_sync(deliver_while)(server.kill, server.start)
        assert heard == []
        assert runner.outbox.held_back == {"too_old": 300}
        async_to_sync(deliver_while)(server.freeze, server.thaw)
        assert heard == []
        assert runner.outbox.held_back == {"too_old": 600}


def test_what_was_handed_over_just_before_the_server_went_is_not_sent_when_it_is_back(
    runner: StrategyRunner, clock: Clock
):
    """The connection takes along what it was given after the last answer; the client does not repeat it."""
    server = nats()
    to_bus = runner.outbox.queues[0]
    heard: list[bytes] = []

    async def hear(message: Msg) -> None:
        heard.append(message.data)

    async def break_after_the_answer() -> None:
        async with (
            connected(nats_url(server.port), "test") as bus,
            connected(nats_url(server.port), "listener") as listener,
        ):
            await listener.subscribe("cio.intent.>", cb=hear)
            await flush(listener)
            runner.outbox.bus = bus
            ask = bus.flush

            async def be_answered_once(timeout: int = 10) -> None:
                await ask(timeout)
                bus.flush = ask  # type: ignore[method-assign]
                server.kill()

            bus.flush = be_answered_once  # type: ignore[method-assign]
            for number in range(300):
                to_bus.put(waiting(str(number).encode()))
            assert not await to_bus.send_once()
            assert len(to_bus) == 200
            clock.advance(10)
            await asyncio.to_thread(server.start)
            while not (bus.is_connected and listener.is_connected):
                await asyncio.sleep(0.02)
            while not await to_bus.send_once():
                await asyncio.sleep(0.02)
            await flush(bus)
            await flush(listener)

    do(runner.configuration.refresh_once)
    with running(server):
        async_to_sync(break_after_the_answer)()
    assert heard == []
    assert runner.outbox.held_back == {"too_old": 200}


def test_what_waits_is_bounded_and_the_oldest_of_the_busiest_goes(runner: StrategyRunner):
    do(runner.configuration.refresh_once)
    queue = runner.outbox.queues[0]
    queue.put(waiting(b"rare", "btc_dominance"))
    for number in range(KEPT_SIGNALS + 9):
        queue.put(waiting(str(number).encode()))
    assert (len(queue), queue.dropped) == (KEPT_SIGNALS, 10)
    bus = Bus.of(runner)
    do(queue.send_once)
    assert [payload for _, payload in bus.sent[:2]] == [b"rare", b"10"]


def test_a_busy_strategy_pushes_out_only_its_own(runner: StrategyRunner, store: redis.Redis):
    queue = runner.outbox.queues[1]

    async def send_twice_as_many() -> None:
        queue.put(waiting(b"rare", "btc_dominance"))
        for number in range(2 * KEPT_SIGNALS):
            queue.put(waiting(str(number).encode()))
            if len(queue) == KEPT_SIGNALS:
                await queue.send_once()
        await queue.send_once()

    do(send_twice_as_many)
    assert store.llen(KEYS.signals("orderbook_skew")) == KEPT_SIGNALS
    assert store.lrange(KEYS.signals("btc_dominance"), 0, -1) == [b"rare"]
    assert store.ttl(KEYS.signals("btc_dominance")) in (KEPT_SECONDS, KEPT_SECONDS - 1)


def test_without_the_store_it_goes_on_and_counts(clock: Clock, tmp_path: Path):
    with running(valkey(tmp_path / "valkey")) as server:
        client = Redis.from_url(redis_url(server.port))
        runner = make_runner(clock, tmp_path, client)

        async def come_and_go() -> None:
            await runner.report_once()
            server.stop()
            await runner.report_once()
            await runner.report_once()
            await runner.leave()
            server.start()
            await runner.report_once()
            await client.aclose()

        async_to_sync(come_and_go)()
        assert runner.errors["store_away"] == 2
        assert server.port


@pytest.mark.parametrize(
    "said",
    [b"nonsense", b"{}", b'{"halted":true,"reason":"","actor":"a","at":1.0}',
     b'{"strategy_id":"nope","halted":true,"reason":"r","actor":"a","at":1.0}',
     b'{"symbol":"btcusdt","halted":true,"reason":"r","actor":"a","at":1.0}',
     b'{"halted":true,"reason":" ","actor":"a","at":1.0}',
     b'{"halted":true,"reason":"\\u0000","actor":"a","at":1.0}',
     b'{"halted":true,"reason":"r","actor":"%s","at":1.0}' % (b"a" * 151),
     b'{"halted":true,"reason":"r","actor":"a","at":-1.0}',
     b'{"halted":true,"reason":"r","actor":"a","at":1e300}',
     b'{"halted":false,"reason":"r","actor":"a","at":4e9}'],
)  # fmt: skip
def test_nonsense_on_the_bus_halts_nothing(runner: StrategyRunner, said: bytes):
    do(runner.configuration.refresh_once)
    async_to_sync(runner.hear_halt)(Msg(Client(), data=said))
    assert runner.errors["bad_halt"] == 1
    assert not runner.engine.halts.records


def test_a_halt_on_the_bus_is_obeyed(runner: StrategyRunner):
    do(runner.configuration.refresh_once)
    record = HaltRecord(symbol="BTCUSDT", halted=True, reason="r", actor="a", at=START)
    async_to_sync(runner.hear_halt)(Msg(Client(), data=msgspec.json.encode(record)))
    assert runner.engine.halts.is_halted("orderbook_skew", "BTCUSDT")


# -- Receipts --------------------------------------------------------------------------------


def report(*receipts: Receipt, **changed: Any) -> ProcessReport:
    values: dict[str, Any] = {
        "instance": "host:1/0/1", "partition": "0/1", "strategies": ["orderbook_skew"], "started_at": START,
        "reported_at": START, "connected": True, "configuration": "database", "database_answers": True,
        "receipts": list(receipts), "halts": [], "lags": Lags.none(), "last_message_at": None, "messages": 0,
        "rate_per_second": 0.0, "refused": {}, "ignored": {}, "signals": {}, "suppressed": {}, "failures": {},
        "errors": {}, "slow_consumer_drops": 0, "signals_waiting": 0, "signals_dropped": 0,
        "states_evicted": 0,
    }  # fmt: skip
    return ProcessReport(**values | changed)


def receipt(symbol: str | None = None, hash: str = "new", rejected: str | None = None) -> Receipt:
    return Receipt(
        strategy_id="orderbook_skew",
        symbol=symbol,
        version=3,
        hash=hash,
        applied_at=START,
        lag=0.25,
        rejected=rejected,
    )


@pytest.mark.parametrize(
    ("seen", "age", "status", "reason"),
    [
        (report(receipt()), 0, "applied", None),
        (report(receipt()), 3.1, "stale", "not heard for 3 s"),
        (report(receipt(hash="old")), 0, "pending", None),
        (report(receipt(hash="old"), database_answers=False), 0, "pending",
         "runs on the last known good configuration"),
        (report(receipt(hash="old", rejected="top_levels must be <= 20")), 0, "rejected",
         "top_levels must be <= 20"),
        (report(), 0, "pending", "has applied nothing yet"),
        (report(receipt(), receipt("BTCUSDT", "own")), 0, "pending", None),
    ],
)  # fmt: skip
def test_the_status_of_a_process(seen: ProcessReport, age: float, status: str, reason: str | None):
    row = compare(seen, "orderbook_skew", "BTCUSDT", "new", START + age)
    assert (row.status, row.reason) == (status, reason)
    assert is_converged([row]) is (status == "applied")


def test_nobody_is_not_everybody():
    assert not is_converged([])


def test_lags_fall_into_their_buckets():
    lags = Lags.none().with_lag(0.05).with_lag(0.3).with_lag(100.0).with_lag(-1.0)
    assert lags.counts[0] == 2
    assert lags.counts[3] == 1
    assert lags.counts[-1] == 1
    assert lags.total == pytest.approx(100.35)
