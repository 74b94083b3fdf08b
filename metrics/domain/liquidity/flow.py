"""Order flow imbalance: what was added to the bids and taken from the asks, less what went the other way.

R. Cont, A. Kukanov, S. Stoikov: "The Price Impact of Order Book Events", Journal of Financial Econometrics 12 (2014).
Between two consecutive books with best bid b, best ask a, and their quantities q (primes: the earlier book):

    e = [b >= b'] q_b - [b <= b'] q_b' - [a <= a'] q_a + [a >= a'] q_a'

The same of each level by itself, added up over the best five: K. Xu, M. Gould, S. Howison, "Multi-Level Order-Flow
Imbalance in a Limit Order Book" (2018). In the base asset. It explains how prices moved in the same second, and
predicts nothing.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from math import inf
from typing import Annotated, NamedTuple

import numpy as np
from msgspec import Meta

from metrics.domain.bounds import Real
from metrics.domain.ticks import TOP_LEVELS, Column, Ticks

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
    """Some books, oldest first: when each came, and a row of ADDED numbers of each.

    These are what it added to the one before at the best level, what it added at all of them, and the mean quantity of
    both sides at the touch. `begins` are the places of those that are not consecutive to any before, and add nothing.
    """

    times: Column
    added: Column
    begins: list[int]

    def part(self, begin: int, end: int) -> "FlowTicks":
        """Those from `begin` to `end`, exclusive."""
        inside = self.begins[bisect_left(self.begins, begin) : bisect_left(self.begins, end)]
        return FlowTicks(self.times[begin:end], self.added[begin:end], [place - begin for place in inside])


class OrderFlow:
    """What the books of one market added within the longest of SPANS, 32 bytes a book. Times are in seconds.

    Where books came too late after each other to be consecutive, it begins anew with the later one.
    """

    __slots__ = ("_added", "_since", "_times", "last_top")

    def __init__(self) -> None:
        self.last_top: Column | None = None
        self._since = -inf
        self._times: array[float] = array("d")
        self._added: array[float] = array("d")

    def begin_anew(self, now: float) -> None:
        """What came until now, be it taken in already or not, is not followed by what comes."""
        self._since = now
        self.last_top = None
        self._expire(inf)

    def beginnings(self, times: Column, longest_pause: float) -> list[int]:
        """Places among the next books of those that follow nothing: of the first, and of one after `begin_anew`."""
        found = [0] if self.last_top is None or times[0] - self._times[-1] > longest_pause else []
        if times[0] <= self._since < times[-1]:
            found.append(bisect_right(times, self._since))
        return found

    def extend(self, ticks: FlowTicks, last_top: Column) -> None:
        """Take in the next books, oldest first, and what the last of them has."""
        times, added, begins = ticks
        newest = times[-1]
        if newest <= self._since:
            return
        if begins:
            self._expire(inf)
            times, added = times[begins[-1] :], added[begins[-1] :]
        self._times.frombytes(times.tobytes())
        self._added.frombytes(added.tobytes())
        self.last_top = last_top
        self._expire(newest - SPANS[-1])

    def over_spans(self, now: float) -> Flows:
        """The flow of each of SPANS, as far as books followed each other; none before the second book.

        While nothing comes nothing flows, and what rests at the touch is what the last book said.
        """
        times = self._times
        if len(times) < 2:
            return []
        firsts = [bisect_right(times, now - seconds) for seconds in SPANS]
        flows = dict.fromkeys(firsts, Flow(0.0, 0.0, 0.0))
        # Each span ends with the shorter ones: what it has before them is added to what they have.
        parts = sorted(first for first in flows if first < len(times))
        if parts:
            added = np.frombuffer(self._added).reshape(-1, ADDED)
            sums = np.add.reduceat(added, parts)[::-1].cumsum(axis=0)[::-1]
            for first, (ofi, ofi_5, touch) in zip(parts, sums.tolist(), strict=True):
                flows[first] = Flow(ofi, ofi_5, ofi * (len(times) - first) / touch)
        return [flows[first] for first in firsts]

    def _expire(self, until: float) -> None:
        """Forget what came until then."""
        old = bisect_right(self._times, until)
        del self._times[:old]
        del self._added[: ADDED * old]


def flow_ticks(ticks: Ticks, flows: Sequence[OrderFlow], longest_pause: float) -> FlowTicks:
    """What the books of each market add to each other, and the first of each to the last in `flows`, one a market.

    Nothing is added after more than `longest_pause` seconds.
    """
    times, tops, parts = ticks.times, ticks.tops, ticks.parts()
    firsts = [begin for _, begin, _ in parts]
    added = np.empty((TOP_LEVELS, len(times)))
    added[:, 1:] = imbalances(tops[..., :-1], tops[..., 1:])
    if parts:
        after = tops[..., firsts]
        pairs = zip(flows, np.moveaxis(after, -1, 0), strict=True)
        before = np.stack(
            [first if flow.last_top is None else flow.last_top for flow, first in pairs], axis=-1
        )
        added[:, firsts] = imbalances(before, after)
    late = 1 + np.flatnonzero(np.diff(times) > longest_pause)
    begins = {*late.tolist()} - {*firsts}
    for (_, begin, end), flow in zip(parts, flows, strict=True):
        begins |= {begin + place for place in flow.beginnings(times[begin:end], longest_pause)}
    added[:, [*begins]] = 0.0
    touches = (tops[0, 0, 1] + tops[1, 0, 1]) / 2
    return FlowTicks(times, np.column_stack((added[0], added.sum(axis=0), touches)), sorted(begins))
