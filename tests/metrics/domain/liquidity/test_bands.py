"""Depth within a band, against exact decimals."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from metrics.domain.liquidity.bands import Band, Depth, bands
from tests import liquidity_oracle
from tests.books import books
from tests.metrics.domain.liquidity.books import (
    WireBook,
    close_to,
    known,
    many_levels,
    mirrored,
    read,
    toy,
)

widths = st.one_of(st.integers(1, 12_000), st.decimals("0.01", "300", places=2).map(float))


def test_the_example__at_fifty_basis_points_of_the_mid():
    (band,) = bands(toy(), [50])
    assert (band.bps, band.bid, band.ask) == (50, Depth(1.0, 100.0), Depth(0.5, 50.25))
    assert band.imbalance == pytest.approx(0.5 / 1.5)


def test_a_band_within_the_spread_is_empty_and_has_no_imbalance():
    (band,) = bands(toy(), [10])
    assert band == Band(10, Depth(0.0, 0.0), Depth(0.0, 0.0))
    assert band.imbalance is None


def test_beyond_the_last_level_nothing_is_known():
    """124.688 bps from the mid: a little less is known, a little more is not."""
    inside, outside = bands(toy(), [124.68, 124.69])
    assert inside.bid == Depth(3.0, 299.0)
    assert (outside.bid, outside.ask, outside.imbalance) == (None, None, None)


@pytest.mark.parametrize("bps", [1, 10, 12.5, 25, 100])
def test_a_price_just_at_the_limit_is_within(bps: float):
    """However its float is rounded: 61,234.5 ± 0.1 % is a price that was sent."""
    middle = Decimal("61234.50")
    off = middle * Decimal(str(bps)) / 10_000
    bids = [(float(middle) - 0.01, 1.0), (float(middle - off), 2.0), (100.0, 1.0)]
    asks = [(float(middle) + 0.01, 1.0), (float(middle + off), 2.0), (100_000.0, 1.0)]
    (band,) = bands(known(bids, asks), [bps])
    assert (band.bid and band.bid.quantity, band.ask and band.ask.quantity) == (3.0, 3.0)


def test_one_level_a_side__is_known_as_far_as_itself():
    (at_it, beyond) = bands(known([(99.0, 2.0)], [(101.0, 3.0)]), [100, 100.01])
    assert at_it == Band(100, Depth(2.0, 198.0), Depth(3.0, 303.0))
    assert (beyond.bid, beyond.ask) == (None, None)


@given(book=books(), chosen=st.lists(widths, min_size=1, max_size=6))
@example(book=many_levels(10_000), chosen=[5, 10, 25, 50, 100, 200])
def test_bands_of_any_book__equal_exact_decimals(book: WireBook, chosen: list[float]):
    found, bids, asks = read(book)
    middle = liquidity_oracle.mid(bids, asks)
    assert found.mid == middle
    assert found.known_to_bps == (
        close_to(liquidity_oracle.reach(bids[-1][0], middle)),
        close_to(liquidity_oracle.reach(asks[-1][0], middle)),
    )
    for band, bps in zip(bands(found, chosen), chosen, strict=True):
        exact = [
            liquidity_oracle.within(side, middle, Decimal(str(bps)), side[-1][0]) for side in (bids, asks)
        ]
        for depth, wanted in zip((band.bid, band.ask), exact, strict=True):
            assert depth == (wanted and (close_to(wanted[0]), close_to(wanted[1])))
        bid, ask = exact
        both = liquidity_oracle.imbalance(bid[0], ask[0]) if bid and ask else None
        assert band.imbalance == close_to(both)


@given(book=books(), near=widths, more=widths)
def test_a_wider_band_holds_no_less__and_is_unknown_where_the_narrower_one_is(
    book: WireBook, near: float, more: float
):
    found, *_ = read(book)
    narrow, wide = bands(found, [near, near + more])
    for inner, outer in ((narrow.bid, wide.bid), (narrow.ask, wide.ask)):
        assert outer is None or (inner is not None and inner.quantity <= outer.quantity)
    assert narrow.imbalance is None or -1 <= narrow.imbalance <= 1


@given(book=books(), bps=widths)
def test_sides_change_places_in_the_mirror(book: WireBook, bps: float):
    bids, asks = mirrored(book)
    bids = [level for level in bids if Decimal(level[0]) > 0]
    (band,), (turned,) = bands(read(book)[0], [bps]), bands(read((bids, asks))[0], [bps])
    assert (band.bid and band.bid.quantity) == close_to(turned.ask and Decimal(turned.ask.quantity))
