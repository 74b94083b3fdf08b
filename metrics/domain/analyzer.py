"""The in-memory analyzer: one state a market, fed with every snapshot, drained at a fixed rate.

What happens per message is kept to what cannot wait: may the snapshot be shown (`admission`), and one entry
in a log (time, both volumes, both best prices). Everything else is derived when all that changed is
drained, however many messages came between.
"""

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from heapq import nsmallest
from itertools import islice
from math import inf
from typing import NamedTuple

import msgspec
import numpy as np

from metrics.domain.admission.books import PRICE_MISMATCH
from metrics.domain.admission.gate import GONE_SECONDS, Admission
from metrics.domain.admission.news import Counted, NotLive, Released, Withdrawn
from metrics.domain.admission.rules import PRIMARY_MARKETS, Rules
from metrics.domain.book import MAX_LEVELS, BookUpdate, Ladder, Level, Refused, Sides
from metrics.domain.bounds import Moment, Symbol
from metrics.domain.frames import Heard, Trade
from metrics.domain.heat_trail import HeatPoint, HeatTrail
from metrics.domain.liquidity.flow import Flows, FlowTicks, OrderFlow, flow_ticks
from metrics.domain.liquidity.known import KnownBook, known_book
from metrics.domain.liquidity.resilience import BandWatch, Resilience
from metrics.domain.liquidity.summary import InRows, LiquiditySummary, summaries
from metrics.domain.liquidity.trades import TradeSpans
from metrics.domain.market import (
    BLANK,
    CROSSED,
    GAP,
    LIVE,
    MOST_MARKETS,
    ONE_SIDED,
    SUSPECT,
    WARMING,
    Book,
    Expiry,
    Market,
    MarketId,
    MarketRow,
    ReasonName,
    book_state,
    dollars_of,
    why_not_live,
)
from metrics.domain.tape import Traded, TradeTape
from metrics.domain.ticks import Ticks, entry, read_log
from metrics.domain.window import MedianWindow, SpanWindow, trend

TREND_SECONDS = 60
MEDIAN_SECONDS = 10
NOWHERE = -1
MID, SPREAD = 1, 2
"""Places among the figures of a symbol."""
REFERENCE_EVERY_SECONDS = 1.0
"""Of what names a price one in so many seconds is looked at for each market, and the next when a book disagrees."""
WHOLE_EVERY_SECONDS = 1.0
"""Of a book that is kept whole, with its thousands of levels, one in so many seconds is handed out whole."""
BLANK_SHOWN_EVERY_SECONDS = 1.0
AT_ONCE = 32
"""Symbols whose liquidity is worked out together."""
NO_TREND = trend(0, ())
LONGEST_KEPT = 4_096
"""Bytes of a message that is kept as it came. Of a longer one the levels in use are kept instead, and of one that
has others: empty ones, or more than enter the metrics."""


class StoredBook(msgspec.Struct, frozen=True, array_like=True):
    """The newest accepted book of a market, cut to the levels in use; a suspect one has none.

    `reason` is why the newest message did not become numbers, empty where it did. `flow` is the order flow imbalance
    of each of SPANS, nothing before the second book, and `trades` what trades say in each, nothing where none is heard;
    `resilience` is that of the band of rows.
    `whole_at` is when the book came that was handed out whole last, None where it is not kept whole.
    """

    symbol: Symbol
    market: Market
    received_at: Moment
    event_time: Moment | None
    update_id: int
    book: Book
    ladder: Ladder
    reason: ReasonName = ""
    flow: Flows = []
    trades: TradeSpans = []
    resilience: Resilience | None = None
    whole_at: Moment | None = None

    @property
    def id(self) -> MarketId:
        """Which market it is of."""
        return MarketId(self.symbol, self.market)


class Current(NamedTuple):
    """One market as it is now."""

    row: MarketRow
    book: StoredBook
    whole: KnownBook | None = None
    heat: HeatPoint | None = None


