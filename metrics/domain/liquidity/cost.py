"""What it costs to trade an amount at once, against what rests in the book.

To buy for an amount of the quote asset, the asks are taken from the best on until the sum of price * quantity is the
amount, the last level in part; to sell for it, the bids. The average price is the amount by the quantity taken.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from metrics.domain.liquidity.known import BPS, KnownBook, KnownSide
from metrics.domain.ticks import Column, distances

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
    best, prices, quantities = side.best, side.prices, side.quantities
    off = distances(prices, best)
    held = _running_sum(prices * quantities)
    wanted = np.array(notionals, dtype=np.float64)
    lasts = np.searchsorted(held[1:], wanted * SAME)
    is_held = lasts < len(prices)
    lasts[~is_held] = 0
    in_part = np.minimum((wanted - held[lasts]) / prices[lasts], quantities[lasts])
    taken = _running_sum(quantities)[lasts] + in_part
    average_off = (_running_sum(quantities * off)[lasts] + in_part * off[lasts]) / taken
    columns = (
        np.clip(best + side.way * average_off, prices.min(), prices.max()),
        prices[lasts],
        BPS * (half_spread + average_off) / mid,
        BPS * average_off / best,
    )
    return [
        Cost(*figures) if is_enough else None
        for is_enough, *figures in zip(
            is_held.tolist(), *(column.tolist() for column in columns), strict=True
        )
    ]


def _running_sum(values: Column) -> Column:
    """What all before each are together, and all of them last."""
    return np.concatenate(([0.0], np.cumsum(values)))
