"""What rests within so many basis points of the mid price.

Of the mid, as Coin Metrics measures, and not of the best price, as Kaiko does. A band of x reaches down to
mid * (1 - x / 10,000) and up to mid * (1 + x / 10,000), prices at these limits included.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from metrics.domain.liquidity.known import BPS, KnownBook, KnownSide


class Depth(NamedTuple):
    """What rests on one side of a band: in the base asset, and in the quote asset."""

    quantity: float
    notional: float


class Band(NamedTuple):
    """Both sides of a band; one that reaches beyond what is known of a side is None there."""

    bps: float
    bid: Depth | None
    ask: Depth | None

    @property
    def imbalance(self) -> float | None:
        """(bid - ask) / (bid + ask) of the quantities, in [-1, 1]; None where a side is unknown or both are empty."""
        if self.bid is None or self.ask is None or not (self.bid.quantity or self.ask.quantity):
            return None
        return (self.bid.quantity - self.ask.quantity) / (self.bid.quantity + self.ask.quantity)


def bands(book: KnownBook, widths: Sequence[float]) -> list[Band]:
    """The bands of a book, `widths` in basis points."""
    bids, asks = (_depths(side, book.mid, widths) for side in (book.bids, book.asks))
    return [Band(*band) for band in zip(widths, bids, asks, strict=True)]


def _depths(side: KnownSide, mid: Decimal, widths: Sequence[float]) -> list[Depth | None]:
    # The limits are exact, then floats: so they compare with prices as the decimals that were sent do.
    limits = [float(mid * (1 + side.way * Decimal(str(bps)) / BPS)) for bps in widths]
    counts = np.searchsorted(side.way * side.prices, side.way * np.array(limits), side="right").tolist()
    quantities = np.cumsum(side.quantities).tolist()
    notionals = np.cumsum(side.prices * side.quantities).tolist()
    return [
        _depth(quantities, notionals, count) if side.way * limit <= side.way * side.edge else None
        for limit, count in zip(limits, counts, strict=True)
    ]


def _depth(quantities: list[float], notionals: list[float], count: int) -> Depth:
    return Depth(quantities[count - 1], notionals[count - 1]) if count else Depth(0.0, 0.0)
