"""Signals on their way out: in order, held back, bounded."""

import asyncio
from functools import partial
from typing import Any

import msgspec
import pytest
import redis
from asgiref.sync import async_to_sync
from nats.aio.msg import Msg
from prometheus_client import generate_latest

from halts.domain import HaltRecord, Scope
from messaging.bus import connected, flush
from strategies.domain.signal import HaltedBy, Signal, moment
from strategies.exposition import StrategiesCollector
from strategies.keys import KEPT_HALTED, KEPT_SECONDS, KEPT_SIGNALS
from strategies.reader import StrategiesReader
from strategies.runner import StrategyRunner
from tests.factories import Clock
from tests.servers import nats, nats_url, running
from tests.strategies.runners import KEYS, Bus, deliver, do, waiting
from tests.strategies.test_engine import depth

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_signals_go_to_the_bus_and_are_kept(runner: StrategyRunner, stored: StrategiesReader):
    bus = Bus.of(runner)
    do(runner.configuration.refresh_once)
    for update_id in range(1, 7):
        runner.process(depth(2 if update_id % 2 else 1, 1, update_id))
    do(partial(deliver, runner))
    assert [subject for subject, _ in bus.sent] == ["cio.intent.trading.orderbook_skew"] * 3
    published = [msgspec.json.decode(payload) for _, payload in bus.sent]
    assert bus.headers == [{"Nats-Msg-Id": signal["id"]} for signal in published]
    assert all(signal["correlation_id"] == signal["id"] for signal in published)
    newest_first = [signal.metadata["book"]["update_id"] for signal in stored.signals_and_kept_since()[0]]
    assert newest_first == [5, 3, 1]
    assert stored.signals_and_kept_since(symbol="ETHUSDT")[0] == []
    assert len(stored.signals_and_kept_since(strategy_id="orderbook_skew", limit=2)[0]) == 2


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
    published = [msgspec.json.decode(payload)["metadata"]["book"]["update_id"] for _, payload in bus.sent]
    assert published == [1, 3]


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
        await deliver(runner)
        if scope is not None:
            record = HaltRecord(**scope._asdict(), halted=True, reason="r", actor="a", at=clock.now)
            runner.configuration.halts.hear(msgspec.json.encode(record))
        clock.advance(seconds)
        bus.is_connected = True
        await deliver(runner)

    do(runner.configuration.refresh_once, go_and_come_back, runner.report_once)
    assert len(bus.sent) == sent
    assert len(runner.outbox.queues[0]) == 0
    assert runner.last_report.held_back == held_back
    figures = generate_latest(StrategiesCollector(lambda: [runner.last_report], clock)).decode()
    for reason in held_back:
        assert f'strategies_held_back_total{{process="host:1/0/1",reason="{reason}"}} 1.0' in figures
    (kept,) = stored.signals_and_kept_since()[
        0
    ]  # those who look may see what was decided, and what became of it
    reasons = {"halted": "halted", "too_old": "held_back"}
    assert kept.state == next((reasons[reason] for reason in held_back), "sent")
    assert (kept.halted_by is not None) == ("halted" in held_back)


def test_what_met_its_fate_before_it_was_kept_is_kept_once_and_so(
    runner: StrategyRunner, stored: StrategiesReader, clock: Clock
):
    """NATS is back before Redis."""
    Bus.of(runner)
    to_bus, to_list, _ = runner.outbox.queues
    do(runner.configuration.refresh_once)
    for update_id in range(1, 4):
        runner.process(depth(2 if update_id % 2 else 1, 1, update_id))
    clock.advance(2.1)
    do(to_bus.send_once)
    assert len(to_list) == 2
    do(to_list.send_once)
    assert [signal.state for signal in stored.signals_and_kept_since()[0]] == ["held_back"] * 2


