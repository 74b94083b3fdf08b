"""The gate: every message is held against the rules, and what has to wait is decided later.

Plain and synchronous, fed with typed frames; times are seconds since the epoch, given by the caller. What is decided
later than its message came (books that were held back, numbers that must be taken back) waits in `news` until
`take_news`.
"""

from collections.abc import Callable, Iterator
from heapq import nsmallest
from math import inf
from operator import attrgetter
from typing import NamedTuple

import msgspec

from metrics.domain.admission.coin import REFERENCE_SECONDS, SUSPECT_SECONDS, agree, is_jump
from metrics.domain.admission.contracts import DIFF, Claim, Held, Increment
from metrics.domain.admission.following import Following, Turn
from metrics.domain.admission.ids import NO_ID, Ids
from metrics.domain.admission.market import Market, Symbol, depth_of
from metrics.domain.admission.times import MAX_LEAD_SECONDS, Clocks
from metrics.domain.book import BookUpdate, Refused, Sides, read_ladder
from metrics.domain.frames import BookTicker, Dominance, Frame, MarkPrice, OnchainFlow, Ticker, Trade
from metrics.domain.market import SILENT, STALE, SUSPECT

PRICE_MISMATCH = "price_mismatch"
HOLD_SECONDS = 1.0
"""How long a book that does not agree waits for the next reference."""
MOST_HELD = 20
OTHER_DEPTH_SECONDS = 1.0
GONE_SECONDS = 60.0


class Rules(msgspec.Struct, frozen=True):
    """What an installation may set. `max_event_lag` of 0 lets messages be as late as they like."""

    stale_after: float = 5.0
    max_event_lag: float = 30.0
    levels: int = 20
    reference_every: float = 0.0
    max_symbols: int = 10_000
    one_market: bool = True


class Released(NamedTuple):
    """A book that was held back may be shown; it was received `at`."""

    update: BookUpdate
    at: float


class Withdrawn(NamedTuple):
    """What is shown of a market is false. `since` is from when on, None where what was shown before was true.

    `suspicion` is why nothing is to be shown now, empty where the next sound book may be.
    """

    symbol: str
    market: str
    since: float | None
    suspicion: str = ""


class Counted(NamedTuple):
    """Books that were held back are refused, or (reason DIFF) are no books."""

    symbol: str
    reason: str
    messages: int = 1


class NotLive(NamedTuple):
    """A symbol whose book is not live, and why. `state` is None where nothing of it can be shown at all."""

    symbol: str
    state: str | None
    reason: str


News = Released | Withdrawn | Counted
Dated = Dominance | OnchainFlow | MarkPrice
Heard = Trade | Ticker | BookTicker | Dated
REPORTS = (Dominance, OnchainFlow)


