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

from metrics.domain.admission.coin import REFERENCE_SECONDS, SUSPECT_SECONDS, TOLERANCE, agree, is_jump
from metrics.domain.admission.contracts import DIFF, SILENT_SECONDS, Claim, Held, prices_of
from metrics.domain.admission.following import Following, Turn
from metrics.domain.admission.ids import NO_ID, Ids
from metrics.domain.admission.market import UNKNOWN_TOUCH, Market, Symbol, depth_of
from metrics.domain.admission.times import MAX_LEAD_SECONDS, Clocks
from metrics.domain.book import BookUpdate, Level, Refused, Sides, read_ladder
from metrics.domain.frames import BookTicker, Dominance, Frame, MarkPrice, OnchainFlow, Ticker, Trade
from metrics.domain.market import SILENT, STALE, SUSPECT

PRICE_MISMATCH = "price_mismatch"
WITHDRAWN = "withdrawn"
HOLD_SECONDS = 1.0
"""How long a book that does not agree waits for the next reference."""
MOST_HELD = 20
OTHER_DEPTH_SECONDS = 1.0
LEAST, MOST = 1 / (1 + TOLERANCE), 1 + TOLERANCE
"""A move of the mid within these is no jump; most are."""
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

    def book(self, update: BookUpdate, now: float, cleared: Held | None = None) -> bool:
        """May this book be shown, and acted on? It is cut to the levels in use, and its volumes are filled in.

        False for one that is held back; Refused for one that is none (DIFF: a change of one), no news, or of a suspect
        market. One that was held back comes again, `cleared`.
        """
        symbol = self._symbols.get(update.symbol) or self._admit(update.symbol)
        market = symbol.followed
        if market is None or market.name != update.market:
            market = symbol.market(update.market)
        try:
            if cleared:
                depth, bid, ask = cleared.depth, cleared.bid, cleared.ask
            else:
                depth, sent_bids, sent_asks = update.depth, update.bids, update.asks
                if len(sent_bids) != depth:
                    depth = depth_of(depth, len(sent_bids), len(sent_asks))
                if update.names_symbol:
                    if not self._is_contract_book(market, update, depth, now):
                        return False
                    bid, ask = UNKNOWN_TOUCH
                else:
                    bids, asks, update.bid_volume, update.ask_volume = read_ladder(
                        sent_bids, sent_asks, self._levels
                    )
                    if bids is not sent_bids or asks is not sent_asks:
                        update.bids, update.asks, update.message = bids, asks, b""
                    if update.event_time is not None:
                        self._check_time(market, update.event_time, now)
                    bid, ask = bids[0][0] if bids else 0.0, asks[0][0] if asks else inf
                    reference = market.reference
                    if now - reference.at <= REFERENCE_SECONDS and not agree(
                        reference.low, reference.high, bid, ask
                    ):
                        self._hold(market, Held(update, now, depth, bid, ask))
                        return False
            number = update.update_id
            if (
                symbol.followed is not market
                or depth != market.depth
                or update.depth != market.named_depth
                or number <= market.last_id
            ):
                self._check_place(symbol, market, update, depth, now)
            market.messages += 1
            touch = market.touch
            if (bid > touch[1] or ask < touch[0]) and not LEAST <= (bid + ask) / (
                touch[0] + touch[1]
            ) <= MOST:
                self._look_for_jump(market, bid, ask, now)
            touch[0], touch[1] = bid, ask
            if market.unconfirmed_since is None and now - market.reference.at > REFERENCE_SECONDS:
                market.unconfirmed_since, market.confirmed_id = now, market.last_id
            if market.lower:
                market.lower = None
                market.signs().newer_after = market.messages
            market.last_id, market.accepted_at = number, now
            market.recent.append(number)  # as in Ids.accept
            if now < market.suspect_until:
                raise Refused(market.signs().reason)
            return True
        except Refused as refusal:
            symbol.refuse(refusal.reason, now)
            refusal.symbol = symbol.name
            raise

    def crosses(self, update: BookUpdate, now: float) -> bool:
        """Is a crossed book the newest of the followed market, so that the market must be said to be crossed?"""
        symbol = self._symbols[update.symbol]
        market = symbol.followed
        if market is None or market.name != update.market or update.update_id <= market.last_id:
            return False
        return update.event_time is None or -MAX_LEAD_SECONDS <= now - update.event_time <= self._max_lag

    def _look_for_jump(self, market: Market, bid: float, ask: float, now: float) -> None:
        touch = market.touch
        has_reference = now - market.reference.at <= REFERENCE_SECONDS
        if not has_reference and is_jump((touch[0], touch[1]), (bid, ask)):
            self._suspect(market, market.signs().sees_jump(bid > touch[1], now), now)

    def _suspect(self, market: Market, since: float | None, now: float) -> None:
        """Two books go by the name of `market`, since then; None where there is no sign of it.

        What was shown in the last minute before that, and nothing has confirmed, may be of either.
        """
        if since is None:
            return
        if not market.is_suspect(now):
            unconfirmed = since if market.unconfirmed_since is None else market.unconfirmed_since
            since = min(since, max(unconfirmed, now - REFERENCE_SECONDS))
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
        """Make room for a book that comes next in no trivial way.

        Raises Refused for one of another market, another depth, or one that is not newer than the last.
        """
        live = symbol.live_market(now, self.rules.stale_after)
        if symbol.followed is not market and live and self.rules.one_market:
            raise Refused("market_mismatch")
        if depth != market.depth:
            self._check_depth(market, update, depth, now)
        if not market.deepen(depth, update.update_id) and update.update_id <= market.last_id:
            self._check_lower_id(market, update, now)
        market.change_depth(depth, update.depth)
        if live is None:
            symbol.followed = market

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
        market.signs().sees_mismatch(held.bid > market.reference.high, held.at, market.accepted_at)
        self._symbols[market.symbol].refuse(PRICE_MISMATCH, held.at)
        self.news.append(Counted(market.symbol, PRICE_MISMATCH))

    def _refer(self, market: Market, low: float, high: float, now: float) -> None:
        """Prices of the market that came with its symbol: hold what is shown and what waits against them."""
        market.refer(low, high, now)
        if not agree(low, high, *market.touch):
            self._contradict(market, now)
        else:
            market.unconfirmed_since = None
        if market.held:
            self._decide_held(market, market.held)

    def _contradict(self, market: Market, now: float) -> None:
        """What was accepted last cannot be this coin, or is no more: it is withdrawn at once."""
        since = market.unconfirmed_since
        market.withdraw(market.id_before if since is None else market.confirmed_id)
        self._symbols[market.symbol].refuse(WITHDRAWN, now)
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
        update, at = held.update, held.at
        try:
            if update.update_id < market.last_id and market.accepted_at > at:
                raise Refused("out_of_date")
            self.book(update, at, held)
        except Refused as refusal:
            self._symbols[market.symbol].refuse(refusal.reason, at)
            self.news.append(Counted(market.symbol, refusal.reason))
            return
        if update.names_symbol:
            market.claim(update.depth).shows_thin(at)
        self.news.append(Released(update, at))

    # -- Contracts ---------------------------------------------------------------------------

    def _is_contract_book(self, market: Market, update: BookUpdate, depth: int, now: float) -> bool:
        """Is a message in the form of a change a book? False while that is not known, and then it is held back."""
        claim = market.claimed
        if claim is None or claim.levels != update.depth:
            claim = market.claim(update.depth)
        if claim.is_diff or now - claim.heard_at > SILENT_SECONDS:
            claim.hear(now)
        claim.heard_at = now
        bids, asks, message = update.bids, update.asks, update.message
        is_full = len(bids) == len(asks) == claim.levels
        try:
            ladder = read_ladder(bids, asks, self._levels)
        except Refused as refusal:
            if refusal.reason != "bad_number":
                self._look_for_sign(market, claim, bids, asks)
            raise
        update.bids, update.asks, update.bid_volume, update.ask_volume = ladder
        if not (is_full and update.bids is bids and update.asks is asks):
            self._look_for_sign(market, claim, bids, asks)
            update.message = b""
        sent_at = update.event_time
        if sent_at is not None and (
            self.clocks.streaks or not -MAX_LEAD_SECONDS <= now - sent_at <= self._max_lag
        ):
            self._check_time(market, sent_at, now)
        if not is_full:
            self._hold_thin(market, claim, Held(update, now, depth, *UNKNOWN_TOUCH), (bids, asks))
            return False
        claim.before = message or prices_of(bids, asks)
        claim.thin_since = None
        return True

    def _look_for_sign(self, market: Market, claim: Claim, bids: list[Level], asks: list[Level]) -> None:
        """Raises Refused (DIFF) for what shows to be a change; what was a book from its stream is withdrawn."""
        if not claim.shows_diff(bids, asks, self._read_levels):
            return
        held, since = claim.turns_out_diff()
        if held:
            self.news.append(Counted(market.symbol, DIFF, held))
        if market.named_depth == claim.levels:
            since = market.accepted_at if since is None else since  # the last one may have been a change, too
            market.withdraw(NO_ID)
            self.news.append(Withdrawn(market.symbol, market.name, since))
        raise Refused(DIFF)

    def _hold_thin(self, market: Market, claim: Claim, held: Held, came: Sides) -> None:
        """A book with fewer levels than it should have is shown once its stream has shown no sign for a while."""
        for each in claim.take_thin(held, came):
            self._release(market, each)
        if claim.held:
            self._waiting.add(market)

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

    def tidy(self) -> None:
        """Forget what is too much; to be called every second or so."""
        for symbol in self._symbols.values():
            for market in symbol.markets.values():
                market.tidy()
                if market.touches:
                    market.touches.tidy()

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
