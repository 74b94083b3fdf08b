"""The in-memory analyzer: one state a symbol, fed with every snapshot, drained at a fixed rate.

What happens per message is kept to what cannot wait: is the snapshot newer, is it sound, and one
point (time, imbalance, mid, spread, depth). Everything else is derived from the newest book when the
state is drained, however many messages came between.
"""

from array import array
from collections.abc import Iterable, Iterator
from heapq import nsmallest
from itertools import chain
from operator import attrgetter

import msgspec

from metrics.domain.book import BookUpdate, Ladder, Level, Refused, read_ladder
from metrics.domain.market import CROSSED, LIVE, ONE_SIDED, Expiry, MarketRow
from metrics.domain.sequence import begins_new_run
from metrics.domain.window import SpanWindow

TREND_SECONDS = 60
TICK_FIELDS = 5
"""A tick is time, imbalance ratio, mid price, spread in bps, total depth; ticks lie flat in one array."""


class StoredBook(msgspec.Struct, frozen=True, array_like=True):
    """The newest accepted book of a symbol, cut to the levels in use."""

    symbol: str
    received_at: float
    event_time: float | None
    update_id: int
    book: str
    ladder: Ladder


class Drained(msgspec.Struct, frozen=True):
    """What happened to one symbol since it was last drained. `ticks` are flat, see TICK_FIELDS."""

    row: MarketRow
    book: StoredBook
    ticks: "array[float]"


class SymbolState:
    """Newest book of one symbol, and the ticks nobody has drained yet."""

    __slots__ = (
        "asks",
        "bids",
        "book",
        "event_time",
        "lower_ids",
        "market",
        "mid",
        "ratio",
        "received_at",
        "spread_bps",
        "symbol",
        "ticks",
        "total",
        "update_id",
        "window",
    )

    def __init__(self, symbol: str, market: str) -> None:
        self.symbol = symbol
        self.market = market
        self.update_id = -1
        self.received_at = 0.0
        self.event_time: float | None = None
        self.lower_ids = 0
        self.book = LIVE
        self.bids: list[Level] = []
        self.asks: list[Level] = []
        self.total = 0.0
        self.ratio: float | None = None
        self.mid: float | None = None
        self.spread_bps: float | None = None
        self.ticks: array[float] = array("d")
        self.window = SpanWindow(TREND_SECONDS)


class DepthAnalyzer:
    """Current metrics of every symbol.

    `levels` a side enter the metrics; at most `max_symbols` are tracked, and beyond that those silent
    for longest make room. Not thread-safe. Times are seconds since the epoch, given by the caller.
    """

    def __init__(self, *, levels: int = 20, max_symbols: int = 10_000, expiry: Expiry | None = None) -> None:
        self.levels = levels
        self.max_symbols = max_symbols
        self.expiry = expiry or Expiry()
        self.states: dict[str, SymbolState] = {}
        self.accepted = 0
        self.evicted = 0
        self.new_runs = 0
        self._changed: dict[str, SymbolState] = {}
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
        state.received_at = now
        state.lower_ids = 0
        state.bids, state.asks = bids, asks
        state.total = total = bid_volume + ask_volume
        if bids and asks:
            best_bid, best_ask = bids[0][0], asks[0][0]
            state.book = LIVE
            state.ratio = ratio = (bid_volume - ask_volume) / total
            state.mid = mid = (best_bid + best_ask) / 2
            state.spread_bps = spread_bps = 10_000 * (best_ask - best_bid) / mid
            state.ticks.extend((now, ratio, mid, spread_bps, total))
        else:
            state.book = ONE_SIDED
            state.ratio = state.mid = state.spread_bps = None
        self.accepted += 1
        self._changed[state.symbol] = state

    def drain(self, now: float) -> tuple[list[Drained], list[str]]:
        """Everything that changed since the last call, newest per symbol, and the symbols that are gone."""
        changed, self._changed = self._changed, {}
        removed, self._removed = self._removed, set()
        return [self._drain(state, now) for state in changed.values()], sorted(removed)

    def mark_changed(self, symbols: Iterable[str]) -> None:
        """Hand these symbols out again with the next drain: what was drained did not arrive."""
        for symbol in symbols:
            if state := self.states.get(symbol):
                self._changed[symbol] = state

    def mark_removed(self, symbols: Iterable[str]) -> None:
        """The same for symbols that are gone."""
        self._removed.update(symbol for symbol in symbols if symbol not in self.states)

    def expire(self, now: float) -> None:
        """Forget symbols without an update for longer than their time to live."""
        for state in list(self.states.values()):
            if now - state.received_at > self.expiry.ttl:
                self._remove(state)

    def not_live(self, now: float) -> Iterator[str]:
        """Symbols whose book is not live at `now`."""
        for state in self.states.values():
            if state.book != LIVE or now - state.received_at > self.expiry.stale_after:
                yield state.symbol

    def _mark_crossed(self, state: SymbolState) -> None:
        if state.book != CROSSED:
            state.book = CROSSED
            self._changed[state.symbol] = state

    def _admit(self, update: BookUpdate) -> SymbolState:
        if len(self.states) >= self.max_symbols:
            # A hundredth at a time, so that a flood of new names does not search everything for each.
            for silent in nsmallest(
                1 + self.max_symbols // 100, self.states.values(), attrgetter("received_at")
            ):
                self._remove(silent)
                self.evicted += 1
        state = self.states[update.symbol] = SymbolState(update.symbol, update.market)
        self._removed.discard(update.symbol)
        return state

    def _remove(self, state: SymbolState) -> None:
        del self.states[state.symbol]
        self._changed.pop(state.symbol, None)
        self._removed.add(state.symbol)

    @staticmethod
    def _drain(state: SymbolState, now: float) -> Drained:
        ticks, state.ticks = state.ticks, array("d")
        if ticks:
            state.window.extend(ticks[0::TICK_FIELDS], [100 * ratio for ratio in ticks[1::TICK_FIELDS]])
        trend, strength = state.window.trend(now)
        row = MarketRow(
            symbol=state.symbol,
            received_at=state.received_at,
            event_time=state.event_time,
            book=state.book,
            imbalance_ratio=state.ratio,
            spread_bps=state.spread_bps,
            mid_price=state.mid,
            total_liquidity=state.total,
            notional=sum([price * quantity for price, quantity in chain(state.bids, state.asks)]),
            trend=trend,
            trend_strength=strength,
        )
        book = StoredBook(
            symbol=state.symbol,
            received_at=state.received_at,
            event_time=state.event_time,
            update_id=state.update_id,
            book=state.book,
            ladder=Ladder(state.bids, state.asks),
        )
        return Drained(row, book, ticks)
