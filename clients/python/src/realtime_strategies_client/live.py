"""Live streams: the market, or one book, whole after every frame.

A state whose `trouble` is not None is not of now; without a connection what was live is `stale` in it. Ages are asked
for, and grow while somebody keeps a state.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from realtime_strategies_client.asking import decoded, given, place
from realtime_strategies_client.errors import StreamClosed
from realtime_strategies_client.faces import F, Group, Listing
from realtime_strategies_client.following import Frame, Sequence, ServerClock, follow
from realtime_strategies_client.metrics import (
    BookLiquidity,
    BookNumbers,
    Form,
    RowNumbers,
    Summary,
    Venues,
    listed,
)
from realtime_strategies_client.steps import Series

N = TypeVar("N", bound=BookNumbers | RowNumbers | BookLiquidity)

NO_CONNECTION = "no_connection"
"""The reason of a row that was live when the connection was lost."""


@dataclass(frozen=True, kw_only=True)
class LiveState:
    """`sent_at` is of the data; `notice` is a sentence about a clock that is wrong."""

    trouble: str | None
    feed: str | None = None
    notice: str | None = None
    sent_at: datetime | None = None
    clock: ServerClock = field(default=ServerClock(), repr=False, compare=False)  # of the numbers' connection


@dataclass(frozen=True, kw_only=True)
class Market(LiveState):
    """Every symbol, or those asked for."""

    rows: dict[str, RowNumbers] = field(default_factory=dict)
    summary: Summary | None = None

    @property
    def is_live(self) -> bool:
        """Is this the market of now? Each row has a state of its own besides."""
        return self.trouble is None

    def age_ms(self, symbol: str) -> int:
        """How old the row is now. KeyError where there is none."""
        return self.clock.age_ms(self.rows[symbol].timestamp)


class Ladder(msgspec.Struct):
    """[price, quantity], the best first."""

    bids: list[tuple[float, float]]
    asks: list[tuple[float, float]]


class HaltMark(msgspec.Struct):
    """That the symbol is halted, in some or all strategies."""

    since: datetime
    headline: str
    detail: str


@dataclass(frozen=True, kw_only=True)
class Book(LiveState):
    """One symbol in full, the row that lists show of it, and what trading costs; None while nothing is known of it."""

    symbol: str
    metrics: BookNumbers | None = None
    ladder: Ladder | None = None
    row: RowNumbers | None = None
    liquidity: BookLiquidity | None = None
    halt: HaltMark | None = None

    @property
    def is_live(self) -> bool:
        return self.trouble is None and self.metrics is not None and self.metrics.state == "live"

    @property
    def age_ms(self) -> int | None:
        """How old the book is now."""
        return None if self.metrics is None else self.clock.age_ms(self.metrics.timestamp)


def _trouble(frame: Frame) -> str | None:
    """What keeps the numbers from being of now, as the server reports it."""
    if frame.store_away_since is not None:
        return f"The web process has not reached the store since {frame.store_away_since:%H:%M:%S} UTC"
    if frame.feed is not None and frame.feed != "live":
        return "No feed is heard"
    if frame.nats_away_since is not None:
        return f"The feed has had no connection to NATS since {frame.nats_away_since:%H:%M:%S} UTC"
    return None


def _standing(frame: Frame) -> dict[str, Any]:
    """What a frame carries beside its numbers."""
    return {"trouble": _trouble(frame), "feed": frame.feed, "notice": frame.clock_notice}


def _stale(numbers: N) -> N:
    """Numbers that were live, and may no longer be."""
    if numbers.state != "live":
        return numbers
    return msgspec.structs.replace(numbers, state="stale", reason=NO_CONNECTION)


class _MarketFrame(Frame, kw_only=True):
    summary: Summary | None = None
    symbols: dict[str, RowNumbers] = {}
    removed: list[str] = []


class MarketView:
    """Rows of several symbols, from the frames of one connection after the other."""

    def __init__(self) -> None:
        self._sequence, self._clock = Sequence(), ServerClock()
        self._market = Market(trouble="Not connected yet")

    def begin(self, clock: ServerClock) -> None:
        self._sequence, self._clock = Sequence(), clock

    def take(self, text: str) -> datetime | None:
        frame = decoded(text, _MarketFrame)
        if frame.type == "error":
            raise StreamClosed(frame.code, frame.message)
        if frame.type == "heartbeat":
            self._market = replace(self._market, **_standing(frame))
            return frame.sent_at
        if frame.type not in ("snapshot", "update") or not self._sequence.accept(frame):
            return None
        rows = {} if frame.type == "snapshot" else dict(self._market.rows)
        for symbol in frame.removed:
            rows.pop(symbol, None)
        self._market = Market(
            rows=rows | frame.symbols,
            summary=frame.summary,
            sent_at=frame.sent_at,
            clock=self._clock,
            **_standing(frame),
        )
        return frame.summary.timestamp if frame.summary else None

    def state(self) -> Market | None:
        return self._market if self._sequence.is_whole else None

    def without_connection(self, trouble: str) -> Market:
        rows = {symbol: _stale(row) for symbol, row in self._market.rows.items()}
        self._market = replace(self._market, trouble=trouble, rows=rows)
        return self._market


class _BookFrame(Frame, kw_only=True):
    metrics: BookNumbers | None = None
    ladder: Ladder | None = None
    row: RowNumbers | None = None
    liquidity: BookLiquidity | None = None
    halt: HaltMark | None = None


class _Age(msgspec.Struct):
    timestamp: datetime
    age_ms: int


class _Aged(msgspec.Struct):
    """How old the book was when the frame was written; no state keeps it."""

    metrics: _Age


class BookView:
    """One symbol in full."""

    def __init__(self, symbol: str) -> None:
        self._sequence, self._clock = Sequence(), ServerClock()
        self._book = Book(trouble="Not connected yet", symbol=symbol)
        self._is_known = False

    def begin(self, clock: ServerClock) -> None:
        self._sequence, self._clock, self._is_known = Sequence(), clock, False

    def take(self, text: str) -> datetime | None:
        frame = decoded(text, _BookFrame)
        if frame.type == "removed" or frame.code == "NOT_TRACKED":
            self._sequence, self._is_known = Sequence(), True
            self._book = replace(
                self._book, metrics=None, ladder=None, row=None, liquidity=None, halt=None, trouble=None
            )
            return None
        if frame.type == "error":
            raise StreamClosed(frame.code, frame.message)
        if frame.type == "heartbeat":
            self._book = replace(self._book, **_standing(frame))
            return frame.sent_at
        if frame.metrics is None or not self._sequence.accept(frame):
            return None
        self._is_known = True
        self._book = Book(
            symbol=self._book.symbol,
            metrics=frame.metrics,
            ladder=frame.ladder,
            row=frame.row,
            liquidity=frame.liquidity,
            halt=frame.halt,
            sent_at=frame.sent_at,
            clock=self._clock,
            **_standing(frame),
        )
        age = decoded(text, _Aged).metrics
        return age.timestamp + timedelta(milliseconds=age.age_ms)

    def state(self) -> Book | None:
        return self._book if self._is_known else None

    def without_connection(self, trouble: str) -> Book:
        book = self._book
        self._book = replace(
            book,
            trouble=trouble,
            metrics=book.metrics and _stale(book.metrics),
            row=book.row and _stale(book.row),
            liquidity=book.liquidity and _stale(book.liquidity),
        )
        return self._book


class Streams(Group[F]):
    """`client.pressure` and `client.depth`"""

    @Listing
    def pressure(
        self, symbols: Iterable[str] | None = None, *, venue: Venues = None, form: Form | None = None
    ) -> Series[Market]:
        """A row for every symbol, or for those asked for, whenever something changes, at most every 250 ms.

        With several venues, or "*", one for each market, under its name (BTCUSDT@okx).
        """
        query = _query(symbols=listed(symbols), venue=listed(venue), form=form)
        return follow(f"/pressure/{query}", MarketView())

    @Listing
    def depth(self, symbol: str, *, venue: str | None = None, form: Form | None = None) -> Series[Book]:
        """One symbol with its best 20 levels, likewise: of the followed market, or of that of a venue or form."""
        return follow(f"{place('depth', symbol)}/{_query(venue=venue, form=form)}", BookView(symbol))


def _query(**words: str | None) -> str:
    """What is given, behind a path."""
    query = urlencode(given(words))
    return f"?{query}" if query else ""
