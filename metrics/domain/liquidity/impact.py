"""How much trading moves a price."""

from typing import NamedTuple

import numpy as np

from metrics.domain.ticks import Column

LEAST_SECONDS = 30
"""Fewer seconds with a change of the mid and a flow are no evidence."""


class Slope(NamedTuple):
    """Of a line through points by least squares, and the share of the changes it explains, from 0 to 1.

    There is no such share where nothing changed.
    """

    slope: float
    r_squared: float | None


def kyle_lambda(changes: Column, flows: Column) -> Slope | None:
    """How much the mid price changes in a second for each unit of signed flow in it: a value a second, oldest first.

    NaN where a second is unknown. None where fewer than LEAST_SECONDS are known, or every flow was the same.
    (A. Kyle: "Continuous auctions and insider trading", Econometrica 53, 1985.)
    """
    known = ~(np.isnan(changes) | np.isnan(flows))
    if np.count_nonzero(known) < LEAST_SECONDS:
        return None
    moved, flowed = (column[known] - column[known].mean() for column in (changes, flows))
    together, spread, variation = moved @ flowed, flowed @ flowed, moved @ moved
    if not spread:
        return None
    return Slope(float(together / spread), float(together**2 / (spread * variation)) if variation else None)


def amihud(opens: Column, closes: Column, volumes: Column) -> float | None:
    """The mean over minutes of |close / open - 1| per unit of what was traded in the quote asset.

    NaN where a minute is unknown. One without trades says nothing; None where none says anything.
    (Y. Amihud: "Illiquidity and stock returns", Journal of Financial Markets 5, 2002.)
    """
    each = np.abs(closes / opens - 1)[volumes > 0] / volumes[volumes > 0]
    known = each[~np.isnan(each)]
    return float(known.mean()) if len(known) else None
