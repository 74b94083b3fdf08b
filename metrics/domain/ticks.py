"""What single updates leave behind: one flat log of all markets, read back as columns.

The log costs the same per update however many markets there are, and reading it costs little per market:
the arithmetic is done on whole columns.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import groupby
from math import inf
from operator import attrgetter
from struct import Struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metrics.domain.book import Level
from metrics.domain.market import MarketId
from metrics.domain.rounding import DOUBLE_DIGITS

MINUTE = 60
TOP_LEVELS = 5
NO_BID, NO_ASK = (0.0, 0.0), (inf, 0.0)
"""Levels that a book does not have: whatever comes is better, and nothing rests there."""
HEAD_FIELDS = 4
LOG_FIELDS = HEAD_FIELDS + 2 * 2 * TOP_LEVELS
"""An entry of the log: place of the market, time, quantity of the bids and of the asks; price and quantity of the best
TOP_LEVELS bids, and of as many asks."""
_pack = Struct(f"{LOG_FIELDS}d").pack

Column = NDArray[np.float64]
Indices = NDArray[np.intp]

_DECADES = [float(f"1e{exponent}") for exponent in range(-18, 30)]
"""Powers of ten from the lowest price to the highest."""
_STEPS = [float(f"1e{DOUBLE_DIGITS - 1 - exponent}") for exponent in range(-18, 30)]
"""Steps of the last digit that a double can tell, in a unit: one for the prices of each decade."""
_STEP_COLUMN: Column = np.array(_STEPS)


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
    quantities of both sides together (formulas: `metrics.domain.depth`). `tops` are the best levels: columns by side
    (bids, asks), level (the best first), and whether it is a price or a quantity. `firsts` and `lasts` are the indices
    of the first and the last tick of each run.
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
    tops: Column

    def parts(self) -> list[tuple[int, int, int]]:
        """For each market its place, and where its ticks begin and end (exclusive), whatever minutes they are of."""
        found = []
        for place, runs in groupby(self.runs, attrgetter("place")):
            of_market = [*runs]
            found.append((place, of_market[0].begin, of_market[-1].end))
        return found


def entry(
    place: int, time: float, bid_volume: float, ask_volume: float, bids: list[Level], asks: list[Level]
) -> bytes:
    """What an update of two sides leaves in the log.

    It is written once a message: packed, 24 numbers take little longer than an array takes for six.
    """
    if len(bids) < TOP_LEVELS or len(asks) < TOP_LEVELS:
        bids, asks = [*bids, *[NO_BID] * TOP_LEVELS], [*asks, *[NO_ASK] * TOP_LEVELS]
    (b1, n1), (b2, n2), (b3, n3), (b4, n4), (b5, n5) = bids[:TOP_LEVELS]
    (a1, m1), (a2, m2), (a3, m3), (a4, m4), (a5, m5) = asks[:TOP_LEVELS]
    return _pack(
        place, time, bid_volume, ask_volume,
        b1, n1, b2, n2, b3, n3, b4, n4, b5, n5,
        a1, m1, a2, m2, a3, m3, a4, m4, a5, m5,
    )  # fmt: skip


def read_log(log: Sequence[bytes], markets: Sequence[MarketId | None]) -> Ticks:
    """The ticks in `log`; the market of a place is `markets[place]`, and where that is None they are left out."""
    entries = np.frombuffer(b"".join(log)).reshape(-1, LOG_FIELDS)
    places = entries[:, 0].astype(np.intp)
    if None in markets:
        wanted = np.array([market is not None for market in markets])[places]
        entries, places = entries[wanted], places[wanted]
    order = np.argsort(places, kind="stable")
    places = places[order]
    columns = entries[order].T.copy()
    times, bid_volumes, ask_volumes = columns[1:HEAD_FIELDS]
    tops = columns[HEAD_FIELDS:].reshape(2, TOP_LEVELS, 2, -1)
    best_bids, best_asks = tops[:, 0, 0]
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
        spreads_bps=spreads_bps(best_bids, best_asks),
        totals=totals,
        tops=tops,
    )


def spreads_bps(bids: Column, asks: Column) -> Column:
    """Spreads of the decimals that were sent: the floats nearest to 0.123456789012345 and 0.123456789012346 are not
    0.000000000000001 apart. Counted in steps of the last digit of the bid, both prices are whole numbers.
    """
    steps = _steps_of(bids)
    bids, asks = np.rint(bids * steps), np.rint(asks * steps)
    return 20_000 * (asks - bids) / (asks + bids)


def distances(prices: Sequence[float], origin: float) -> list[float]:
    """How far prices lie from the best one, in the order of a side: the decimals that were sent, whole steps of the
    last digit of the lower."""
    if not prices:
        return []
    highest = bisect_right(_DECADES, min(prices[0], origin)) - 1
    lowest = bisect_right(_DECADES, min(prices[-1], origin)) - 1
    if lowest == highest:  # as in nearly every book
        step = _STEPS[lowest]
        return [round(abs(price - origin) * step) / step for price in prices]
    steps = [_STEPS[bisect_right(_DECADES, min(price, origin)) - 1] for price in prices]
    return [round(abs(price - origin) * step) / step for price, step in zip(prices, steps, strict=True)]


def distances_from(origins: Column, prices: Column) -> Column:
    """The same in columns."""
    steps = _steps_of(np.minimum(prices, origins))
    return np.rint(np.abs(prices - origins) * steps) / steps


def _steps_of(prices: Column) -> Column:
    return _STEP_COLUMN[np.searchsorted(_DECADES, prices, side="right") - 1]


def _differs(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Is each value another than the one before? The first is."""
    differs = np.ones(len(values), dtype=bool)
    differs[1:] = values[1:] != values[:-1]
    return differs
