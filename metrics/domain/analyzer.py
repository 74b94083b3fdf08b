"""The in-memory analyzer: one state a symbol, fed with every snapshot, drained at a fixed rate.

What happens per message is kept to what cannot wait: is the snapshot newer, is it sound, and one entry
in a log (time, both volumes, both best prices). Everything else is derived when all that changed is
drained, however many messages came between.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator
from heapq import nsmallest
from operator import attrgetter
from typing import NamedTuple

import msgspec
import numpy as np

from metrics.domain.book import BookUpdate, Ladder, Level, Refused, Sides, read_ladder
from metrics.domain.market import CROSSED, LIVE, ONE_SIDED, Expiry, MarketRow
from metrics.domain.sequence import begins_new_run
from metrics.domain.ticks import Ticks, read_log
from metrics.domain.window import SpanWindow

TREND_SECONDS = 60
NOWHERE = -1
LONGEST_KEPT = 4_096
"""Bytes of a message that is kept as it came. Of a longer one the levels in use are kept instead, and of one that
has others: empty ones, or more than enter the metrics."""


class StoredBook(msgspec.Struct, frozen=True, array_like=True):
    """The newest accepted book of a symbol, cut to the levels in use."""

    symbol: str
    received_at: float
    event_time: float | None
    update_id: int
    book: str
    ladder: Ladder


class Current(NamedTuple):
    """One symbol as it is now."""

    row: MarketRow
    book: StoredBook


class Drained(NamedTuple):
    """What happened since the last time: symbols that changed and that are gone, and every update."""

    changed: list[str]
    removed: list[str]
    ticks: Ticks


class SymbolState:
    """Newest book of one symbol, its recent pressure, and its place among those that changed.

    `kept` is the book's message, or the levels in use (see LONGEST_KEPT). `figures` are imbalance ratio, mid
    price, spread in bps and quantity of both sides at the newest drained update of two sides.
    """

    __slots__ = (
        "book", "event_time", "figures", "kept", "lower_ids", "market", "place", "received_at", "symbol",
        "update_id", "window",
    )  # fmt: skip

    def __init__(self, symbol: str, market: str) -> None:
        self.symbol = symbol
        self.market = market
        self.kept: bytes | Sides = b""
        self.update_id = -1
        self.event_time: float | None = None
        self.received_at = 0.0
        self.lower_ids = 0
        self.book = LIVE
        self.place = NOWHERE
        self.figures: list[float] = []
        self.window = SpanWindow(TREND_SECONDS)


class DepthAnalyzer:
    """Current metrics of every symbol.

    `levels` a side enter the metrics; at most `max_symbols` are tracked, and beyond that those silent
    for longest make room. Not thread-safe. Times are seconds since the epoch, given by the caller.

    Of each symbol the newest message is kept (exceptions: LONGEST_KEPT), and `read_levels` reads it again for
    publication: a hundred numbers in objects of their own, strewn over memory, would cost every update more
    than the arithmetic.
    """

    def __init__(
        self,
        read_levels: Callable[[bytes], Sides],
        *,
        levels: int = 20,
        max_symbols: int = 10_000,
        expiry: Expiry | None = None,
    ) -> None:
        self._read_levels = read_levels
        self.levels = levels
        self.max_symbols = max_symbols
        self.expiry = expiry or Expiry()
        self.states: dict[str, SymbolState] = {}
        self.accepted = 0
        self.evicted = 0
        self.new_runs = 0
        self._changed: list[SymbolState | None] = []
        self._log: array[float] = array("d")
        self._removed: set[str] = set()

    def update(self, update: BookUpdate, now: float) -> None:
        """Take one snapshot received at `now`. Raises Refused, and then every number stays as it was."""
        state = self.states.get(update.symbol)
        new_run = False
        if state and not (update.update_id > state.update_id and update.market == state.market):
            new_run = begins_new_run(state, update, now, self.expiry.stale_after)
        try:
            bids, asks, bid_volume, ask_volume = read_ladder(update.bids, update.asks, self.levels)
        except Refused as refusal:
            if state and refusal.reason == CROSSED:
                self._mark_crossed(state)
            raise
        if state is None:
            state = self._admit(update)
        elif new_run:
            self.new_runs += 1
        state.market = update.market
        state.update_id = update.update_id
        state.event_time = update.event_time
        is_whole = bids is update.bids and asks is update.asks
        state.kept = update.message if is_whole and len(update.message) <= LONGEST_KEPT else (bids, asks)
        state.received_at = now
        state.lower_ids = 0
        if state.place == NOWHERE:
            self._mark(state)
        if bids and asks:
            state.book = LIVE
            self._log.extend((state.place, now, bid_volume, ask_volume, bids[0][0], asks[0][0]))
        else:
            state.book = ONE_SIDED
        self.accepted += 1

    def drain(self) -> Drained:
        """Everything since the last call, in order of the first change; `current` tells more of a symbol."""
        changed, self._changed = self._changed, []
        removed, self._removed = self._removed, set()
        log, self._log = self._log, array("d")
        ticks = read_log(log, [state.symbol if state else None for state in changed])
        _remember(changed, ticks)
        there = [state for state in changed if state]
        for state in there:
            state.place = NOWHERE
        return Drained([state.symbol for state in there], sorted(removed), ticks)

    def current(self, symbol: str, now: float) -> Current:
        """The newest row and book of a tracked symbol, as of the last `drain`.

        Reads its message again. Take one symbol after the other, and have done with it before the next: the
        levels of all at once would be strewn over megabytes.
        """
        state = self.states[symbol]
        bids, asks = self._read_levels(state.kept) if isinstance(state.kept, bytes) else state.kept
        ratio, mid, spread_bps, liquidity = state.figures if bids and asks else _one_sided(bids or asks)
        trend, strength = state.window.trend(now)
        row = MarketRow(
            symbol=symbol,
            received_at=state.received_at,
            event_time=state.event_time,
            book=state.book,
            imbalance_ratio=ratio,
            spread_bps=spread_bps,
            mid_price=mid,
            total_liquidity=liquidity,
            notional=sum([price * quantity for price, quantity in bids + asks]),
            trend=trend,
            trend_strength=strength,
        )
        book = StoredBook(
            symbol=symbol,
            received_at=state.received_at,
            event_time=state.event_time,
            update_id=state.update_id,
            book=state.book,
            ladder=Ladder(bids, asks),
        )
        return Current(row, book)

    def mark_changed(self, symbols: Iterable[str]) -> None:
        """Hand these symbols out again with the next drain: what was drained did not arrive."""
        for symbol in symbols:
            if state := self.states.get(symbol):
                self._mark(state)

    def mark_removed(self, symbols: Iterable[str]) -> None:
        """The same for symbols that are gone."""
        self._removed.update(symbol for symbol in symbols if symbol not in self.states)

    def expire(self, now: float) -> None:
        """Forget symbols without an update for longer than their time to live."""
        for symbol, state in list(self.states.items()):
            if now - state.received_at > self.expiry.ttl:
                self._remove(symbol)

    def not_live(self, now: float) -> Iterator[str]:
        """Symbols whose book is not live at `now`."""
        for symbol, state in self.states.items():
            if state.book != LIVE or now - state.received_at > self.expiry.stale_after:
                yield symbol

    def _mark(self, state: SymbolState) -> None:
        if state.place == NOWHERE:
            state.place = len(self._changed)
            self._changed.append(state)

    def _mark_crossed(self, state: SymbolState) -> None:
        if state.book != CROSSED:
            state.book = CROSSED
            self._mark(state)

    def _admit(self, update: BookUpdate) -> SymbolState:
        if len(self.states) >= self.max_symbols:
            # A hundredth at a time, so that a flood of new names does not search everything for each.
            silent = nsmallest(1 + self.max_symbols // 100, self.states.values(), attrgetter("received_at"))
            for state in silent:
                self._remove(state.symbol)
                self.evicted += 1
        state = self.states[update.symbol] = SymbolState(update.symbol, update.market)
        self._removed.discard(update.symbol)
        return state

    def _remove(self, symbol: str) -> None:
        state = self.states.pop(symbol)
        if state.place != NOWHERE:
            self._changed[state.place] = None
        self._removed.add(symbol)


def _remember(changed: list[SymbolState | None], ticks: Ticks) -> None:
    """Give every state its own of `ticks`."""
    times, pressures = array("d", ticks.times.tobytes()), array("d", (100 * ticks.ratios).tobytes())
    newest = np.column_stack((ticks.ratios, ticks.mids, ticks.spreads_bps, ticks.totals))[ticks.lasts]
    for (place, _, _, begin, end), figures in zip(ticks.runs, newest.tolist(), strict=True):
        state = changed[place]
        if state:
            state.window.extend(times[begin:end], pressures[begin:end])
            state.figures = figures


def _one_sided(levels: list[Level]) -> tuple[None, None, None, float]:
    """The figures of a book that has only these levels: all it has to tell is its quantity."""
    return None, None, None, sum([quantity for _, quantity in levels])
