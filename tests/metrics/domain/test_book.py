"""What makes a snapshot acceptable."""

from decimal import Decimal
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.book import HIGHEST, LOWEST, Ladder, Refused, read_ladder
from tests.books import WireLevels, books, floats
from tests.factories import ASKS, BIDS


def ladder(bids: list[tuple[float, float]], asks: list[tuple[float, float]], levels: int = 20) -> Ladder:
    kept_bids, kept_asks, _, _ = read_ladder(bids, asks, levels)
    return Ladder(kept_bids, kept_asks)


@given(book=books(), levels=st.integers(1, 30))
def test_accepted_book__any_depth__both_sides_come_back_best_first(
    book: tuple[WireLevels, WireLevels], levels: int
):
    bids, asks = map(floats, book)
    kept = ladder(bids, asks, levels)
    assert kept.bids == bids[:levels]
    assert kept.asks == asks[:levels]


@given(book=books(max_levels=6), empty=st.lists(st.integers(0, 11), max_size=4))
def test_empty_levels__anywhere__change_nothing(book: tuple[WireLevels, WireLevels], empty: list[int]):
    bids, asks = map(floats, book)
    with_empty = [list(bids), list(asks)]
    for place in empty:
        side = with_empty[place % 2]
        price = float(Decimal(repr(side[0][0])) * Decimal("1.5"))  # out of order, were it not empty
        side.insert(min(place, len(side)), (price, 0.0))
    assert ladder(with_empty[0], with_empty[1]) == ladder(bids, asks)


@given(book=books(min_levels=2), data=st.data())
def test_two_levels_swapped__refused_as_unordered(book: tuple[WireLevels, WireLevels], data: st.DataObject):
    sides = [floats(side) for side in book]
    side = data.draw(st.sampled_from([side for side in sides if len(side) > 1] or [[]]))
    if not side:
        return
    first, second = data.draw(st.lists(st.integers(0, len(side) - 1), min_size=2, max_size=2, unique=True))
    side[first], side[second] = side[second], side[first]
    with pytest.raises(Refused, match="unordered_levels"):
        read_ladder(sides[0], sides[1], 20)


@given(book=books(), data=st.data())
def test_price_twice_on_a_side__refused_as_duplicate(
    book: tuple[WireLevels, WireLevels], data: st.DataObject
):
    sides = [floats(side) for side in book]
    side = data.draw(st.sampled_from(sides))
    place = data.draw(st.integers(0, len(side) - 1))
    side.insert(place, (side[place][0], 1.0))
    with pytest.raises(Refused, match="duplicate_price"):
        read_ladder(sides[0], sides[1], 20)


@pytest.mark.parametrize("ask", [100.0, 99.9, 1e-9])
def test_best_bid_not_below_best_ask__refused_as_crossed(ask: float):
    with pytest.raises(Refused, match="crossed"):
        read_ladder(BIDS, [(ask, 1.0), (200.0, 1.0)], 20)


def test_crossing_level_without_quantity__is_no_crossing():
    assert ladder(BIDS, [(99.0, 0.0), *ASKS]) == ladder(BIDS, ASKS)


@pytest.mark.parametrize("bids", [[], [(100.0, 0.0)], [(100.0, -0.0), (99.0, 0.0)]])
def test_nothing_on_either_side__refused_as_empty(bids: list[tuple[float, float]]):
    with pytest.raises(Refused, match="empty_book"):
        read_ladder(bids, [(101.0, 0.0)], 20)


def test_fault_below_the_levels_in_use__still_refused():
    bids = [*BIDS, (99.5, 1.0)]
    with pytest.raises(Refused, match="duplicate_price"):
        read_ladder(bids, ASKS, 1)


@pytest.mark.parametrize(
    "level",
    [(nan, 1.0), (inf, 1.0), (-inf, 1.0), (0.0, 1.0), (-1.0, 1.0), (9e-19, 1.0), (1e30, 1.0),
     (50.0, nan), (50.0, inf), (50.0, -inf), (50.0, -1.0), (50.0, 1e30), (nan, 0.0), (-1.0, 0.0)],
)  # fmt: skip
@pytest.mark.parametrize("place", ["only bid", "first bid", "last bid", "only ask", "first ask", "last ask"])
def test_number_out_of_bounds__anywhere__refused_even_on_an_empty_level(
    level: tuple[float, float], place: str
):
    position, side = place.split()
    others = BIDS if side == "bid" else ASKS
    faulty = {"only": [level], "first": [level, *others], "last": [*others, level]}[position]
    bids, asks = (faulty, []) if side == "bid" else ([], faulty)
    for sides in ((bids, asks), (bids or BIDS, asks or ASKS)):
        with pytest.raises(Refused, match="bad_number"):
            read_ladder(*sides, 20)


def test_numbers_at_their_bounds__are_accepted():
    bids, asks = [(LOWEST, 1.0)], [(HIGHEST / 2, HIGHEST / 2)]
    assert read_ladder(bids, asks, 20) == (bids, asks, 1.0, HIGHEST / 2)
    assert read_ladder([], [(LOWEST, 1.0)], 20) == ([], [(LOWEST, 1.0)], 0.0, 1.0)


def test_quantities_too_large_together__refused():
    with pytest.raises(Refused, match="bad_number"):
        read_ladder(BIDS, [(101.0, HIGHEST / 2), (102.0, HIGHEST / 2)], 20)


@given(book=books(), levels=st.integers(1, 30))
def test_volumes__are_those_of_the_levels_kept(book: tuple[WireLevels, WireLevels], levels: int):
    bids, asks = map(floats, book)
    _, _, bid_volume, ask_volume = read_ladder(bids, asks, levels)
    for volume, side in ((bid_volume, book[0]), (ask_volume, book[1])):
        exact = sum(Decimal(quantity) for _, quantity in side[:levels])
        assert volume == pytest.approx(float(exact), rel=1e-12)
