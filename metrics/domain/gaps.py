"""What two markets of one symbol would have paid whoever bought at the one and sold at the other.

A quarter of an hour of a busy market are 9,000 touches; all that both ways round have in common is worked out once.
"""

from typing import NamedTuple

import numpy as np

from metrics.domain.holding import held
from metrics.domain.ticks import Column


class Quotes(NamedTuple):
    """Best prices of one market at its updates, oldest first, in columns; times in seconds since the epoch."""

    times: Column
    bids: Column
    asks: Column


class Gaps(NamedTuple):
    """The executable gap from each change of either market on: `bps`, NaN where one of them was not live, and how long
    it stood so, in seconds."""

    times: Column
    bps: Column
    seconds: Column


def executable_gaps(one: Quotes, other: Quotes, until: float, stale_after: float) -> tuple[Gaps, Gaps]:
    """(best bid where one sells - best ask where one buys) / best ask * 10,000: bought at `one` and sold at `other`,
    and the other way round.

    Each touch holds until the next of its market, for `stale_after` seconds at most. The definition is that of the
    strategy `cross_exchange_spread`, in basis points.
    """
    ends = [quotes.times + stale_after for quotes in (one, other)]
    times = _merged([one.times, other.times, *(each[each < until] for each in ends)])
    seconds = np.diff(times, append=until)
    one_bids, one_asks = _held(one, times, stale_after)
    other_bids, other_asks = _held(other, times, stale_after)
    return (
        Gaps(times, 10_000 * (other_bids - one_asks) / one_asks, seconds),
        Gaps(times, 10_000 * (one_bids - other_asks) / other_asks, seconds),
    )


def widest_in_steps(gaps: Gaps, since: float, step: float, steps: int) -> list[float | None]:
    """The widest gap that stood in each of some steps of time from `since` on, None where none did.

    It stands from its time on, and not any more when the next one begins.
    """
    found = np.full(steps, -np.inf)
    known = ~np.isnan(gaps.bps)
    begins, bps = gaps.times[known] - since, gaps.bps[known]
    first = np.floor(begins / step).astype(int)
    last = np.maximum(np.ceil((begins + gaps.seconds[known]) / step).astype(int) - 1, first)
    for later in range(int((last - first).max(initial=-1)) + 1):
        places = first + later
        inside = (places <= last) & (places >= 0) & (places < steps)
        np.maximum.at(found, places[inside], bps[inside])
    return [None if widest == -np.inf else widest for widest in found.tolist()]


def _merged(columns: list[Column]) -> Column:
    """All that stands in some columns, each of which rises, in rising order and once."""
    every = np.sort(np.concatenate(columns), kind="stable")  # which finds what is in order already
    return every[np.diff(every, prepend=-np.inf) > 0]


def _held(quotes: Quotes, at: Column, stale_after: float) -> tuple[Column, Column]:
    """The newest bid and ask at each moment, NaN where there are none that hold."""
    times, bids, asks = quotes
    return held(bids, times, at, stale_after), held(asks, times, at, stale_after)
