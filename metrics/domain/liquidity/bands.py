"""What rests within so many basis points of the mid price.

Of the mid, as Coin Metrics measures, and not of the best price, as Kaiko does. A band of x reaches down to
mid * (1 - x / 10,000) and up to mid * (1 + x / 10,000), prices at these limits included.
"""

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate
from operator import mul, neg
from typing import NamedTuple

from metrics.domain.liquidity.known import BIDS, BPS, KnownBook, KnownSide


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
    mid = book.mid
    bids, asks = (_depths(side, mid, widths) for side in book)
    return [Band(*band) for band in zip(widths, bids, asks, strict=True)]


def _depths(side: KnownSide, mid: Decimal, widths: Sequence[float]) -> list[Depth | None]:
    prices, away = side.prices, side.way
    limits = [away * band_limit(side, mid, bps) for bps in widths]
    edge = away * side.edge
    key = neg if away == BIDS else None
    counts = [bisect_right(prices, limit, key=key) if limit <= edge else 0 for limit in limits]
    deepest = max(counts, default=0)
    held = [*accumulate(side.quantities[:deepest], initial=0.0)]
    worth = [*accumulate(map(mul, prices[:deepest], side.quantities), initial=0.0)]
    return [
        Depth(held[count], worth[count]) if limit <= edge else None
        for count, limit in zip(counts, limits, strict=True)
    ]


def band_limit(side: KnownSide, mid: Decimal, bps: float) -> float:
    """The price at which a band ends on a side: exact, then a float, so that it compares with prices as the decimals
    that were sent do."""
    return float(mid * _limit(side.way, bps))


@lru_cache
def _limit(way: int, bps: float) -> Decimal:
    """Where a band ends, as a share of the mid price."""
    return 1 + way * Decimal(str(bps)) / BPS
