"""Trade flow, and what trades cost, against one trade after the other in exact fractions."""

from collections.abc import Sequence
from fractions import Fraction
from math import isnan
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.liquidity.trades import TradeFlow, Trades, flow_in_steps, mean, spreads, trade_flow
from tests.factories import START

NONE = TradeFlow(0, 0.0, 0.0, None)
STALE_AFTER = 5.0


class Done(NamedTuple):
    """A trade, so many seconds after the start; with sign 1 bought by its aggressor, with -1 sold."""

    at: float
    price: float
    quantity: float
    sign: float


def columns(done: list[Done]) -> Trades:
    at, *others = (np.array([trade[part] for trade in done], dtype=np.float64) for part in range(4))
    return Trades(START + at, *others)


def mids(told: Sequence[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Times and values of mid prices."""
    return START + np.array([at for at, _ in told]), np.array([mid for _, mid in told])


def test_the_example__bought_at_a_price_that_the_mid_followed_half_way():
    trade = columns([Done(0, 100.55, 1.0, 1)])
    cost = spreads(trade, *mids([(0, 100.25), (4, 100.40)]), START + 5, STALE_AFTER)
    both = cost.effective.tolist() + cost.realised.tolist() + cost.impact.tolist()
    assert [round(bps, 2) for bps in both] == [59.85, 29.93, 29.93]


def test_sold_below_the_mid_costs_as_much():
    trade = columns([Done(0, 99.95, 1.0, -1)])
    cost = spreads(trade, *mids([(0, 100.25)]), START + 5, STALE_AFTER + 1)
    assert cost.effective.tolist() == pytest.approx([59.85], rel=1e-4)
    assert cost.impact.tolist() == [0.0]


def test_nothing_is_known_before_its_time__nor_of_a_mid_that_is_old():
    trade = columns([Done(0, 100.55, 1.0, 1)])
    for told, now, effective, realised in (
        ([(0, 100.25), (4, 100.4)], 4.9, True, False),
        ([(0, 100.25)], 9, True, False),
        ([(-5, 100.25), (4, 100.4)], 9, False, False),
        ([(1, 100.25), (4, 100.4)], 9, False, False),
        ([], 9, False, False),
    ):
        cost = spreads(trade, *mids(told), START + now, STALE_AFTER)
        assert [not isnan(each.item()) for each in (cost.effective, cost.realised)] == [effective, realised]


def test_what_was_bought_and_sold__in_the_quote_asset():
    trades = columns([Done(0, 100.0, 2.0, 1), Done(1, 101.0, 1.0, -1), Done(2, 99.0, 1.0, 1)])
    flow = trade_flow(trades)
    assert flow.imbalance == pytest.approx(198 / 400)
    assert flow == (3, 299.0, 101.0, 100.0)
    assert trade_flow(trades.between(START, START + 1)) == (1, 0.0, 101.0, 101.0)
    assert trade_flow(trades.between(START + 2, START + 9)) == NONE
    assert NONE.imbalance is None


prices = st.integers(1, 10**6).map(lambda cents: cents / 100)
done = st.lists(
    st.builds(
        lambda eighths, price, quantity, sign: Done(eighths / 8, price, quantity, sign),
        st.integers(0, 400), prices, st.integers(1, 10**6).map(float), st.sampled_from([1.0, -1.0]),
    ),
    max_size=30,
).map(sorted)  # fmt: skip
told = st.lists(st.tuples(st.integers(0, 400).map(lambda eighths: eighths / 8), prices), max_size=20).map(
    lambda found: sorted(dict(found).items())
)


@given(done=done, since=st.integers(-40, 100), step=st.sampled_from([1.0, 7.0, 60.0]))
def test_flow_in_steps__equals_the_slow_sum(done: list[Done], since: int, step: float):
    for number, flow in enumerate(flow_in_steps(columns(done), START + since / 8, step, 8)):
        first = since / 8 + number * step
        inside = [trade for trade in done if first <= trade.at < first + step]
        notionals = [(trade.sign, Fraction(trade.price) * Fraction(trade.quantity)) for trade in inside]
        bought, sold = (float(sum(each for sign, each in notionals if sign == way)) for way in (1, -1))
        assert flow[:3] == (len(inside), pytest.approx(bought), pytest.approx(sold))
        quantity = float(sum(Fraction(trade.quantity) for trade in inside))
        assert flow.vwap == (pytest.approx((bought + sold) / quantity) if inside else None)
        assert flow.imbalance is None or -1 <= flow.imbalance <= 1


@given(done=done, told=told, now=st.integers(0, 600), stale_after=st.sampled_from([1.0, 5.0, 30.0]))
def test_spreads_of_any_trades__equal_the_slow_ones(
    done: list[Done], told: list[tuple[float, float]], now: int, stale_after: float
):
    def mid_at(at: float) -> Fraction | None:
        newest = [(when, mid) for when, mid in told if when <= at][-1:]
        return Fraction(newest[0][1]) if newest and at - newest[0][0] < stale_after else None

    def cost(trade: Done, mid: Fraction | None, later: Fraction | None) -> object:
        if mid is None or later is None:
            return pytest.approx(float("nan"), nan_ok=True)
        exact = 20_000 * Fraction(trade.sign) * (Fraction(trade.price) - later) / mid
        return pytest.approx(float(exact), rel=1e-9, abs=1e-9)

    found = spreads(columns(done), *mids(told), START + now / 8, stale_after)
    for trade, effective, realised, impact in zip(
        done, found.effective.tolist(), found.realised.tolist(), found.impact.tolist(), strict=True
    ):
        before = mid_at(trade.at)
        after = mid_at(trade.at + 5) if trade.at + 5 <= now / 8 else None
        assert effective == cost(trade, before, before)
        assert realised == cost(trade, before, after)
        assert isnan(impact) or effective == pytest.approx(realised + impact, abs=1e-6)


def test_the_mean_is_of_what_is_known():
    assert mean(np.array([1.0, np.nan, 3.0])) == 2.0
    assert mean(np.array([np.nan])) is None
