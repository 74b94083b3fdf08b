"""What a trade costs, against a walk through the levels in exact decimals."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from metrics.domain.liquidity.cost import Cost, TradeCost, costs
from tests import liquidity_oracle, oracle
from tests.books import books, precise_books
from tests.metrics.domain.liquidity.books import (
    WireBook,
    close_to,
    known,
    many_levels,
    mirrored,
    read,
    toy,
)

places = st.floats(0, 1, exclude_max=True)
"""Where in a side the last level is that a trade takes."""
shares = st.sampled_from([Decimal(1), Decimal("0.999"), Decimal("0.5"), Decimal("0.001")])
"""How much of it is taken."""


def amount(levels: oracle.Side, place: float, share: Decimal) -> Decimal:
    """What is traded who takes all levels before a place, and a share of the one there.

    Floats cannot tell how much of a level was taken that is a billionth of all.
    """
    number = int(place * len(levels))
    held = [price * quantity for price, quantity in levels[: number + 1]]
    before, here = sum(held[:-1], Decimal(0)), held[-1] * share
    rest = held[-1] - here or here
    assume(min(here, rest) > (before + here) * Decimal("1e-6"))
    return before + here


def test_the_example__every_number():
    two, three = costs(toy(), [200, 300])
    assert two.buy == pytest.approx((100.995025, 101.5, 74.317, 49.256), rel=1e-5)
    assert two.sell == pytest.approx((99.749373, 99.5, 49.938, 25.0627), rel=1e-5)
    assert two.worse_bps == two.buy.bps if two.buy else None
    assert (three.notional, three.buy) == (300, None)
    assert three.sell == pytest.approx((99.66443, 99.0, 58.411, 33.557), rel=1e-5)
    assert three.worse_bps is None


def test_a_size_that_just_empties_a_level_takes_nothing_of_the_next():
    """Half a coin at 100.5, then one at 101."""
    one, two = costs(toy(), [50.25, 151.25])
    assert one.buy == (100.5, 100.5, pytest.approx(24.9377, rel=1e-5), 0.0)
    assert two.buy
    assert (two.buy.average_price, two.buy.worst_price) == (pytest.approx(151.25 / 1.5), 101.0)


def test_a_size_that_just_empties_a_side_is_known():
    """Though 0.1 · 3 + 0.2 · 3 is a little more than 0.9 in floats."""
    book = known([(0.2, 3.0), (0.1, 3.0)], [(0.3, 3.0)])
    all_of_it, more = costs(book, [0.9, 0.9001])
    assert all_of_it.sell
    assert (all_of_it.sell.average_price, all_of_it.sell.worst_price) == (pytest.approx(0.15), 0.1)
    assert more == TradeCost(0.9001, None, None)


def test_one_level__costs_half_the_spread():
    (cost,) = costs(known([(99.0, 2.0)], [(101.0, 3.0)]), [150])
    assert cost == TradeCost(150, Cost(101.0, 101.0, 100.0, 0.0), Cost(99.0, 99.0, 100.0, 0.0))
    assert cost.worse_bps == 100.0


def test_a_spread_of_a_step_of_the_last_digit__has_its_digits():
    (cost,) = costs(known([(0.123456789012345, 9.0)], [(0.123456789012346, 9.0)]), [1.0])
    assert cost.buy
    assert cost.buy.bps == pytest.approx(4.05e-11, rel=1e-3)


def check(book: WireBook, place: float, share: Decimal) -> None:
    """Both ways, for an amount that ends in some level of the side that is taken."""
    found, bids, asks = read(book)
    middle = liquidity_oracle.mid(bids, asks)
    for side, way in ((asks, "buy"), (bids, "sell")):
        notional = amount(side, place, share)
        (cost,) = costs(found, [float(notional)])
        exact = liquidity_oracle.cost(side, middle, notional)
        served = getattr(cost, way)
        assert exact
        assert served.worst_price == float(exact.worst)
        assert served.average_price == close_to(exact.average)
        assert served.bps == pytest.approx(float(exact.bps), rel=1e-7)
        assert served.bps_of_best == pytest.approx(float(exact.bps_of_best), rel=1e-7, abs=0)


@given(book=books(), place=places, share=shares)
@example(book=many_levels(10_000), place=0.9, share=Decimal(1))
@example(book=many_levels(10_000), place=0.9, share=Decimal("0.5"))
def test_cost_in_any_book__equals_exact_decimals(book: WireBook, place: float, share: Decimal):
    check(book, place, share)


@given(book=precise_books(), place=places, share=shares)
def test_cost_in_books_of_up_to_fifteen_digits__equals_exact_decimals(
    book: WireBook, place: float, share: Decimal
):
    check(book, place, share)


@given(book=books(), amounts=st.lists(st.integers(1, 10**12), min_size=2, max_size=8).map(sorted))
def test_more_costs_no_less__lies_between_best_and_worst__and_ends_where_the_side_does(
    book: WireBook, amounts: list[float]
):
    found, bids, asks = read(book)
    every = costs(found, amounts)
    for way, side in (("buy", asks), ("sell", bids)):
        one_way = [getattr(cost, way) for cost in every]
        held = sum(price * quantity for price, quantity in side)
        assert [cost is not None for cost in one_way] == [amount <= held for amount in amounts]
        there = [cost for cost in one_way if cost]
        for cost in there:
            low, high = sorted((float(side[0][0]), cost.worst_price))
            assert low <= cost.average_price <= high
            assert cost.bps > cost.bps_of_best * (1 - 1e-9) >= 0
        assert all(less.bps <= more.bps * (1 + 1e-12) for less, more in pairwise(there))


@given(book=books(), place=places, share=shares)
def test_to_sell_is_to_buy_in_the_mirror(book: WireBook, place: float, share: Decimal):
    """As many coins, as far from the mid; it is the same number of basis points."""
    bids, asks = mirrored(book)
    assume(Decimal(bids[-1][0]) > 0)
    found, own_bids, _ = read(book)
    turned, _, turned_asks = read((bids, asks))
    sold, bought = (amount(side, place, share) for side in (own_bids, turned_asks))
    (sell,), (buy,) = costs(found, [float(sold)]), costs(turned, [float(bought)])
    assert sell.sell
    assert buy.buy
    assert sell.sell.bps == pytest.approx(buy.buy.bps, rel=1e-9)