class Admission:
    """Remembers what arrived last of every symbol; those silent for longest make room beyond `max_symbols`.

    With `one_market` books of other markets than the followed one are refused, else they are kept apart: every
    market has its own order.
    """

    def __init__(self, rules: Rules, read_levels: Callable[[bytes], Sides]) -> None:
        self.rules = rules
        self.clocks = Clocks()
        self.new_runs = 0
        self.news: list[News] = []
        self._read_levels = read_levels
        self._max_lag = rules.max_event_lag or inf
        self._reference_every = rules.reference_every
        self._levels = rules.levels
        self._symbols: dict[str, Symbol] = {}
        self._waiting: set[Market] = set()

    # -- Books -------------------------------------------------------------------------------

    def book(self, update: BookUpdate, now: float) -> bool:
        """May this book be shown, and acted on? It is cut to the levels in use, and its volumes are filled in.

        False for one that is held back; Refused for one that is none, no news, or of a suspect market, Increment for
        a change of a book.
        """
        symbol = self._symbols.get(update.symbol) or self._admit(update.symbol)
        market = symbol.followed
        if market is None or market.name != update.market:
            market = symbol.market(update.market)
        depth = update.depth
        if len(update.bids) != depth or len(update.asks) != depth:
            depth = depth_of(depth, len(update.bids), len(update.asks))
        try:
            if update.names_symbol:
                return self._contract_book(symbol, market, update, depth, now)
            bids, asks = self._read(update)
            if update.event_time is not None:
                self._check_time(market, update.event_time, now)
            bid, ask = bids[0][0] if bids else 0.0, asks[0][0] if asks else inf
            reference = market.reference
            if now - reference.at <= REFERENCE_SECONDS and not agree(reference.low, reference.high, bid, ask):
                self._hold(market, Held(update, now, depth, bid, ask))
                return False
            self._place(symbol, market, update, depth, now, bid, ask)
            return True
        except Refused as refusal:
            if not isinstance(refusal, Increment):
                symbol.refuse(refusal.reason, now)
            raise

    def crosses(self, update: BookUpdate, now: float) -> bool:
        """Is a crossed book the newest of the followed market, so that the market must be said to be crossed?"""
        symbol = self._symbols[update.symbol]
        market = symbol.followed
        if market is None or market.name != update.market or update.update_id <= market.last_id:
            return False
        return update.event_time is None or -MAX_LEAD_SECONDS <= now - update.event_time <= self._max_lag

    def _read(self, update: BookUpdate) -> Sides:
        """Check the numbers; levels that are empty or not in use are left out of the update."""
        bids, asks, update.bid_volume, update.ask_volume = read_ladder(update.bids, update.asks, self._levels)
        if bids is not update.bids or asks is not update.asks:
            update.bids, update.asks, update.message = bids, asks, b""
        return bids, asks

    def _place(
        self,
        symbol: Symbol,
        market: Market,
        update: BookUpdate,
        depth: int,
        now: float,
        bid: float,
        ask: float,
    ) -> None:
        """Accept a book that is of the followed market, the deepest, and news. Raises Refused for one that is not, and
        for one of a suspect market, which is not shown.
        """
        number = update.update_id
        if symbol.followed is not market or depth != market.depth or number <= market.last_id:
            self._check_place(symbol, market, update, depth, now)
            market.change_depth(depth)
            if symbol.live_market(now, self.rules.stale_after) is None:
                symbol.followed = market
        if market.named_depth != update.depth:
            market.named_depth = update.depth
        market.messages += 1
        if market.lower:
            market.signs().newer_after = market.messages
        touch = market.touch
        if bid > touch[1] or ask < touch[0]:
            self._look_for_jump(market, bid, ask, now)
        touch[0], touch[1] = bid, ask
        if market.unconfirmed_since is None and now - market.reference.at > REFERENCE_SECONDS:
            market.unconfirmed_since = now
            market.confirmed_id = market.last_id
        market.accept(number, now)
        if now < market.suspect_until:
            raise Refused(market.signs().reason)

    def _look_for_jump(self, market: Market, bid: float, ask: float, now: float) -> None:
        touch = market.touch
        has_reference = now - market.reference.at <= REFERENCE_SECONDS
        if not has_reference and is_jump((touch[0], touch[1]), (bid, ask)):
            self._suspect(market, market.signs().sees_jump(bid > touch[1], now), now)

    def _suspect(self, market: Market, since: float | None, now: float) -> None:
        """Two books go by the name of `market`, since then; None where there is no sign of it."""
        if since is None:
            return
        if not market.is_suspect(now):
            self.news.append(Withdrawn(market.symbol, market.name, since, market.signs().reason))
        market.suspect_until = now + SUSPECT_SECONDS

    # -- Time, venue, depth, id --------------------------------------------------------------

    def _check_time(self, market: Market, sent_at: float, now: float) -> None:
        """Raises Refused for a message that was not sent now."""
        lag = now - sent_at
        if -MAX_LEAD_SECONDS <= lag <= self._max_lag:
            if self.clocks.streaks:
                self.clocks.is_on_time(market.venue)
            return
        self.clocks.is_off(market.venue, lag, now)
        raise Refused("late" if lag > 0 else "ahead_of_time")

    def _check_place(
        self, symbol: Symbol, market: Market, update: BookUpdate, depth: int, now: float
    ) -> None:
        """Raises Refused for a book of another market, another depth, or one that is not newer than the last."""
        rules = self.rules
        if symbol.followed is not market and rules.one_market and symbol.live_market(now, rules.stale_after):
            raise Refused("market_mismatch")
        if depth != market.depth:
            self._check_depth(market, update, depth, now)
            if market.deepen(depth, update.update_id):
                return
        if update.update_id <= market.last_id:
            self._check_lower_id(market, update, now)

    def _check_depth(self, market: Market, update: BookUpdate, depth: int, now: float) -> None:
        is_same_stream = update.depth == market.named_depth
        patience = OTHER_DEPTH_SECONDS if is_same_stream else self.rules.stale_after
        if market.is_shown and depth < market.depth and now - market.accepted_at <= patience:
            raise Refused("other_depth")

    def _check_lower_id(self, market: Market, update: BookUpdate, now: float) -> None:
        try:
            market.begins_new_run(update.update_id, now, self.rules.stale_after)
        except Refused as refusal:
            market.messages += 1
            is_named = update.names_symbol or now - market.reference.at <= REFERENCE_SECONDS
            if refusal.reason == "out_of_date" and not is_named:
                self._suspect(market, market.signs().sees_lower_id(market.messages, now), now)
            raise
        self.new_runs += 1
        market.signs().begin_anew()

    # -- The coin ----------------------------------------------------------------------------

    def _hold(self, market: Market, held: Held) -> None:
        """Keep a book that does not agree until the next reference: the market itself may have jumped."""
        market.held = [*(market.held or ()), held]
        self._waiting.add(market)
        if len(market.held) > MOST_HELD:
            self._mismatch(market, market.held.pop(0))

    def _mismatch(self, market: Market, held: Held) -> None:
        self._symbols[market.symbol].refuse(PRICE_MISMATCH, held.at)
        self.news.append(Counted(market.symbol, PRICE_MISMATCH))

    def _refer(self, market: Market, low: float, high: float, now: float) -> None:
        """Prices of the market that came with its symbol: hold what is shown and what waits against them."""
        market.refer(low, high, now)
        if not agree(low, high, *market.touch):
            self._contradict(market)
        else:
            market.unconfirmed_since = None
        if market.held:
            self._decide_held(market, market.held)

    def _contradict(self, market: Market) -> None:
        """What was accepted last cannot be this coin, or is no more: it is withdrawn at once."""
        since = market.unconfirmed_since
        market.withdraw(market.id_before if since is None else market.confirmed_id)
        self.news.append(Withdrawn(market.symbol, market.name, since))

    def _decide_held(self, market: Market, held: list[Held]) -> None:
        market.held = None
        self._waiting.discard(market)
        for each in held:
            if agree(market.reference.low, market.reference.high, each.bid, each.ask):
                self._release(market, each)
            else:
                self._mismatch(market, each)

    def _release(self, market: Market, held: Held) -> None:
        """Show a book that was held back, unless a newer one has been accepted since it came."""
        symbol = self._symbols[market.symbol]
        update, at, depth, bid, ask = held
        try:
            if update.update_id < market.last_id and market.accepted_at > at:
                raise Refused("out_of_date")
            self._place(symbol, market, update, depth, at, bid, ask)
        except Refused as refusal:
            symbol.refuse(refusal.reason, at)
            self.news.append(Counted(market.symbol, refusal.reason))
            return
        if update.names_symbol:
            market.claim(update.depth).shows_thin(at)
        self.news.append(Released(update, at))

    # -- Contracts ---------------------------------------------------------------------------

    def _contract_book(
        self, symbol: Symbol, market: Market, update: BookUpdate, depth: int, now: float
    ) -> bool:
        """A book that comes in the form of a change, and may be one."""
        claim = market.claim(update.depth)
        claim.hear(now)
        came, message = (update.bids, update.asks), update.message
        is_thin = not self._read_contract(market, claim, update)
        if update.event_time is not None:
            self._check_time(market, update.event_time, now)
        if is_thin:
            return self._thin_book(market, claim, Held(update, now, depth, 0.0, inf), came)
        claim.take_full(came, message)
        self._place(symbol, market, update, depth, now, 0.0, inf)
        return True

    def _read_contract(self, market: Market, claim: Claim, update: BookUpdate) -> bool:
        """Check the numbers; is it a book with all its levels? Raises Increment for what shows to be a change."""
        bids, asks, levels = update.bids, update.asks, update.depth
        is_full = len(bids) == len(asks) == levels
        try:
            self._read(update)
            if is_full and update.bids is bids and update.asks is asks:
                return True
        except Refused as refusal:
            if refusal.reason == "bad_number":
                raise
            if claim.shows_diff(bids, asks, levels, self._read_levels):
                self._find_out(market, claim)
                raise Increment from None
            raise
        if claim.shows_diff(bids, asks, levels, self._read_levels):
            self._find_out(market, claim)
            raise Increment
        return is_full

    def _thin_book(self, market: Market, claim: Claim, held: Held, came: Sides) -> bool:
        """One with fewer levels than it should have; it is shown once its stream has shown no sign for a while."""
        for each in claim.take_thin(held, came):
            self._release(market, each)
        if claim.held:
            self._waiting.add(market)
        return False

    def _find_out(self, market: Market, claim: Claim) -> None:
        """A stream of contracts is one of changes: what was taken for a book from it is withdrawn."""
        held, since = claim.turns_out_diff()
        if held:
            self.news.append(Counted(market.symbol, DIFF, held))
        if market.is_shown and market.claim(market.named_depth) is claim:
            since = market.accepted_at if since is None else since
            market.withdraw(NO_ID)
            self.news.append(Withdrawn(market.symbol, market.name, since))

    # -- Everything else ---------------------------------------------------------------------

    def hear(self, frame: Heard, now: float) -> bool:
        """Is this trade, touch, ticker or report news? Refused says why not; what names a price is a reference.

        False where it is not needed, because a reference was heard less than `reference_every` seconds ago, nothing
        waits for one, and this one does not contradict what is shown.
        """
        if isinstance(frame, REPORTS):
            if frame.event_time > now + MAX_LEAD_SECONDS:
                raise Refused("ahead_of_time")
            return True
        symbol = self._symbols.get(frame.symbol) or self._admit(frame.symbol)
        market = symbol.markets.get(frame.market) or symbol.market(frame.market)
        prices = _prices(frame)
        if now - market.reference.at < self._reference_every and not market.held:
            touch = market.touch
            if prices is None or agree(prices[0], prices[1], touch[0], touch[1]):
                return False
        if frame.event_time is not None:
            self._check_time(market, frame.event_time, now)
        self._check_order(market, frame, now)
        if prices:
            self._refer(market, *prices, now)
        return True

    def _check_order(
        self, market: Market, frame: Trade | Ticker | BookTicker | MarkPrice, now: float
    ) -> None:
        """Raises Refused for what was told before. Tickers have no ids: their times tell which is newer."""
        if isinstance(frame, Trade):
            market.trade_order(frame.stream).take(frame.trade_id, frame.traded_at)
        elif isinstance(frame, BookTicker):
            ids = market.touches
            if ids is None:
                ids = market.touches = Ids()
            if frame.update_id <= ids.last_id:
                ids.begins_new_run(frame.update_id, now, self.rules.stale_after)
            ids.accept(frame.update_id, now)
        elif isinstance(frame, Ticker):
            if frame.event_time <= market.ticked_at:
                raise Refused("repeated")
            market.ticked_at = frame.event_time

    def is_followed(self, frame: Frame, now: float) -> bool:
        """Does an admitted frame come from the market, and the stream of trades, that is followed for its symbol?"""
        if isinstance(frame, REPORTS):
            return True
        symbol, stale_after = self._symbols[frame.symbol], self.rules.stale_after
        live = symbol.live_market(now, stale_after)
        kind = type(frame).__name__
        following = symbol.following = symbol.following or Following()
        if not following.follows(kind, frame.market, live.name if live else None, now, stale_after):
            return False
        if not isinstance(frame, Trade):
            return True
        market = symbol.market(frame.market)
        market.stream = market.stream or Turn()
        return market.stream.hears(frame.stream, now, stale_after)

    # -- Time, and what is known -------------------------------------------------------------

    def pass_time(self, now: float) -> None:
        """Decide what has waited for long enough."""
        for market in list(self._waiting):
            if self._is_forgotten(market):
                self._waiting.discard(market)
                continue
            while market.held and now - market.held[0].at >= HOLD_SECONDS:
                self._mismatch(market, market.held.pop(0))
            for claim in (market.claims or {}).values():
                for each in claim.release(now):
                    self._release(market, each)
            if not market.is_waiting():
                self._waiting.discard(market)

    def take_news(self) -> list[News]:
        """What was decided since the last call, in order."""
        news, self.news = self.news, []
        return news

    def blame(self, symbol: str, reason: str, now: float) -> None:
        """A message that claims to be a book of `symbol` could not even be read."""
        (self._symbols.get(symbol) or self._admit(symbol)).refuse(reason, now)

    def get(self, symbol: str) -> Symbol | None:
        """What is remembered of `symbol`."""
        return self._symbols.get(symbol)

    def suspicion(self, symbol: Symbol, now: float) -> str:
        """Why a symbol that is not live is suspect; empty where it is not."""
        if symbol.followed and symbol.followed.is_suspect(now):
            return symbol.followed.signs().reason
        is_recent = now - symbol.refused_at <= SUSPECT_SECONDS
        return PRICE_MISMATCH if is_recent and symbol.trouble() == PRICE_MISMATCH else ""

    def not_live(self, now: float) -> Iterator[NotLive]:
        """Symbols of which books come, or came within the last minute, and none of them is live at `now`."""
        stale_after = self.rules.stale_after
        for symbol in self._symbols.values():
            accepted_at = symbol.accepted_at
            if (
                symbol.live_market(now, stale_after)
                or now - max(accepted_at, symbol.refused_at) > GONE_SECONDS
            ):
                continue
            if suspicion := self.suspicion(symbol, now):
                yield NotLive(symbol.name, SUSPECT, suspicion)
            else:
                state = STALE if now - accepted_at <= GONE_SECONDS else None
                yield NotLive(symbol.name, state, symbol.trouble() or SILENT)

    def _is_forgotten(self, market: Market) -> bool:
        symbol = self._symbols.get(market.symbol)
        return symbol is None or symbol.markets.get(market.name) is not market

    def _admit(self, name: str) -> Symbol:
        if len(self._symbols) >= self.rules.max_symbols:
            # A hundredth at a time, so that a flood of new names does not search everything for each.
            count = 1 + self.rules.max_symbols // 100
            for silent in nsmallest(count, self._symbols.values(), attrgetter("heard_at")):
                del self._symbols[silent.name]
        symbol = self._symbols[name] = Symbol(name)
        return symbol


def _prices(frame: Trade | Ticker | BookTicker | MarkPrice) -> tuple[float, float] | None:
    """Lowest and highest price that a frame is a reference for; a mark price is none that was traded at."""
    if isinstance(frame, Trade):
        return frame.price, frame.price
    if isinstance(frame, BookTicker):
        return frame.bid, frame.ask
    return frame.prices_now(REFERENCE_SECONDS) if isinstance(frame, Ticker) else None
