"""What it costs to trade an amount at once, against what rests in the book.

To buy for an amount of the quote asset, the asks are taken from the best on until the sum of price * quantity is the
amount, the last level in part; to sell for it, the bids. The average price is the amount by the quantity taken.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from math import inf
from operator import mul
from typing import NamedTuple

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
    (spread,) = distances((book.asks.best,), book.bids.best)
    ways = (_walk(side, notionals, spread / 2, float(book.mid)) for side in (book.asks, book.bids))
    return [TradeCost(*each) for each in zip(notionals, *ways, strict=True)]


def least_bps(book: KnownBook, notional: float) -> float:
    """The least that it can cost to trade an amount the dearer way, in basis points of the mid price.

    It is the cost where that is known. Where the levels known hold less, what is missing rests no nearer than the last
    of them: it costs what it would cost if just that level held all the rest.
    """
    bids, asks = (side._replace(quantities=[*side.quantities[:-1], inf]) for side in (book.bids, book.asks))
    (cost,) = costs(book._replace(bids=bids, asks=asks), [notional])
    return max(way.bps for way in (cost.buy, cost.sell) if way)


def _walk(side: KnownSide, notionals: Sequence[float], half_spread: float, mid: float) -> list[Cost | None]:
    """The cost of each amount on one side.

    The average is worked out as a distance from the best price: nothing is lost where that is a billionth of it, and
    it is nothing where one level is enough.
    """
    prices, quantities, best = side.prices, side.quantities, side.best
    held = _held(side, max(notionals, default=0.0))
    ends = [bisect_left(held, notional * SAME) for notional in notionals]
    deepest = max((end for end in ends if end < len(held)), default=0)
    if not deepest:
        return [None] * len(notionals)
    offs = [*distances(prices[:deepest], best)]
    taken = [*accumulate(quantities[:deepest], initial=0.0)]
    taken_off = [*accumulate(map(mul, quantities, offs), initial=0.0)]

    def cost(notional: float, last: int) -> Cost:
        in_part = min((notional - held[last]) / prices[last], quantities[last])
        average_off = (taken_off[last] + in_part * offs[last]) / (taken[last] + in_part)
        low, high = sorted((best, prices[last]))
        average = min(max(best + side.way * average_off, low), high)
        bps = BPS * (half_spread + average_off) / mid
        return Cost(average, prices[last], bps, BPS * average_off / best)

    return [
        cost(notional, end - 1) if end <= deepest else None
        for notional, end in zip(notionals, ends, strict=True)
    ]


def _held(side: KnownSide, enough: float) -> list[float]:
    """What the levels before each hold together, and all of them last; no further than where that is enough."""
    held = [0.0]
    for total in accumulate(map(mul, side.prices, side.quantities)):
        held.append(total)
        if total >= enough:
            break
    return held