class Drained(NamedTuple):
    """What happened since the last time: symbols of which a market has changed, markets that are gone, every update.

    What was shown of `withdrawn` markets since the given times was false, and must not stay in any history.
    `forgotten` ones were heard in passing, since then, and leave nothing behind either. `flow` is what each of `ticks`
    added to the book before.
    """

    changed: list[str]
    removed: list[MarketId]
    withdrawn: dict[MarketId, float]
    forgotten: dict[MarketId, float]
    ticks: Ticks
    flow: FlowTicks
    trades: list[Traded]


class MarketState:
    """Newest book of one market, its recent pressure, and its place among those that changed.

    `is_ready` once it has been drained, and may be handed out; `is_told` once it was, so that whoever took it must be
    told when it is gone.
    `kept` is the book's message, or the levels in use (see LONGEST_KEPT). `figures` are imbalance ratio, mid
    price, spread in bps and quantity of both sides at the newest drained update of two sides, `spread` the median
    of the spreads at the newest update of each drain. (All updates would be sorted forty times each.) `costs`,
    `least_costs` where they were unknown, and `depths` are those of rows that were handed out, `whole_at` is when the
    book came that was handed out whole last.
    """

    __slots__ = (
        "book", "costs", "depths", "event_time", "figures", "flow", "heat", "id", "is_ready", "is_told", "kept",
        "least_costs", "near", "place", "reason", "received_at", "spread", "spreads", "tape", "update_id", "whole_at",
        "window",
    )  # fmt: skip

    def __init__(self, market: MarketId, stale_after: float) -> None:
        self.id = market
        self.kept: bytes | Sides = b""
        self.update_id = -1
        self.event_time: float | None = None
        self.received_at = 0.0
        self.book = LIVE
        self.reason = ""
        self.place = NOWHERE
        self.is_ready = self.is_told = False
        self.figures: list[float] = []
        self.flow = OrderFlow()
        self.tape = TradeTape(stale_after)
        self.near = BandWatch(stale_after)
        self.heat = HeatTrail(stale_after)
        self.window = SpanWindow(TREND_SECONDS)
        self.spread: float | None = None
        self.spreads = MedianWindow(MEDIAN_SECONDS)
        self.costs = MedianWindow(MEDIAN_SECONDS)
        self.least_costs = MedianWindow(MEDIAN_SECONDS)
        self.depths = MedianWindow(MEDIAN_SECONDS)
        self.whole_at: float | None = None


class Seen(NamedTuple):
    """A market, the levels its message has, and as much of its book as is known: all of it where it is kept `whole`."""

    state: MarketState
    bids: list[Level]
    asks: list[Level]
    whole: KnownBook | None
    known: KnownBook | None


Whole = Callable[[MarketId, int], KnownBook | None]
"""All that is known of a market's book that is kept whole, while the id it has come to is the one given."""


def nothing_whole(market: MarketId, update_id: int) -> KnownBook | None:
    """Where no book is kept whole."""
    return None


def is_whole_due(state: MarketState, now: float) -> bool:
    """Is its book to be handed out whole again?"""
    if state.whole_at is None:
        return True
    return state.whole_at < state.received_at and now - state.whole_at >= WHOLE_EVERY_SECONDS


