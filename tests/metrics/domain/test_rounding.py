"""No digit is lost that was sent, and none is shown that arithmetic made up."""

import math
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from metrics.domain.rounding import (
    balance,
    difference,
    digits_of,
    exact,
    mean_price_ratio,
    price,
    price_ratio,
    quotient,
    rounded,
    whole_book,
)
from tests.books import decimals

sent = decimals(st.integers(1, 15))


@given(sent)
def test_what_was_sent_is_handed_on_as_it_was(number: Decimal):
    assert price(float(number)) == exact(float(number)) == float(number)


@given(low=sent, steps=st.integers(1, 1000))
def test_a_mid_is_the_float_next_to_the_exact_one(low: Decimal, steps: int):
    high = low + steps * Decimal(1).scaleb(low.adjusted() - 14)
    assume(len(high.as_tuple().digits) <= 15)
    assert price((float(low) + float(high)) / 2) == float((low + high) / 2)


@pytest.mark.parametrize(
    ("bid", "ask", "mid"),
    [
        (0.1, 0.2, 0.15),
        (1.1, 2.2, 1.65),
        (1634567890.0, 1634567999.0, 1634567944.5),
        (98765432101.0, 98765432103.0, 98765432102.0),
        (0.123456789012345, 0.123456789012346, 0.1234567890123455),
        (0.999999999999999, 1.0, 0.9999999999999995),
    ],
)
def test_mids(bid: float, ask: float, mid: float):
    assert price((bid + ask) / 2) == mid


@given(quantities=st.lists(st.integers(1, 10**9), min_size=1, max_size=40))
def test_a_whole_book_shows_nothing_of_how_it_was_added_up(quantities: list[int]):
    total = 0.0
    for lots in quantities:
        total += lots / 1000
    assert whole_book(total) == sum(quantities) / 1000


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (49.87531172069825, 49.8753),
        (0.0016330647038142, 0.00163306),
        (2.0250000020503e-7, 2.025e-7),
        (12345.678949, 12345.6789),
        (9.999999999, 10.0),
        (1.23456789, 1.23457),
        (0.0, 0.0),
    ],
)
def test_a_ratio_of_prices_has_six_digits_and_four_decimals(value: float, shown: float):
    assert price_ratio(value) == shown


@pytest.mark.parametrize(
    ("price_digits", "shown"), [(0, 100.333333333), (12, 100.333333333), (15, 100.333333333333)]
)
def test_a_quotient_has_twelve_digits_or_those_of_the_prices(price_digits: int, shown: float):
    assert quotient(301 / 3, price_digits) == shown


@pytest.mark.parametrize("rule", [exact, price, whole_book, quotient, price_ratio, lambda it: rounded(it, 2)])
def test_there_is_no_negative_zero(rule):
    assert math.copysign(1, rule(-0.0)) == 1


@pytest.mark.parametrize(
    ("number", "digits"), [(61234.56, 7), (100000.0, 1), (0.00001234, 4), (1e-7, 1), (98765432101.0, 11)]
)
def test_digits_are_counted(number: float, digits: int):
    assert digits_of(number) == digits_of(Decimal(str(number))) == digits


def test_a_difference_is_that_of_what_was_sent():
    assert difference(100000.01, 100000.0) == 0.01


@given(lots=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=60), decimals=st.integers(0, 8))
def test_of_what_cancels_no_trace_is_left(lots: list[int], decimals: int):
    """Quantities that were added and taken, in steps of some decimal: what is left is a whole number of these."""
    quantities = [float(Decimal(each).scaleb(-decimals)) for each in lots]
    assume(any(quantities))
    left = sum(quantities) - sum(quantities) / 3 - sum(quantities) / 3 - sum(quantities) / 3
    size = sum(map(abs, quantities))
    assert balance(left, size) == 0.0
    exact_sum = Decimal(sum(lots)).scaleb(-decimals)
    assert balance(sum(quantities), size) == pytest.approx(float(exact_sum), abs=1e-11 * size)


@pytest.mark.parametrize(
    ("value", "size", "shown"),
    [
        (0.1 + 0.2 - 0.3, 0.6, 0.0),
        (-1.6000000000000003, 6.8, -1.6),
        (1234567.0000000002, 6.8, 1234567.0),
        (2e-8, 1e-7, 2e-8),
        (123456789.123456789, 1e9, 123456789.12),
    ],
)
def test_balances(value: float, size: float, shown: float):
    assert balance(value, size) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (59.85037406, 59.8504),
        (-0.0016330578, -0.00163306),
        (2.025e-7, 2.025e-7),
        (-1.7e-12, 0.0),
    ],
)
def test_means_of_ratios__without_what_subtraction_left(value: float, shown: float):
    assert mean_price_ratio(value) == shown
    assert math.copysign(1.0, mean_price_ratio(-0.0)) == 1.0
