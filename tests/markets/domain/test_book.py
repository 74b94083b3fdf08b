"""A venue's book, held against a dictionary of Decimals that is sorted at every look."""

from decimal import Decimal
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.domain.book import BadLevel, Level, Side, VenueBook

PRICES = st.integers(1, 40).map(lambda units: f"{Decimal(units) / 4:f}")
QUANTITIES = st.sampled_from(["0", "0.00000000", "1", "2.50", "0.00000001"])
CHANGES = st.lists(st.tuples(PRICES, QUANTITIES), max_size=80)


@given(CHANGES, st.booleans(), st.integers(1, 30))
def test_a_side__after_any_changes__has_the_newest_quantity_of_every_price_best_first(
    changes: list[tuple[str, str]], is_bids: bool, count: int
) -> None:
    side, truth = Side(is_bids=is_bids), dict[Decimal, tuple[str, str]]()
    for price, quantity in changes:
        side.put(Level(price, quantity))
        truth.pop(Decimal(price), None)
        if Decimal(quantity):
            truth[Decimal(price)] = (price, quantity)
    expected = [truth[price] for price in sorted(truth, reverse=is_bids)]

    assert side.best(count) == expected[:count]
    assert len(side) == len(expected)
    assert side.touch == (float(expected[0][0]) if expected else None)


@given(CHANGES, st.booleans())
def test_a_side_that_begins_with_levels__is_as_if_each_had_been_put(
    changes: list[tuple[str, str]], is_bids: bool
) -> None:
    begun, put = Side(is_bids=is_bids), Side(is_bids=is_bids)
    put.put(Level("7", "1"))
    put.put(Level("7", "0"))
    begun.put(Level("8", "1"))

    begun.begin(Level(*each) for each in changes)
    for price, quantity in changes:
        put.put(Level(price, quantity))

    assert begun.best(100) == put.best(100)
    assert begun.touch == put.touch


def test_a_whole_book_in_the_worst_order__takes_not_much_longer_than_in_the_best() -> None:
    levels = [Level(f"{price}", "1") for price in range(1, 100_001)]

    def seconds(levels: list[Level]) -> float:
        began = process_time()
        VenueBook([], levels)
        return process_time() - began

    assert min(seconds(levels[::-1]) for _ in range(2)) < 5 * min(seconds(levels) for _ in range(2))


@given(CHANGES, st.integers(0, 10))
def test_a_side__cut__keeps_the_best_and_forgets_the_rest(changes: list[tuple[str, str]], depth: int) -> None:
    side = Side(is_bids=True)
    for price, quantity in changes:
        side.put(Level(price, quantity))
    best = side.best(depth)

    side.cut(depth)

    assert side.best(100) == best


def test_a_price__written_in_another_way__is_the_same_level() -> None:
    book = VenueBook([Level("100.10", "1")], [])

    book.change([Level("100.1", "2")], [])

    assert book.bids.best(2) == [("100.1", "2")]


@pytest.mark.parametrize("price", ["0", "-1", "nan", "inf", "1_000", " 1", "１", "", "1e30", "0x1", "1e9999"])
def test_a_price_that_is_none__is_refused(price: str) -> None:
    with pytest.raises(BadLevel):
        Side(is_bids=True).put(Level(price, "1"))


@pytest.mark.parametrize("quantity", ["-1", "nan", "inf", "1_000", "", "1e30"])
def test_a_quantity_that_is_none__is_refused(quantity: str) -> None:
    with pytest.raises(BadLevel):
        Side(is_bids=True).put(Level("1", quantity))


@pytest.mark.parametrize(("bid", "ask", "crossed"), [("1", "2", False), ("2", "2", True), ("3", "2", True)])
def test_a_book__whose_bid_is_not_below_its_ask__is_crossed(bid: str, ask: str, crossed: bool) -> None:
    assert VenueBook([Level(bid, "1")], [Level(ask, "1")]).is_crossed is crossed


def test_a_book_with_one_side__is_not_crossed() -> None:
    assert not VenueBook([Level("1", "1")], []).is_crossed
