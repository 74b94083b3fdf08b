"""Minutes on their way to the database, through a real feed and a real database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import fmean
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from metrics.domain.liquidity.summary import InRows
from metrics.domain.minutes import Minute, Range
from metrics.feed import minute_writer as writer_module
from metrics.feed.minute_writer import MinuteWriter
from metrics.feed.runner import DepthFeed
from metrics.kept_minutes import MERGED_FIELDS, prune_minutes, save_minutes
from metrics.models import MinuteRollup
from tests.factories import START, Clock, market_id, spot_book, trade

# Without a transaction around each test: channels gives up connections it finds within one.
pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
Run = Callable[..., Any]
MakeFeed = Callable[[], DepthFeed]


def minute(symbol: str = "BTCUSDT", start: int = int(START), value: float = 1.0, updates: int = 1) -> Minute:
    whole = Range(value, value, value, value, value * updates)
    return Minute(
        market_id(symbol), start, whole, whole, value * updates, value, value, value * updates, updates, 2.0
    )


def seconds_of(feed: DepthFeed, run: Run, clock: Clock, books: list[tuple[float, bytes]]) -> None:
    """Process books at their seconds after START, publishing and recording every second between."""

    async def scenario() -> None:
        waiting = list(books)
        while waiting:
            while waiting and waiting[0][0] <= clock() - START:
                feed.process(waiting.pop(0)[1])
            await feed.publish_once()
            await feed.record_once()
            clock.advance(0.5)

    run(scenario)


def bid(at: float, quantity: float, symbol: str = "BTCUSDT") -> tuple[float, bytes]:
    book = spot_book(symbol, bids=[(100.0, quantity)], asks=[(101.0, 1.0)], update_id=int(at * 10) + 1)
    return at, book


def pressure(quantity: float) -> float:
    return 100 * (quantity - 1) / (quantity + 1)


# -- From books to rows ----------------------------------------------------------------------


def test_a_minute_of_books__becomes_one_row(feed: DepthFeed, run: Run, clock: Clock):
    quantities = [1.0, 3.0, 0.5, 2.0]
    seconds_of(
        feed,
        run,
        clock,
        [bid(15 * place, value) for place, value in enumerate(quantities)] + [bid(62.5, 1.0)],
    )
    run(feed.minute_writer.save_once)
    row = MinuteRollup.objects.get()
    pressures = [pressure(quantity) for quantity in quantities]
    assert (row.symbol, row.minute.timestamp()) == ("BTCUSDT", START)
    assert (
        row.pressure_open,
        row.pressure_high,
        row.pressure_low,
        row.pressure_close,
        row.pressure_mean,
    ) == (pytest.approx((pressures[0], pressures[1], pressures[2], pressures[3], fmean(pressures))))
    assert (row.mid_open, row.mid_high, row.mid_low, row.mid_close, row.mid_mean) == (100.5,) * 5
    spreads = (row.spread_bps_mean, row.spread_bps_min, row.spread_bps_max)
    assert spreads == pytest.approx((10_000 / 100.5,) * 3)
    assert row.depth_mean == pytest.approx(fmean(quantities) + 1)
    assert row.updates == 4
    assert row.seconds_not_live == pytest.approx(38.5, abs=1.5)  # 10 of every 15 seconds


def test_regular_minutes__are_written_once_each(
    feed: DepthFeed, run: Run, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    """Updates of a minute's last moments are still on their way when it ends."""
    closed: list[Minute] = []
    monkeypatch.setattr(feed.minute_writer, "add", closed.extend)

    async def scenario() -> None:
        for number in range(1300):
            feed.process(bid(number / 10, 1.0)[1])
            if number % 4 == 1:
                await feed.publish_once()
            if number % 10 == 0:
                await feed.record_once()
            clock.now = START + (number + 1) / 10

    run(scenario)
    assert [(found.start, found.updates) for found in closed] == [(START, 600), (START + 60, 600)]


