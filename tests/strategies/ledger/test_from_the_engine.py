"""Every decision reaches the ledger, with what became of it when it was to leave."""

from pathlib import Path

import msgspec
import pytest
import redis
from django.conf import settings
from prometheus_client import generate_latest
from redis.asyncio import Redis

from halts.domain import HaltRecord, Scope
from strategies.exposition import StrategiesCollector
from strategies.ledger import writer
from strategies.runner import StrategyRunner
from tests.factories import Clock
from tests.strategies.ledger.database import Rows
from tests.strategies.runners import Bus, deliver, do, make_runner
from tests.strategies.test_engine import depth

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def runner(clock: Clock, tmp_path: Path, store: redis.Redis, rows: Rows) -> StrategyRunner:
    return make_runner(clock, tmp_path, Redis.from_url(settings.REDIS_URL), write_rows=rows.write)


def decide(runner: StrategyRunner, first: int, last: int) -> None:
    """Every other book is worth a signal."""
    for update_id in range(first, last + 1):
        runner.process(depth(2 if update_id % 2 else 1, 1, update_id))


def test_what_is_sent_halted_and_too_late_stands_there_as_that(
    runner: StrategyRunner, rows: Rows, clock: Clock
):
    bus, ledger = Bus.of(runner), runner.outbox.ledger
    states: list[list[str]] = []

    async def write() -> None:
        await ledger.write_once()
        states.append([fate.state for fate in rows.fates.values()])

    async def go_and_come_back() -> None:
        decide(runner, 1, 2)
        await deliver(runner)
        bus.is_connected = False
        clock.advance(1)
        decide(runner, 3, 4)
        await deliver(runner)
        await write()
        clock.advance(5)
        bus.is_connected = True
        await deliver(runner)
        halt = HaltRecord(**Scope()._asdict(), halted=True, reason="r", actor="a", at=clock.now)
        runner.configuration.halts.hear(msgspec.json.encode(halt))
        decide(runner, 5, 6)
        await write()

    do(runner.configuration.refresh_once, go_and_come_back)
    assert states == [["sent", "sent"], ["sent", "held_back", "halted"]]
    assert [fate.halted_by is not None for fate in rows.fates.values()] == [False, False, True]


def test_the_mid_price_is_that_of_the_very_book_it_was_decided_on(runner: StrategyRunner, rows: Rows):
    do(runner.configuration.refresh_once)
    decide(runner, 1, 1)
    do(runner.outbox.ledger.write_once)
    (noted,) = rows.noted
    assert noted.touch is not None
    assert noted.touch == (60000.0, 60001.0)
    assert noted.touch.mid == noted.signal.current_price == 60000.5


def test_of_a_book_that_is_stale_there_is_no_touch(runner: StrategyRunner, clock: Clock):
    engine = runner.engine
    assert engine.touch("BTCUSDT") is None
    decide(runner, 1, 1)
    assert engine.touch("BTCUSDT") == (60000.0, 60001.0)
    clock.advance(5.1)
    engine.pass_time()
    assert engine.touch("BTCUSDT") is None


def test_what_waits_and_what_was_dropped_is_reported(runner: StrategyRunner, clock: Clock, monkeypatch):
    monkeypatch.setattr(writer, "MOST_WAITING", 2)
    do(runner.configuration.refresh_once)
    decide(runner, 1, 6)
    do(runner.report_once)
    assert (runner.last_report.ledger_waiting, runner.last_report.ledger_dropped) == (2, 1)
    figures = generate_latest(StrategiesCollector(lambda: [runner.last_report], clock)).decode()
    assert 'strategies_ledger_waiting{process="host:1/0/1"} 2.0' in figures
    assert 'strategies_ledger_dropped_total{process="host:1/0/1"} 1.0' in figures
