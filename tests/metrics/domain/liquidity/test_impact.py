"""What moves a price: the slope against exact least squares, illiquidity against a walk through the minutes."""

from fractions import Fraction
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.liquidity.impact import LEAST_SECONDS, Slope, amihud, kyle_lambda

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
