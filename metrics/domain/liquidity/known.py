"""As much of a book as is known: the levels of both sides, how far each reaches, and the mid price between them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from metrics.domain.book import Level
from metrics.domain.rounding import as_sent

BIDS, ASKS = -1, 1
"""Which way the prices of a side go, from the best on."""
BPS = 10_000


class KnownSide(NamedTuple):
    """Levels of one side, the best first, at least one; `way` is BIDS or ASKS.

    Every level up to the price `edge` is among them. It is that of the last one seen, or where the snapshot of a book
    that is kept whole ended.
    """

    way: int
    prices: Sequence[float]
    quantities: Sequence[float]
    edge: float

    @property
    def best(self) -> float:
        """The price of the first level."""
        return self.prices[0]


class KnownBook(NamedTuple):
    """Two sides that do not cross."""

    bids: KnownSide
    asks: KnownSide

    @property
    def mid(self) -> Decimal:
        """The exact mid price."""
        return (as_sent(self.bids.best) + as_sent(self.asks.best)) / 2

    @property
    def known_to_bps(self) -> tuple[float, float]:
        """How far the bids and the asks are known: distance of their edges from the mid price, in its hundredths of a
        percent."""
        mid = self.mid
        bid, ask = (abs(as_sent(side.edge) / mid - 1) * BPS for side in self)
        return float(bid), float(ask)


def known_book(bids: Sequence[Level], asks: Sequence[Level]) -> KnownBook | None:
    """An accepted book, known to the last level of each side; None where one has no level, and there is no mid."""
    if not (bids and asks):
        return None
    return KnownBook(_side(BIDS, bids), _side(ASKS, asks))


def _side(way: int, levels: Sequence[Level]) -> KnownSide:
    prices, quantities = zip(*levels, strict=True)
    return KnownSide(way, prices, quantities, levels[-1][0])
