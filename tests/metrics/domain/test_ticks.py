"""The log of all updates read back by market, against one update after another."""

from collections.abc import Sequence
from decimal import Decimal
from math import inf, nextafter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from metrics.domain.market import MarketId
from metrics.domain.ticks import Ticks, read_log
from tests.books import decimals
from tests.factories import LEAST_SPREAD_BPS, START, Entry, logged

amounts = st.floats(1e-8, 1e9)
prices = decimals(st.integers(1, 15)).map(float)
entries = st.tuples(
    st.integers(0, 4),
    st.tuples(st.integers(-90, 90).map(lambda second: START + second), amounts, amounts, prices, prices),
)
MARKETS = [
    MarketId(symbol, market)
    for symbol, market in (
        ("AAA", "binance/spot"), ("AAA", "binance/usdm"),
        ("AAA", "okx/spot"), ("BBB", "okx/spot"), ("BBB", "binance/spot"),
    )
]  # fmt: skip


def read(log: list[tuple[int, Entry]], markets: Sequence[MarketId | None]) -> Ticks:
    return read_log([logged(place, *entry) for place, entry in log], markets)


def exact_bps(bid: float, ask: float) -> float:
    low, high = Decimal(str(bid)), Decimal(str(ask))
    return float(20_000 * (high - low) / (high + low))


@given(log=st.lists(entries), gone=st.sets(st.integers(0, 4)))
def test_log__every_update_of_who_is_there__by_market_and_in_order(
    log: list[tuple[int, Entry]], gone: set[int]
):
    ticks = read(log, [None if place in gone else market for place, market in enumerate(MARKETS)])
    found = 0
    for place, market in enumerate(MARKETS):
        mine = [] if place in gone else [entry for at, entry in log if at == place]
        runs = [run for run in ticks.runs if run.market == market]
        assert all(run.place == place for run in runs)
        rows = [row for run in runs for row in range(run.begin, run.end)]
        assert ticks.times[rows].tolist() == [entry[0] for entry in mine]
        for column, exact in (
            (ticks.bids, [bid for *_, bid, _ in mine]),
            (ticks.asks, [ask for *_, ask in mine]),
            (ticks.ratios, [(bids - asks) / (bids + asks) for _, bids, asks, _, _ in mine]),
            (ticks.mids, [(bid + ask) / 2 for *_, bid, ask in mine]),
            (ticks.spreads_bps, [exact_bps(bid, ask) for *_, bid, ask in mine]),
            (ticks.totals, [bids + asks for _, bids, asks, _, _ in mine]),
        ):
            assert column[rows].tolist() == pytest.approx(exact, rel=1e-12, abs=1e-12)
        found += len(rows)
    assert found == len(ticks.times)


@given(low=decimals(st.integers(1, 15)), steps=st.integers(1, 1000))
def test_spread__of_prices_that_differ_in_their_last_digit__is_that_of_the_decimals(low: Decimal, steps: int):
    bid, ask = float(low), float(low + steps * Decimal(1).scaleb(low.adjusted() - 14))
    [spread] = read([(0, (START, 1.0, 1.0, bid, ask))], MARKETS[:1]).spreads_bps.tolist()
    assert spread == pytest.approx(exact_bps(bid, ask), rel=1e-14)


@given(log=st.lists(entries))
def test_runs__are_of_one_minute__and_follow_each_other_without_a_gap(log: list[tuple[int, Entry]]):
    ticks = read(log, MARKETS)
    assert [run.begin for run in ticks.runs] == ticks.firsts.tolist()
    assert [run.end - 1 for run in ticks.runs] == ticks.lasts.tolist()
    ends = [0, *(run.end for run in ticks.runs)]
    assert [run.begin for run in ticks.runs] == ends[:-1]
    assert ends[-1] == len(log)
    for run in ticks.runs:
        assert run.begin < run.end
        assert {int(at // 60) for at in ticks.times[run.begin : run.end]} == {run.minute}


def test_empty_log__no_runs():
    assert read([], []).runs == []


@given(bid=st.floats(1e-18, 1e29), steps=st.integers(1, 50))
@example(bid=0.9999999999999999, steps=4)
def test_spread__of_prices_as_close_as_doubles_can_be__is_nothing_or_a_step_of_the_last_digit(
    bid: float, steps: int
):
    ask = bid
    for _ in range(steps):
        ask = nextafter(ask, inf)
    (spread,) = read([(0, (START, 1.0, 1.0, bid, ask))], MARKETS[:1]).spreads_bps.tolist()
    assert spread == 0 or spread >= LEAST_SPREAD_BPS
