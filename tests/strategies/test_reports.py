"""What a runner reports of itself, and whose place it takes."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from redis.asyncio import Redis

from strategies import runner as runner_module
from strategies.reader import StrategiesReader
from strategies.receipts import FORGOTTEN_AFTER_SECONDS
from strategies.runner import StrategyRunner
from tests.factories import Clock
from tests.servers import redis_url, running, valkey
from tests.strategies.runners import KEYS, do, make_runner
from tests.strategies.test_engine import depth

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_a_report_states_what_is_in_use(runner: StrategyRunner, stored: StrategiesReader, clock: Clock):
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
