"""What it costs to trade an amount at once, against what rests in the book.

To buy for an amount of the quote asset, the asks are taken from the best on until the sum of price * quantity is the
amount, the last level in part; to sell for it, the bids. The average price is the amount by the quantity taken.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from metrics.domain.liquidity.known import BPS, KnownBook, KnownSide
from metrics.domain.ticks import distances

SAME = 1 - 1e-12
"""Sums of floats that differ by less are the same decimal: who takes just all of a level takes nothing of the next."""


class Cost(NamedTuple):
    """Average and worst price, and how much worse than the mid, and than the best price, the average is.

    In basis points of the one and of the other. To pay more is a cost, and so is to get less: both are positive.
    """

    average_price: float
    worst_price: float
    bps: float
    bps_of_best: float


class TradeCost(NamedTuple):
    """To buy and to sell for an amount of the quote asset; None where the levels that are known hold less."""

    notional: float
    buy: Cost | None
    sell: Cost | None

    @property
    def worse_bps(self) -> float | None:
        """The dearer way, in basis points of the mid price; None where either is unknown."""
        return None if self.buy is None or self.sell is None else max(self.buy.bps, self.sell.bps)


def costs(book: KnownBook, notionals: Sequence[float]) -> list[TradeCost]:
    """What trades of these amounts of the quote asset cost, each positive and alone."""
    half_spread = distances(book.asks.prices[:1], book.bids.best).item() / 2
    ways = (_walk(side, notionals, half_spread, float(book.mid)) for side in (book.asks, book.bids))
    return [TradeCost(*each) for each in zip(notionals, *ways, strict=True)]


def _walk(side: KnownSide, notionals: Sequence[float], half_spread: float, mid: float) -> list[Cost | None]:
    """The cost of each amount on one side.

    The average is worked out as a distance from the best price: nothing is lost where that is a billionth of it, and
    it is nothing where one level is enough.
    """
    prices, quantities = side.prices, side.quantities
    off = distances(prices, side.best)
    sums = np.cumsum((prices * quantities, quantities, quantities * off), axis=1)
    lasts = np.searchsorted(sums[0], np.multiply(notionals, SAME)).tolist()
    found: list[Cost | None] = []
    for notional, last in zip(notionals, lasts, strict=True):
        if last == len(prices):
            found.append(None)
            continue
        held, taken, taken_off = sums[:, last - 1].tolist() if last else (0.0, 0.0, 0.0)
        worst, most = prices[last].item(), quantities[last].item()
        in_part = min((notional - held) / worst, most)
        average_off = (taken_off + in_part * off[last].item()) / (taken + in_part)
        low, high = sorted((side.best, worst))
        average = min(max(side.best + side.way * average_off, low), high)
        bps = BPS * (half_spread + average_off) / mid
        found.append(Cost(average, worst, bps, BPS * average_off / side.best))
    return found
