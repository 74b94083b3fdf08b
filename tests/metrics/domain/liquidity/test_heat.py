"""Rows of a heat map: every quantity in its bucket, none from beyond what is known."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from metrics.domain.liquidity.heat import BUCKETS, as_bytes, as_quantities, heat_row
from tests import liquidity_oracle
from tests.books import books
from tests.metrics.domain.liquidity.books import WireBook, known, read, toy


def buckets(cells: bytes) -> list[dict[int, float]]:
    """Quantities by bucket of the bids and of the asks, as far as the scale tells."""
    quantities = as_quantities(np.frombuffer(cells, dtype=np.uint8))
    return [
        {place: quantity for place, quantity in enumerate(side) if quantity}
        for side in (quantities[:BUCKETS].tolist(), quantities[BUCKETS:].tolist())
    ]


def test_the_example__reaches_fifty_basis_points():
    """The touch is 24.94 bps away, and within 50 there is no other level."""
    row = heat_row(toy())
    assert row[:3] == (100.25, 50.0, 50.0)
    assert len(row.cells) == 2 * BUCKETS
    assert buckets(row.cells) == [{31: pytest.approx(1.0, rel=0.1)}, {31: pytest.approx(0.5, rel=0.1)}]


def test_a_side_that_is_known_less_far_has_narrower_buckets__its_last_level_in_the_last():
    row = heat_row(known([(99.99, 2.0), (99.98, 4.0)], [(100.01, 2.0), (101.0, 1.0)]))
    assert row.bid_reach_bps == pytest.approx(2.0)
    assert row.ask_reach_bps == 50.0
    assert buckets(row.cells) == [{32: pytest.approx(2, rel=0.1), 63: pytest.approx(4, rel=0.1)}, {1: 2.0}]


def test_a_quarter_of_an_hour_is_115_kilobytes():
    assert 15 * 60 * len(heat_row(toy()).cells) == 115_200


@given(quantities=st.lists(st.floats(2.0**-23, 2.0**40), min_size=1, max_size=20))
def test_the_scale_tells_quantities_to_a_tenth__and_more_is_never_less(quantities: list[float]):
    column = np.array(sorted(quantities))
    cells = as_bytes(column)
    assert as_quantities(cells).tolist() == pytest.approx(column.tolist(), rel=0.1)
    assert (np.diff(cells.astype(int)) >= 0).all()
    assert (cells > 0).all()


def test_the_scale_has_ends__and_nothing_is_nothing():
    assert as_bytes(np.array([0.0, 1e-18, 1e30])).tolist() == [0, 1, 255]
    assert as_quantities(np.array([0], dtype=np.uint8)).tolist() == [0.0]


@given(book=books())
def test_a_row_holds_what_the_book_holds_so_near(book: WireBook):
    """All buckets together, whatever lies where two of them meet."""
    found, bids, asks = read(book)
    row = heat_row(found)
    middle = liquidity_oracle.mid(bids, asks)
    for side, cells, reach in (
        (bids, row.cells[:BUCKETS], row.bid_reach_bps), (asks, row.cells[BUCKETS:], row.ask_reach_bps),
    ):  # fmt: skip
        assume(all(held > Decimal("1e-6") for _, held in side))
        near = [held for price, held in side if abs(price / middle - 1) * 10_000 <= 50]
        assert reach == pytest.approx(min(50, float(liquidity_oracle.reach(side[-1][0], middle))))
        together = sum(as_quantities(np.frombuffer(cells, dtype=np.uint8)).tolist())
        assert together == pytest.approx(float(sum(near)), rel=0.1)
