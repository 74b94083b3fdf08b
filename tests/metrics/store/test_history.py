"""Fifteen minutes of every update, through the real store."""

from collections.abc import Callable, Iterable
from typing import Any, cast

import numpy as np
import pytest
import redis
from asgiref.sync import async_to_sync
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.exceptions import ConnectionError

from metrics.answers.pressure import pressure_answer
from metrics.domain.analyzer import Current, DepthAnalyzer
from metrics.domain.liquidity.resilience import Resilience
from metrics.domain.ticks import Ticks
from metrics.store import minute_strings
from metrics.store.keys import HISTORY_KEY_SECONDS, Keys
from metrics.store.reader import StoreReader
from metrics.store.writer import StoreWriter
from realtime.stack.servers import free_port
from tests.factories import ASKS, START, Clock, book_update, depth_analyzer, market_id, stored_book, ticks

KEYS = Keys(settings.STORE_PREFIX)
BTC = market_id()
Run = Callable[..., Any]


def current_of(analyzer: DepthAnalyzer, now: float) -> list[tuple[str, list[Current]]]:
    """What is stored of all that changed, by symbol."""
    return [(symbol, analyzer.current(symbol, now)) for symbol in analyzer.drain().changed]


def updates(times: Iterable[float], ratio: float = 0.5, symbol: str = "BTCUSDT") -> Ticks:
    return ticks([(at, 1 + ratio, 1 - ratio, 99.0, 101.0) for at in times], symbol)


def stored(writer: StoreWriter, run: Run, times: Iterable[float], ratio: float = 0.5) -> None:
    times = list(times)
    writer.add_history(updates(times, ratio))
    run(lambda: writer.write_history(times[-1]))


# -- Spans of time ---------------------------------------------------------------------------


def test_ten_updates_a_second_for_sixteen_minutes__each_window_covers_its_span(
    writer: StoreWriter, reader: StoreReader, run: Run, clock: Clock
):
    analyzer = depth_analyzer()

    async def sixteen_minutes() -> None:
        for number in range(16 * 600):
            share = 1.0 + number / 9_600  # rises for ever, so that each window has its own mean
            analyzer.update(
                book_update(update_id=number, bids=[(100.0, share)], asks=[(101.0, 1.0)]), clock()
            )
            clock.now = START + (number + 1) / 10
            if number % 10 == 9:
                drained = analyzer.drain()
                await writer.write_current([("BTCUSDT", analyzer.current("BTCUSDT", clock()))], [])
                writer.add_history(drained.ticks)
                await writer.write_history(clock())

    run(sixteen_minutes)
    clock.now = START + 960 - 0.05  # between two updates
    for timeframe, seconds in (("1m", 60), ("5m", 300), ("15m", 900)):
        answer = pressure_answer(reader, "BTCUSDT", timeframe, 1000)
        assert answer is not None
        assert answer["data_points"] == 10 * seconds
        times, _ = reader.history(BTC, clock() - seconds, clock())
        assert times[-1] - times[0] == pytest.approx(seconds - 0.1)
        assert np.diff(times).max() == pytest.approx(0.1, abs=1e-5)
        newest = [(9_600 - back) / 9_600 for back in range(1, 10 * seconds + 1)]
        exact = [100 * share / (2 + share) for share in newest]
        summary = answer["summary"]
        assert summary["avg_pressure"] == pytest.approx(sum(exact) / len(exact), abs=0.005001)
        assert (summary["max_pressure"], summary["min_pressure"]) == pytest.approx(
            (exact[0], exact[-1]), abs=0.005001
        )
        shown = answer["pressure_history"]
        assert len(shown) == answer["returned_data_points"] == min(1000, 10 * seconds)
        assert (shown[0]["pressure"], shown[-1]["pressure"]) == (
            pytest.approx(exact[-1], abs=0.005001),
            pytest.approx(exact[0], abs=0.005001),
        )


