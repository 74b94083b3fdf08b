"""Recordings go out in order, at the pace asked for."""

import json
import math
import subprocess
import sys
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.core.management import CommandError, call_command

from metrics.feed import bus
from metrics.management.commands.replay_market import replay
from metrics.recordings import Arrival
from tests.metrics.commands.conftest import Time
from tests.metrics.test_recordings import record
from tests.symbols import LISTED


def played(time: Time, arrivals: list[Arrival], work: float = 0.0, **options: Any) -> list[float]:
    """When each frame was published, in seconds since the start."""
    start, published = time.now, []

    async def publish(_: bytes) -> None:
        published.append(time.now - start)
        time.now += work

    async_to_sync(replay)(arrivals, publish, clock=time.clock, sleep=time.sleep, **options)
    return published


ARRIVALS = [Arrival(7_000_000 + round(1e6 * at), b"{}") for at in (0, 0.5, 0.5, 2.0, 10.0)]


def test_recorded_pace(time: Time):
    assert played(time, ARRIVALS, speed=1) == pytest.approx([0, 0.5, 0.5, 2, 10], abs=1e-3)


def test_ten_times_as_fast(time: Time):
    assert played(time, ARRIVALS, speed=10) == pytest.approx([0, 0.05, 0.05, 0.2, 1], abs=1e-3)


def test_as_fast_as_possible_waits_for_nothing(time: Time):
    arrivals = [Arrival(1_000_000 * at, b"{}") for at in range(50_000)]
    assert set(played(time, arrivals, speed=math.inf)) == {0.0}


def test_as_fast_as_possible_may_be_limited_for_the_sake_of_the_listener(time: Time):
    arrivals = [Arrival(at, b"{}") for at in range(5_000)]
    times = played(time, arrivals, speed=math.inf, limit=1_000)
    assert times[-1] == pytest.approx(5, rel=0.01)


def test_own_work_does_not_make_it_slower(time: Time):
    arrivals = [Arrival(10_000 * at, b"{}") for at in range(500)]
    assert played(time, arrivals, work=0.004, speed=1)[-1] == pytest.approx(4.99, abs=0.01)


def test_a_pause_is_not_caught_up_in_a_burst(time: Time):
    def with_pause():
        for at in range(100):
            if at == 50:
                time.now += 60
            yield Arrival(100_000 * at, b"{}")

    times = played(time, with_pause(), speed=1)
    gaps = [b - a for a, b in pairwise(times[50:])]
    assert gaps == pytest.approx([0.1] * 49, abs=1e-3)


BOOK = '{"stream":"btcusdt@depth20@100ms","data":{"lastUpdateId":1,"bids":[],"asks":[]}}'
TRADE = '{"stream":"ethusdt@aggTrade","data":{"e":"aggTrade"}}'
DIFF = '{"stream":"ethusdt@depth@100ms","data":{"e":"depthUpdate"}}'


def replayed(*arguments: str, listen: str) -> list[tuple[str, str]]:
    """What a listener hears, and on which subjects, while the command runs."""

    async def run() -> list[tuple[str, str]]:
        heard: list[tuple[str, str]] = []
        async with bus.connected(settings.NATS_URL, "test") as client:

            async def hear(message) -> None:
                heard.append((message.subject, message.data.decode()))

            await client.subscribe(listen, cb=hear)
            await client.flush()
            await sync_to_async(command, thread_sensitive=False)(*arguments)
            await client.flush()
        return heard

    return async_to_sync(run)()


def command(*arguments: str) -> str:
    """Run in a process of its own: it owns its event loop and its signals."""
    done = subprocess.run(
        [sys.executable, "manage.py", "replay_market", *arguments], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_frames_arrive_whole_and_in_order(tmp_path: Path):
    one = record(tmp_path, "one", [(10, BOOK), (30, TRADE)])
    two = record(tmp_path, "two", [(20, DIFF)])
    heard = replayed(str(one), str(two), "--speed", "max", "--subject", "replay.test", listen="replay.test")
    assert heard == [("replay.test", BOOK), ("replay.test", DIFF), ("replay.test", TRADE)]


def test_stars_give_every_symbol_and_kind_its_subject(tmp_path: Path):
    path = record(tmp_path, "one", [(10, BOOK), (20, TRADE), (30, DIFF)])
    heard = replayed(str(path), "--subject", "replayed.*.depth.*", listen="replayed.>")
    assert [subject for subject, _ in heard] == [
        "replayed.binance.depth.BTCUSDT",
        "replayed.binance.trade.ETHUSDT",
        "replayed.binance.diff.ETHUSDT",
    ]


@pytest.mark.parametrize("is_escaped", [True, False])
def test_symbols_of_all_scripts_have_subjects(tmp_path: Path, is_escaped: bool):
    books = [
        json.dumps({"stream": f"{symbol.lower()}@depth20", "data": {}}, ensure_ascii=is_escaped)
        for symbol in LISTED
    ]
    path = record(tmp_path, "one", [(place, book) for place, book in enumerate(books)])
    heard = replayed(str(path), "--speed", "max", "--subject", "scripts.*.depth.*", listen="scripts.>")
    assert heard == [
        (f"scripts.binance.depth.{symbol}", book) for symbol, book in zip(LISTED, books, strict=True)
    ]


def test_a_missing_recording_is_a_sentence(tmp_path: Path):
    with pytest.raises(CommandError, match=r"gone\.ndjson\.gz does not exist\."):
        call_command("replay_market", str(tmp_path / "gone.ndjson.gz"), stdout=StringIO())


def test_a_subject_one_cannot_publish_to_is_a_sentence(tmp_path: Path):
    path = record(tmp_path, "one", [(10, BOOK)])
    with pytest.raises(CommandError, match="Nothing can be published"):
        call_command("replay_market", str(path), subject="market.>", stdout=StringIO())
