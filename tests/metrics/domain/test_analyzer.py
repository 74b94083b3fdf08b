"""What the analyzer accepts, what it refuses, and what it hands out. Time moves only when told."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from statistics import median
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.answers import Body
from metrics.answers.book import book_answer
from metrics.answers.market import row_answer
from metrics.domain.admission.news import Counted, NotLive, Withdrawn
from metrics.domain.analyzer import LONGEST_KEPT, Current, DepthAnalyzer
from metrics.domain.book import MAX_LEVELS, BookUpdate, Ladder, Level, Refused, Sides
from metrics.domain.frames import Trade
from metrics.domain.liquidity.known import known_book
from metrics.domain.liquidity.resilience import Resilience
from metrics.domain.liquidity.summary import InRows
from metrics.domain.market import GAP, MOST_MARKETS, WARMING, Expiry, MarketId
from tests import oracle
from tests.books import WireLevels, books, floats, precise_books
from tests.factories import ASKS, BIDS, START, book_update, depth_analyzer, market_id
from tests.metrics.domain.admission.producers import (
    CONTRACT,
    OTHER_SPOT,
    SPOT,
    Arrival,
    Frame,
    contract_scenes,
    market_scenes,
    spot_scenes,
)

CROSSING = [(99.0, 1.0)]


@pytest.fixture
def analyzer() -> DepthAnalyzer:
    return depth_analyzer(expiry=Expiry(stale_after=5.0, ttl=60.0))


def refusal(analyzer: DepthAnalyzer, update: BookUpdate, now: float) -> str | None:
    """The reason `update` is refused for, None where it is accepted."""
    try:
        analyzer.update(update, now)
    except Refused as refused:
        return refused.reason
    return None


def current(analyzer: DepthAnalyzer, now: float, symbol: str = "BTCUSDT") -> Current:
    """The one market of a symbol."""
    [market] = analyzer.current(symbol, now)
    return market


def drained(analyzer: DepthAnalyzer, now: float, symbol: str = "BTCUSDT") -> Current:
    assert symbol in analyzer.drain().changed
    return current(analyzer, now, symbol)


def handed_out(analyzer: DepthAnalyzer) -> tuple[list[str], list[MarketId], int]:
    """Symbols that changed, markets that are gone, and how many updates that were."""
    changed, removed, _, _, ticks, *_ = analyzer.drain()
    return changed, removed, len(ticks.times)


def names(analyzer: DepthAnalyzer) -> list[str]:
    """Symbols that are tracked, in order."""
    return [symbol for symbol, _ in analyzer.states]


NOTHING: tuple[list[str], list[MarketId], int] = ([], [], 0)


# -- Numbers ---------------------------------------------------------------------------------


@given(book=books() | precise_books(), levels=st.integers(1, 25))
def test_row__any_book__equals_exact_decimals(book: tuple[WireLevels, WireLevels], levels: int):
    analyzer = depth_analyzer(levels=levels)
    analyzer.update(book_update(bids=floats(book[0]), asks=floats(book[1])), START)
    row: Body = row_answer(drained(analyzer, START).row, analyzer.expiry, START)
    exact = oracle.depth(oracle.side(book[0]), oracle.side(book[1]), levels)
    prices = [Decimal(side[0][0]) for side in book]
    for name, path, tolerance in (
        ("net_pressure", "pressure.net_pressure", oracle.rounding(2)),
        ("imbalance_percent", "imbalance.percent", oracle.rounding(2)),
        ("spread_bps", "spread.spread_bps", oracle.price_ratio(exact["spread.spread_bps"])),
        ("total_liquidity", "liquidity.total", oracle.digits(exact["liquidity.total"])),
        ("mid_price", "spread.mid_price", oracle.mid(exact["spread.mid_price"], prices)),
    ):
        assert oracle.same(row[name], exact[path], tolerance), name


@given(book=precise_books())
def test_row_and_answer__of_one_book__tell_the_same_numbers(book: tuple[WireLevels, WireLevels]):
    analyzer = depth_analyzer()
    analyzer.update(book_update(bids=floats(book[0]), asks=floats(book[1])), START)
    newest = drained(analyzer, START)
    row = row_answer(newest.row, analyzer.expiry, START)
    depth: Any = book_answer(newest.book, analyzer.expiry, START, 20)
    assert row["mid_price"] == depth["spread"]["mid_price"]
    assert row["spread_bps"] == depth["spread"]["spread_bps"]
    assert row["net_pressure"] == depth["pressure"]["net_pressure"]


@given(series=st.lists(books(max_levels=3), min_size=1, max_size=8))
def test_ticks__one_per_update_in_order(series: list[tuple[WireLevels, WireLevels]]):
    analyzer = depth_analyzer()
    times = [START + 61 * number for number in range(len(series))]  # any price: jumps are forgotten by then
    for number, (at, (bids, asks)) in enumerate(zip(times, series, strict=True)):
        analyzer.update(book_update(bids=floats(bids), asks=floats(asks), update_id=number), at)
    ticks = analyzer.drain().ticks
    assert ticks.times.tolist() == times
    exact = [oracle.depth(oracle.side(bids), oracle.side(asks)) for bids, asks in series]
    for column, path, tolerance in (
        (ticks.ratios, "imbalance.ratio", 1e-9),
        (ticks.mids, "spread.mid_price", 1e-9),
        (ticks.totals, "liquidity.total", 1e-9),
        (ticks.spreads_bps, "spread.spread_bps", 1e-6),
    ):
        assert column.tolist() == pytest.approx(
            [float(numbers[path]) for numbers in exact], rel=tolerance, abs=1e-9
        )


def test_contract_example__row(analyzer: DepthAnalyzer):
    analyzer.update(book_update(), START)
    row = drained(analyzer, START).row
    assert row_answer(row, analyzer.expiry, START + 0.041) == {
        "symbol": "BTCUSDT",
        "venue": "binance",
        "form": "spot",
        "timestamp": "2023-11-14T22:14:00.000Z",
        "state": "live",
        "reason": None,
        "age_ms": 41,
        "halted": False,
        "net_pressure": 32.35,
        "imbalance_percent": 32.35,
        "spread_bps": 49.8753,
        "spread_bps_10s": 49.8753,
        "total_liquidity": 6.8,
        "known_to_bps": 124.6883,
        "cost_bps": None,
        "cost_bps_10s": None,
        "cost_at_least_bps_10s": 124.587,
        "depth_usd": 0.0,
        "depth_usd_10s": 0.0,
        "usd_per_quote": 1.0,
        "mid_price": 100.25,
        "quote_asset": "USDT",
        "trend": "neutral",
    }


@given(st.lists(st.tuples(st.floats(0.2, 4.0), st.integers(1, 500)), min_size=1, max_size=60))
def test_spread_10s__is_the_median_of_what_was_published_in_ten_seconds(steps: list[tuple[float, int]]):
    analyzer, now, published = depth_analyzer(), START, list[tuple[float, float]]()
    for number, (pause, width) in enumerate(steps):
        now += pause
        for update_id, asks in ((2 * number, [(300.0, 1.0)]), (2 * number + 1, [(100 + width / 100, 1.0)])):
            analyzer.update(book_update(update_id=update_id, bids=[(100.0, 1.0)], asks=asks), now)
        row = drained(analyzer, now).row
        assert row.spread_bps is not None
        published.append((now, row.spread_bps))
        assert row.spread_bps_10s == median(spread for at, spread in published if at > now - 10)


def test_order_flow__of_every_book_in_between__however_they_were_drained(analyzer: DepthAnalyzer):
    """Three bids more, then one less, and one taken from the asks; nobody published the book in the middle."""
    for second, (bid, ask) in enumerate(((1.0, 2.0), (4.0, 2.0), (3.0, 1.0))):
        book = book_update(update_id=second + 1, bids=[(100.0, bid)], asks=[(101.0, ask)])
        analyzer.update(book, START + second / 4)
        if not second:
            assert drained(analyzer, START).book.flow == []
    touch = (1.5 + 3.0 + 2.0) / 3
    assert drained(analyzer, START + 0.5).book.flow == [(3.0, 3.0, pytest.approx(3.0 / touch))] * 3


def test_liquidity__in_dollars_by_the_mid_of_another_market__null_once_that_is_gone():
    """What 200 dollars cost in a market that is priced in bitcoin, of which one is worth 100.25 here."""
    analyzer = depth_analyzer(in_rows=InRows(size_usd=200.0, band_bps=50.0))
    analyzer.update(book_update(), START)
    analyzer.update(book_update("ETHBTC"), START)
    analyzer.drain()
    row = current(analyzer, START, "BTCUSDT").row
    assert (row.known_to_bps, row.cost_bps, row.depth_usd) == pytest.approx(
        (124.688, 74.317, 150.25), rel=1e-4
    )
    row = current(analyzer, START, "ETHBTC").row
    assert (row.cost_bps, row.depth_usd, row.usd_per_quote) == pytest.approx(
        (24.9377, 150.25 * 100.25, 100.25), rel=1e-4
    )
    analyzer.update(book_update("ETHBTC", update_id=2), START + 6)
    row = drained(analyzer, START + 6, "ETHBTC").row
    assert (row.known_to_bps, row.cost_bps, row.depth_usd) == (pytest.approx(124.688, rel=1e-4), None, None)
    assert row.usd_per_quote is None


def test_liquidity__in_dollars_by_the_mid_of_a_market_that_another_feed_has():
    analyzer = depth_analyzer(in_rows=InRows(size_usd=200.0))
    analyzer.update(book_update("ETHBTC"), START)
    assert drained(analyzer, START, "ETHBTC").row.cost_bps is None
    assert analyzer.missed_mids == {"BTCUSDT": START, "USDTBTC": START}
    analyzer.mids_elsewhere = {"BTCUSDT": 100.25}
    assert current(analyzer, START, "ETHBTC").row.cost_bps == pytest.approx(24.9377, rel=1e-4)


@given(st.lists(st.tuples(st.floats(0.2, 4.0), st.integers(1, 50)), min_size=1, max_size=40))
def test_cost_and_depth_10s__are_medians_of_what_was_known_in_ten_seconds(steps: list[tuple[float, int]]):
    """Of a side that now and then holds less than the size."""
    analyzer, now = depth_analyzer(in_rows=InRows(size_usd=100.0, band_bps=50.0)), START
    costs, least, depths = (list[tuple[float, float]]() for _ in range(3))
    for number, (pause, quantity) in enumerate(steps):
        now += pause
        asks = [(100.2, quantity / 10), (100.25, 0.1)]
        analyzer.update(book_update(update_id=number, bids=[(100.0, 2.0), (99.0, 1.0)], asks=asks), now)
        row = drained(analyzer, now).row
        for newest, ten_seconds, told in (
            (row.cost_bps, row.cost_bps_10s, costs),
            (row.depth_usd, row.depth_usd_10s, depths),
        ):
            if newest is None:
                assert ten_seconds is None
            else:
                told.append((now, newest))
                assert ten_seconds == median(value for at, value in told if at > now - 10)
        if row.cost_bps is None:
            least.append((now, costing_at_least(asks, 100.0)))
            told_least = median(value for at, value in least if at > now - 10)
            assert row.cost_at_least_bps_10s == pytest.approx(told_least)
        else:
            assert row.cost_at_least_bps_10s == row.cost_bps_10s


def costing_at_least(asks: list[Level], dollars: float) -> float:
    """To buy of two levels, of which the second goes on for ever, where the best bid is at 100."""
    (best, first), (last, _) = asks
    mid = (100.0 + best) / 2
    taken = first + (dollars - best * first) / last
    return 10_000 * (dollars / taken / mid - 1)


def test_liquidity__of_a_whole_book__from_all_that_is_known_of_it():
    whole = known_book(BIDS, [*ASKS, (102.0, 5.0)])
    analyzer = depth_analyzer(in_rows=InRows(size_usd=300.0), whole=lambda market, update_id: whole)
    for depth, bps in ((20, None), (MAX_LEVELS, 102.165)):
        book = book_update(update_id=depth)
        book.depth = depth
        analyzer.update(book, START)
        cost = drained(analyzer, START).row.cost_bps
        assert cost == (bps and pytest.approx(bps, rel=1e-3))


def test_trades__of_a_market_whose_book_is_there__are_kept_beside_it(analyzer: DepthAnalyzer):
    def told(number: int, market: str) -> Trade:
        return Trade("BTCUSDT", market, number, 100.5, 2.0, False, START, START)

    analyzer.hear(told(1, "binance/spot"), START)
    analyzer.update(book_update(), START)
    for number, market in ((2, "binance/spot"), (2, "binance/spot"), (3, "okx/spot")):
        analyzer.hear(told(number, market), START)
    _, _, minute = drained(analyzer, START + 1).book.trades
    assert minute == (1, 201.0, 0.0, 100.5, pytest.approx(49.875, rel=1e-4), None, None)


def test_resilience__of_the_band_of_rows__looked_at_when_a_book_is_handed_out(analyzer: DepthAnalyzer):
    """Half of the bids near the mid price is lost for two seconds; what else rests is none of the band."""
    held = [(second, 4.0) for second in range(62)] + [(62, 2.0), (63, 2.0), (64, 4.0)]
    for second, quantity in held:
        bids = [(100.24, quantity), (90.0, 50.0)]
        analyzer.update(book_update(update_id=second, bids=bids, asks=[(100.26, 3.0)]), START + second)
        found = drained(analyzer, START + second).book.resilience
    assert found == Resilience(1, 2.0)


def test_order_flow__begins_anew_after_a_gap_in_a_whole_book(analyzer: DepthAnalyzer):
    for number in range(4):
        book = book_update(update_id=number + 1, bids=[(100.0, number + 1.0)])
        book.depth = MAX_LEVELS
        analyzer.update(book, START + number)
        if number == 1:
            analyzer.drain()
            analyzer.interrupt("BTCUSDT", "binance/spot", GAP, "missing_change", START + 1.5)
    flow = drained(analyzer, START + 3).book.flow
    assert [each.ofi for each in flow] == [1.0, 1.0, 1.0]


def test_trend__of_the_last_minute__by_time_and_not_by_count(analyzer: DepthAnalyzer):
    ids = count(1)
    for second in range(50):
        analyzer.update(book_update(asks=[(100.5, 0.001)], update_id=next(ids)), START + second)
    for second in range(50, 60):
        analyzer.update(book_update(bids=[(100.0, 0.001)], update_id=next(ids)), START + second)
    row = drained(analyzer, START + 59.5).row
    assert (row.trend, row.trend_strength) == ("bearish", 1.0)


# -- Order of arrival ------------------------------------------------------------------------


@pytest.mark.parametrize(("update_id", "reason"), [(7, "repeated"), (6, "out_of_date"), (0, "out_of_date")])
def test_id_not_newer__refused_and_without_effect(analyzer: DepthAnalyzer, update_id: int, reason: str):
    analyzer.update(book_update(update_id=7), START)
    analyzer.drain()
    assert refusal(analyzer, book_update(asks=[(150.0, 1.0)], update_id=update_id), START + 1) == reason
    assert handed_out(analyzer) == NOTHING
    assert (analyzer.accepted, analyzer.new_runs) == (1, 0)


def test_ten_lower_ids_in_a_row__the_tenth_begins_a_new_run(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=1000), START)
    reasons = [refusal(analyzer, book_update(update_id=number), START + 1) for number in range(1, 12)]
    assert reasons == ["out_of_date"] * 9 + [None, None]
    assert (analyzer.new_runs, analyzer.accepted) == (1, 3)
    assert drained(analyzer, START + 1).book.update_id == 11


def test_lower_ids__broken_by_a_newer_one__begin_no_run(analyzer: DepthAnalyzer):
    """Several workers of one producer publish out of order; a trade shows that all of it is one coin."""
    analyzer.hear(Trade("BTCUSDT", "binance/spot", 1, 100.25, 1.0, False, START, START), START)
    analyzer.update(book_update(update_id=1000), START)
    for newest in (1001, 1002, 1003):
        for number in range(9):
            assert refusal(analyzer, book_update(update_id=number), START) == "out_of_date"
        analyzer.update(book_update(update_id=newest), START)
    assert analyzer.new_runs == 0


def test_the_same_id_again_and_again__is_no_new_run(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=1000), START)
    assert {refusal(analyzer, book_update(update_id=1000), START + 1) for _ in range(30)} == {"repeated"}


@pytest.mark.parametrize(("silence", "expected"), [(5.0, "out_of_date"), (5.001, None)])
def test_lower_id_after_silence__begins_a_new_run(
    analyzer: DepthAnalyzer, silence: float, expected: str | None
):
    analyzer.update(book_update(update_id=1000), START)
    assert refusal(analyzer, book_update(update_id=1), START + silence) == expected
    assert analyzer.new_runs == (expected is None)


def test_new_run__that_is_crossed__begins_nothing(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=1000), START)
    assert refusal(analyzer, book_update(update_id=1, asks=CROSSING), START + 6) == "crossed"
    assert analyzer.new_runs == 0
    analyzer.update(book_update(update_id=2), START + 6)
    assert analyzer.new_runs == 1


def test_ids_of_one_symbol__do_not_matter_to_another(analyzer: DepthAnalyzer):
    analyzer.update(book_update("BTCUSDT", update_id=1000), START)
    analyzer.update(book_update("ETHUSDT", update_id=1), START)
    assert analyzer.accepted == 2


# -- Markets of one symbol -------------------------------------------------------------------


OTHERS = ["binance/usdm", "coinbase/spot"]


def priced(mid: float, **more: Any) -> BookUpdate:
    return book_update(bids=[(mid - 1, 1.0)], asks=[(mid + 1, 1.0)], **more)


def shown(analyzer: DepthAnalyzer, now: float) -> list[tuple[str, float | None]]:
    """Market and mid price of every row of the symbol, the followed one first."""
    return [(row.market, row.mid_price) for row, *_ in analyzer.current("BTCUSDT", now)]


@pytest.mark.parametrize("other", OTHERS)
def test_another_market__is_kept_beside_the_first_with_its_own_numbers(analyzer: DepthAnalyzer, other: str):
    analyzer.update(priced(100.0, update_id=5), START)
    for number in range(20):
        assert refusal(analyzer, priced(900.0, market=other, update_id=number), START + 4) is None
    assert refusal(analyzer, priced(101.0, update_id=6), START + 4) is None
    analyzer.pass_time(START + 4)
    changed, removed, _, _, ticks, *_ = analyzer.drain()
    assert (changed, removed) == (["BTCUSDT"], [])
    assert {run.market: ticks.mids[run.begin : run.end].tolist() for run in ticks.runs} == {
        market_id(): [100.0, 101.0],
        market_id(market=other): [900.0] * 20,
    }
    assert shown(analyzer, START + 4) == [("binance/spot", 101.0), (other, 900.0)]
    assert (analyzer.accepted, analyzer.new_runs, analyzer.symbols, len(analyzer.states)) == (22, 0, 1, 2)


@pytest.mark.parametrize("other", OTHERS)
def test_followed_market_falls_silent__the_other_is_first_until_the_first_has_lived_for_thirty_seconds(
    analyzer: DepthAnalyzer, other: str
):
    first: list[str] = []
    for second in range(60):
        now = START + second
        analyzer.update(priced(900.0, market=other, update_id=second), now)
        if not 10 <= second < 20:
            assert refusal(analyzer, priced(100.0, update_id=second), now) is None
        analyzer.pass_time(now)
        assert "BTCUSDT" in analyzer.drain().changed
        first.append(analyzer.current("BTCUSDT", now)[0].row.market)
    assert first == ["binance/spot"] * 15 + [other] * 35 + ["binance/spot"] * 10


def test_which_is_followed__told_as_a_change_where_no_book_came(analyzer: DepthAnalyzer):
    analyzer.update(priced(100.0), START)
    analyzer.update(priced(900.0, market="okx/spot"), START + 3)
    analyzer.pass_time(START + 3)
    analyzer.drain()
    for seconds, changed in ((5.0, []), (5.5, ["BTCUSDT"]), (6.0, [])):
        analyzer.pass_time(START + seconds)
        assert handed_out(analyzer) == (changed, [], 0)
    assert shown(analyzer, START + 6) == [("okx/spot", 900.0), ("binance/spot", 100.0)]


def test_rows_of_one_symbol__the_followed_one_then_as_they_would_be_next(analyzer: DepthAnalyzer):
    for market in ("okx/spot", "aaa/spot", "binance/usdm", "binance/spot"):
        analyzer.update(priced(100.0, market=market), START)
        analyzer.pass_time(START)
    analyzer.drain()
    order = ["binance/spot", "binance/usdm", "aaa/spot", "okx/spot"]
    assert [market for market, _ in shown(analyzer, START)] == order


def test_followed_market__comes_first_whatever_became_of_its_book_since(analyzer: DepthAnalyzer):
    """What waits is decided after it was looked at who is followed: a book may be withdrawn then, and come back."""
    analyzer.interrupt("BTCUSDT", "aaa/spot", WARMING, "awaiting_snapshot", START)
    for number, price in enumerate((100.0, 120.0), 1):
        analyzer.update(priced(price, market="okx/spot", update_id=number), START + number)
    analyzer.pass_time(START + 3)
    assert refusal(analyzer, priced(100.0, market="okx/spot", update_id=3), START + 3) == "mixed_prices"
    analyzer.settle(START + 3)
    analyzer.drain()
    analyzer.drain()
    rows = [(row.market, row.book) for row, *_ in analyzer.current("BTCUSDT", START + 3)]
    assert rows == [("okx/spot", "suspect"), ("aaa/spot", WARMING)]


def test_market_of_several_expires__the_others_are_told_without_it(analyzer: DepthAnalyzer):
    analyzer.update(priced(100.0), START)
    analyzer.update(priced(900.0, market="okx/spot"), START + 30)
    analyzer.drain()
    analyzer.expire(START + 61)
    assert handed_out(analyzer) == (["BTCUSDT"], [market_id()], 0)
    assert shown(analyzer, START + 61) == [("okx/spot", 900.0)]
    analyzer.expire(START + 91)
    assert handed_out(analyzer) == (["BTCUSDT"], [market_id(market="okx/spot")], 0)
    assert shown(analyzer, START + 91) == []
    assert analyzer.symbols == 0


@pytest.mark.parametrize(
    ("crowd", "lives"), [(1, 2), (8, 70), (MOST_MARKETS - 1, 100), (3 * MOST_MARKETS, 250)]
)
def test_more_markets_than_are_remembered_of_a_symbol__no_more_are_told_and_the_followed_one_stays_first(
    analyzer: DepthAnalyzer, crowd: int, lives: int
):
    """Readers believe no symbol that has more: made-up venues must not hide it, however long they live."""
    told: dict[MarketId, None] = {}
    for second in range(300):
        now = START + second
        analyzer.update(book_update(update_id=second), now)
        for number in range(3 * MOST_MARKETS):
            begin = number // crowd * lives
            if begin <= second < begin + lives:
                analyzer.update(book_update(update_id=second, market=f"aaa{number}/spot"), now)
        analyzer.pass_time(now)
        for market in analyzer.drain().removed:
            del told[market]
        rows = [row.id for row, *_ in analyzer.current("BTCUSDT", now)]
        told |= dict.fromkeys(rows)
        assert sorted(told) == sorted(rows)
        assert rows[0] == market_id()
        assert len(rows) <= MOST_MARKETS
        analyzer.expire(now)


def test_crossed__said_of_its_market_alone(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=1), START)
    analyzer.update(book_update(update_id=1, market="okx/spot"), START)
    assert refusal(analyzer, book_update(update_id=2, market="okx/spot", asks=CROSSING), START) == "crossed"
    analyzer.pass_time(START)
    analyzer.drain()
    states = {row.market: row.book for row, *_ in analyzer.current("BTCUSDT", START)}
    assert states == {"binance/spot": "live", "okx/spot": "crossed"}
    assert [(each.symbol, each.market) for each in analyzer.not_live(START)] == [("BTCUSDT", "okx/spot")]


def test_mixture_in_one_market__withdrawn_of_that_market_alone(analyzer: DepthAnalyzer):
    for number, price in enumerate((100.0, 120.0, 100.0), 1):
        analyzer.update(book_update(update_id=number, market="okx/spot"), START + number)
        assert refusal(analyzer, priced(price, update_id=number), START + number) == (
            "mixed_prices" if number == 3 else None
        )
        analyzer.settle(START + number)
    analyzer.pass_time(START + 3)
    told = analyzer.drain()
    assert told.withdrawn == {market_id(): START + 1}
    assert {run.market: run.end - run.begin for run in told.ticks.runs} == {market_id(market="okx/spot"): 3}
    states = [(row.market, row.book) for row, *_ in analyzer.current("BTCUSDT", START + 3)]
    assert states == [("okx/spot", "live"), ("binance/spot", "suspect")]


def test_trades__are_handed_out_once__but_for_those_of_a_time_that_turned_out_false(analyzer: DepthAnalyzer):
    def hear(market: str, number: int, second: int) -> None:
        analyzer.hear(Trade("BTCUSDT", market, number, 100.0, 2.0, False, START, START), START + second)

    for market in ("binance/spot", "okx/spot"):
        analyzer.update(priced(100.0, market=market), START)
        hear(market, 1, 1)
    assert [trade[:3] for trade in analyzer.drain().trades] == [
        (market_id(), START + 1, 100.0),
        (market_id(market="okx/spot"), START + 1, 100.0),
    ]
    for market in ("binance/spot", "okx/spot"):
        hear(market, 2, 2)
        hear(market, 3, 4)
    analyzer.admission.news.append(Withdrawn("BTCUSDT", "okx/spot", START + 3))
    analyzer.settle(START + 5)
    told = analyzer.drain().trades
    assert [(trade.market.market, trade.received_at - START) for trade in told] == [
        ("binance/spot", 2),
        ("binance/spot", 4),
        ("okx/spot", 2),
    ]
    assert analyzer.drain().trades == []


def test_interrupted_book__blank_in_its_market_alone(analyzer: DepthAnalyzer):
    analyzer.update(book_update(), START)
    analyzer.interrupt("BTCUSDT", "okx/spot", WARMING, "awaiting_snapshot", START)
    analyzer.pass_time(START)
    analyzer.drain()
    states = [(row.market, row.book) for row, *_ in analyzer.current("BTCUSDT", START)]
    assert states == [("binance/spot", "live"), ("okx/spot", WARMING)]


def test_changed_after_the_drain__told_with_the_numbers_it_has_by_now(analyzer: DepthAnalyzer):
    """Messages come while what was drained is on its way to the store: of a market of which there are no figures yet,
    or which has gone and come back meanwhile."""
    analyzer.update(book_update(asks=[]), START)
    analyzer.update(book_update(market="okx/spot"), START)
    analyzer.drain()
    analyzer.update(priced(90.0, update_id=2), START)
    assert shown(analyzer, START) == [("okx/spot", 100.25), ("binance/spot", 90.0)]
    early = analyzer.current("BTCUSDT", START)[1].row
    analyzer.drain()
    late = analyzer.current("BTCUSDT", START)[1].row
    assert early == msgspec.structs.replace(late, spread_bps_10s=None)
    for number, price in enumerate(
        (100.25, 150.0), 1
    ):  # the trade withdraws what is shown, and another book comes
        analyzer.hear(
            Trade("BTCUSDT", "okx/spot", number, price, 1.0, False, START, START), START + 2 * number
        )
    analyzer.settle(START + 4)
    analyzer.update(priced(150.0, market="okx/spot", update_id=2), START + 4)
    assert shown(analyzer, START + 4) == [("binance/spot", 90.0)]
    analyzer.drain()  # tells that it has gone
    analyzer.drain()
    assert shown(analyzer, START + 4) == [("binance/spot", 90.0), ("okx/spot", 150.0)]


def test_a_book_that_comes_while_what_was_drained_is_on_its_way__has_its_own_figures(analyzer: DepthAnalyzer):
    analyzer.update(priced(100.0), START)
    analyzer.drain()
    analyzer.update(book_update(asks=[], update_id=2), START + 60)
    analyzer.drain()
    analyzer.update(priced(105.0, update_id=3), START + 61)
    ((row, book, *_),) = analyzer.current("BTCUSDT", START + 61)
    assert (row.book, row.mid_price) == ("live", 105.0)
    bid, ask = book.ladder.bids[0][0], book.ladder.asks[0][0]
    assert row.spread_bps == pytest.approx(20_000 * (ask - bid) / (ask + bid))
    analyzer.update(priced(110.0, update_id=4), START + 62)
    assert analyzer.current("BTCUSDT", START + 62)[0].row.mid_price == 110.0


def test_where_a_message_that_is_refused_decides_who_is_followed__the_symbol_is_handed_out_all_the_same(
    analyzer: DepthAnalyzer,
):
    analyzer.update(book_update(), START)
    analyzer.update(book_update(market="okx/spot"), START + 4)
    analyzer.pass_time(START + 4)
    analyzer.drain()
    assert refusal(analyzer, book_update(market="okx/spot"), START + 6) == "repeated"
    analyzer.pass_time(START + 6)
    assert analyzer.drain().changed == ["BTCUSDT"]
    assert shown(analyzer, START + 6)[0] == ("okx/spot", 100.25)
    analyzer.pass_time(START + 7)
    assert analyzer.drain().changed == []


class Told(NamedTuple):
    """Everything an analyzer says of one market at a moment."""

    refused: str | None
    is_new: bool
    rows: list[Current]
    removed: bool
    withdrawn: float | None
    forgotten: float | None
    ticks: list[list[float]]
    not_live: list[NotLive]
    counted: list[Counted]


def told_of(market: MarketId, arrivals: list[Arrival], *, alone: bool, every: int) -> Iterator[Told]:
    """What is told of a market after each of the arrivals, drained after so many; `alone`: without all others."""
    analyzer = depth_analyzer()
    for number, (now, frame) in enumerate(arrivals):
        analyzer.pass_time(now)
        counted = analyzer.settle(now)
        refused = None
        is_ours = frame.market == market.market
        if is_ours or not alone:
            refused = refusal_of(analyzer, frame, now)
        counted += analyzer.settle(now)
        rows, removed, withdrawn, forgotten, ticks = [], False, None, None, []
        if number % every == 0:
            analyzer.expire(now)
            out = analyzer.drain()
            rows = [each for each in analyzer.current(market.symbol, now) if each.row.id == market]
            removed = market in out.removed
            withdrawn, forgotten = out.withdrawn.get(market), out.forgotten.get(market)
            runs = [run for run in out.ticks.runs if run.market == market]
            columns = (out.ticks.times, out.ticks.ratios, out.ticks.bids, out.ticks.asks)
            ticks = [column[run.begin : run.end].tolist() for run in runs for column in columns]
        yield Told(
            refused if is_ours else None,
            analyzer.is_new(market),
            rows,
            removed,
            withdrawn,
            forgotten,
            ticks,
            [each for each in analyzer.not_live(now) if each.market == market.market],
            [each for each in counted if each.market == market.market],
        )


def refusal_of(analyzer: DepthAnalyzer, frame: Frame, now: float) -> str | None:
    try:
        if isinstance(frame, BookUpdate):
            analyzer.update(msgspec.structs.replace(frame), now)
        else:
            analyzer.hear(frame, now)
    except Refused as refused:
        return refused.reason
    return None


@given(
    arrivals=market_scenes() | spot_scenes() | contract_scenes(),
    market=st.sampled_from([SPOT, OTHER_SPOT, CONTRACT]),
    every=st.sampled_from([1, 3, 10]),
)
def test_any_market__told_the_same_with_and_without_all_others(
    arrivals: list[Arrival], market: str, every: int
):
    of = MarketId("BTCUSDT", market)
    among, alone = (told_of(of, arrivals, alone=alone, every=every) for alone in (False, True))
    for one, other in zip(among, alone, strict=True):
        assert one == other


# -- States ----------------------------------------------------------------------------------


def test_crossed__last_good_numbers_stay_under_that_state(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=1), START)
    good = drained(analyzer, START)
    assert refusal(analyzer, book_update(update_id=2, asks=CROSSING), START + 1) == "crossed"
    ticks = analyzer.drain().ticks
    change = current(analyzer, START + 1)
    assert change.row.book == change.book.book == "crossed"
    assert (change.row.imbalance_ratio, change.row.mid_price) == (good.row.imbalance_ratio, 100.25)
    assert change.book.ladder == good.book.ladder
    assert change.row.received_at == START
    assert not ticks.runs


def test_crossed__told_once_and_over_with_the_next_sound_book(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=1), START)
    for number in (2, 3):
        refusal(analyzer, book_update(update_id=number, asks=CROSSING), START + 1)
    analyzer.drain()
    refusal(analyzer, book_update(update_id=4, asks=CROSSING), START + 2)
    assert handed_out(analyzer) == NOTHING
    assert [each.symbol for each in analyzer.not_live(START + 2)] == ["BTCUSDT"]
    analyzer.update(book_update(update_id=5), START + 3)
    assert drained(analyzer, START + 3).row.book == "live"


def test_crossed_from_the_start__nothing_is_tracked(analyzer: DepthAnalyzer):
    assert refusal(analyzer, book_update(asks=CROSSING), START) == "crossed"
    assert handed_out(analyzer) == NOTHING
    assert not analyzer.states


@pytest.mark.parametrize(("bids", "asks"), [(BIDS, []), ([], ASKS), (BIDS, [(101.0, 0.0)])])
def test_one_side_only__what_needs_both_is_none(analyzer: DepthAnalyzer, bids: list, asks: list):
    analyzer.update(book_update(update_id=1), START)
    analyzer.drain()
    analyzer.update(book_update(update_id=2, bids=bids, asks=asks), START + 1)
    ticks = analyzer.drain().ticks
    row = current(analyzer, START + 1).row
    assert row.book == "one_sided"
    assert (row.imbalance_ratio, row.mid_price, row.spread_bps, row.net_pressure) == (None,) * 4
    assert row.spread_bps_10s is None
    assert row.total_liquidity == (2.3 if asks is ASKS else 4.5)
    assert not ticks.runs
    assert [each.symbol for each in analyzer.not_live(START + 1)] == ["BTCUSDT"]


def test_malformed_books__leave_everything_as_it_was(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=1), START)
    analyzer.drain()
    for bids, asks, reason in (
        ([], [], "empty_book"),
        (BIDS[::-1], ASKS, "unordered_levels"),
        (BIDS, [ASKS[0], ASKS[0]], "duplicate_price"),
    ):
        assert refusal(analyzer, book_update(update_id=9, bids=bids, asks=asks), START + 1) == reason
    assert handed_out(analyzer) == NOTHING
    assert refusal(analyzer, book_update(update_id=2), START + 1) is None


def test_not_live__silent_symbols_only(analyzer: DepthAnalyzer):
    analyzer.update(book_update("AAAUSDT"), START)
    analyzer.update(book_update("BBBUSDT"), START + 4)
    assert [each.symbol for each in analyzer.not_live(START + 5)] == []
    assert [each.symbol for each in analyzer.not_live(START + 5.001)] == ["AAAUSDT"]


# -- Handing out -----------------------------------------------------------------------------


def test_drain__newest_per_market_and_then_nothing(analyzer: DepthAnalyzer):
    for number in range(5):
        analyzer.update(book_update(update_id=number, bids=[(90.0 + number, 1.0)]), START + number)
    analyzer.update(book_update("ETHUSDT"), START)
    changed, removed, _, _, ticks, *_ = analyzer.drain()
    assert changed == ["BTCUSDT", "ETHUSDT"]
    assert {run.market: run.end - run.begin for run in ticks.runs} == {
        market_id(): 5,
        market_id("ETHUSDT"): 1,
    }
    assert current(analyzer, START + 5).book.ladder.bids == [(94.0, 1.0)]
    assert removed == []
    assert handed_out(analyzer) == NOTHING


def test_marked_again__handed_out_again_without_their_ticks(analyzer: DepthAnalyzer):
    analyzer.update(book_update(), START)
    first = drained(analyzer, START)
    analyzer.mark_changed(["BTCUSDT", "NEVERSEEN"])
    changed, _, _, _, ticks, *_ = analyzer.drain()
    assert changed == ["BTCUSDT"]
    assert [current(analyzer, START)] == [first._replace(heat=None)]
    assert not ticks.runs


def test_removed_marked_again__once_more_before_it_is_there_again(analyzer: DepthAnalyzer):
    """Else whoever was not told that it had gone would go on with its past."""
    analyzer.update(book_update(), START)
    analyzer.drain()
    analyzer.expire(START + 61)
    assert handed_out(analyzer) == (["BTCUSDT"], [market_id()], 0)
    assert analyzer.current("BTCUSDT", START + 61) == []
    analyzer.mark_removed([market_id()])
    assert handed_out(analyzer) == (["BTCUSDT"], [market_id()], 0)
    analyzer.update(book_update(update_id=2), START + 62)
    analyzer.mark_removed([market_id()])
    assert handed_out(analyzer) == (["BTCUSDT"], [market_id()], 1)
    assert handed_out(analyzer) == (["BTCUSDT"], [], 0)


def test_expire__after_the_time_to_live(analyzer: DepthAnalyzer):
    analyzer.update(book_update("OLDUSDT"), START)
    analyzer.update(book_update("NEWUSDT"), START + 30)
    analyzer.drain()
    analyzer.expire(START + 60)
    assert handed_out(analyzer) == NOTHING
    analyzer.expire(START + 60.001)
    assert handed_out(analyzer) == (["OLDUSDT"], [market_id("OLDUSDT")], 0)
    assert list(analyzer.states) == [market_id("NEWUSDT")]


def test_expired__any_id_is_welcome_again(analyzer: DepthAnalyzer):
    analyzer.update(book_update(update_id=1000), START)
    analyzer.expire(START + 61)
    analyzer.update(book_update(update_id=1, market="binance/usdm"), START + 61)
    assert handed_out(analyzer) == (["BTCUSDT"], [], 1)
    assert analyzer.new_runs == 0


def test_long_message__is_not_kept__only_its_levels_are():
    def never(message: bytes) -> Sides:
        raise AssertionError(message)

    analyzer = DepthAnalyzer(never, levels=2)
    long = msgspec.structs.replace(book_update(), message=b" " * (LONGEST_KEPT + 1))
    analyzer.update(long, START)
    assert drained(analyzer, START).book.ladder == Ladder(BIDS[:2], ASKS[:2])


# -- The cap on symbols ----------------------------------------------------------------------


def test_cap__the_longest_silent_makes_room():
    analyzer = depth_analyzer(max_symbols=3)
    for second, symbol in enumerate(("AAA", "BBB", "CCC")):
        analyzer.update(book_update(symbol), START + second)
    analyzer.update(book_update("AAA", update_id=2), START + 3)
    analyzer.update(book_update("DDD"), START + 4)
    assert sorted(names(analyzer)) == ["AAA", "CCC", "DDD"]
    assert analyzer.evicted == 1
    assert handed_out(analyzer) == (["AAA", "CCC", "DDD"], [], 4)  # nobody has been told of BBB


def test_cap__a_flood_of_new_names__stays_under_it_and_counts():
    analyzer = depth_analyzer(max_symbols=200)
    for number in range(5_000):
        analyzer.update(book_update(f"S{number}"), START + number / 1000)
        assert len(analyzer.states) <= 200
    assert analyzer.evicted == 5_000 - len(analyzer.states)
    assert "S4999" in names(analyzer)
    changed, removed, updates = handed_out(analyzer)
    assert changed == names(analyzer)
    assert removed == []
    assert updates == len(changed)


def test_cap__a_flood_that_is_handed_out__is_taken_back_and_forgotten():
    analyzer = depth_analyzer(max_symbols=200)
    there: dict[str, None] = {}
    known_since: dict[str, float] = {}
    for number in range(5_000):
        analyzer.update(book_update(f"S{number}"), START + number / 1000)
        known_since[f"S{number}"] = START + number / 1000
        if number % 50 == 49:
            drained = analyzer.drain()
            for market in drained.removed:
                del there[market.symbol]
            there |= dict.fromkeys(symbol for symbol in drained.changed if analyzer.current(symbol, START))
            for market, since in drained.forgotten.items():
                assert known_since.pop(market.symbol) == since
            assert list(there) == names(analyzer)
            assert len(known_since) <= 200


def test_cap__a_flood_does_not_push_out_who_has_been_heard_for_a_minute():
    analyzer = depth_analyzer(max_symbols=50)
    for second in range(0, 300, 4):
        analyzer.update(book_update("SLOWUSDT", update_id=second), START + second)
        if second >= 60:
            for number in range(200):
                analyzer.update(book_update(f"S{second}X{number}"), START + second + number / 1000)
            assert "SLOWUSDT" in names(analyzer)


def test_removed__while_nobody_takes_it__stays_within_the_cap():
    analyzer = depth_analyzer(max_symbols=100)
    for number in range(2_000):
        analyzer.mark_removed([market_id(f"S{number}")])
    assert handed_out(analyzer)[1] == sorted(market_id(f"S{number}") for number in range(1_900, 2_000))


def test_forgotten_by_the_rules__shown_no_more():
    """Who is remembered to be held against is more than who is shown: both have the same cap."""
    analyzer = depth_analyzer(max_symbols=10)
    analyzer.update(book_update("AAA"), START)
    analyzer.drain()
    for number in range(20):
        told = Trade(f"T{number}", "binance/spot", 1, 1.0, 1.0, True, START, START)
        analyzer.admission.hear(told, START + 1)
    drained = analyzer.drain()
    assert (drained.removed, drained.forgotten[market_id("AAA")]) == ([market_id("AAA")], START)
    assert not analyzer.states


def test_cap__refused_newcomer_evicts_nobody():
    analyzer = depth_analyzer(max_symbols=1)
    analyzer.update(book_update("AAA"), START)
    assert refusal(analyzer, book_update("BBB", asks=CROSSING), START) == "crossed"
    assert names(analyzer) == ["AAA"]