@pytest.mark.parametrize("apart", [0.0, 0.0001])
def test_hundred_updates_in_a_burst__hundred_points_of_a_minute(
    writer: StoreWriter, reader: StoreReader, run: Run, clock: Clock, apart: float
):
    analyzer = depth_analyzer()
    for number in range(100):
        analyzer.update(book_update(update_id=number), clock.advance(apart))
    drained = analyzer.drain()
    writer.add_history(drained.ticks)

    async def carry_out() -> None:
        await writer.write_current([("BTCUSDT", analyzer.current("BTCUSDT", clock()))], [])
        await writer.write_history(clock())

    run(carry_out)
    answer = pressure_answer(reader, "BTCUSDT", "1m", 100)
    assert answer is not None
    assert (answer["data_points"], answer["returned_data_points"]) == (100, 100)
    assert answer["summary"]["trend"] == "bullish"
    clock.advance(59)
    answer = pressure_answer(reader, "BTCUSDT", "1m", 100)
    assert answer is not None
    assert answer["data_points"] == 100
    # Nothing in the newest ten seconds says where the market is going.
    assert (answer["summary"]["trend"], answer["summary"]["trend_strength"]) == ("neutral", 0.5)


@pytest.mark.parametrize(("timeframe", "sixth"), [("1m", 10), ("5m", 50), ("15m", 150)])
def test_trend__is_read_off_the_newest_sixth_of_the_span(
    writer: StoreWriter, reader: StoreReader, run: Run, clock: Clock, timeframe: str, sixth: int
):
    analyzer = depth_analyzer()
    analyzer.update(book_update(), START)
    changes = current_of(analyzer, START)
    run(lambda: writer.write_current(changes, []))
    stored(writer, run, [START - second for second in range(6 * sixth, sixth - 1, -1)], ratio=-1.0)
    stored(writer, run, [START - second for second in range(sixth - 1, -1, -1)], ratio=0.4)
    answer = pressure_answer(reader, "BTCUSDT", timeframe, 10)
    assert answer is not None
    assert answer["data_points"] == 6 * sixth
    assert (answer["summary"]["trend"], answer["summary"]["trend_strength"]) == ("bullish", 0.8)


def test_span__begins_after_and_ends_with_its_edges(writer: StoreWriter, reader: StoreReader, run: Run):
    stored(writer, run, [START + second for second in range(130)])
    times, _ = reader.history(BTC, START + 10, START + 70)
    assert (times[0], times[-1], len(times)) == (START + 11, START + 70, 60)


def test_series__thinned_out__keeps_first_and_last(
    writer: StoreWriter, reader: StoreReader, run: Run, clock: Clock
):
    async def current() -> None:
        await writer.write_current(published, [])

    analyzer = depth_analyzer()
    analyzer.update(book_update(), START)
    published = current_of(analyzer, START)
    run(current)
    stored(writer, run, [START - 50 + second for second in range(51)])
    for most, first in ((1, START), (2, START - 50), (7, START - 50)):
        answer = pressure_answer(reader, "BTCUSDT", "1m", most)
        assert answer is not None
        shown = [point["timestamp"] for point in answer["pressure_history"]]
        assert len(shown) == most
        assert (shown[0], shown[-1]) == (iso(first), iso(START))
        assert answer["data_points"] == 51


def iso(seconds: float) -> str:
    return np.datetime_as_string(np.datetime64(int(seconds * 1000), "ms")) + "Z"


# -- Strings in the store --------------------------------------------------------------------


