"""What two markets of one symbol would have paid whoever bought at the one and sold at the other."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]


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


def executable_gaps(cheap: Quotes, dear: Quotes, until: float, stale_after: float) -> Gaps:
    """(best bid at `dear` - best ask at `cheap`) / best ask * 10,000, bought at `cheap` and sold at `dear`.

    Each touch holds until the next of its market, for `stale_after` seconds at most. The definition is that of the
    strategy `cross_exchange_spread`, in basis points.
    """
    ends = np.concatenate([cheap.times + stale_after, dear.times + stale_after])
    times = np.unique(np.concatenate([cheap.times, dear.times, ends[ends < until]]))
    asks, bids = (
        _held(cheap.times, cheap.asks, times, stale_after),
        _held(dear.times, dear.bids, times, stale_after),
    )
    return Gaps(times, 10_000 * (bids - asks) / asks, np.diff(times, append=until))


def widest_in_steps(gaps: Gaps, since: float, step: float, steps: int) -> list[float | None]:
    """The widest gap that began in each of some steps of time from `since` on, None where none did."""
    found = np.full(steps, -np.inf)
    places = np.floor((gaps.times - since) / step).astype(int)
    known = ~np.isnan(gaps.bps) & (places >= 0) & (places < steps)
    np.maximum.at(found, places[known], gaps.bps[known])
    return [None if bps == -np.inf else bps for bps in found.tolist()]


def _held(times: Column, prices: Column, at: Column, stale_after: float) -> Column:
    """The newest price at each moment, NaN where there is none that holds."""
    if not len(times):
        return np.full(len(at), np.nan)
    places = np.searchsorted(times, at, side="right") - 1
    newest = np.where(places >= 0, places, 0)
    holds = (places >= 0) & (at < times[newest] + stale_after)  # rounded as the ends are
    return np.where(holds, prices[newest], np.nan)
