"""The ladder of levels as the symbol page shows it."""

import pytest
from hypothesis import given

from metrics.pages.ladder import ladder
from tests.books import books, floats
from tests.factories import ASKS, BIDS


def test_best_prices_meet_in_the_middle():
    shown = ladder(BIDS, ASKS, 20)
    assert [rung["price"] for rung in shown["asks"]] == [101.5, 101.0, 100.5]
    assert [rung["price"] for rung in shown["bids"]] == [100.0, 99.5, 99.0]


def test_quantities_add_up_away_from_the_touch():
    shown = ladder(BIDS, ASKS, 20)
    assert [rung["cumulative"] for rung in shown["bids"]] == [1.0, 3.0, 4.5]
    assert [rung["cumulative"] for rung in shown["asks"]] == pytest.approx([2.3, 1.5, 0.5])


def test_decimals_are_those_of_the_finest_level():
    shown = ladder([(0.1, 10.0)], [(0.1025, 0.25)], 20)
    assert (shown["price_decimals"], shown["quantity_decimals"]) == (4, 2)


def test_prices_have_all_their_decimals():
    assert ladder([(1234567890.1234, 1.0)], [(1234567890.12345, 1.0)], 20)["price_decimals"] == 5


@pytest.mark.parametrize(
    ("quantity", "decimals"), [(12.12345678, 6), (0.00000321, 8), (0.00000012345, 9), (5.0, 0), (1e-12, 12)]
)
def test_quantities_have_six_decimals_and_small_ones_three_digits(quantity: float, decimals: int):
    assert ladder([(1.0, quantity)], [], 20)["quantity_decimals"] == decimals


def test_an_empty_book_has_no_rungs():
    shown = ladder([], [], 20)
    assert shown["asks"] == shown["bids"] == []


@given(books())
def test_shares_are_parts_of_the_deeper_side(book):
    bids, asks = map(floats, book)
    shown = ladder(bids, asks, 20)
    shares = [rung["share"] for rung in shown["bids"] + shown["asks"]]
    assert max(shares) == pytest.approx(100)
    assert all(0 < rung["part"] <= rung["share"] * (1 + 1e-9) for rung in shown["bids"] + shown["asks"])
    assert max(len(shown["bids"]), len(shown["asks"])) <= 20