def test_a_chunk_over_two_minutes__lies_in_two_strings_that_expire(
    writer: StoreWriter, store: redis.Redis, run: Run
):
    stored(writer, run, [START + 58, START + 59, START + 60])
    minute = int(START // 60)
    assert store.strlen(KEYS.history(BTC, minute)) == 64
    assert store.strlen(KEYS.history(BTC, minute + 1)) == 32
    assert 0 < int(str(store.ttl(KEYS.history(BTC, minute)))) <= HISTORY_KEY_SECONDS


@pytest.mark.parametrize("copies", [2, 3])
def test_a_chunk_written_twice__is_read_once(writer: StoreWriter, reader: StoreReader, run: Run, copies: int):
    """The connection may break after the store has taken a chunk and before it could say so."""
    written = [START + 1, START + 2, START + 3]
    for _ in range(copies):
        stored(writer, run, written)
    stored(writer, run, [*written, START + 4])
    stored(writer, run, [START + 5])
    times, _ = reader.history(BTC, START, START + 60)
    assert times.tolist() == [START + second for second in (1, 2, 3, 4, 5)]


def test_a_string_cut_short__costs_no_more_than_its_last_point(
    writer: StoreWriter, reader: StoreReader, store: redis.Redis, run: Run
):
    stored(writer, run, [START + 1, START + 2])
    store.append(KEYS.history(BTC, int(START // 60)), b"1234567")
    times, _ = reader.history(BTC, START, START + 50)
    assert times.tolist() == [START + 1, START + 2]


def test_histories__many_symbols_at_once__none_mixed_up(writer: StoreWriter, reader: StoreReader, run: Run):
    for number, symbol in enumerate(("AAA", "BBB", "CCC")):
        writer.add_history(updates([START + number], number / 8, symbol))
    run(lambda: writer.write_history(START))
    found = reader.histories([*map(market_id, ("CCC", "NONE", "AAA"))], START - 60, START + 60)
    assert {
        market.symbol: (times.tolist(), ratios.tolist()) for market, (times, ratios) in found.items()
    } == {
        "CCC": ([START + 2], [0.25]),
        "NONE": ([], []),
        "AAA": ([START], [0.0]),
    }
    assert reader.histories([], START, START + 60) == {}


def test_history_that_waits__given_up_once_nobody_could_ask_for_it(
    writer: StoreWriter, reader: StoreReader, run: Run
):
    writer.add_history(updates([START, START + 61]))
    run(lambda: writer.write_history(START + 961))
    assert reader.history(BTC, START - 60, START + 120)[0].tolist() == [START + 61]


# -- What is taken back ----------------------------------------------------------------------


@given(
    stored_times=st.lists(st.integers(0, 179), max_size=8),
    again=st.integers(0, 8),
    waiting_times=st.lists(st.integers(0, 179), max_size=8),
    since=st.integers(0, 190),
    is_forgotten=st.booleans(),
)
@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_withdrawn_or_forgotten__no_point_is_left_from_then_on_and_all_before(
    writer: StoreWriter,
    store: redis.Redis,
    run: Run,
    stored_times: list[int],
    again: int,
    waiting_times: list[int],
    since: int,
    is_forgotten: bool,
):
    """Also where a chunk was stored twice, so that times go back."""
    store.flushdb()
    chunks = [sorted(stored_times), sorted(stored_times)[:again], sorted(waiting_times)]
    now = START + 180

    async def scenario() -> None:
        for chunk in chunks[:2]:
            writer.add_history(updates([START + at for at in chunk]))
            await writer.write_history(now)
        writer.add_history(updates([START + at for at in chunks[2]]))
        (writer.forget if is_forgotten else writer.withdraw)(BTC, START + since, now)
        await writer.write_history(now)

    run(scenario)
    for minute in range(3):
        packed = cast(bytes, store.get(KEYS.history(BTC, int(START // 60) + minute)) or b"")
        left = np.frombuffer(packed).reshape(-1, 4)[:, 0] - START
        kept = [at for chunk in chunks for at in chunk if at < since and at // 60 == minute]
        assert left.tolist() == kept
        assert bool(packed) == store.exists(KEYS.history(BTC, int(START // 60) + minute))


def test_withdrawn_from_an_earlier_time_while_that_is_being_done__both_are_carried_out(
    writer: StoreWriter, store: redis.Redis, run: Run, monkeypatch: pytest.MonkeyPatch
):
    stored(writer, run, [START + 1, START + 2, START + 3])
    points = writer._points
    cut_all = points._cut_all

    async def told_more(**what: Any) -> Any:
        monkeypatch.setattr(points, "_cut_all", cut_all)
        writer.withdraw(BTC, START + 2, START + 3)
        return await cut_all(**what)

    monkeypatch.setattr(points, "_cut_all", told_more)
    writer.withdraw(BTC, START + 3, START + 3)
    run(lambda: writer.write_history(START + 3))
    packed = cast(bytes, store.get(KEYS.history(BTC, int(START // 60))))
    assert (np.frombuffer(packed).reshape(-1, 4)[:, 0] - START).tolist() == [1]
    assert not points._withdrawn


def test_withdrawn__what_is_left_of_a_minute_expires_as_it_would_have(
    writer: StoreWriter, store: redis.Redis, run: Run
):
    stored(writer, run, [START + 1, START + 2])
    key = KEYS.history(BTC, int(START // 60))
    store.expire(key, 100)
    writer.withdraw(BTC, START + 2, START + 3)
    run(lambda: writer.write_history(START + 3))
    assert 0 < int(str(store.ttl(key))) <= 100


def test_a_minute_that_is_over__has_nothing_in_reserve_and_expires_as_it_would_have(
    writer: StoreWriter, store: redis.Redis, run: Run
):
    async def a_minute_and_more() -> None:
        for second in range(61):
            writer.add_history(updates([START + second]))
            await writer.write_history(START + second)

    run(a_minute_and_more)
    key = KEYS.history(BTC, int(START // 60))
    length = int(str(store.strlen(key)))
    assert length == 60 * 32
    assert int(str(store.memory_usage(key))) < 1.2 * length + 100
    assert HISTORY_KEY_SECONDS - 5 <= int(str(store.ttl(key))) <= HISTORY_KEY_SECONDS


def test_a_flood_of_symbols_while_the_store_is_away__does_not_pile_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(minute_strings, "MOST_FORGOTTEN", 100)
    client = Redis.from_url(f"redis://127.0.0.1:{free_port()}")
    writer = StoreWriter(client, KEYS, 60)

    async def away() -> None:
        with pytest.raises(ConnectionError):
            await writer.write_history(START)

    for number in range(1_000):
        writer.add_history(updates([START], symbol=f"S{number}"))
        if number % 100 == 0:
            async_to_sync(away)()
        writer.withdraw(market_id(f"S{number}"), START, START)
        writer.forget(market_id(f"S{number}"), START, START)
    for history in writer._histories:
        assert not history._pending
        assert not history._withdrawn
        assert len(history._forgotten) == 100


# -- Current values --------------------------------------------------------------------------


def test_rows_and_books__expired_ones_are_not_shown(
    writer: StoreWriter, reader: StoreReader, run: Run, clock: Clock
):
    analyzer = depth_analyzer()
    analyzer.update(book_update("OLDUSDT"), START - 61)
    analyzer.update(book_update("NEWUSDT", asks=ASKS), START)
    changes = current_of(analyzer, START)
    run(lambda: writer.write_current(changes, []))
    assert list(reader.rows()) == ["NEWUSDT"]
    assert list(reader.books([*map(market_id, ("OLDUSDT", "NEWUSDT", "NEVER"))])) == [market_id("NEWUSDT")]
    assert reader.book("NEWUSDT") == stored_book(symbol="NEWUSDT", resilience=Resilience(0, None))
    assert reader.book("OLDUSDT") is None
    clock.advance(60.001)
    assert reader.rows() == {}
    assert reader.book("NEWUSDT") is None


def test_removed__gone_from_rows_and_books(writer: StoreWriter, reader: StoreReader, run: Run):
    analyzer = depth_analyzer()
    for symbol in ("AAAUSDT", "BBBUSDT"):
        analyzer.update(book_update(symbol), START)
    changes = current_of(analyzer, START)

    async def both() -> None:
        await writer.write_current(changes, [])
        await writer.write_current([("AAAUSDT", [])], [market_id("AAAUSDT"), market_id("NEVER")])

    run(both)
    assert list(reader.rows()) == ["BBBUSDT"]
    assert list(reader.books([market_id("AAAUSDT"), market_id("BBBUSDT")])) == [market_id("BBBUSDT")]
