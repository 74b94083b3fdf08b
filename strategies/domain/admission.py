"""Which frames strategies may act on: books that are sound and in order, reports not from far ahead, one venue.

Strategies that look at a single market follow the first venue they hear of a symbol, and another one only
when that has fallen silent, just as the feed does: mixing two would invent jumps that nobody can trade.
Of a venue's trades they follow either the single or the aggregated ones likewise: both tell of every trade.
"""

from metrics.domain.book import BookUpdate, Refused, read_ladder
from metrics.domain.frames import BookTicker, Frame, OnchainFlow, Ticker, Trade
from metrics.domain.market import LIVE, ONE_SIDED, STALE
from metrics.domain.sequence import begins_new_run
from strategies.domain.recent import Recent
from strategies.domain.signal import BookSeen

NEVER = float("-inf")
OF_ONE_VENUE = (BookUpdate, Trade, Ticker, BookTicker)
LEVELS = 20
"""As many as any strategy can be told to look at."""
LARGEST_LEAD_SECONDS = 86_400.0
"""How far ahead of the clock a report may be dated, for instance with the end of its period."""


class Last:
    """The newest accepted snapshot of one symbol at one venue."""

    __slots__ = ("lower_ids", "market", "received_at", "update_id")

    def __init__(self) -> None:
        self.market = ""
        self.update_id = -1
        self.received_at = NEVER
        self.lower_ids = 0

    def accept(self, update: BookUpdate | BookTicker, now: float) -> None:
        """Remember this one from now on."""
        self.market, self.update_id = update.market, update.update_id
        self.received_at, self.lower_ids = now, 0


class LastBook(Last):
    """The newest accepted book, and what there is of it."""

    __slots__ = ("book",)

    def __init__(self) -> None:
        super().__init__()
        self.book = LIVE


class Followed:
    """The one of several sources that is followed: the first that is heard, until it falls silent."""

    __slots__ = ("heard_at", "source")

    def __init__(self) -> None:
        self.source = ""
        self.heard_at = NEVER

    def hears(self, source: str, now: float, stale_after: float) -> bool:
        """Is this the source to follow?"""
        if self.source != source and now - self.heard_at <= stale_after:
            return False
        self.source, self.heard_at = source, now
        return True


class Admission:
    """Remembers what arrived last; bounded in symbols. Times are seconds since the epoch."""

    def __init__(self, stale_after: float, max_symbols: int) -> None:
        self.stale_after = stale_after
        self._markets: Recent[tuple[str, str], LastBook] = Recent(LastBook, max_symbols)
        self._touches: Recent[tuple[str, str], Last] = Recent(Last, max_symbols)
        self._followed: Recent[tuple[type, str], Followed] = Recent(Followed, max_symbols)
        self._trades: Recent[tuple[str, str], Followed] = Recent(Followed, max_symbols)

    def check_book(self, update: BookUpdate, now: float) -> None:
        """Accept a snapshot and cut it to its best filled levels. Raises Refused for what none may see."""
        last = self._markets[update.symbol, update.venue]
        begins_new_run(last, update, now, self.stale_after)
        update.bids, update.asks, _, _ = read_ladder(update.bids, update.asks, LEVELS)
        last.accept(update, now)
        last.book = LIVE if update.bids and update.asks else ONE_SIDED

    def check_ticker(self, ticker: BookTicker, now: float) -> None:
        """Accept a touch, in its order among touches; raises Refused."""
        last = self._touches[ticker.symbol, ticker.venue]
        begins_new_run(last, ticker, now, self.stale_after)
        last.accept(ticker, now)

    def check_report(self, report: OnchainFlow, now: float) -> None:
        """Raises Refused for a date far ahead: it would silence every report after it."""
        if report.event_time > now + LARGEST_LEAD_SECONDS:
            raise Refused("ahead_of_time")

    def is_followed(self, frame: Frame, now: float) -> bool:
        """Does the frame come from the venue, and the stream of trades, that is followed for its symbol?"""
        if not isinstance(frame, OF_ONE_VENUE):
            return True
        if not self._followed[type(frame), frame.symbol].hears(frame.venue, now, self.stale_after):
            return False
        if not isinstance(frame, Trade):
            return True
        kind = "aggregated" if frame.aggregated else "single"
        return self._trades[frame.symbol, frame.venue].hears(kind, now, self.stale_after)

    def book_seen(self, symbol: str, now: float) -> BookSeen | None:
        """The newest book of the followed venue, None where there has been none."""
        followed = self._followed.get((BookUpdate, symbol))
        market = self._markets.get((symbol, followed.source)) if followed else None
        if market is None or market.received_at == NEVER:
            return None
        age = now - market.received_at
        state = STALE if age > self.stale_after else market.book
        return BookSeen(market.update_id, state, round(1000 * age))
