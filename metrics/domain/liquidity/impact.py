"""How much trading moves a price."""

from typing import NamedTuple

import numpy as np

from metrics.domain.liquidity.known import BPS
from metrics.domain.ticks import MINUTE, Column

LEAST_SECONDS = 30
"""Fewer seconds with a change of the mid and a flow are no evidence."""
SLOPE_SECONDS = 300
LONGEST_STEP = 1.5
"""Seconds between two rows of which nobody would say that one is missing in between."""


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


class Seconds(NamedTuple):
    """Rows of one market in columns, oldest first, at most one a second: when each came, the mid price, and what
    aggressors bought and sold in the quote asset since the row before, NaN where no trade is heard."""

    times: Column
    mids: Column
    bought: Column
    sold: Column


class Impact(NamedTuple):
    """How far trading moves the price: the slope of SLOPE_SECONDS in basis points for one of the quote asset, of so
    many seconds, and Amihud's figure in the same unit, of so many whole minutes that traded."""

    seconds: int
    slope: Slope | None
    minutes: int
    amihud: float | None


def impact(rows: Seconds, now: float) -> Impact:
    """What the rows of up to now say."""
    changes, flows = _steps(rows, now - SLOPE_SECONDS)
    opens, closes, volumes = _minutes(rows, now)
    traded = volumes > 0
    illiquidity = amihud(opens, closes, volumes)
    return Impact(
        seconds=int(np.count_nonzero(~np.isnan(flows))),
        slope=kyle_lambda(changes, flows),
        minutes=int(np.count_nonzero(traded)),
        amihud=None if illiquidity is None else BPS * illiquidity,
    )


def _steps(rows: Seconds, since: float) -> tuple[Column, Column]:
    """Changes of the mid in basis points and signed flows, of steps from one row to the next that miss no second."""
    times, mids, bought, sold = (column[rows.times > since] for column in rows)
    is_step = np.diff(times) <= LONGEST_STEP
    changes = BPS * (mids[1:] / mids[:-1] - 1)
    return changes[is_step], (bought - sold)[1:][is_step]


def _minutes(rows: Seconds, now: float) -> tuple[Column, Column, Column]:
    """First and last mid price, and what was traded, of each minute that is over and whose beginning was seen."""
    minutes = rows.times // MINUTE
    firsts = np.flatnonzero(np.diff(minutes, prepend=-1.0))
    lasts = np.append(firsts[1:], len(minutes))[: len(firsts)] - 1
    volumes = np.add.reduceat(rows.bought + rows.sold, firsts) if len(firsts) else np.empty(0)
    is_whole = (minutes[firsts] > minutes[:1]) & (minutes[firsts] < now // MINUTE)
    return rows.mids[firsts][is_whole], rows.mids[lasts][is_whole], volumes[is_whole]
