"""What moves a price: the slope against exact least squares, illiquidity against a walk through the minutes."""

from fractions import Fraction
from itertools import groupby, pairwise
from math import nan
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.liquidity.impact import (
    LEAST_SECONDS,
    Impact,
    Seconds,
    Slope,
    amihud,
    impact,
    kyle_lambda,
)
from tests.factories import START

numbers = st.one_of(st.integers(-1_000, 1_000).map(lambda cents: cents / 100), st.just(nan))


def test_a_mid_that_follows_the_flow__is_wholly_explained():
    flows = np.arange(60.0) % 7 - 3
    assert kyle_lambda(0.5 + 0.02 * flows, flows) == pytest.approx((0.02, 1.0))


def test_a_mid_that_stands_still__has_nothing_to_explain():
    assert kyle_lambda(np.zeros(60), np.arange(60.0)) == Slope(0.0, None)


def test_without_enough_seconds_or_any_difference_there_is_no_slope():
    few = np.arange(float(LEAST_SECONDS - 1))
    assert kyle_lambda(few, few) is None
    assert kyle_lambda(np.arange(60.0), np.full(60, 3.0)) is None
    assert kyle_lambda(np.full(60, nan), np.arange(60.0)) is None


@given(points=st.lists(st.tuples(numbers, numbers), max_size=60))
def test_slope_through_any_points__equals_exact_least_squares(points: list[tuple[float, float]]):
    found = kyle_lambda(np.array([y for y, _ in points]), np.array([x for _, x in points]))
    known = [(Fraction(y), Fraction(x)) for y, x in points if y == y and x == x]
    if len(known) < LEAST_SECONDS or len({x for _, x in known}) == 1:
        assert found is None
        return
    count, sum_y, sum_x = len(known), sum(y for y, _ in known), sum(x for _, x in known)
    together = count * sum(x * y for y, x in known) - sum_x * sum_y
    spread = count * sum(x * x for _, x in known) - sum_x**2
    variation = count * sum(y * y for y, _ in known) - sum_y**2
    assert found
    assert found.slope == pytest.approx(float(together / spread), rel=1e-9, abs=1e-9)
    if variation:
        assert found.r_squared == pytest.approx(float(together**2 / (spread * variation)), abs=1e-9)


def test_illiquidity__is_the_mean_of_the_minutes_that_traded():
    opens, closes = np.array([100.0, 101.0, 100.0, nan]), np.array([101.0, 100.0, 100.0, 100.0])
    volumes = np.array([1_000.0, 0.0, 500.0, 10.0])
    assert amihud(opens, closes, volumes) == pytest.approx((0.01 / 1_000 + 0) / 2)
    assert amihud(opens[3:], closes[3:], volumes[3:]) is None
    assert amihud(opens, closes, np.zeros(4)) is None


def seconds(rows: list[tuple[float, float, float, float]]) -> Seconds:
    """Of time, mid price, bought and sold."""
    columns = zip(*rows, strict=True) if rows else ([], [], [], [])
    return Seconds(*(np.array([*column], dtype=np.float64) for column in columns))


def test_impact__of_a_market_where_each_thousand_moves_the_price_by_two_points():
    """And a minute in which nothing traded but the price moved counts for nothing."""
    mid, rows = 100.0, []
    for second in range(240):
        bought, sold = (0.0, 0.0) if second >= 180 else (1_000.0 * (second % 3), 1_000.0)
        mid *= 1 + 2e-4 * (bought - sold) / 1_000
        rows.append((START + second, mid, bought, sold))
    found = impact(seconds(rows), START + 240)
    assert (found.seconds, found.slope) == (239, pytest.approx((2 / 1_000, 1.0), rel=1e-3))
    assert found.minutes == 2
    assert found.amihud is not None


def test_impact__of_nothing_is_unknown():
    assert impact(seconds([]), START) == Impact(0, None, 0, None)
    unheard = [(START + second, 100.0 + second % 2, nan, nan) for second in range(300)]
    assert impact(seconds(unheard), START + 300) == Impact(0, None, 0, None)


steps = st.lists(
    st.tuples(
        st.sampled_from([1, 1, 1, 2, 30]), st.integers(9_000, 11_000), st.integers(0, 3), st.integers(0, 3)
    ),
    max_size=120,
)


@given(walk=steps, later=st.integers(0, 90))
def test_impact__of_any_rows__equals_a_walk_through_them(walk: list[tuple[int, int, int, int]], later: int):
    at, rows = START, []
    for pause, cents, bought, sold in walk:
        at += pause
        rows.append((at, cents / 100, 500.0 * bought, 500.0 * sold))
    now = at + later
    pairs = [
        (1e4 * (row[1] / before[1] - 1), row[2] - row[3])
        for before, row in pairwise(rows)
        if row[0] - before[0] == 1 and before[0] > now - 300
    ]
    by_minute = {minute: [*group] for minute, group in groupby(rows, key=lambda row: row[0] // 60)}
    whole = [group for minute, group in by_minute.items() if rows[0][0] // 60 < minute < now // 60]
    returns = [
        abs(group[-1][1] / group[0][1] - 1) / traded
        for group in whole
        if (traded := sum(row[2] + row[3] for row in group))
    ]
    found = impact(seconds(rows), now)
    assert (found.seconds, found.minutes) == (len(pairs), len(returns))
    assert found.amihud == (pytest.approx(1e4 * fmean(returns), rel=1e-9, abs=1e-12) if returns else None)
    changes, flows = (np.array([pair[column] for pair in pairs]) for column in (0, 1))
    assert found.slope == kyle_lambda(changes, flows)
