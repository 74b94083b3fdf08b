"""Minutes of one market, against a plain calculation over all their updates."""

from itertools import groupby
from math import fsum
from statistics import fmean
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.liquidity.flow import OrderFlow
from metrics.domain.market import MarketId
from metrics.domain.minutes import Minute, MinuteBook, Range, Sampled, TradedSum
from metrics.domain.tape import Traded
from tests.factories import START, Entry, market_id, market_row, with_flow

PAUSE = 30.0
quantities = st.floats(1e-8, 1e9)
entries = st.lists(
    st.tuples(
        st.integers(0, 200_000).map(lambda ms: START + ms / 1000),
        quantities,
        quantities,
        st.integers(1, 10**9),
        st.integers(1, 10**9),
    ).map(lambda row: (*row[:3], row[3] / 1000, (row[3] + row[4]) / 1000)),
    min_size=1,
    max_size=20,
).map(lambda rows: sorted(rows, key=lambda row: row[0]))
"""Over up to four minutes."""


class Slow(NamedTuple):
    """One update, worked out by itself."""

    minute: int
    pressure: float
    mid: float
    spread_bps: float
    depth: float
    touch: float
    ofi: float | None

    @classmethod
    def of(cls, entry: Entry, before: Entry | None) -> "Slow":
        """Of an entry's two sides all is at the touch."""
        at, bids, asks, bid, ask = entry
        mid = (bid + ask) / 2
        pressure, spread = 100 * (bids - asks) / (bids + asks), 1e4 * (ask - bid) / mid
        flow = None if before is None or at - before[0] > PAUSE else order_flow(before, entry)
        return cls(int(at) // 60 * 60, pressure, mid, spread, bids + asks, (bids + asks) / 2, flow)


def order_flow(before: Entry, entry: Entry) -> float:
    """As the paper has it."""
    _, old_bids, old_asks, old_bid, old_ask = before
    _, bids, asks, bid, ask = entry
    return (
        (bid >= old_bid) * bids - (bid <= old_bid) * old_bids
        - (ask <= old_ask) * asks + (ask >= old_ask) * old_asks
    )  # fmt: skip


def fed(rows: list[Entry], chunk: int) -> list[Minute]:
    book, flow = MinuteBook(frozenset[MarketId]().__contains__), OrderFlow()
    for begin in range(0, len(rows), chunk):
        book.add(*with_flow(rows[begin : begin + chunk], flow=flow))
    return book.close_all()


def slow_range(values: list[float]) -> Any:
    return pytest.approx(
        {
            "open": values[0],
            "high": max(values),
            "low": min(values),
            "close": values[-1],
            "total": sum(values),
        },
        rel=1e-9,
        abs=1e-9,
    )


def fields(found: Range | None) -> dict[str, float]:
    assert found is not None
    return {name: getattr(found, name) for name in ("open", "high", "low", "close", "total")}


@given(rows=entries, chunk=st.integers(1, 20))
def test_minutes__fed_in_any_chunks__equal_the_slow_calculation(rows: list[Entry], chunk: int):
    minutes = {minute.start: minute for minute in fed(rows, chunk)}
    slow = map(Slow.of, rows, [None, *rows])
    groups = {start: list(group) for start, group in groupby(slow, key=lambda one: one.minute)}
    assert set(minutes) == set(groups)
    for start, group in groups.items():
        minute = minutes[start]
        assert fields(minute.pressure) == slow_range([one.pressure for one in group])
        assert fields(minute.mid) == slow_range([one.mid for one in group])
        assert minute.updates == len(group)
        assert minute.spread_total / minute.updates == pytest.approx(fmean(one.spread_bps for one in group))
        assert minute.spread_min == pytest.approx(min(one.spread_bps for one in group), abs=1e-9)
        assert minute.spread_max == pytest.approx(max(one.spread_bps for one in group), abs=1e-9)
        assert minute.depth_total / minute.updates == pytest.approx(fmean(one.depth for one in group))
        assert minute.touch_total / minute.updates == pytest.approx(fmean(one.touch for one in group))
        flows = [one.ofi for one in group if one.ofi is not None]
        assert (minute.flow is None) == (not flows)
        if minute.flow:
            assert minute.flow.ofi == pytest.approx(
                fsum(flows), rel=1e-9, abs=1e-9 * max(map(abs, flows)) + 1e-6
            )


@given(rows=entries, cut=st.integers(0, 20))
def test_two_parts_of_a_minute__joined__are_the_whole(rows: list[Entry], cut: int):
    rows = [(START + index / 100, *row[1:]) for index, row in enumerate(rows)]
    first, later = fed(rows[:cut], 7), fed(rows[cut:], 7)
    if not (first and later):
        return
    joined, [whole] = first[0].then(later[0]), fed(rows, 20)
    assert (joined.updates, joined.spread_max) == (whole.updates, whole.spread_max)
    assert fields(joined.pressure) == pytest.approx(fields(whole.pressure))
    assert fields(joined.mid) == pytest.approx(fields(whole.mid))
    assert joined.depth_total == pytest.approx(whole.depth_total)


def test_minute_without_update__joined_with_one_that_has__keeps_its_numbers():
    silent = Minute(market_id(), int(START), seconds_not_live=40.0)
    [busy] = fed([(START + 50, 1.5, 0.5, 99.0, 101.0)], 1)
    for joined in (silent.then(busy), busy.then(silent)):
        assert joined.pressure == busy.pressure
        assert (joined.updates, joined.seconds_not_live) == (1, 40.0)


def test_rows__of_a_live_book_are_sampled_in_the_minute_it_came():
    book = MinuteBook(frozenset[MarketId]().__contains__)
    for at, state, cost, depth in (
        (1, "live", 3.0, 900.0), (59, "live", None, 500.0), (61, "live", 7.0, None),
        (62, "crossed", 9.0, 100.0), (122, "live", None, None),
    ):  # fmt: skip
        row = market_row(received_at=START + at, book=state, cost_bps=cost, depth_usd=depth)
        book.sample(row, hears_trades=False)
    first, second = book.close_all()
    assert (first.cost_bps, first.depth_usd) == (Sampled(3.0, 3.0, 3.0, 1), Sampled(500.0, 900.0, 1400.0, 2))
    assert (second.start, second.cost_bps, second.depth_usd) == (START + 60, Sampled(7.0, 7.0, 7.0, 1), None)


def test_trades__are_added_up__none_where_none_are_heard_is_another_thing_than_no_trade():
    book = MinuteBook(frozenset[MarketId]().__contains__)
    for at, heard in ((1, False), (61, True), (121, True)):
        row = market_row(received_at=START + at, cost_bps=3.0)
        book.sample(row, hears_trades=heard)
        book.sample(row, hears_trades=heard)
    book.add_trades(
        [
            Traded(market_id(), START + 62, 100.0, 2.0, sold=False),
            Traded(market_id(), START + 63, 101.0, 1.0, sold=True),
            Traded(market_id(), START + 119, 99.0, 1.0, sold=False),
        ]
    )
    silent, busy, quiet = book.close_all()
    assert silent.trades is None
    assert busy.trades == TradedSum(number=3, bought=299.0, sold=101.0, quantity=4.0)
    assert quiet.trades == TradedSum()
    assert busy.then(quiet).trades == busy.trades


def test_flow__of_a_single_book_is_unknown__not_nothing():
    book = MinuteBook(frozenset[MarketId]().__contains__)
    book.add(*with_flow([(START + 1, 1.0, 1.0, 99.0, 101.0)]))
    [minute] = book.close_all()
    assert (minute.flow, minute.touch_total) == (None, 1.0)


def test_seconds_not_live__added_up__never_more_than_the_minute():
    book = MinuteBook(frozenset[MarketId]().__contains__)
    for second in range(90):
        book.add_not_live([market_id()], START + 30, 1.0 if second else 0.5)
    [minute] = book.close_all()
    assert (minute.seconds_not_live, minute.updates, minute.pressure) == (60, 0, None)


def test_close__hands_over_only_whole_minutes_and_only_once():
    book = MinuteBook(frozenset[MarketId]().__contains__)
    book.add(*with_flow([(START + 59.9, 1.0, 1.0, 99.0, 101.0), (START + 60.0, 1.0, 2.0, 99.0, 101.0)]))
    assert book.close(START + 59.99) == []
    assert [minute.start for minute in book.close(START + 60)] == [START]
    assert book.close(START + 119.9) == []
    assert [minute.start for minute in book.close_all()] == [START + 60]
    assert book.close_all() == []


def test_markets_of_one_symbol__have_minutes_of_their_own():
    book = MinuteBook(frozenset[MarketId]().__contains__)
    for market, mid in (("binance/spot", 100.0), ("okx/spot", 900.0), ("binance/spot", 102.0)):
        book.add(*with_flow([(START + 1, 1.0, 1.0, mid - 1, mid + 1)], market=market))
    book.add_not_live([market_id(market="okx/spot")], START + 30, 1.0)
    spot, okx = sorted(book.close_all(), key=lambda minute: minute.market)
    assert (spot.market, spot.updates, spot.seconds_not_live) == (market_id(), 2, 0)
    assert (okx.market, okx.updates, okx.seconds_not_live) == (market_id(market="okx/spot"), 1, 1)
    assert (fields(spot.mid)["close"], fields(okx.mid)["close"]) == (102.0, 900.0)


def test_withdrawn__of_one_market_the_others_keep_theirs():
    book = MinuteBook(frozenset[MarketId]().__contains__)
    for market in ("binance/spot", "okx/spot"):
        book.add(*with_flow([(START + at, 1.0, 1.0, 99.0, 101.0) for at in (1, 61)], market=market))
    book.withdraw(market_id(market="okx/spot"), START + 60)
    left = sorted((minute.market.market, minute.start - START) for minute in book.close_all())
    assert left == [("binance/spot", 0), ("binance/spot", 60), ("okx/spot", 0)]


def test_markets_that_are_new__hold_back_their_minutes_and_no_other():
    new = {market_id(market="okx/spot")}
    book = MinuteBook(new.__contains__)
    for market in ("binance/spot", "okx/spot"):
        book.add(*with_flow([(START + 1, 1.0, 1.0, 99.0, 101.0)], market=market))
    assert [minute.market for minute in book.close(START + 60)] == [market_id()]
    new.clear()
    assert [minute.market for minute in book.close(START + 61)] == [market_id(market="okx/spot")]
