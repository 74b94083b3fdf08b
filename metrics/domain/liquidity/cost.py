"""What it costs to trade an amount at once, against what rests in the book.

To buy for an amount of the quote asset, the asks are taken from the best on until the sum of price * quantity is the
amount, the last level in part; to sell for it, the bids. The average price is the amount by the quantity taken.
"""

from collections.abc import Sequence
from typing import NamedTuple

from metrics.domain.liquidity.known import BPS, KnownBook, KnownSide
from metrics.domain.ticks import distance

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
    half_spread = distance(book.asks.best, book.bids.best) / 2
    ways = (_walk(side, notionals, half_spread, float(book.mid)) for side in (book.asks, book.bids))
    return [TradeCost(*each) for each in zip(notionals, *ways, strict=True)]


def _walk(side: KnownSide, notionals: Sequence[float], half_spread: float, mid: float) -> list[Cost | None]:
    """The cost of each amount on one side, in one walk from the best level to where the largest ends.

    The average is worked out as a distance from the best price: nothing is lost where that is a billionth of it, and
    it is nothing where one level is enough.
    """
    best = side.best
    found: dict[float, Cost | None] = dict.fromkeys(notionals)
    waiting = sorted(found, reverse=True)
    held = taken = taken_off = 0.0
    for price, quantity in zip(side.prices, side.quantities, strict=True):
        off, worth = distance(price, best), price * quantity
        while waiting and waiting[-1] * SAME <= held + worth:
            notional = waiting.pop()
            in_part = min((notional - held) / price, quantity)
            average_off = (taken_off + in_part * off) / (taken + in_part)
            low, high = sorted((best, price))
            average = min(max(best + side.way * average_off, low), high)
            bps = BPS * (half_spread + average_off) / mid
            found[notional] = Cost(average, price, bps, BPS * average_off / best)
        if not waiting:
            break
        held, taken, taken_off = held + worth, taken + quantity, taken_off + quantity * off
    return [found[notional] for notional in notionals]
