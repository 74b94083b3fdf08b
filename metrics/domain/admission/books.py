"""A book held against all rules, and what follows for those that were shown or held back before."""

from collections.abc import Callable, Set
from heapq import nsmallest
from math import inf
from operator import attrgetter

from metrics.domain.admission.coin import (
    NO_REFERENCE,
    REFERENCE_SECONDS,
    SUSPECT_SECONDS,
    TOLERANCE,
    agree,
    is_jump,
)
from metrics.domain.admission.contracts import DIFF, SILENT_SECONDS, Claim, Held, prices_of
from metrics.domain.admission.following import follow
from metrics.domain.admission.ids import NO_ID
from metrics.domain.admission.market import (
    NOTHING_SHOWN,
    UNHEARD,
    UNKNOWN_TOUCH,
    Market,
    SymbolMarkets,
    depth_of,
)
from metrics.domain.admission.news import Counted, News, Released, Withdrawn
from metrics.domain.admission.rules import Rules
from metrics.domain.admission.times import MAX_LEAD_SECONDS, Clocks
from metrics.domain.book import MAX_LEVELS, BookUpdate, Level, Refused, Sides, read_ladder
from metrics.domain.market import MarketId

PRICE_MISMATCH = "price_mismatch"
WITHDRAWN = "withdrawn"
HOLD_SECONDS = 1.0
"""How long a book that does not agree waits for the next reference."""
MOST_HELD = 20
OTHER_DEPTH_SECONDS = 1.0
LEAST, MOST = 1 / (1 + TOLERANCE), 1 + TOLERANCE
"""A move of the mid within these is no jump; most are."""


