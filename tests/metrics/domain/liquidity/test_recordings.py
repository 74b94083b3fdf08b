"""Bands and costs of recorded books equal exact decimals, of partial ones and of those that are kept whole."""

from decimal import Decimal
from itertools import islice
from typing import Any

import pytest

from metrics.domain.full_book import FullBook
from metrics.domain.liquidity.bands import bands
from metrics.domain.liquidity.cost import costs
from metrics.domain.liquidity.known import KnownBook
from tests import liquidity_oracle, oracle
from tests.integration.markets import arrivals, needs_recordings, of_kinds, read_book
from tests.metrics.domain.liquidity.books import close_to, known
from tests.metrics.domain.test_full_book import NAMES, Rest, recorded, told_of

pytestmark = needs_recordings
WIDTHS = (0.5, 1, 5, 10, 25, 50, 100, 200)
AMOUNTS = (1, 1_000, 10_000, 100_000, 1_000_000)
ONE_IN = 20
"""So many books; all would take minutes, and say no more."""


@pytest.mark.parametrize("name", NAMES)
def test_recorded_partial_books__every_number(name: str):
    kind = "depth20@100ms"
    for at, frame in islice(of_kinds(arrivals(f"{name}.depth20"), kind), 0, None, ONE_IN):
        book = read_book(at, frame)
        check(known(in_floats(book.bids), in_floats(book.asks)), book.bids, book.asks)


def test_recorded_whole_books__to_the_edge_of_their_snapshot():
    """Against what each snapshot and the changes since then say, kept in dictionaries."""
    compared = 0
    books: dict[str, tuple[FullBook, list[dict[float, float]], tuple[float, float]]] = {}
    for number, told in enumerate(recorded("spot_10sym_20210405")):
        if isinstance(told, Rest):
            sides = told.snapshot.bids, told.snapshot.asks
            book, edges = FullBook(is_contracts=False), (sides[0][-1][0], sides[1][-1][0])
            book.snapshot(told.snapshot.lastUpdateId, *sides)
            books[told.symbol] = book, [dict(side) for side in sides], edges
            continue
        data: Any = told.data
        if not isinstance(data.b, list) or data.s not in books:
            continue
        book, maps, edges = books[data.s]
        if not book.change(told_of(data.U, data.u, data.pu, data.b, data.a)):
            continue
        for held, changed in zip(maps, (data.b, data.a), strict=True):
            held.update(changed)
        if number % (10 * ONE_IN):
            continue
        bids = sorted(((p, q) for p, q in maps[0].items() if q and p >= edges[0]), reverse=True)
        asks = sorted((p, q) for p, q in maps[1].items() if q and p <= edges[1])
        found = book.known()
        assert found
        check(found, in_decimals(bids), in_decimals(asks), edges)
        compared += 1
    assert compared > 10


def check(
    found: KnownBook, bids: oracle.Side, asks: oracle.Side, edges: tuple[float, float] | None = None
) -> None:
    middle = liquidity_oracle.mid(bids, asks)
    sides = ((bids, edges and Decimal(str(edges[0]))), (asks, edges and Decimal(str(edges[1]))))
    for band in bands(found, WIDTHS):
        for depth, (side, edge) in zip((band.bid, band.ask), sides, strict=True):
            exact = liquidity_oracle.within(side, middle, Decimal(str(band.bps)), edge or side[-1][0])
            assert depth == (exact and (close_to(exact[0]), close_to(exact[1])))
    for cost in costs(found, AMOUNTS):
        for served, side in ((cost.buy, asks), (cost.sell, bids)):
            wanted = liquidity_oracle.cost(side, middle, Decimal(cost.notional))
            assert served == (wanted and tuple(pytest.approx(float(n), rel=1e-9, abs=1e-9) for n in wanted))


def in_floats(side: oracle.Side) -> list[tuple[float, float]]:
    return [(float(price), float(quantity)) for price, quantity in side]


def in_decimals(side: list[tuple[float, float]]) -> oracle.Side:
    return oracle.side(side)
