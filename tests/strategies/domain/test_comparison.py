"""Thresholds decide as decimals are read, and not by what binary fractions leave over."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.domain.comparison import as_read, is_above, is_at_least

NUMBERS = st.floats(-1e12, 1e12, allow_subnormal=False)
TWELVE_DIGITS = Context(prec=12, rounding=ROUND_HALF_EVEN)


@pytest.mark.parametrize(
    ("number", "threshold"),
    [
        (0.1 + 0.2, 0.3),
        (0.7 + 0.1, 0.8),
        (41.2 - 40.1, 1.1),
        ((0.1 + 0.2) / 0.25, 1.2),
        (-0.1 - 0.2, -0.3),
        (0.0, -0.0),
    ],
)
def test_what_arithmetic_leaves_over_decides_nothing(number, threshold):
    for one, other in ((number, threshold), (threshold, number)):
        assert not is_above(one, other)
        assert is_at_least(one, other)


@pytest.mark.parametrize(
    ("number", "threshold"), [(1.20000000001, 1.2), (-0.1, -0.100000000001), (1e-30, 0.0)]
)
def test_the_twelfth_digit_decides(number, threshold):
    assert is_above(number, threshold)
    assert is_at_least(number, threshold)
    assert not is_above(threshold, number)
    assert not is_at_least(threshold, number)


@given(NUMBERS)
def test_a_number_is_read_to_twelve_significant_digits(number):
    assert as_read(number) == float(TWELVE_DIGITS.create_decimal(Decimal(number)))


@given(NUMBERS, st.one_of(NUMBERS, st.floats(-1e-10, 1e-10), st.sampled_from([5e-13, 1e-12, 1e-11, 2e-11])))
def test_numbers_are_in_the_order_of_their_twelve_digits(number, other):
    """Also where the shortcut is taken, for those that are plainly apart."""
    for threshold in (other, number * (1 + other), number * (1 - other)):
        assert is_above(number, threshold) == (as_read(number) > as_read(threshold))
        assert is_at_least(number, threshold) == (as_read(number) >= as_read(threshold))
