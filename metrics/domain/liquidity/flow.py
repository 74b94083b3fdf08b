"""Order flow imbalance: what was added to the bids and taken from the asks, less what went the other way.

R. Cont, A. Kukanov, S. Stoikov: "The Price Impact of Order Book Events", Journal of Financial Econometrics 12 (2014).
Between two consecutive books with best bid b, best ask a, and their quantities q (primes: the earlier book):

    e = [b >= b'] q_b - [b <= b'] q_b' - [a <= a'] q_a + [a >= a'] q_a'

The same of each level by itself, added up over the best five: K. Xu, M. Gould, S. Howison, "Multi-Level Order-Flow
Imbalance in a Limit Order Book" (2018). In the base asset. It explains how prices moved in the same second, and
predicts nothing.
"""

from array import array
from bisect import bisect_right
from math import fsum, inf
from typing import NamedTuple

import numpy as np

from metrics.domain.ticks import Column

LEVELS = 5
SPANS = (1, 10, 60)
"""Seconds over which it is added up."""
NO_BID, NO_ASK = (0.0, 0.0), (inf, 0.0)
"""A level that is not there: it comes as a better price, and goes as a worse one."""


class Tops(NamedTuple):
    """The best LEVELS of consecutive books, oldest first: each a column for every level, the best one first."""

    bid_prices: Column
    bid_quantities: Column
    ask_prices: Column
    ask_quantities: Column


class Flow(NamedTuple):
    """Order flow imbalance of a span: at the best level, over LEVELS levels, and the first in quantities at the touch.

    The quantity at the touch is the mean of its two sides and of the books of the span.
    """

    ofi: float
    ofi_5: float
    normalised: float


def imbalances(tops: Tops) -> Column:
    """What each book but the first adds: a row a pair of books, a column a level."""
    bids, bid_quantities, asks, ask_quantities = tops
    return (
        np.where(bids[1:] >= bids[:-1], bid_quantities[1:], 0.0)
        - np.where(bids[1:] <= bids[:-1], bid_quantities[:-1], 0.0)
        - np.where(asks[1:] <= asks[:-1], ask_quantities[1:], 0.0)
        + np.where(asks[1:] >= asks[:-1], ask_quantities[:-1], 0.0)
    )


def at_the_touch(tops: Tops) -> Column:
    """The quantity at the best prices of each book, as a mean of both sides."""
    return (tops.bid_quantities[:, 0] + tops.ask_quantities[:, 0]) / 2


class OrderFlow:
    """What the books of one market added within the longest of SPANS, 32 bytes a book. Times are in seconds.

    Where books followed each other too late to be consecutive, it begins anew with the later one.
    """

    __slots__ = ("_five", "_one", "_times", "_touches", "longest_pause")

    def __init__(self, longest_pause: float) -> None:
        self.longest_pause = longest_pause
        self._times: array[float] = array("d")
        self._one: array[float] = array("d")
        self._five: array[float] = array("d")
        self._touches: array[float] = array("d")

    def extend(self, times: Column, imbalances: Column, touches: Column) -> None:
        """Take in the next books, oldest first; `imbalances` has a row for each, its pair with the book before.

        That of a book without one before is not looked at.
        """
        if not len(times):
            return
        pauses = np.diff(times, prepend=self._times[-1] if self._times else -inf)
        if len(breaks := np.flatnonzero(pauses > self.longest_pause)):
            self._expire(inf)
            times, imbalances, touches = (column[breaks[-1] :] for column in (times, imbalances, touches))
            imbalances = np.concatenate((np.zeros_like(imbalances[:1]), imbalances[1:]))
        self._times.frombytes(times.tobytes())
        self._one.frombytes(imbalances[:, 0].tobytes())
        self._five.frombytes(imbalances.sum(axis=1).tobytes())
        self._touches.frombytes(touches.tobytes())
        self._expire(self._times[-1] - SPANS[-1])

    def over(self, seconds: float, now: float) -> Flow | None:
        """The flow of the last so many seconds, as far as books followed each other; None before the second book.

        While nothing comes nothing flows, and what rests at the touch is what the last book said.
        """
        if len(self._times) < 2:
            return None
        since = bisect_right(self._times, now - seconds)
        ofi, touches = fsum(self._one[since:]), self._touches[since:] or self._touches[-1:]
        return Flow(ofi, fsum(self._five[since:]), ofi * len(touches) / fsum(touches))

    def _expire(self, until: float) -> None:
        """Forget what came until then."""
        old = bisect_right(self._times, until)
        for column in (self._times, self._one, self._five, self._touches):
            del column[:old]