def test_restart_within_a_minute__both_parts_in_one_row(make_feed: MakeFeed, run: Run, clock: Clock):
    for quantity, begin in ((3.0, 10), (0.5, 80)):
        feed = make_feed()
        for at in (begin, begin + 60):
            clock.now = START + at
            feed.process(bid(at, quantity)[1])
        run(feed.finish)
    assert list(MinuteRollup.objects.order_by("minute").values_list("updates", flat=True)) == [1, 2, 1]
    row = MinuteRollup.objects.order_by("minute")[1]
    assert (row.updates, row.pressure_open, row.pressure_close) == (
        2,
        pytest.approx(pressure(3.0)),
        pytest.approx(pressure(0.5)),
    )
    assert row.pressure_mean == pytest.approx((pressure(3.0) + pressure(0.5)) / 2)


def test_finish__carries_out_what_is_left(feed: DepthFeed, run: Run, clock: Clock):
    for at in (0.0, 30.0, 60.0):
        clock.now = START + at
        feed.process(bid(at, 1.0)[1])
        feed.process(bid(at, 1.0, "ETHUSDT")[1])
    feed.process(bid(60.0, 1.0, "NEWUSDT")[1])
    run(feed.finish)
    rows = MinuteRollup.objects.values_list("symbol", "updates")
    assert sorted(rows) == [("BTCUSDT", 1), ("BTCUSDT", 2), ("ETHUSDT", 1), ("ETHUSDT", 2)]


def test_symbol_that_is_not_live_all_minute__a_row_without_numbers(feed: DepthFeed, run: Run, clock: Clock):
    one_sided = spot_book(asks=[], update_id=1)
    books = [(float(second), one_sided.replace(b":1,", b":%d," % (second + 1))) for second in range(0, 66, 3)]
    seconds_of(feed, run, clock, books)
    run(feed.minute_writer.save_once)
    row = MinuteRollup.objects.get()
    assert (row.updates, row.pressure_open, row.mid_mean, row.spread_bps_max) == (0, None, None, None)
    assert row.seconds_not_live == pytest.approx(60, abs=1)


# -- Saving ----------------------------------------------------------------------------------


def test_two_parts_of_a_minute_in_one_save__are_added_up(run: Run):
    save_minutes([minute(value=1.0), minute("ETHUSDT"), minute(value=3.0, updates=3)])
    row = MinuteRollup.objects.get(symbol="BTCUSDT")
    assert (row.updates, row.pressure_open, row.pressure_close, row.pressure_mean) == (4, 1.0, 3.0, 2.5)
    assert row.seconds_not_live == 4.0


def test_minute_read_back_and_continued__equals_both_at_once():
    save_minutes([minute(value=1.0)])
    save_minutes([minute(value=3.0, updates=3)])
    apart = MinuteRollup.objects.values(*MERGED_FIELDS).get()
    MinuteRollup.objects.all().delete()
    save_minutes([minute(value=1.0), minute(value=3.0, updates=3)])
    assert MinuteRollup.objects.values(*MERGED_FIELDS).get() == apart


