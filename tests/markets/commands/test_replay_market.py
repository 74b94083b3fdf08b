"""Recordings go out in order, at the pace asked for, and on time."""

import json
import math
import os
import re
import subprocess
import sys
import time as real_time
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import redis
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.core.management import CommandError, call_command

from markets.management.commands.replay_market import marked, moved_to, replay, silence_left
from markets.recording.reading import Arrival, Recording
from messaging import bus
from metrics.store.keys import Keys
from tests.factories import feed_report, usdm_book
from tests.integration.markets import DATA
from tests.markets.commands.conftest import Time
from tests.markets.commands.test_simulate_market import hear
from tests.markets.recording.test_reading import record
from tests.symbols import LISTED


def played(time: Time, arrivals: list[Arrival], work: float = 0.0, **options: Any) -> list[float]:
    """When each frame was published, in seconds since the start."""
    start, published = time.now, []

    async def publish(_: Arrival) -> None:
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


def replay_of(frame: str) -> str:
    """The frame as it is published: it is marked as replayed."""
    return frame.removesuffix("}") + ',"origin":"replayed"}'


class Heard(NamedTuple):
    """A message, and when it came (microseconds since the epoch)."""

    subject: str
    frame: str
    at_us: int


def replayed(*arguments: str, listen: str) -> list[Heard]:
    """What a listener hears while the command runs."""

    async def run() -> list[Heard]:
        heard: list[Heard] = []
        async with bus.connected(settings.NATS_URL, "test") as client:

            async def take(message) -> None:
                heard.append(Heard(message.subject, message.data.decode(), now_us()))

            await client.subscribe(listen, cb=take)
            await client.flush()
            await sync_to_async(command, thread_sensitive=False)(*arguments)
            await client.flush()
        return heard

    return async_to_sync(run)()


def now_us() -> int:
    return real_time.time_ns() // 1_000


def command(*arguments: str, **environment: str) -> str:
    """Run in a process of its own: it owns its event loop and its signals."""
    done = subprocess.run(
        [sys.executable, "manage.py", "replay_market", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_frames_arrive_whole_and_in_order(tmp_path: Path):
    one = record(tmp_path, "one", [(10, BOOK), (30, TRADE)])
    two = record(tmp_path, "two", [(20, DIFF)])
    heard = replayed(str(one), str(two), "--speed", "max", "--subject", "replay.test", listen="replay.test")
    assert [each.subject for each in heard] == ["replay.test"] * 3
    assert [each.frame for each in heard] == [replay_of(frame) for frame in (BOOK, DIFF, TRADE)]


def test_stars_give_every_symbol_and_kind_its_subject(tmp_path: Path):
    path = record(tmp_path, "one", [(10, BOOK), (20, TRADE), (30, DIFF)])
    heard = replayed(str(path), "--subject", "replayed.*.depth.*", listen="replayed.>")
    assert [each.subject for each in heard] == [
        "replayed.binance.depth.BTCUSDT",
        "replayed.binance.trade.ETHUSDT",
        "replayed.binance.diff.ETHUSDT",
    ]


@pytest.mark.parametrize(
    ("name", "venue"),
    [
        ("binance-usdm_20261128T130000.000000Z.raw", "binance-usdm"),
        ("mixed_20261128T130000.000000Z.raw", "binance"),
        ("coinbase_btc_eth", "binance"),
    ],
)
def test_what_was_recorded_of_a_place__has_subjects_of_that_place(tmp_path: Path, name: str, venue: str):
    whole = '{"stream":"btcusdt@depthSnapshot","data":{"lastUpdateId":1,"bids":[],"asks":[]}}'
    path = record(tmp_path, name, [(10, BOOK), (20, DIFF), (30, whole)])
    heard = replayed(str(path), "--subject", "placed.*.*.*", listen="placed.>")
    subjects = ["depth.BTCUSDT", "diff.ETHUSDT", "diff.BTCUSDT"]
    assert [each.subject for each in heard] == [f"placed.{venue}.{rest}" for rest in subjects]


@pytest.mark.parametrize("is_escaped", [True, False])
def test_symbols_of_all_scripts_have_subjects(tmp_path: Path, is_escaped: bool):
    books = [
        json.dumps({"stream": f"{symbol.lower()}@depth20", "data": {}}, ensure_ascii=is_escaped)
        for symbol in LISTED
    ]
    path = record(tmp_path, "one", [(place, book) for place, book in enumerate(books)])
    heard = replayed(str(path), "--speed", "max", "--subject", "scripts.*.depth.*", listen="scripts.>")
    assert [(each.subject, each.frame) for each in heard] == [
        (f"scripts.binance.depth.{symbol}", replay_of(book))
        for symbol, book in zip(LISTED, books, strict=True)
    ]


def test_a_missing_recording_is_a_sentence(tmp_path: Path):
    with pytest.raises(CommandError, match=r"gone\.ndjson\.gz does not exist\."):
        call_command("replay_market", str(tmp_path / "gone.ndjson.gz"), stdout=StringIO())


def test_a_subject_one_cannot_publish_to_is_a_sentence(tmp_path: Path):
    path = record(tmp_path, "one", [(10, BOOK)])
    with pytest.raises(CommandError, match="Nothing can be published"):
        call_command("replay_market", str(path), subject="market.>", stdout=StringIO())


# -- Times ------------------------------------------------------------------------------------

RECORDED_AT = 1_723_161_255.0
LAGS = {0.0: -1.274, 0.1: 0.012, 0.25: 2.545}
"""By its second in the recording, how much later than its event time a frame arrived; some come before it."""
LATE_AND_EARLY = [
    Arrival(round(1e6 * (RECORDED_AT + at)), usdm_book(event_time=RECORDED_AT + at - lag))
    for at, lag in LAGS.items()
]


def event_ms(frame: bytes | str) -> int:
    return int(json.loads(frame)["data"]["E"])


@pytest.mark.parametrize("speed", [1, 10, math.inf])
def test_a_frame_is_as_late_as_it_was__at_every_speed_and_in_every_round(time: Time, speed: float):
    lags: list[float] = []

    def clock_us() -> int:
        return round(1e6 * (1_800_000_000 + time.now))

    rendering = moved_to(clock_us)

    async def publish(arrival: Arrival) -> None:
        time.now += 7.3  # NATS was away, and took nothing
        lags.append(clock_us() / 1e6 - event_ms(rendering(arrival)) / 1e3)

    for _ in range(3):
        async_to_sync(replay)(LATE_AND_EARLY, publish, speed, clock=time.clock, sleep=time.sleep)
    assert lags == pytest.approx([*LAGS.values()] * 3, abs=1e-3)


def test_every_round_of_a_loop_is_on_time(tmp_path: Path):
    path = record(tmp_path, "one", [(each.at_us, each.frame.decode()) for each in LATE_AND_EARLY])
    began = now_us()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "replay_market", str(path), "--loop", "--subject", "replay.loop"],
        env=os.environ | {"STALE_AFTER_SECONDS": "0.5"},
        stdout=subprocess.DEVNULL,
        text=True,
    )
    heard = async_to_sync(hear)("replay.loop", process, 3 * len(LAGS))
    ended = now_us()
    assert process.wait(20) == 0
    lags = [*LAGS.values()] * 3
    published = [1000 * event_ms(frame) + 1e6 * lag for (_, frame), lag in zip(heard, lags, strict=False)]
    assert published == sorted(published)
    assert began <= published[0] + 1000
    assert published[-1] <= ended
    assert (
        published[len(LAGS)] - published[len(LAGS) - 1] > 1.5e6
    )  # silence, after which the same ids are news