class DepthAnalyzer:
    """Current metrics of every market.

    `levels` a side enter the metrics; at most `max_symbols` markets are tracked, and beyond that the new ones
    make room, and then those silent for longest. `primary` are the markets that the bare name of a symbol means, best
    first. Rows show the liquidity that `in_rows` says; of a book that is kept whole, `whole` is asked for all that is
    known. What symbols that are not among its own would tell of the worth of quote assets was asked for
    in `missed_mids` (when, for the last time), and `mids_elsewhere` is the answer. Not thread-safe. Times are seconds
    since the epoch, given by the caller.

    Of each market the newest message is kept (exceptions: LONGEST_KEPT), and `read_levels` reads it again for
    publication: a hundred numbers in objects of their own, strewn over memory, would cost every update more
    than the arithmetic.
    """

    def __init__(
        self,
        read_levels: Callable[[bytes], Sides],
        *,
        levels: int = 20,
        max_symbols: int = 10_000,
        max_event_lag: float = 30.0,
        expiry: Expiry | None = None,
        primary: tuple[str, ...] = PRIMARY_MARKETS,
        in_rows: InRows | None = None,
        whole: Whole = nothing_whole,
    ) -> None:
        self._read_levels = read_levels
        self.in_rows = in_rows or InRows()
        self.whole = whole
        self.missed_mids: dict[str, float] = {}
        self.mids_elsewhere: dict[str, float] = {}
        self.max_symbols = max_symbols
        self.expiry = expiry or Expiry()
        rules = Rules(
            stale_after=self.expiry.stale_after,
            max_event_lag=max_event_lag,
            levels=levels,
            reference_every=REFERENCE_EVERY_SECONDS,
            max_symbols=max_symbols,
            forget_after=max(self.expiry.ttl, GONE_SECONDS),
            primary=primary,
        )
        self.admission = Admission(rules, read_levels)
        self.states: dict[tuple[str, str], MarketState] = {}
        self._of_symbol: dict[str, list[MarketState]] = {}
        self._followed: dict[str, str] = {}  # of symbols with several markets, when it was looked at last
        self.accepted = 0
        self.evicted = 0
        self.withdrawals = 0
        self._changed: list[MarketState | None] = []
        self._log: list[bytes] = []
        self._trades: list[Traded] = []
        self._removed: dict[MarketId, None] = {}  # oldest first
        self._withdrawn: dict[MarketId, float] = {}
        self._unreported: set[MarketId] = set()  # that they were gone
        self._followed_anew: dict[str, None] = {}

    @property
    def symbols(self) -> int:
        """How many are tracked, each at one market or more."""
        return len(self._of_symbol)

    @property
    def new_runs(self) -> int:
        """How often a producer has begun a new run of ids."""
        return self.admission.new_runs

    def update(self, update: BookUpdate, now: float, *, is_admitted: bool = False) -> None:
        """Take one snapshot received at `now`. Raises Refused, and then every number stays as it was."""
        try:
            if not (is_admitted or self.admission.book(update, now)):
                return
        except Refused as refusal:
            if refusal.reason == CROSSED and self.admission.is_newest(update, now):
                self._mark_crossed(update.symbol, update.market)
            raise
        market = update.symbol, update.market
        state = self.states.get(market) or self._admit(MarketId(*market))
        bids, asks, message = update.bids, update.asks, update.message
        state.update_id = update.update_id
        state.event_time = update.event_time
        state.kept = message if message and len(message) <= LONGEST_KEPT else (bids, asks)
        state.received_at = now
        if state.place == NOWHERE:
            self._mark(state)
        if bids and asks:
            state.book = LIVE
            self._log.append(entry(state.place, now, update.bid_volume, update.ask_volume, bids, asks))
        else:
            state.book = ONE_SIDED
        if state.reason:
            state.reason = ""
        self.accepted += 1

    def interrupt(self, symbol: str, market: str, state: str, reason: str, now: float) -> None:
        """The book that is kept of a market is not whole: show that, where no other book of it is shown."""
        was_shown = self.admission.interrupt(symbol, market, reason, now)
        known = self.states.get((symbol, market))
        if was_shown or known is None or known.book in (WARMING, GAP):
            self._mark_blank(known or self._admit(MarketId(symbol, market)), state, reason, now)

    def hear(self, frame: Heard, now: float) -> None:
        """Take in what names its symbol and a price; raises Refused for what is no news."""
        self.admission.hear(frame, now)
        if isinstance(frame, Trade):
            state = self.states.get((frame.symbol, frame.market))
            if state and state.book not in BLANK and state.tape.take(frame, now):
                self._trades.append(Traded(state.id, now, frame.price, frame.quantity, frame.sold))

    def pass_time(self, now: float) -> None:
        """Decide what was held back for long enough, and which market of each symbol is followed."""
        self.admission.pass_time(now)
        for symbol, states in self._of_symbol.items():
            if len(states) > 1 and self._follows_anew(symbol, now):
                self._followed_anew[symbol] = None

    def settle(self, now: float) -> list[Counted]:
        """Carry out what was decided since the last call; returns what is to be counted for it."""
        counted = []
        for news in self.admission.take_news():
            if isinstance(news, Released):
                self.update(news.update, news.at, is_admitted=True)
            elif isinstance(news, Withdrawn):
                self._withdraw(news, now)
            else:
                counted.append(news)
                if news.reason == PRICE_MISMATCH:
                    self._look_at(MarketId(news.symbol, news.market), now)
        return counted

    def drain(self) -> Drained:
        """Everything since the last call, in order of the first change; `current` tells more of a symbol."""
        forgotten = self.admission.take_forgotten()
        for market in forgotten:
            if market in self.states and self.admission.find(*market) is None:
                self._remove(market)
        changed, self._changed = self._changed, []
        removed, self._removed = self._removed, {}
        withdrawn, self._withdrawn = self._withdrawn, {}
        withheld, self._unreported = withdrawn.keys() | self._unreported, set()
        symbols, self._followed_anew = self._followed_anew, {}
        log, self._log = self._log, []
        ticks = read_log(log, [state.id if state else None for state in changed])
        _remember(changed, ticks)
        flow = _remember_flow(changed, ticks, self.expiry.stale_after)
        trades, self._trades = self._trades, []
        false = withdrawn | forgotten
        trades = [trade for trade in trades if trade.received_at < false.get(trade.market, inf)]
        there = [state for state in changed if state and self.states.get(state.id) is state]
        # What was withdrawn goes first, and comes back with the next drain: so everybody forgets what was false.
        for state in there:
            state.place = NOWHERE
            state.is_ready = state.is_told = state.id not in withheld or state.book == SUSPECT
            if not state.is_ready:
                removed[state.id] = None
                self._mark(state)
        symbols = dict.fromkeys(state.id.symbol for state in there) | symbols
        symbols |= dict.fromkeys(market.symbol for market in removed)
        return Drained([*symbols], sorted(removed), withdrawn, forgotten, ticks, flow, trades)

    def current(self, symbol: str, now: float) -> list[Current]:
        """The newest row and book of each market of a symbol, as of the last `drain`: the followed one first, then the
        next.

        Empty where none is left.
        """
        ((_, current),) = self.current_of([symbol], now)
        return current

    def current_of(self, symbols: Iterable[str], now: float) -> Iterator[tuple[str, list[Current]]]:
        """The same of many symbols, one after the other.

        Reads their messages again, AT_ONCE of them: the levels of all would be strewn over megabytes.
        """
        names = iter(symbols)
        while some := [*islice(names, AT_ONCE)]:
            seen = {
                symbol: [self._see(state) for state in self._in_order(symbol) if state.is_ready]
                for symbol in some
            }
            near = iter(self._liquidity([each for of_symbol in seen.values() for each in of_symbol], now))
            for symbol, of_symbol in seen.items():
                yield symbol, [self._current(each, next(near), now) for each in of_symbol]

    def _see(self, state: MarketState) -> Seen:
        bids, asks = self._read_levels(state.kept) if isinstance(state.kept, bytes) else state.kept
        whole = self._whole_of(state)
        return Seen(state, bids, asks, whole, whole or known_book(bids, asks))

    def _current(self, seen: Seen, near: LiquiditySummary, now: float) -> Current:
        state, bids, asks, whole, known = seen
        symbol, market = state.id
        is_blank = state.book in BLANK
        ratio, mid, spread_bps, liquidity = self._figures(state, bids, asks)
        direction, strength = NO_TREND if is_blank else state.window.trend(now)
        state.near.observe(near.band, now)
        cost, least_cost = _median_costs(state, near, now)
        is_due = whole is not None and is_whole_due(state, now)
        if is_due or whole is None:
            state.whole_at = state.received_at if is_due else None
        row = MarketRow(
            symbol=symbol,
            market=market,
            received_at=state.received_at,
            event_time=state.event_time,
            book=state.book,
            imbalance_ratio=ratio,
            spread_bps=spread_bps,
            mid_price=mid,
            total_liquidity=None if is_blank else liquidity,
            notional=None if is_blank else sum([price * quantity for price, quantity in bids + asks]),
            trend=direction,
            trend_strength=strength,
            reason=state.reason,
            spread_bps_10s=None if spread_bps is None else state.spread,
            known_to_bps=near.known_to_bps,
            cost_bps=near.cost_bps,
            depth_usd=near.depth_usd,
            cost_bps_10s=cost,
            depth_usd_10s=None if near.depth_usd is None else state.depths.median_with(now, near.depth_usd),
            usd_per_quote=near.usd_per_quote,
            cost_at_least_bps_10s=least_cost,
        )
        book = StoredBook(
            symbol=symbol,
            market=market,
            received_at=state.received_at,
            event_time=state.event_time,
            update_id=state.update_id,
            book=state.book,
            ladder=Ladder(bids, asks),
            reason=state.reason,
            flow=state.flow.over_spans(now),
            trades=state.tape.over_spans(now),
            resilience=state.near.so_far(),
            whole_at=state.whole_at,
        )
        heat = (
            state.heat.point(known, state.received_at, state.tape) if known and state.book == LIVE else None
        )
        return Current(row, book, whole if is_due else None, heat)

    def _whole_of(self, state: MarketState) -> KnownBook | None:
        """All that is known of a book that is kept whole, where just that is the one that is shown."""
        known = self.admission.find(*state.id)
        if state.book in BLANK or not (known and known.named_depth == MAX_LEVELS):
            return None
        return self.whole(state.id, state.update_id)

    def _liquidity(self, seen: list[Seen], now: float) -> list[LiquiditySummary]:
        dollars = [dollars_of(each.state.id.symbol, lambda symbol: self._mid(symbol, now)) for each in seen]
        return summaries([each.known for each in seen], dollars, self.in_rows)

    def _mid(self, symbol: str, now: float) -> float | None:
        """The mid price of the followed market of a symbol, as it was drained last; None where that is not live."""
        if symbol not in self._of_symbol:
            self.missed_mids[symbol] = now
            return self.mids_elsewhere.get(symbol)
        for state in self._in_order(symbol)[:1]:
            if state.book == LIVE and state.figures and now - state.received_at <= self.expiry.stale_after:
                return state.figures[MID]
        return None

    @staticmethod
    def _figures(state: MarketState, bids: list[Level], asks: list[Level]) -> Sequence[float | None]:
        """Those of the newest drained update, or of a newer one that has come while that was on its way."""
        if not (bids and asks):
            return _one_sided(bids or asks)
        return (
            state.figures if state.place == NOWHERE and state.figures else _figures_of(bids, asks, state.id)
        )

    def mark_changed(self, symbols: Iterable[str]) -> None:
        """Hand these symbols out again with the next drain: what was drained did not arrive."""
        for symbol in symbols:
            for state in self._of_symbol.get(symbol, ()):
                self._mark(state)

    def mark_removed(self, markets: Collection[MarketId]) -> None:
        """The same for markets that are gone, the last `max_symbols`: rows also expire where they are read.

        One that is there again is still to be told as gone first.
        """
        for market in markets:
            if state := self.states.get(market):
                self._unreported.add(market)
                self._mark(state)
        self._removed |= dict.fromkeys(market for market in markets if market not in self.states)
        for market in list(islice(self._removed, max(0, len(self._removed) - self.max_symbols))):
            del self._removed[market]

    def expire(self, now: float) -> None:
        """Forget markets without an update for longer than their time to live, and tell of the others how they are."""
        self.admission.tidy(now)
        self.missed_mids = {
            symbol: at for symbol, at in self.missed_mids.items() if now - at <= self.expiry.ttl
        }
        for state in list(self.states.values()):
            if state.whole_at is not None and is_whole_due(state, now):
                self._mark(state)
            state.tape.expire(now)
            if now - state.received_at > self.expiry.stale_after or state.book == SUSPECT:
                self._look_at(state.id, now)
                if now - self.states[state.id].received_at > self.expiry.ttl:
                    self._remove(state.id)

    def is_new(self, market: MarketId) -> bool:
        """Has it been heard for less than a minute, and is known or not yet reported as forgotten?

        Then nothing of it is to be kept for good.
        """
        known = self.admission.find(*market)
        return known.is_new if known else market in self.admission.forgotten

    def not_live(self, now: float) -> Iterator[NotLive]:
        """Markets whose book is not live at `now`, those included of which none can be shown."""
        for (symbol, market), state in self.states.items():
            shown = book_state(state.book, now - state.received_at, self.expiry.stale_after)
            if reason := why_not_live(shown, state.reason):
                yield NotLive(symbol, shown, reason, state.received_at, market)
        for unshown in self.admission.not_live(now):
            is_shown = (unshown.symbol, unshown.market) in self.states
            if not is_shown and (unshown.market or unshown.symbol not in self._of_symbol):
                yield unshown._replace(state=None)

    def _follows_anew(self, symbol: str, now: float) -> bool:
        """Does the bare name of a symbol mean another market at `now` than when it was looked at last?

        Books that came since may have decided it already.
        """
        known = self.admission.get(symbol)
        followed = self.admission.follow(known, now) if known else None
        before = self._followed.get(symbol, "")
        name = self._followed[symbol] = followed.name if followed else ""
        return name != before

    def _in_order(self, symbol: str) -> list[MarketState]:
        states = self._of_symbol.get(symbol, [])
        if len(states) < 2:
            return states
        known, rank = self.admission.get(symbol), self.admission.rules.rank
        followed = known.followed.name if known and known.followed else ""
        return sorted(
            states, key=lambda state: (state.id.market != followed, rank(state.id.market), state.id.market)
        )

    def _look_at(self, market: MarketId, now: float) -> None:
        """Show a market that is not live as it is now: suspect, or with the reason why its messages are refused."""
        known = self.admission.find(*market)
        state = self.states.get(market)
        is_live = (
            state is not None and state.book != SUSPECT and now - state.received_at <= self.expiry.stale_after
        )
        if known is None or is_live:
            return
        suspicion = self.admission.suspicion(known, now)
        if suspicion:
            self._mark_suspect(market, suspicion, now)
        elif state and state.book != SUSPECT and state.reason != (trouble := self.admission.trouble(known)):
            state.reason = trouble
            self._mark(state)

    def _withdraw(self, news: Withdrawn, now: float) -> None:
        """Take what was shown of a market back, and what it has left in histories."""
        market = MarketId(news.symbol, news.market)
        if market in self.states:
            self._remove(market, with_ticks=news.since is not None)
            self.withdrawals += 1
            if news.since is not None:
                self._withdrawn[market] = min(news.since, self._withdrawn.get(market, news.since))
        if news.suspicion:
            self._mark_suspect(market, news.suspicion, now)

    def _mark_suspect(self, market: MarketId, reason: str, now: float) -> None:
        state = self.states.get(market)
        if state is None:
            state = self._admit(market)
        elif state.book != SUSPECT:
            self._remove(market)
            state = self._admit(market)
        self._mark_blank(state, SUSPECT, reason, now)

    def _mark_blank(self, state: MarketState, book: str, reason: str, now: float) -> None:
        """Show no number of it; again every second while that is so."""
        is_news = (state.book, state.reason) != (book, reason)
        if is_news or now - state.received_at >= BLANK_SHOWN_EVERY_SECONDS:
            state.book, state.reason, state.received_at = book, reason, now
            state.kept = ([], [])
            state.flow.begin_anew(now)
            self._mark(state)

    def _mark(self, state: MarketState) -> None:
        if state.place == NOWHERE:
            state.place = len(self._changed)
            self._changed.append(state)

    def _mark_crossed(self, symbol: str, market: str) -> None:
        state = self.states.get((symbol, market))
        if state and state.book != CROSSED and state.book not in BLANK:
            state.book = state.reason = CROSSED
            self._mark(state)

    def _admit(self, market: MarketId) -> MarketState:
        self._make_room(market.symbol)
        state = self.states[market] = MarketState(market, self.expiry.stale_after)
        self._of_symbol.setdefault(market.symbol, []).append(state)
        state.is_told = market in self._removed
        self._removed.pop(market, None)
        return state

    def _make_room(self, symbol: str) -> None:
        """For another market, of which there are never more than of the symbol are remembered, nor too many in all."""
        of_symbol = self._of_symbol.get(symbol, [])
        if len(of_symbol) >= MOST_MARKETS:
            for state in [each for each in of_symbol if self.admission.find(*each.id) is None]:
                self._remove(state.id)
        if len(self.states) >= self.max_symbols:
            # A twentieth at a time, so that a flood of new names does not search everything for each.
            for state in nsmallest(1 + self.max_symbols // 20, self.states.values(), self._worth):
                self._remove(state.id)
                self.evicted += 1

    def _worth(self, state: MarketState) -> tuple[bool, float]:
        """By which markets make room (as in admission)."""
        known = self.admission.find(*state.id)
        return known is not None and not known.is_new, state.received_at

    def _remove(self, market: MarketId, *, with_ticks: bool = True) -> None:
        """Track a market no more; what it did since the last drain is forgotten, unless it was true."""
        state = self.states.pop(market)
        of_symbol = self._of_symbol[market.symbol]
        of_symbol.remove(state)
        if not of_symbol:
            del self._of_symbol[market.symbol]
            self._followed.pop(market.symbol, None)
        if with_ticks and state.place != NOWHERE:
            self._changed[state.place] = None
        if state.is_told:
            self._removed[market] = None


def _remember(changed: list[MarketState | None], ticks: Ticks) -> None:
    """Give every state its own of `ticks`."""
    times, pressures, mids = (
        array("d", column.tobytes()) for column in (ticks.times, 100 * ticks.ratios, ticks.mids)
    )
    for (place, _, _, begin, end), figures in zip(ticks.runs, _figures(ticks), strict=True):
        state = changed[place]
        if state:
            state.window.extend(times[begin:end], pressures[begin:end])
            state.tape.mids.extend(times[begin:end], mids[begin:end])
            state.figures = figures
            state.spread = state.spreads.median_with(times[end - 1], figures[SPREAD])


def _remember_flow(changed: list[MarketState | None], ticks: Ticks, longest_pause: float) -> FlowTicks:
    """Give every state what its books added to each other."""
    parts = [(state.flow, begin, end) for place, begin, end in ticks.parts() if (state := changed[place])]
    ticks_of_flow = flow_ticks(ticks, [flow for flow, *_ in parts], longest_pause)
    for flow, begin, end in parts:
        flow.extend(ticks_of_flow.part(begin, end), ticks.tops[..., end - 1].copy())
    return ticks_of_flow


def _median_costs(
    state: MarketState, near: LiquiditySummary, now: float
) -> tuple[float | None, float | None]:
    """What the size has cost in the last ten seconds, and what it has cost at least."""
    if near.cost_bps is not None:
        cost = state.costs.median_with(now, near.cost_bps)
        return cost, cost
    if near.cost_at_least_bps is not None:
        return None, state.least_costs.median_with(now, near.cost_at_least_bps)
    return None, None


def _figures(ticks: Ticks) -> list[list[float]]:
    """The figures of the last tick of each run."""
    columns = np.column_stack((ticks.ratios, ticks.mids, ticks.spreads_bps, ticks.totals))
    figures: list[list[float]] = columns[ticks.lasts].tolist()
    return figures


def _figures_of(bids: list[Level], asks: list[Level], market: MarketId) -> list[float]:
    """The figures of a book that is the first of two sides, and came after everything that was drained."""
    bid_volume, ask_volume = (sum([quantity for _, quantity in side]) for side in (bids, asks))
    return _figures(read_log([entry(0, 0.0, bid_volume, ask_volume, bids, asks)], [market]))[0]


def _one_sided(levels: list[Level]) -> tuple[None, None, None, float]:
    """The figures of a book that has only these levels: all it has to tell is its quantity."""
    return None, None, None, sum([quantity for _, quantity in levels])
