"""What it costs to trade an amount at once, against what rests in the book.

To buy for an amount of the quote asset, the asks are taken from the best on until the sum of price * quantity is the
amount, the last level in part; to sell for it, the bids. The average price is the amount by the quantity taken.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from operator import mul
from typing import NamedTuple

from metrics.domain.liquidity.known import BPS, KnownBook, KnownSide
from metrics.domain.ticks import distances

SAME = 1 - 1e-12
"""Sums of floats that differ by less are the same decimal: who takes just all of a level takes nothing of the next."""

NEAR = 100
"""Levels of a side that are added up at one go. More are where these hold too little, as the far ones of a book of
thousands are rarely asked for."""


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
    half_spread, mid = _half_spread(book), float(book.mid)

    def cost(side: KnownSide, notional: float) -> Cost | None:
        taken = _take(side, notional)
        return taken and _cost(side, half_spread, mid, taken)

    return [
        TradeCost(notional, cost(book.asks, notional), cost(book.bids, notional)) for notional in notionals
    ]


class _Taken(NamedTuple):
    """How far the average price lies from the best one, and the price of the last level taken."""

    average_off: float
    worst_price: float


def _half_spread(book: KnownBook) -> float:
    return distances((book.asks.best,), book.bids.best)[0] / 2


def _cost(side: KnownSide, half_spread: float, mid: float, taken: _Taken) -> Cost:
    best, (average_off, worst_price) = side.best, taken
    low, high = sorted((best, worst_price))
    average = min(max(best + side.way * average_off, low), high)
    return Cost(average, worst_price, BPS * (half_spread + average_off) / mid, BPS * average_off / best)


def _take(side: KnownSide, notional: float) -> _Taken | None:
    """An amount taken from one side; None where the levels known hold less.

    The average is worked out as a distance from the best price: nothing is lost where that is a billionth of it, and
    it is nothing where one level is enough.
    """
    prices, quantities = side.prices, side.quantities
    held = _held(side, notional * SAME)
    if held[-1] < notional * SAME:
        return None
    last = bisect_left(held, notional * SAME) - 1
    if not last:
        return _Taken(0.0, prices[0])
    in_part = min((notional - held[last]) / prices[last], quantities[last])
    offs = distances(prices[: last + 1], side.best)
    taken_off = sum(map(mul, quantities[:last], offs)) + in_part * offs[last]
    return _Taken(taken_off / (sum(quantities[:last]) + in_part), prices[last])


def _held(side: KnownSide, enough: float) -> list[float]:
    """What the levels before each hold together, and all of them last; of the nearest alone where that is enough."""
    held = [*accumulate(map(mul, side.prices[:NEAR], side.quantities), initial=0.0)]
    if held[-1] < enough and len(side.prices) > NEAR:
        held = [*accumulate(map(mul, side.prices, side.quantities), initial=0.0)]
    return held
