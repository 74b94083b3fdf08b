"""Books for measures of liquidity, and how near to the exact number one must be."""

from decimal import Decimal

import pytest

from metrics.domain.book import Level
from metrics.domain.liquidity.known import KnownBook, known_book
from tests import oracle
from tests.books import WireLevels, floats
from tests.factories import ASKS, BIDS

WireBook = tuple[WireLevels, WireLevels]


def toy() -> KnownBook:
    """The example of the REST contract."""
    return known(BIDS, ASKS)


def known(bids: list[Level], asks: list[Level]) -> KnownBook:
    book = known_book(bids, asks)
    assert book
    return book


def read(book: WireBook) -> tuple[KnownBook, oracle.Side, oracle.Side]:
    """As the product has it, and exactly."""
    bids, asks = book
    return known(floats(bids), floats(asks)), oracle.side(bids), oracle.side(asks)


def many_levels(count: int) -> WireBook:
    """So many a side, of growing quantities."""
    bids = [(f"{50_000 - place / 100:.2f}", f"{1 + place % 7 / 10:.1f}") for place in range(count)]
    asks = [(f"{50_000.01 + place / 100:.2f}", f"{2 + place % 5 / 10:.1f}") for place in range(count)]
    return bids, asks


def mirrored(book: WireBook) -> WireBook:
    """Asks where the bids were and the other way round, as far from the mid as they were."""
    bids, asks = book
    middle = Decimal(bids[0][0]) + Decimal(asks[0][0])
    return (
        [(f"{middle - Decimal(price):f}", held) for price, held in asks],
        [(f"{middle - Decimal(price):f}", held) for price, held in bids],
    )


def close_to(exact: Decimal | None, absolute: float = 1e-12) -> object:
    """Twelve digits of the exact number; None is met by None alone."""
    return None if exact is None else pytest.approx(float(exact), rel=1e-12, abs=absolute)
