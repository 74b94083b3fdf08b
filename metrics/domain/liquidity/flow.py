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
from collections.abc import Sequence
from math import inf
from typing import Annotated, NamedTuple

import numpy as np
from msgspec import Meta

from metrics.domain.bounds import Real
from metrics.domain.ticks import TOP_LEVELS, Column

SPANS = (1, 10, 60)
"""Seconds over which it is added up."""
ADDED = 3


class Flow(NamedTuple):
    """Order flow imbalance of a span: at the best level, over TOP_LEVELS, and the first in quantities at the touch.

    The quantity at the touch is the mean of its two sides and of the books of the span.
    """

    ofi: Real
    ofi_5: Real
    normalised: Real


Flows = Annotated[list[Flow], Meta(max_length=len(SPANS))]
"""Of each of SPANS, or none at all."""


def imbalances(before: Column, after: Column) -> Column:
    """What books add to those before them, each at one level: a row for each level, a column for each book.

    Books as `Ticks.tops` has them, in any number.
    """
    old_bids, old_bid_quantities, old_asks, old_ask_quantities = _columns(before)
    bids, bid_quantities, asks, ask_quantities = _columns(after)
    return (
        np.where(bids >= old_bids, bid_quantities, 0.0)
        - np.where(bids <= old_bids, old_bid_quantities, 0.0)
        - np.where(asks <= old_asks, ask_quantities, 0.0)
        + np.where(asks >= old_asks, old_ask_quantities, 0.0)
    )


def _columns(tops: Column) -> tuple[Column, Column, Column, Column]:
    return tops[0, :, 0], tops[0, :, 1], tops[1, :, 0], tops[1, :, 1]


class FlowTicks(NamedTuple):
    """Some books of one market after the other: when each came, and ADDED numbers of each.

    These are what it added to the one before at the best level, what it added at all of them, and the mean quantity of
    both sides at the touch.
    """

    times: "array[float]"
    added: "array[float]"

    def part(self, begin: int, end: int) -> "FlowTicks":
        """Those from `begin` to `end`, exclusive."""
        return FlowTicks(self.times[begin:end], self.added[ADDED * begin : ADDED * end])

    def of_a_beginning(self, begin: int) -> "FlowTicks":
        """Those from `begin` on, of which the first adds nothing."""
        times, added = self.part(begin, len(self.times))
        added[:2] = array("d", (0.0, 0.0))[: len(added)]
        return FlowTicks(times, added)


def flow_ticks(
    times: Column, tops: Column, firsts: Sequence[int], before: Sequence[Column | None]
) -> FlowTicks:
    """Books of several markets, one market after the other.

    `firsts` are the places of the first book of each market, `before` the tops of the one that had come before it:
    where there is none the first adds nothing.
    """
    added = np.empty((TOP_LEVELS, len(times)))
    added[:, 1:] = imbalances(tops[..., :-1], tops[..., 1:])
    if firsts:
        after = tops[..., firsts]
        pairs = zip(before, np.moveaxis(after, -1, 0), strict=True)
        earlier = np.stack([first if top is None else top for top, first in pairs], axis=-1)
        added[:, firsts] = imbalances(earlier, after)
    touches = (tops[0, 0, 1] + tops[1, 0, 1]) / 2
    numbers = np.column_stack((added[0], added.sum(axis=0), touches))
    return FlowTicks(array("d", times.tobytes()), array("d", numbers.tobytes()))


class OrderFlow:
    """What the books of one market added within the longest of SPANS, 32 bytes a book. Times are in seconds.

    Where books came too late after each other to be consecutive, it begins anew with the later one.
    """

    __slots__ = ("_added", "_since", "_times", "last_top", "longest_pause")

    def __init__(self, longest_pause: float) -> None:
        self.longest_pause = longest_pause
        self.last_top: Column | None = None
        self._since = -inf
        self._times: array[float] = array("d")
        self._added: array[float] = array("d")

    def begin_anew(self, now: float) -> None:
        """What came until now, be it taken in already or not, is not followed by what comes."""
        self._since = now
        self.last_top = None
        self._expire(inf)

    def extend(self, ticks: FlowTicks, last_top: Column) -> None:
        """Take in the next books, oldest first, and what the last of them has."""
        times, newest = ticks.times, self._times[-1] if self._times else -inf
        if times[-1] - newest > self.longest_pause:
            ticks = self._from_the_last_pause(ticks, newest)
            if not ticks.times:
                return
        self._times.extend(ticks.times)
        self._added.extend(ticks.added)
        self.last_top = last_top
        self._expire(times[-1] - SPANS[-1])

    def over(self, seconds: float, now: float) -> Flow | None:
        """The flow of the last so many seconds, as far as books followed each other; None before the second book.

        While nothing comes nothing flows, and what rests at the touch is what the last book said.
        """
        if len(self._times) < 2:
            return None
        since = bisect_right(self._times, now - seconds)
        added = np.frombuffer(self._added).reshape(-1, ADDED)
        if since == len(added):
            return Flow(0.0, 0.0, 0.0)
        ofi, ofi_5, touch = np.add.reduce(added[since:]).tolist()
        return Flow(ofi, ofi_5, ofi * (len(added) - since) / touch)

    def over_spans(self, now: float) -> Flows:
        """The flow of each of SPANS."""
        return [flow for seconds in SPANS if (flow := self.over(seconds, now))]

    def _from_the_last_pause(self, ticks: FlowTicks, newest: float) -> FlowTicks:
        """What is left where they do not all follow each other, nor what came before."""
        begin = bisect_right(ticks.times, self._since)
        pauses = np.diff(ticks.times, prepend=newest)
        late = np.flatnonzero(pauses > self.longest_pause).tolist()
        if not (begin or late):
            return ticks
        self._expire(inf)
        return ticks.of_a_beginning(max([begin, *late]))

    def _expire(self, until: float) -> None:
        """Forget what came until then."""
        old = bisect_right(self._times, until)
        del self._times[:old]
        del self._added[: ADDED * old]
