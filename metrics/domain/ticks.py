"""What single updates leave behind: one flat log of all markets, read back as columns.

The log costs the same per update however many markets there are, and reading it costs little per market:
the arithmetic is done on whole columns.
"""

from array import array
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metrics.domain.market import MarketId
from metrics.domain.rounding import DOUBLE_DIGITS

MINUTE = 60
LOG_FIELDS = 6
"""An entry of the log: place of the market, time, quantity of the bids and of the asks, best bid, best ask."""

Column = NDArray[np.float64]
Indices = NDArray[np.intp]

DECADES: Column = np.array([float(f"1e{exponent}") for exponent in range(-18, 30)])
"""Powers of ten from the lowest price to the highest."""
STEPS: Column = np.array([float(f"1e{DOUBLE_DIGITS - 1 - exponent}") for exponent in range(-18, 30)])
"""Steps of the last digit that a double can tell, in a unit: one for the prices of each decade."""


class Run(NamedTuple):
    """Successive ticks of one market within one minute: `begin` to `end` (exclusive) of the columns."""

    place: int
    market: MarketId
    minute: int
    begin: int
    end: int


class Ticks(NamedTuple):
    """Columns of one length, by market and then as they came, and the runs they fall into.

    Times and minutes count from the epoch, times in seconds; ratios are imbalance ratios, totals the
    quantities of both sides together (formulas: `metrics.domain.depth`). `firsts` and `lasts` are the
    indices of the first and the last tick of each run.
    """

    runs: list[Run]
    firsts: Indices
    lasts: Indices
    times: Column
    ratios: Column
    bids: Column
    asks: Column
    mids: Column
    spreads_bps: Column
    totals: Column


def read_log(log: "array[float]", markets: Sequence[MarketId | None]) -> Ticks:
    """The ticks in `log`; the market of a place is `markets[place]`, and where that is None they are left out."""
    entries = np.array(log).reshape(-1, LOG_FIELDS)
    places = entries[:, 0].astype(np.intp)
    if None in markets:
        wanted = np.array([market is not None for market in markets])[places]
        entries, places = entries[wanted], places[wanted]
    order = np.argsort(places, kind="stable")
    places = places[order]
    times, bid_volumes, ask_volumes, best_bids, best_asks = entries[order, 1:].T.copy()
    totals = bid_volumes + ask_volumes
    mids = (best_bids + best_asks) / 2
    minutes = (times // MINUTE).astype(np.int64)
    firsts = np.flatnonzero(_differs(places) | _differs(minutes))
    lasts = np.append(firsts[1:], len(times))[: len(firsts)] - 1
    runs = [
        Run(place, market, minute, first, last + 1)
        for place, minute, first, last in zip(
            places[firsts].tolist(), minutes[firsts].tolist(), firsts.tolist(), lasts.tolist(), strict=True
        )
        if (market := markets[place])
    ]
    return Ticks(
        runs=runs,
        firsts=firsts,
        lasts=lasts,
        times=times,
        ratios=(bid_volumes - ask_volumes) / totals,
        bids=best_bids,
        asks=best_asks,
        mids=mids,
        spreads_bps=_spreads_bps(best_bids, best_asks),
        totals=totals,
    )


def _spreads_bps(bids: Column, asks: Column) -> Column:
    """Spreads of the decimals that were sent: the floats nearest to 0.123456789012345 and 0.123456789012346 are not
    0.000000000000001 apart. Counted in steps of the last digit of the bid, both prices are whole numbers.
    """
    steps = _steps_of(bids)
    bids, asks = np.rint(bids * steps), np.rint(asks * steps)
    return 20_000 * (asks - bids) / (asks + bids)


def distances(prices: Column, origin: float) -> Column:
    """How far prices lie from another one, the decimals that were sent: whole steps of the last digit of the lower."""
    steps = _steps_of(np.minimum(prices, origin))
    return np.rint(np.abs(prices - origin) * steps) / steps


def _steps_of(prices: Column) -> Column:
    return STEPS[np.searchsorted(DECADES, prices, side="right") - 1]


def _differs(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Is each value another than the one before? The first is."""
    differs = np.ones(len(values), dtype=bool)
    differs[1:] = values[1:] != values[:-1]
    return differs
