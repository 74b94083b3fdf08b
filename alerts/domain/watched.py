"""What can be watched: one catalogue, a line each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from operator import attrgetter

import msgspec
import numpy as np
from numpy.typing import NDArray

from alerts.domain.moves import SPANS
from metrics.domain.market import CROSSED, GAP, LIVE, ONE_SIDED, STALE, SUSPECT, WARMING, MarketRow

Column = NDArray[np.float64]


class Seen(msgspec.Struct, frozen=True):
    """Markets at a moment: their newest rows, and of each the state it has then and its age in seconds. `moves` are how
    far their mid prices moved in each of SPANS, in percent."""

    rows: Sequence[MarketRow]
    states: NDArray[np.str_]
    ages: Column
    moves: Mapping[str, Column] = {}

    def figures(self, name: str) -> Column:
        """A number of every row, NaN unless the book is live, as everywhere else a number counts while it is."""
        numbers = np.array([*map(attrgetter(name), self.rows)], dtype=np.float64)
        return np.where(self.states == LIVE, numbers, np.nan)

    def moved(self, span: str) -> Column:
        """How far the mid price moved in a span, NaN where nobody has looked for so long."""
        return self.moves.get(span, np.full(len(self.rows), np.nan))


Reading = Callable[[Seen], Column]


class Kept(msgspec.Struct, frozen=True):
    """Where minutes keep what is watched: in which columns its mean, least and most are."""

    mean: str
    least: str
    most: str


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that can be watched. `of` is what has one; `example` is a threshold somebody may begin with.

    `read` has a value for each market, NaN where it cannot be known: then no rule about it can be judged. `kept` is
    None where minutes do not keep it.
    """

    name: str
    label: str
    description: str
    unit: str
    least: float
    most: float
    example: float
    read: Reading
    kept: Kept | None = None
    of: str = "market"


def _is(state: str) -> Reading:
    """1 while the book is in this state, else 0: known while anything is known of the market."""
    return lambda seen: (seen.states == state).astype(np.float64)


def _leans(trend: str) -> Reading:
    """1 while this is the trend, else 0: known while the book is live."""

    def read(seen: Seen) -> Column:
        is_so = np.array([row.trend == trend for row in seen.rows], dtype=np.float64)
        return np.where(seen.states == LIVE, is_so, np.nan)

    return read


def _moves(span: str) -> Iterator[Watched]:
    """How far the mid price moved in a span, and the same whichever way."""
    words = f"How far the mid price is from that of {SPANS[span]} seconds ago"
    yield Watched(
        name=f"mid_move_{span}",
        label=f"Move in {span}",
        description=f"{words}; below zero where it fell.",
        unit="%",
        least=-100,
        most=inf,
        example=2,
        read=lambda seen: seen.moved(span),
    )
    yield Watched(
        name=f"abs_mid_move_{span}",
        label=f"Move in {span}, either way",
        description=f"{words}, whichever way it went.",
        unit="%",
        least=0,
        most=inf,
        example=2,
        read=lambda seen: np.abs(seen.moved(span)),
    )


def _state(name: str, label: str, read: Reading, description: str) -> Watched:
    return Watched(
        name=name,
        label=label,
        description=description,
        unit="",
        least=0,
        most=1,
        example=0.5,
        read=read,
    )


MARKET = (
    Watched(
        name="net_pressure",
        label="Net pressure",
        description="How much more rests on the bid side than on the ask side, of both; below zero the other way.",
        unit="%",
        least=-100,
        most=100,
        example=60,
        read=lambda seen: 100 * seen.figures("imbalance_ratio"),
        kept=Kept("pressure_mean", "pressure_low", "pressure_high"),
    ),
    Watched(
        name="abs_net_pressure",
        label="Net pressure, either way",
        description="The same without its sign: how one-sided a book is.",
        unit="%",
        least=0,
        most=100,
        example=80,
        read=lambda seen: 100 * np.abs(seen.figures("imbalance_ratio")),
    ),
    Watched(
        name="spread_bps_10s",
        label="Spread",
        description="Between best bid and best ask, of the mid price: the median of the last ten seconds.",
        unit="bps",
        least=0,
        most=inf,
        example=10,
        read=lambda seen: seen.figures("spread_bps_10s"),
        kept=Kept("spread_bps_mean", "spread_bps_min", "spread_bps_max"),
    ),
    Watched(
        name="spread_bps",
        label="Spread of the moment",
        description="Between best bid and best ask, of the mid price, in the newest book; single ones jump about.",
        unit="bps",
        least=0,
        most=inf,
        example=20,
        read=lambda seen: seen.figures("spread_bps"),
        kept=Kept("spread_bps_mean", "spread_bps_min", "spread_bps_max"),
    ),
    Watched(
        name="cost_at_least_bps_10s",
        label="Cost of the usual size",
        description="What buying or selling the usual size costs at least: the median of the last ten seconds.",
        unit="bps",
        least=0,
        most=inf,
        example=15,
        read=lambda seen: seen.figures("cost_at_least_bps_10s"),
        kept=Kept("cost_bps_mean", "cost_bps_min", "cost_bps_max"),
    ),
    Watched(
        name="depth_usd_10s",
        label="Depth",
        description="What rests near the mid price, in US dollars: the median of the last ten seconds.",
        unit="USD",
        least=0,
        most=inf,
        example=50_000,
        read=lambda seen: seen.figures("depth_usd_10s"),
        kept=Kept("depth_usd_mean", "depth_usd_min", "depth_usd_max"),
    ),
    Watched(
        name="known_to_bps",
        label="Known depth",
        description="How far from the mid price the book is known, on the side that is known less far.",
        unit="bps",
        least=0,
        most=inf,
        example=10,
        read=lambda seen: seen.figures("known_to_bps"),
    ),
    *(each for span in SPANS for each in _moves(span)),
    Watched(
        name="age_seconds",
        label="Age",
        description="Seconds since the newest book came. A market is forgotten after a minute of silence.",
        unit="s",
        least=0,
        most=inf,
        example=10,
        read=lambda seen: seen.ages,
    ),
    _state(
        "is_bullish",
        "Bullish",
        _leans("bullish"),
        "1 while the mean net pressure of ten seconds is above 20 %, else 0.",
    ),
    _state(
        "is_bearish",
        "Bearish",
        _leans("bearish"),
        "1 while the mean net pressure of ten seconds is below -20 %, else 0.",
    ),
    _state("is_live", "Live", _is(LIVE), "1 while the book is live, else 0."),
    _state("is_stale", "Stale", _is(STALE), "1 while no book has come for too long, else 0."),
    _state(
        "is_suspect",
        "Suspect",
        _is(SUSPECT),
        "1 while nobody knows which of two books is the true one, else 0.",
    ),
    _state(
        "is_gap",
        "Gap",
        _is(GAP),
        "1 while a book that is kept whole is not, since a message is missing, else 0.",
    ),
    _state(
        "is_warming",
        "Warming",
        _is(WARMING),
        "1 while a book that is kept whole has not been whole yet, else 0.",
    ),
    _state("is_one_sided", "One-sided", _is(ONE_SIDED), "1 while bids or asks are missing, else 0."),
    _state("is_crossed", "Crossed", _is(CROSSED), "1 while the best bid is not below the best ask, else 0."),
)
CATALOGUE: dict[str, Watched] = {each.name: each for each in MARKET}
"""By name."""
