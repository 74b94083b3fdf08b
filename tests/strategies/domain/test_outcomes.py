"""How far the price moved a signal's way, held against rational arithmetic that imports nothing of the product."""

from fractions import Fraction
from math import inf, nan
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.window import TIMEFRAMES
from strategies.domain.outcomes import (
    SPANS,
    WHY,
    Outcome,
    Sight,
    Unknown,
    move_bps,
    never_known,
    outcome_of,
    touch_of,
)
from tests.strategies.exact import exact

MARKET = "binance/spot"
MIDS = st.decimals("0.00000001", "999999", places=8).map(float)


@given(entry=MIDS, then=MIDS, side=st.sampled_from(["buy", "sell"]))
def test_a_move_is_that_of_exact_arithmetic(entry, then, side):
    before, after = exact(entry), exact(then)
    wanted = (after - before) / before * 10_000 * (1 if side == "buy" else -1)
    found = exact(move_bps(side, entry, then))
    assert abs(found - wanted) <= half_a_step(wanted)


def half_a_step(bps: Fraction) -> Fraction:
    """Of the fourth decimal from 10 on, below that of the sixth significant digit; and what a double itself rounds."""
    size = abs(bps)
    if size >= 10:
        return Fraction(1, 20_000) + size / 2**52
    digit = Fraction(10) ** -25
    while digit * 10 <= size:
        digit *= 10
    return digit * Fraction(1, 200_000)


@given(entry=MIDS, then=MIDS)
def test_what_a_purchase_gains_a_sale_loses(entry, then):
    assert move_bps("buy", entry, then) == -move_bps("sell", entry, then)


@given(mid=MIDS)
def test_a_price_that_stands_has_not_moved_and_has_no_sign(mid):
    assert [str(move_bps(side, mid, mid)) for side in ("buy", "sell")] == ["0.0", "0.0"]


def test_decimals_that_floats_blur():
    assert move_bps("buy", 100000.0, 100000.01) == 0.001
    assert move_bps("sell", 0.00001234, 0.00001235) == -8.10373


@pytest.mark.parametrize(
    ("then", "outcome"),
    [
        (Sight(101.0, MARKET, True), Outcome(101.0, 100.0, None)),
        (Sight(101.0, "okx/spot", True), Outcome(101.0, 100.0, None)),
        (Sight(101.0, "", False), Outcome(101.0, 100.0, None)),
        (Sight(None, MARKET, True), Outcome(None, None, "not_live")),
        (Sight(None, "", True), Outcome(None, None, "not_live")),
        (Sight(None, "okx/spot", True), Outcome(None, None, "market_changed")),
        (Sight(None, MARKET, False), Outcome(None, None, "away")),
        (Sight(None, "okx/spot", False), Outcome(None, None, "away")),
    ],
)
def test_what_is_seen_of_its_own_market_counts_and_what_is_not_says_why(then, outcome):
    assert outcome_of("buy", MARKET, 100.0, then) == outcome


def test_there_is_no_outcome_without_a_side_or_a_price_to_begin_with():
    assert never_known("hold", 100.0, is_reached=True) == "no_side"
    assert never_known("sell", 100.0, is_reached=False) is None
    assert never_known("hold", None, is_reached=True) == "no_entry"
    assert never_known("buy", None, is_reached=True) == "no_entry"
    assert never_known("buy", None, is_reached=False) == "away"


@given(bid=MIDS, more=st.decimals("0", "9", places=8).map(float))
def test_mid_and_spread_of_a_touch_are_those_of_exact_arithmetic(bid, more):
    ask = float(f"{bid + more:.8f}")
    touch = touch_of(bid, ask)
    assert touch is not None
    low, high = exact(bid), exact(ask)
    wanted = 20_000 * (high - low) / (high + low)
    assert abs(exact(touch.spread_bps) - wanted) <= half_a_step(wanted)
    assert exact(touch.mid) == (low + high) / 2


@pytest.mark.parametrize("sides", [(0.0, 1.0), (1.0, inf), (0.0, inf), (nan, 1.0), (1.0, nan), (2.0, 1.0)])
def test_a_book_without_both_sides_has_no_touch(sides):
    assert touch_of(*sides) is None


def test_every_reason_has_words_and_every_span_a_length():
    assert set(WHY) == set(get_args(Unknown))
    assert list(SPANS) == list(TIMEFRAMES)