def test_what_a_halt_holds_back_is_kept_and_goes_nowhere_else(
    runner: StrategyRunner, stored: StrategiesReader, clock: Clock
):
    bus = Bus.of(runner)
    do(runner.configuration.refresh_once)
    record = HaltRecord(symbol="BTCUSDT", halted=True, reason="secret", actor="rita", at=clock.now)
    runner.configuration.halts.hear(msgspec.json.encode(record))
    for symbol in ("BTCUSDT", "ETHUSDT"):
        runner.process(depth(2, 1, 1, symbol))
    do(partial(deliver, runner))
    (sent,) = bus.sent
    assert set(msgspec.json.decode(sent[1])) == set(Signal.__struct_fields__) - {"exchange", "legs"}
    assert [signal.symbol for signal in stored.signals_and_kept_since(state="sent")[0]] == ["ETHUSDT"]
    (halted,) = stored.signals_and_kept_since(state="halted")[0]
    assert halted.symbol == "BTCUSDT"
    assert halted.halted_by == HaltedBy(None, "BTCUSDT", moment(clock.now))
    assert len(stored.signals_and_kept_since()[0]) == 2
    assert stored.held_back([record]) == {Scope("", "BTCUSDT"): (1, halted.timestamp, True)}


def test_a_process_that_does_not_know_yet_what_is_halted_keeps_what_it_decides(
    runner: StrategyRunner, stored: StrategiesReader
):
    bus = Bus.of(runner)
    runner.process(depth(2, 1, 1))
    do(partial(deliver, runner))
    (kept,) = stored.signals_and_kept_since()[0]
    assert (bus.sent, kept.state, kept.halted_by) == ([], "halted", None)


def test_a_long_halt_pushes_out_nothing_that_was_sent(runner: StrategyRunner, store: redis.Redis):
    _, to_list, to_halted = runner.outbox.queues
    to_list.put(waiting(b"sent"))
    for number in range(KEPT_HALTED + 9):
        to_halted.put(waiting(str(number).encode()))
    do(to_list.send_once, to_halted.send_once)
    assert store.lrange(KEYS.signals("orderbook_skew"), 0, -1) == [b"sent"]
    kept = store.lrange(KEYS.halted("orderbook_skew"), 0, -1)
    assert kept == [str(number).encode() for number in reversed(range(9, KEPT_HALTED + 9))]
    assert store.ttl(KEYS.halted("orderbook_skew")) in (KEPT_SECONDS, KEPT_SECONDS - 1)


def test_keys_of_another_type_hold_no_fate_up(runner: StrategyRunner, store: redis.Redis, clock: Clock):
    Bus.of(runner)
    to_bus, to_list, _ = runner.outbox.queues
    to_bus.put(waiting(b"old"))
    clock.advance(10)
    do(runner.configuration.refresh_once, to_bus.send_once)
    store.set(KEYS.signals("orderbook_skew"), "forged")
    do(to_list.send_once)
    assert len(to_list) == 0
    assert not store.exists(KEYS.signals("orderbook_skew"))


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


def test_whoever_stops_sends_what_is_still_decided_meanwhile(runner: StrategyRunner):
    heard: list[int] = []
    stop = asyncio.Event()

    async def hear(message: Msg) -> None:
        heard.append(int(message.data))
        stop.set()

    async def decide() -> None:
        to_bus = runner.outbox.queues[0]
        for number in range(3000):
            to_bus.put(waiting(str(number).encode()))
            while to_bus:
                await asyncio.sleep(0)

    async def stop_in_the_middle(url: str) -> None:
        async with connected(url, "listener") as listener:
            await listener.subscribe("cio.intent.>", cb=hear)
            await flush(listener)
            async with asyncio.TaskGroup() as group:
                group.create_task(runner.run(url, "halts", stop))
                group.create_task(decide())
            await flush(listener)

    do(runner.configuration.refresh_once)
    with running(nats()) as server:
        async_to_sync(stop_in_the_middle)(nats_url(server.port))
    assert heard == list(range(3000))


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
            ask, patch = bus.flush, pytest.MonkeyPatch()

            async def be_answered_once(timeout: int = 10) -> None:
                await ask(timeout)
                patch.undo()
                server.kill()

            patch.setattr(bus, "flush", be_answered_once)
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