class Books:
    """Remembers what arrived last of every symbol.

    Beyond `max_symbols` the new ones make room, and then those silent for longest. A new one that has been silent for
    more than `forget_after` seconds is `forgotten` in any case: it is told since when it was known, and is new again
    should it come back. What it sent last is remembered as long as there is room, so that no copy of it is news.

    The markets of a symbol are kept apart: each has its own order. What is decided later than its message came waits
    in `news`.
    """

    def __init__(self, rules: Rules, read_levels: Callable[[bytes], Sides]) -> None:
        self.rules = rules
        self.clocks = Clocks()
        self.new_runs = 0
        self.news: list[News] = []
        self.forgotten: dict[MarketId, float] = {}
        self._read_levels = read_levels
        self._max_lag = rules.max_event_lag or inf
        self._levels = rules.levels
        self._stale_after = rules.stale_after
        self._symbols: dict[str, SymbolMarkets] = {}
        self._known: Set[tuple[str, str]] = frozenset()
        self._known_symbols: Set[str] = frozenset()
        self._waiting: dict[Market, None] = {}  # in the order in which they began to wait

    # -- Books -------------------------------------------------------------------------------

    def book(self, update: BookUpdate, now: float, cleared: Held | None = None) -> bool:
        """May this book be shown, and acted on? It is cut to the levels in use, and its volumes are filled in.

        False for one that is held back; Refused for one that is none (DIFF: a change of one), no news, or of a suspect
        market. One that was held back comes again, `cleared`.
        """
        symbol = self._symbols.get(update.symbol) or self._admit(update.symbol, now)
        if symbol.since > now:
            symbol.since = now
        market = symbol.markets.get(update.market) or self._market(symbol, update.market)
        if market.since > now:
            market.since = now
        if len(symbol.markets) > 1:
            self.follow(symbol, now)  # as it was until now: who looks only afterwards is to know of it
        depth, sent_bids, sent_asks = update.depth, update.bids, update.asks
        is_usual = depth == market.usual_depth == len(sent_bids)
        if not is_usual:
            depth = depth_of(depth, len(sent_bids), len(sent_asks))
        try:
            if cleared:
                depth, bid, ask = cleared.depth, cleared.bid, cleared.ask
            elif update.names_symbol:
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
                if market.reference is not NO_REFERENCE and self._is_another_coin(market, bid, ask, now):
                    self._hold(market, Held(update, now, depth, bid, ask))
                    return False
            number = update.update_id
            if not is_usual or number <= market.last_id:
                self._check_place(market, update, depth, now)
                symbol.followed = symbol.followed or market
            touch = market.touch
            if (bid > touch[1] or ask < touch[0]) and not LEAST <= (bid + ask) / (
                touch[0] + touch[1]
            ) <= MOST:
                self._look_for_jump(market, bid, ask, now)
                is_usual = False
            touch[0], touch[1] = bid, ask
            if market.unconfirmed_since is None and now - market.reference.at > REFERENCE_SECONDS:
                market.unconfirmed_since, market.confirmed_id = now, market.last_id
            if market.lower:
                market.lower = None
                market.signs().newer_after = market.messages + 1
            if (bid == 0.0) != (ask == inf):  # one side only
                market.live_since = UNHEARD
            elif market.live_since > now or now - market.accepted_at > self._stale_after:
                market.live_since = now
            market.last_id, market.accepted_at = number, now
            market.recent.append(number)  # as in Ids.accept
            if not is_usual and now < market.suspect_until:
                market.usual_depth = NOTHING_SHOWN
                market.live_since = UNHEARD
                raise Refused(market.signs().reason)
            return True
        except Refused as refusal:
            market.refuse(refusal.reason, now)
            refusal.symbol, refusal.market = symbol.name, market.name
            raise

    def follow(self, symbol: SymbolMarkets, now: float) -> Market | None:
        """The market that the bare name of a symbol means at `now`; None where there has been no book of it."""
        followed, markets = symbol.followed, symbol.markets
        if followed is None or len(markets) > 1:
            symbol.followed = follow(followed, markets.values(), self.rules.rank, now, self.rules.stale_after)
        return symbol.followed

    def interrupt(self, name: str, market_name: str, reason: str, now: float) -> bool:
        """The book that is kept of a market is whole no more. Was it the one that was shown of it?

        What was shown was true: its id stays, and a book of another stream may go on from there.
        """
        symbol = self._symbols.get(name) or self._admit(name, now)
        market = symbol.markets.get(market_name) or self._market(symbol, market_name)
        if market.since > now:
            market.since = now
        was_shown = market.named_depth == MAX_LEVELS
        if was_shown:
            market.withdraw(market.last_id)
        if not market.is_live(now, self.rules.stale_after):
            market.refuse(reason, now)
        return was_shown

    def is_newest(self, update: BookUpdate, now: float) -> bool:
        """Is a book that was refused for what it holds on time, and newer than the last of its market?"""
        market = self._symbols[update.symbol].markets.get(update.market)
        if market is None or update.update_id <= market.last_id:
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
        market.usual_depth = NOTHING_SHOWN
        market.live_since = UNHEARD

    # -- Time, depth, id ---------------------------------------------------------------------

    def _check_time(self, market: Market, sent_at: float, now: float) -> None:
        """Raises Refused for a message that was not sent now."""
        lag = now - sent_at
        if -MAX_LEAD_SECONDS <= lag <= self._max_lag:
            if self.clocks.streaks:
                self.clocks.is_on_time(market.venue)
            return
        self.clocks.is_off(market.venue, lag, now)
        raise Refused("late" if lag > 0 else "ahead_of_time")

    def _check_place(self, market: Market, update: BookUpdate, depth: int, now: float) -> None:
        """Make room for a book that comes next in no trivial way.

        Raises Refused for one of another depth, or one that is not newer than the last.
        """
        if depth != market.depth:
            self._check_depth(market, update, depth, now)
        if not market.deepen(depth, update.update_id) and update.update_id <= market.last_id:
            self._check_lower_id(market, update, now)
        market.change_depth(depth, update.depth)

    def _check_depth(self, market: Market, update: BookUpdate, depth: int, now: float) -> None:
        is_same_stream = update.depth == market.named_depth
        patience = OTHER_DEPTH_SECONDS if is_same_stream else self.rules.stale_after
        if market.is_shown and depth < market.depth and now - market.accepted_at <= patience:
            raise Refused("other_depth")

    def _check_lower_id(self, market: Market, update: BookUpdate, now: float) -> None:
        try:
            market.begins_new_run(update.update_id, now, self.rules.stale_after)
        except Refused as refusal:
            market.others += 1
            is_named = update.names_symbol or now - market.reference.at <= REFERENCE_SECONDS
            if refusal.reason == "out_of_date" and not is_named:
                self._suspect(market, market.signs().sees_lower_id(market.messages, now), now)
            raise
        self.new_runs += 1
        market.signs().begin_anew()

    # -- The coin ----------------------------------------------------------------------------

    def _is_another_coin(self, market: Market, bid: float, ask: float, now: float) -> bool:
        """Does a book disagree with a reference that is still one?"""
        reference = market.reference
        is_fresh = now - reference.at <= REFERENCE_SECONDS
        return is_fresh and not agree(reference.low, reference.high, bid, ask)

    def _hold(self, market: Market, held: Held) -> None:
        """Keep a book that does not agree until the next reference: the market itself may have jumped."""
        market.held = [*(market.held or ()), held]
        self._waiting[market] = None
        if len(market.held) > MOST_HELD:
            self._mismatch(market, market.held.pop(0))

    def _mismatch(self, market: Market, held: Held) -> None:
        market.signs().sees_mismatch(held.bid > market.reference.high, held.at, market.accepted_at)
        market.refuse(PRICE_MISMATCH, held.at)
        self.news.append(Counted(market.symbol, market.name, PRICE_MISMATCH))

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
        market.refuse(WITHDRAWN, now)
        self.news.append(Withdrawn(market.symbol, market.name, since))

    def _decide_held(self, market: Market, held: list[Held]) -> None:
        market.held = None
        self._waiting.pop(market, None)
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
            market.steps_back()
            self.book(update, at, held)
        except Refused as refusal:
            market.refuse(refusal.reason, at)
            self.news.append(Counted(market.symbol, market.name, refusal.reason))
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
            self.news.append(Counted(market.symbol, market.name, DIFF, held))
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
            self._waiting[market] = None

    # -- Symbols -----------------------------------------------------------------------------

    def _admit(self, name: str, now: float) -> SymbolMarkets:
        if len(self._symbols) >= self.rules.max_symbols:
            # A twentieth at a time, so that a flood of new names does not search everything for each.
            count = 1 + self.rules.max_symbols // 20
            for symbol in nsmallest(count, self._symbols.values(), attrgetter("worth")):
                self._forget(symbol)
        symbol = self._symbols[name] = SymbolMarkets(name, now, is_known=name in self._known_symbols)
        return symbol

    def _market(self, symbol: SymbolMarkets, name: str) -> Market:
        """The market of that name; with too many, another makes room."""
        market = symbol.markets.get(name)
        if market is None:
            if least := symbol.least_worth():
                del symbol.markets[least.name]
                self._leaves(least)
            market = symbol.markets[name] = Market(
                symbol.name, name, is_known=self._is_known(symbol.name, name)
            )
        return market

    def _is_known(self, symbol: str, market: str) -> bool:
        """Has it lived before? Of what was kept before markets were kept apart, any market of the symbol has."""
        return (symbol, market) in self._known or (symbol, "") in self._known

    def _forget(self, symbol: SymbolMarkets) -> None:
        del self._symbols[symbol.name]
        if symbol.is_new:
            self._end_life(symbol)

    def _end_life(self, symbol: SymbolMarkets) -> None:
        """Its next message is the first of another."""
        symbol.since = UNHEARD
        for market in symbol.markets.values():
            self._leaves(market)

    def _leaves(self, market: Market) -> None:
        """One that was new leaves nothing behind."""
        if market.is_new and market.since < UNHEARD:
            self.forgotten[MarketId(market.symbol, market.name)] = market.since
            market.since = UNHEARD