def test_many_minutes__saved_in_batches(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(writer_module, "SAVE_AT_ONCE", 7)
    writer = MinuteWriter()
    writer.add([minute(f"S{number:03}") for number in range(30)])
    assert run(writer.save_once)
    assert (writer.waiting, MinuteRollup.objects.count()) == (0, 30)


@contextmanager
def table_missing() -> Iterator[None]:
    """Every query fails, as it does where the database cannot serve us."""
    rename = "ALTER TABLE {} RENAME TO {}"
    with connection.cursor() as cursor:
        cursor.execute(rename.format("metrics_minuterollup", "elsewhere"))
    yield
    with connection.cursor() as cursor:
        cursor.execute(rename.format("elsewhere", "metrics_minuterollup"))


def test_database_away__minutes_wait_and_follow(run: Run, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO", "metrics.feed.minute_writer")
    writer = MinuteWriter()
    writer.add([minute()])
    with table_missing():
        for _ in range(3):
            assert not run(writer.save_once)
            writer.add([minute("ETHUSDT")])
        assert writer.waiting == 4
    assert run(writer.save_once)
    assert set(MinuteRollup.objects.values_list("symbol", "updates")) == {("BTCUSDT", 1), ("ETHUSDT", 3)}
    assert [record.getMessage().split()[0] for record in caplog.records] == ["database_away", "database_back"]


def test_markets_that_are_kept__each_once_and_unknown_while_the_database_is_away(run: Run):
    writer = MinuteWriter()
    assert run(writer.kept_markets) == frozenset()
    later = int(START) + 60
    save_minutes([minute(), minute(start=later), minute("ÄUSDT"), minute("ethusdt"), minute("ZUSDT", later)])
    assert run(writer.kept_markets) == {
        market_id(symbol) for symbol in ("BTCUSDT", "ÄUSDT", "ethusdt", "ZUSDT")
    }
    with table_missing():
        assert run(writer.kept_markets) is None


def test_database_away_for_long__the_oldest_minutes_are_dropped_and_reported(
    feed: DepthFeed, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(writer_module, "MAX_WAITING", 10)
    feed.minute_writer.add([minute(f"S{number}") for number in range(8)])
    feed.minute_writer.add([minute(f"S{number}") for number in range(8, 13)])
    report = feed.report(START + 1, [])
    assert (report.rollups_waiting, report.errors) == (10, {"minutes_dropped": 3})


def test_overflow_while_a_batch_is_being_saved__drops_no_minute_twice(
    run: Run, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(writer_module, "MAX_WAITING", 4)
    monkeypatch.setattr(writer_module, "SAVE_AT_ONCE", 2)
    writer = MinuteWriter()

    def save_and_overflow(batch: list[Minute]) -> None:
        save_minutes(batch)
        if batch[0].market.symbol == "S0":
            writer.add([minute("S4"), minute("S5")])

    monkeypatch.setattr(writer_module, "save_minutes", save_and_overflow)
    writer.add([minute(f"S{number}") for number in range(4)])
    assert run(writer.save_once)
    assert sorted(MinuteRollup.objects.values_list("symbol", flat=True)) == [f"S{n}" for n in range(6)]


def test_prune__forgets_what_is_older_than_the_setting():
    now = timezone.now().replace(second=0, microsecond=0)
    for days in (0, settings.METRICS_ROLLUP_DAYS - 0.01, settings.METRICS_ROLLUP_DAYS + 0.01):
        save_minutes([minute(start=int((now - timedelta(days=days)).timestamp()) // 60 * 60)])
    assert prune_minutes() == 1
    assert MinuteRollup.objects.count() == 2


def test_prune__takes_no_more_than_ten_minutes_at_once_however_long_nobody_pruned():
    """PostgreSQL ends a statement that takes too long, and the next one would have more to do."""
    first = int((timezone.now() - timedelta(days=30)).timestamp()) // 60 * 60
    starts = [first + 60 * number for number in range(25)]
    save_minutes([minute(symbol, start) for start in starts for symbol in ("BTCUSDT", "ETHUSDT")])
    with CaptureQueriesContext(connection) as captured:
        assert prune_minutes() == 50
    assert sum("DELETE" in query["sql"] for query in captured) == 3
    assert not MinuteRollup.objects.exists()


@contextmanager
def withdrawn_meanwhile(
    monkeypatch: pytest.MonkeyPatch, writer: MinuteWriter, since: float
) -> Iterator[None]:
    """The database fails, and while it is asked a market is withdrawn."""

    def fail(*_: Any) -> None:
        writer.withdraw(market_id(), since)
        raise DatabaseError("away")

    with monkeypatch.context() as patched:
        patched.setattr(writer_module, "_carry_out", fail)
        yield


def test_what_is_withdrawn_while_the_database_fails__is_never_saved(
    run: Run, monkeypatch: pytest.MonkeyPatch
):
    writer = MinuteWriter()
    writer.add([minute(start=int(START)), minute(start=int(START) + 60), minute("ETHUSDT")])
    with withdrawn_meanwhile(monkeypatch, writer, START + 60):
        assert not run(writer.save_once)
    with withdrawn_meanwhile(monkeypatch, writer, START + 90):
        assert not run(writer.save_once)
    assert run(writer.save_once)
    kept = MinuteRollup.objects.values_list("symbol", "minute").order_by("symbol")
    assert [(symbol, at.timestamp()) for symbol, at in kept] == [("BTCUSDT", START), ("ETHUSDT", START)]


def test_what_rows_say_of_liquidity__is_of_those_in_which_it_was_known(
    make_feed: MakeFeed, run: Run, clock: Clock
):
    """Twenty dollars, of which a side sometimes holds less; some of them before a restart."""
    best_asks = [(1.0, 100.0), (0.1, 101.0), (0.5, 100.1), (2.0, 100.3), (0.1, 100.5)]
    costs, depths = list[float](), list[float]()
    for place, (quantity, price) in enumerate(best_asks):
        if place in (0, 3):
            feed = make_feed()
            feed.analyzer.in_rows = InRows(size_usd=20.0, band_bps=80.0)
            feed.analyzer.admission.recognise({market_id()})
        clock.now = START + 10 * place
        bids, asks = [(99.9, 5.0), (95.0, 1.0)], [(price, quantity), (110.0, 0.05)]
        feed.process(spot_book(bids=bids, asks=asks, update_id=place))
        run(feed.publish_once)
        mid = (99.9 + price) / 2
        if quantity * price >= 20:
            costs.append(1e4 * (price - mid) / mid)
        depths.append(99.9 * 5 + price * quantity)
        if place in (2, 4):
            run(feed.finish)
    row = MinuteRollup.objects.get()
    assert row.cost_samples == len(costs) == 3
    assert (row.cost_bps_min, row.cost_bps_max, row.cost_bps_mean) == pytest.approx(
        (min(costs), max(costs), fmean(costs)), rel=1e-6
    )
    assert row.depth_samples == 5
    assert (row.depth_usd_min, row.depth_usd_max, row.depth_usd_mean) == pytest.approx(
        (min(depths), max(depths), fmean(depths)), rel=1e-9
    )


def test_flow_and_trades_of_a_minute__every_book_and_every_trade_once__also_over_a_restart(
    make_feed: MakeFeed, run: Run, clock: Clock
):
    """The second feed does not know the last book of the first: what its first one added is unknown, and so nothing."""
    held = [2.0, 5.0, 4.0, 9.0, 6.0]
    for place, quantity in enumerate(held):
        if place in (0, 3):
            feed = make_feed()
            feed.analyzer.admission.recognise({market_id()})
        clock.now = START + 2 * place
        feed.process(spot_book(bids=[(99.9, quantity)], asks=[(100.1, 1.0)], update_id=place))
        run(feed.publish_once)
        clock.now += 1
        for _ in range(2):  # a copy of it counts for nothing
            feed.process(trade(price="100.1", quantity="0.5", trade_id=place, at=clock()))
        run(feed.publish_once)
        if place in (2, 4):
            run(feed.finish)
    row = MinuteRollup.objects.get()
    assert row.ofi == row.ofi_5 == pytest.approx((5 - 2) + (4 - 5) + (6 - 9))
    assert row.touch_mean == pytest.approx(fmean((quantity + 1) / 2 for quantity in held))
    assert (row.trades, row.bought) == (5, 0.0)
    assert (row.sold, row.traded) == pytest.approx((5 * 0.5 * 100.1, 2.5))
