"""What it costs to trade an amount at once, against what rests in the book.

To buy for an amount of the quote asset, the asks are taken from the best on until the sum of price * quantity is the
amount, the last level in part; to sell for it, the bids. The average price is the amount by the quantity taken.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
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


class Dearer(NamedTuple):
    """What it costs the dearer way at least, in basis points of the mid price, and whether no more than that."""

    least_bps: float
    is_known: bool


def costs(book: KnownBook, notionals: Sequence[float]) -> list[TradeCost]:
    """What trades of these amounts of the quote asset cost, each positive and alone."""
    ways = ([taken.cost if taken.is_held else None for taken in way] for way in _both_ways(book, notionals))
    return [TradeCost(*each) for each in zip(notionals, *ways, strict=True)]


def dearer(book: KnownBook, notional: float) -> Dearer:
    """The dearer way to trade an amount, as far as it is known.

    Where the levels known hold less, what is missing rests no nearer than the last of them: it costs no less than it
    would if just that level held all the rest.
    """
    (buy,), (sell,) = _both_ways(book, [notional])
    return Dearer(max(buy.cost.bps, sell.cost.bps), buy.is_held and sell.is_held)


class _Taken(NamedTuple):
    """As if the last level known held any amount; do the levels hold so much?"""

    cost: Cost
    is_held: bool


def _both_ways(book: KnownBook, notionals: Sequence[float]) -> Iterator[list[_Taken]]:
    """To buy and to sell for each amount."""
    (spread,) = distances((book.asks.best,), book.bids.best)
    return (_walk(side, notionals, spread / 2, float(book.mid)) for side in (book.asks, book.bids))


def _walk(side: KnownSide, notionals: Sequence[float], half_spread: float, mid: float) -> list[_Taken]:
    """The cost of each amount on one side.

    The average is worked out as a distance from the best price: nothing is lost where that is a billionth of it, and
    it is nothing where one level is enough.
    """
    prices, quantities, best = side.prices, side.quantities, side.best
    held = _held(side, max(notionals, default=0.0))
    deepest = len(held) - 1
    offs = distances(prices[:deepest], best)
    taken = [*accumulate(quantities[:deepest], initial=0.0)]
    taken_off = [*accumulate(map(mul, quantities, offs), initial=0.0)]

    def take(notional: float) -> _Taken:
        end = bisect_left(held, notional * SAME)
        is_held = end <= deepest
        last = min(end, deepest) - 1
        in_part = (notional - held[last]) / prices[last]
        if is_held:
            in_part = min(in_part, quantities[last])
        average_off = (taken_off[last] + in_part * offs[last]) / (taken[last] + in_part)
        low, high = sorted((best, prices[last]))
        average = min(max(best + side.way * average_off, low), high)
        bps = BPS * (half_spread + average_off) / mid
        return _Taken(Cost(average, prices[last], bps, BPS * average_off / best), is_held)

    return [take(notional) for notional in notionals]


def _held(side: KnownSide, enough: float) -> list[float]:
    """What the levels before each hold together, and all of them last; no further than where that is enough."""
    held = [0.0]
    for total in accumulate(map(mul, side.prices, side.quantities)):
        held.append(total)
        if total >= enough:
            break
    return held
