"""The gate: every message is held against the rules, and what has to wait is decided later.

Plain and synchronous, fed with typed frames; times are seconds since the epoch, given by the caller. What is decided
later than its message came (books that were held back, numbers that must be taken back) waits in `news` until
`take_news`.
"""

from collections.abc import Iterator, Set

from metrics.domain.admission.books import HOLD_SECONDS, PRICE_MISMATCH, Books
from metrics.domain.admission.coin import REFERENCE_SECONDS, SUSPECT_SECONDS, agree
from metrics.domain.admission.following import Following, Turn
from metrics.domain.admission.ids import Ids
from metrics.domain.admission.market import Market, SymbolMarkets
from metrics.domain.admission.news import News, NotLive
from metrics.domain.admission.times import MAX_LEAD_SECONDS
from metrics.domain.book import Refused
from metrics.domain.frames import BookTicker, Dominance, Frame, Heard, MarkPrice, OnchainFlow, Ticker, Trade
from metrics.domain.market import STALE, SUSPECT, MarketId
from metrics.domain.reasons import SILENT

GONE_SECONDS = 60.0
CROWD = 10
"""Where more than this part of `max_symbols` is known, what a name sent last is not worth the room it takes."""

REPORTS = (Dominance, OnchainFlow)


class Admission(Books):
    """The gate for messages of every kind."""

    def hear(self, frame: Heard, now: float) -> bool:
        """Is this trade, touch, ticker or report news? Refused says why not; what names a price is a reference.

        False where it is not needed, because a reference was heard less than `reference_every` seconds ago, nothing
        waits for one, and this one does not contradict what is shown.
        """
        if isinstance(frame, REPORTS):
            if frame.event_time > now + MAX_LEAD_SECONDS:
                raise Refused("ahead_of_time")
            return True
        symbol = self._symbols.get(frame.symbol) or self._admit(frame.symbol, now)
        if symbol.since > now:
            symbol.since = now
        market = symbol.markets.get(frame.market) or self._market(symbol, frame.market)
        if market.since > now:
            market.since = now
        prices = _prices(frame)
        if now - market.reference.at < self.rules.reference_every and not market.held:
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
        followed = self.follow(symbol, now)
        live = followed if followed and followed.is_live(now, stale_after) else None
        kind = type(frame).__name__
        following = symbol.following = symbol.following or Following()
        if not following.follows(kind, frame.market, live.name if live else None, now, stale_after):
            return False
        if not isinstance(frame, Trade):
            return True
        market = symbol.markets.get(frame.market) or self._market(symbol, frame.market)
        market.stream = market.stream or Turn()
        return market.stream.hears(frame.stream, now, stale_after)

    # -- Time, and what is known -------------------------------------------------------------

    def pass_time(self, now: float) -> None:
        """Decide what has waited for long enough."""
        for market in list(self._waiting):
            if self._is_forgotten(market):
                del self._waiting[market]
                continue
            while market.held and now - market.held[0].at >= HOLD_SECONDS:
                self._mismatch(market, market.held.pop(0))
            for claim in (market.claims or {}).values():
                for each in claim.release(now):
                    self._release(market, each)
            if not market.is_waiting():
                self._waiting.pop(market, None)

    def take_news(self) -> list[News]:
        """What was decided since the last call, in order."""
        news, self.news = self.news, []
        return news

    def blame(self, symbol: str, reason: str, now: float, market: str = "") -> None:
        """A message that claims to be a book of `symbol` was refused; of which market is known only where it could be
        read."""
        known = self._symbols.get(symbol) or self._admit(symbol, now)
        known.since = min(known.since, now)
        of_market = known.markets.get(market)
        (of_market or known).refuse(reason, now)

    def get(self, symbol: str) -> SymbolMarkets | None:
        """What is remembered of `symbol`."""
        return self._symbols.get(symbol)

    def recognise(self, known: Set[tuple[str, str]]) -> None:
        """These symbols and markets have lived before: none of them is new, be it there already or yet to come."""
        self._known, self._known_symbols = known, {symbol for symbol, _ in known}
        for name in self._known_symbols & self._symbols.keys():
            symbol = self._symbols[name]
            symbol.is_known = True
            for market in symbol.markets.values():
                market.is_known = self._is_known(name, market.name)

    def find(self, symbol: str, market: str) -> Market | None:
        """What is remembered of a market."""
        known = self._symbols.get(symbol)
        return known.markets.get(market) if known else None

    def trouble(self, market: Market) -> str:
        """Why a book of a market was refused since one was accepted; empty where none was."""
        return self._symbols[market.symbol].trouble(market)

    def suspicion(self, market: Market, now: float) -> str:
        """Why a market that is not live is suspect; empty where it is not."""
        if market.is_suspect(now):
            return market.signs().reason
        is_recent = now - market.refused_at <= SUSPECT_SECONDS
        return PRICE_MISMATCH if is_recent and self.trouble(market) == PRICE_MISMATCH else ""

    def take_forgotten(self) -> dict[MarketId, float]:
        """Markets that were forgotten as new ones since the last call, and since when they were known."""
        forgotten, self.forgotten = self.forgotten, {}
        return forgotten

    def tidy(self, now: float) -> None:
        """Forget what is too much, and who was heard in passing; to be called every second or so."""
        is_roomy = len(self._symbols) <= self.rules.max_symbols // CROWD
        horizon = now - self.rules.forget_after
        for symbol in list(self._symbols.values()):
            markets = symbol.markets.values()
            silent = [market for market in markets if max(market.seen_at, market.refused_at) < horizon]
            if symbol.is_new and symbol.refused_at < horizon and len(silent) == len(markets):
                if is_roomy:
                    self._end_life(symbol)
                else:
                    self._forget(symbol)
                    continue
            for market in silent:
                self._leaves(market)
            for market in markets:
                market.tidy()
                if market.touches:
                    market.touches.tidy()

    def not_live(self, now: float) -> Iterator[NotLive]:
        """Markets of which books come, or came within the last minute, and that are not live at `now`.

        Where nobody can tell of which market, because no message could be read, it is the symbol alone.
        """
        for symbol in self._symbols.values():
            markets = symbol.markets.values()
            unshown = [each for market in markets if (each := self._unshown(market, now))]
            yield from unshown
            is_live = any(market.is_live(now, self.rules.stale_after) for market in markets)
            if not (unshown or is_live) and now - symbol.refused_at <= GONE_SECONDS:
                yield NotLive(symbol.name, None, symbol.refusal)

    def _unshown(self, market: Market, now: float) -> NotLive | None:
        """Why a market of which books come is not live; None where it is, or none come."""
        accepted_at = market.accepted_at
        if (
            market.is_live(now, self.rules.stale_after)
            or now - max(accepted_at, market.refused_at) > GONE_SECONDS
        ):
            return None
        if suspicion := self.suspicion(market, now):
            return NotLive(market.symbol, SUSPECT, suspicion, market=market.name)
        state = STALE if now - accepted_at <= GONE_SECONDS else None
        trouble = self.trouble(market)
        return NotLive(market.symbol, state, trouble or SILENT, None if trouble else accepted_at, market.name)

    def _is_forgotten(self, market: Market) -> bool:
        symbol = self._symbols.get(market.symbol)
        return symbol is None or symbol.markets.get(market.name) is not market


def _prices(frame: Trade | Ticker | BookTicker | MarkPrice) -> tuple[float, float] | None:
    """Lowest and highest price that a frame is a reference for; a mark price is none that was traded at."""
    if isinstance(frame, Trade):
        return frame.price, frame.price
    if isinstance(frame, BookTicker):
        return frame.bid, frame.ask
    return frame.prices_now(REFERENCE_SECONDS) if isinstance(frame, Ticker) else None
