"""Where a book was deep: a row of bytes a second, to be drawn as a map of the last quarter of an hour.

Each side has BUCKETS, of equal width, from the mid price to what is known of the side, REACH_BPS at most. A byte is the
quantity in a bucket on a scale of logarithms: 15 minutes of a market are 115 kB.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from metrics.domain.liquidity.known import BPS, KnownBook, KnownSide
from metrics.domain.ticks import Column

BUCKETS = 64
REACH_BPS = 50.0
STEPS_OF_A_DOUBLING = 4
LOWEST_POWER = -23.0
"""The byte 1 stands for 2 ** -23 of the base asset and less, 255 for 2 ** 40.5 and more; 0 is nothing."""
JUST_BEYOND = 1 + 1e-9
"""The last level lies where the reach ends, whatever floats make of it."""

Bytes = NDArray[np.uint8]


class HeatRow(NamedTuple):
    """One moment of a market: its mid price, how far each side reaches in basis points of it, and 2 * BUCKETS bytes.

    The bids come first, and of both sides the bucket at the mid price.
    """

    mid: float
    bid_reach_bps: float
    ask_reach_bps: float
    cells: bytes


def heat_row(book: KnownBook) -> HeatRow:
    """The row that a book makes."""
    mid = float(book.mid)
    bid_reach, ask_reach = (min(bps, REACH_BPS) for bps in book.known_to_bps)
    sides = ((book.bids, bid_reach), (book.asks, ask_reach))
    quantities = np.concatenate([_in_buckets(side, mid, reach) for side, reach in sides])
    return HeatRow(mid, bid_reach, ask_reach, as_bytes(quantities).tobytes())


def as_bytes(quantities: Column) -> Bytes:
    """Quantities on the scale."""
    cells = np.zeros(quantities.shape, np.uint8)
    is_held = quantities > 0
    steps = 1 + STEPS_OF_A_DOUBLING * (np.log2(quantities[is_held]) - LOWEST_POWER)
    cells[is_held] = np.rint(steps).clip(1, 255)
    return cells


def as_quantities(cells: Bytes) -> Column:
    """What stands on the scale, back as quantities: a twelfth off at most, within its ends."""
    steps = (cells.astype(np.float64) - 1) / STEPS_OF_A_DOUBLING
    return np.where(cells > 0, 2.0 ** (LOWEST_POWER + steps), 0.0)


def _in_buckets(side: KnownSide, mid: float, reach_bps: float) -> Column:
    away = side.way * (np.asarray(side.prices) - mid) / mid * BPS
    is_near = away <= reach_bps * JUST_BEYOND
    places = np.minimum((away[is_near] / reach_bps * BUCKETS).astype(np.intp), BUCKETS - 1)
    return np.bincount(places, np.asarray(side.quantities)[is_near], BUCKETS).astype(np.float64)
