"""What of a market can be watched."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from operator import attrgetter

import msgspec
import numpy as np
from numpy.typing import NDArray

from alerts.domain.moves import SPANS
from alerts.domain.watched.entry import Column, Kept, Reading, Watched, state
from metrics.domain.analyzer import StoredBook
from metrics.domain.liquidity.flow import SPANS as FLOW_SPANS
from metrics.domain.market import (
    CROSSED,
    GAP,
    LIVE,
    ONE_SIDED,
    STALE,
    SUSPECT,
    WARMING,
    MarketId,
    MarketRow,
)

TEN_SECONDS, MINUTE = FLOW_SPANS.index(10), FLOW_SPANS.index(60)


class Seen(msgspec.Struct, frozen=True):
    """Markets at a moment: their newest rows, and of each the state it has then and its age in seconds. `moves` are how
    far their mid prices moved in each of SPANS, in percent; `books` are the newest, where any of them is watched."""

    rows: Sequence[MarketRow]
    states: NDArray[np.str_]
    ages: Column
    moves: Mapping[str, Column] = {}
    books: Mapping[MarketId, StoredBook] = {}

    def figures(self, name: str) -> Column:
        """A number of every row, NaN unless the book is live, as everywhere else a number counts while it is."""
        numbers = np.array([*map(attrgetter(name), self.rows)], dtype=np.float64)
        return np.where(self.states == LIVE, numbers, np.nan)

    def moved(self, span: str) -> Column:
        """How far the mid price moved in a span, NaN where nobody has looked for so long."""
        return self.moves.get(span, np.full(len(self.rows), np.nan))

    def of_books(self, figure: Callable[[StoredBook, MarketRow], float | None]) -> Column:
        """A figure of every book and its row, NaN where there is no book, or it is not live."""
        books = (self.books.get(row.id) for row in self.rows)
        numbers = [book and figure(book, row) for book, row in zip(books, self.rows, strict=True)]
        return np.where(self.states == LIVE, np.array(numbers, dtype=np.float64), np.nan)


def _is(name: str) -> Reading:
    """1 while the book is in this state, else 0: known while anything is known of the market."""
    return lambda seen: (seen.states == name).astype(np.float64)


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


def _order_flow(book: StoredBook, row: MarketRow) -> float | None:
    return book.flow[TEN_SECONDS].normalised if book.flow else None


def _trade_imbalance(book: StoredBook, row: MarketRow) -> float | None:
    imbalance = book.trades[MINUTE].imbalance if book.trades else None
    return None if imbalance is None else 100 * imbalance


def _traded_usd(book: StoredBook, row: MarketRow) -> float | None:
    if not book.trades or row.usd_per_quote is None:
        return None
    return (book.trades[MINUTE].bought + book.trades[MINUTE].sold) * row.usd_per_quote


FLOW = (
    Watched(
        name="ofi_10s",
        label="Order flow imbalance",
        description="What ten seconds added to the best bid more than to the best ask, in mean quantities at the "
        "touch; below zero the other way.",
        unit="× touch",
        least=-inf,
        most=inf,
        example=10,
        read=lambda seen: seen.of_books(_order_flow),
    ),
    Watched(
        name="abs_ofi_10s",
        label="Order flow imbalance, either way",
        description="The same without its sign.",
        unit="× touch",
        least=0,
        most=inf,
        example=10,
        read=lambda seen: np.abs(seen.of_books(_order_flow)),
    ),
    Watched(
        name="trade_imbalance_60s",
        label="Imbalance of trades",
        description="How much more was bought than sold within a minute, of both; below zero the other way.",
        unit="%",
        least=-100,
        most=100,
        example=60,
        read=lambda seen: seen.of_books(_trade_imbalance),
    ),
    Watched(
        name="abs_trade_imbalance_60s",
        label="Imbalance of trades, either way",
        description="The same without its sign.",
        unit="%",
        least=0,
        most=100,
        example=80,
        read=lambda seen: np.abs(seen.of_books(_trade_imbalance)),
    ),
    Watched(
        name="traded_usd_60s",
        label="Turnover",
        description="What was bought and sold within a minute, in US dollars. Known where trades are heard.",
        unit="USD",
        least=0,
        most=inf,
        example=1_000_000,
        read=lambda seen: seen.of_books(_traded_usd),
    ),
)
OF_BOOKS = frozenset(each.name for each in FLOW)
"""What stands in books, and not in rows."""

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
    *FLOW,
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
    state(
        "market",
        "is_bullish",
        "Bullish",
        _leans("bullish"),
        "while the mean pressure of ten seconds is above 20 %",
    ),
    state(
        "market",
        "is_bearish",
        "Bearish",
        _leans("bearish"),
        "while the mean pressure of ten seconds is below -20 %",
    ),
    state("market", "is_live", "Live", _is(LIVE), "while the book is live"),
    state("market", "is_stale", "Stale", _is(STALE), "while no book has come for too long"),
    state(
        "market",
        "is_suspect",
        "Suspect",
        _is(SUSPECT),
        "while nobody knows which of two books is the true one",
    ),
    state(
        "market",
        "is_gap",
        "Gap",
        _is(GAP),
        "while a book that is kept whole is not, since a message is missing",
    ),
    state(
        "market",
        "is_warming",
        "Warming",
        _is(WARMING),
        "while a book that is kept whole has not been whole yet",
    ),
    state("market", "is_one_sided", "One-sided", _is(ONE_SIDED), "while bids or asks are missing"),
    state("market", "is_crossed", "Crossed", _is(CROSSED), "while the best bid is not below the best ask"),
)
