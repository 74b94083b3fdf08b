"""What holds at a moment: the newest that was told before, until it is too old."""

import numpy as np

from metrics.domain.ticks import Column


def held(values: Column, times: Column, at: Column, stale_after: float) -> Column:
    """Of `values` told at `times` (rising), the newest at each moment; NaN where there is none that holds.

    Each holds until the next, for `stale_after` seconds at most.
    """
    if not len(times):
        return np.full(len(at), np.nan)
    places = np.searchsorted(times, at, side="right") - 1
    newest = np.where(places >= 0, places, 0)
    holds = (places >= 0) & (at < times[newest] + stale_after)  # rounded as the ends are
    return np.where(holds, values[newest], np.nan)