@pytest.mark.parametrize(
    ("origins", "heard_at", "left"),
    [
        ([], 99.0, 0.0),
        (["simulated"], 99.0, 0.0),
        (["replayed"], 99.0, 5.0),
        (["replayed", "simulated"], 94.5, 0.5),
        (["replayed"], 90.0, 0.0),
        (["replayed"], None, 0.0),
        (["replayed"], 107.0, 6.0),  # by a clock that is ahead
    ],
)
def test_what_a_feed_has_just_heard_is_replayed_again_after_a_silence(
    origins: list[str], heard_at: float | None, left: float
):
    feeds = [feed_report(origins=origins, last_message_at=heard_at), feed_report(instance="other")]
    assert max(0.0, silence_left(feeds, 100.0, 6.0)) == left


def test_the_command_looks_at_what_feeds_have_just_heard(tmp_path: Path):
    path = record(tmp_path, "one", [(10, BOOK)])
    now = real_time.time()
    report = feed_report(origins=["replayed"], reported_at=now, last_message_at=now + 5)
    with redis.Redis.from_url(settings.REDIS_URL) as store:
        key = Keys(settings.STORE_PREFIX).feeds
        store.hset(key, report.instance, msgspec.msgpack.encode(report))
        try:
            output = command(str(path), "--subject", "replay.again", STALE_AFTER_SECONDS="0.5")
        finally:
            store.hdel(key, report.instance)
    assert "beginning in 2 s, when the same is news again." in output


def times(frame: bytes) -> list[int]:
    return [int(digits) for digits in re.findall(rb'"[ET]":(\d{13})', frame)]


@pytest.mark.recordings
@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded markets are not in ../shared/data")
def test_a_recorded_market_is_on_time_and_else_what_it_was():
    path = DATA / "spot_10sym_20210405.raw.ndjson.gz"
    began = now_us()
    heard = replayed(str(path), "--speed", "max", "--subject", "replay.moved", listen="replay.moved")
    for (at_us, before, _), (_, text, heard_us) in zip(Recording(path).arrivals(), heard, strict=True):
        after = text.encode()
        printed = replay_of(before.decode()).encode()
        assert re.sub(rb'("[ET]":)\d{13}', rb"\1", after) == re.sub(rb'("[ET]":)\d{13}', rb"\1", printed)
        for time_before, time_after in zip(times(before), times(after), strict=True):
            published = at_us + 1000 * (time_after - time_before)
            assert began <= published + 1000
            assert published <= heard_us


@pytest.mark.recordings
@pytest.mark.skipif(not DATA.is_dir(), reason="the recorded markets are not in ../shared/data")
def test_a_recorded_market_keeps_its_times_when_asked_to():
    path = DATA / "spot_10sym_20210405.raw.ndjson.gz"
    options = ("--keep-times", "--speed", "max", "--subject", "replay.kept")
    heard = replayed(str(path), *options, listen="replay.kept")
    assert [each.frame.encode() for each in heard] == [each.frame for each in Recording(path).arrivals()]


def test_rubbish_is_replayed_as_it_is(tmp_path: Path):
    rubbish = ["", "no frame", BOOK[:40], '{"data":{"E":1723161255208,"T":1723161', "{}", "[1723161255208]"]
    path = record(tmp_path, "one", list(enumerate(rubbish)))
    heard = replayed(str(path), "--speed", "max", "--subject", "replay.rubbish", listen="replay.rubbish")
    assert [each.frame for each in heard] == rubbish


def test_what_was_invented_stays_so_when_it_is_replayed():
    invented = b'{"stream":"btcusdt@trade","data":{},"origin":"simulated"}'
    assert marked(invented) == invented
    assert marked(b'{"stream":"a","data":{}}') == b'{"stream":"a","data":{},"origin":"replayed"}'
