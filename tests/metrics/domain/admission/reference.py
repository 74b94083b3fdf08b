"""The rules of what may become a number once more: slow, simple, and read off their description sentence by sentence.

Nothing is kept ready: everything that came is remembered in lists, and each question is put to the lists. What is
compared with it: `metrics.domain.admission.gate.Admission`, as long as no bound of memory is reached.
"""

from dataclasses import dataclass, field
from math import inf
from typing import Any, NamedTuple

from metrics.domain.admission.news import Counted, News, Released, Withdrawn
from metrics.domain.admission.rules import PRIMARY_MARKETS
from metrics.domain.book import BookUpdate, Refused, read_ladder
from metrics.domain.frames import BookTicker, Ticker, Trade

SHOWN, HELD = "shown", "held"
REPEATED, OUT_OF_DATE = "repeated", "out_of_date"
DIFF, MISMATCH = "diff_depth", "price_mismatch"
MIXED_PRICES, MIXED_IDS = "mixed_prices", "mixed_ids"

Verdict = str
"""SHOWN, HELD, or why it is refused."""


class Price(NamedTuple):
    """A reference: what names its symbol and a price, or two."""

    low: float
    high: float
    at: float


@dataclass(eq=False)
class Numbered:
    """A message that got as far as the rule of the ids."""

    number: int
    at: float
    is_accepted: bool = False
    is_withdrawn: bool = False
    is_lower: bool = False
    """Not accepted, and never was."""
    begins_run: bool = False


@dataclass(eq=False)
class Book(Numbered):
    """A book, when it was received, and what has become of it."""

    update: BookUpdate = field(kw_only=True)
    touch: tuple[float, float] = (0.0, inf)
    """Best bid and best ask, as far as there are any."""
    had_reference: bool = False
    is_confirmed: bool = False
    is_doubted: bool = False
    """Accepted while its market was suspect."""

    @property
    def depth(self) -> int:
        """As its name says, 20 where it does not; a book of exactly 5 or 10 levels on both sides is one of those."""
        bids, asks = len(self.update.bids), len(self.update.asks)
        return bids if bids == asks and bids in (5, 10) else self.update.depth or 20

    @property
    def is_thin(self) -> bool:
        return min(len(self.update.bids), len(self.update.asks)) < self.update.depth

    @property
    def is_shallow(self) -> bool:
        """Thin, with exactly 5 or 10 levels on both sides: it may be of another depth."""
        return self.is_thin and self.depth < self.update.depth

    @property
    def is_one_sided(self) -> bool:
        """Is one side empty? No book of contracts is."""
        return (self.touch[0] == 0) != (self.touch[1] == inf)

    @property
    def prices(self) -> set[float]:
        """All of both sides."""
        return {price for price, _ in self.update.bids + self.update.asks}


@dataclass(eq=False)
class Stream:
    """What came on a stream of contracts that calls itself a book, since it was silent for a minute."""

    heard_at: float = -inf
    is_diff: bool = False
    books: list[Book] = field(default_factory=list)
    before_full: int = 0
    """How many books of the market had got as far as their id when the last full one came."""

    @property
    def known_prices(self) -> set[float]:
        """Those of the book before, and of the shallow one that came last; none where only shallow ones came."""
        deep = [book for book in self.books if not book.is_shallow][-1:]
        shallow = [book for book in self.books if book.is_shallow][-1:]
        return set().union(*[book.prices for book in deep + shallow]) if deep else set()

    def is_proven(self, now: float) -> bool:
        """A second has passed or ten thin ones have come without a sign."""
        thin = [book for book in self.books if book.is_thin]
        return bool(thin) and (len(thin) >= 10 or now - thin[0].at >= 1)


@dataclass(eq=False)
class Past:
    """All that ever came of one market."""

    symbol: str
    market: str
    books: list[Book] = field(default_factory=list)
    touches: list[Numbered] = field(default_factory=list)
    trades: dict[str, list[tuple[Trade, bool]]] = field(default_factory=dict)
    ticked_at: list[float] = field(default_factory=list)
    references: list[Price] = field(default_factory=list)
    streams: dict[int, Stream] = field(default_factory=dict)
    held: list[Book] = field(default_factory=list)
    signs: list[tuple[float, str]] = field(default_factory=list)
    jumps: list[tuple[float, int]] = field(default_factory=list)
    """When, and 1 up or -1 down. A book of another coin that was not shown would have jumped there, and back."""
    mismatches: list[float] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    """How many books had been accepted each time the market was suspected, or a book was withdrawn."""

    def ends_life(self) -> None:
        """It is live no more, whatever comes next."""
        self.ends.append(sum(one.is_accepted for one in self.books))

    @property
    def newest(self) -> Book | None:
        """The book that was accepted last, unless it was withdrawn."""
        accepted = [book for book in self.books if book.is_accepted]
        return accepted[-1] if accepted and not accepted[-1].is_withdrawn else None

    def has_reference(self, now: float) -> bool:
        """Has something named its symbol and a price within the last minute?"""
        return bool(self.references) and now - self.references[-1].at <= 60

    def is_suspect(self, now: float) -> bool:
        """Ten seconds have not passed without a sign."""
        return bool(self.signs) and now - self.signs[-1][0] < 10

    def is_live(self, now: float, stale_after: float) -> bool:
        """Is its newest book fresh, neither withdrawn nor suspect?"""
        return self.newest is not None and now - self.newest.at <= stale_after and not self.is_suspect(now)

    def can_be_followed(self, now: float, stale_after: float) -> bool:
        """Is it live, with both sides?"""
        return self.newest is not None and not self.newest.is_one_sided and self.is_live(now, stale_after)

    def lives_since(self, stale_after: float) -> float:
        """Since when it could have been followed, without a silence, a doubt, an empty side or a withdrawal between."""
        accepted = [one for one in self.books if one.is_accepted][max(self.ends, default=0) :]
        since = inf
        for number, book in reversed([*enumerate(accepted)]):
            is_last = number == len(accepted) - 1
            is_pause = not is_last and accepted[number + 1].at - book.at > stale_after
            if is_pause or book.is_one_sided or book.is_doubted:
                break
            since = min(since, book.at)
        return since


class Rulebook:
    """Decides about one message after the other. `news` is what became of books that waited, or were shown."""

    def __init__(
        self, stale_after: float = 5.0, max_lag: float = 30.0, primary: tuple[str, ...] = PRIMARY_MARKETS
    ) -> None:
        self.stale_after = stale_after
        self.max_lag = max_lag or inf
        self.primary = primary
        self.pasts: list[Past] = []
        self.news: list[News] = []
        self._accepted: list[Past] = []
        self._followed: dict[str, Past] = {}

    def past(self, symbol: str, market: str) -> Past:
        """All of one market."""
        for past in self.pasts:
            if (past.symbol, past.market) == (symbol, market):
                return past
        self.pasts.append(Past(symbol, market))
        return self.pasts[-1]

    def live(self, now: float) -> set[tuple[str, str]]:
        """Symbol and market of what may be shown."""
        return {(past.symbol, past.market) for past in self.pasts if past.is_live(now, self.stale_after)}

    def follow(self, symbol: str, now: float) -> str | None:
        """The market that the bare name of a symbol means from now on: at first that of its first book.

        It stays while it is live. Then it is the live one that comes first, and where none is, it stays. One that
        comes before it takes its place back once it has been live for 30 seconds, or if both went live within a second
        of each other.
        """
        followed = self._followed.get(symbol) or next(
            (past for past in self._accepted if past.symbol == symbol), None
        )
        if followed is None:
            return None
        places = {name: place for place, name in enumerate(self.primary)}
        can_be = [
            past
            for past in self.pasts
            if past.symbol == symbol and past.can_be_followed(now, self.stale_after)
        ]
        if followed in can_be:
            since = followed.lives_since(self.stale_after)
            can_be = [followed] + [
                past
                for past in can_be
                if places.get(past.market, inf) < places.get(followed.market, inf)
                and (
                    past.lives_since(self.stale_after) <= now - 30
                    or past.lives_since(self.stale_after) <= since + 1
                )
            ]
            can_be = sorted(can_be, key=lambda past: places.get(past.market, inf))
        else:
            can_be = sorted(can_be, key=lambda past: (places.get(past.market, inf), past.market))
        self._followed[symbol] = (can_be or [followed])[0]
        return self._followed[symbol].market

    def take_news(self) -> list[News]:
        """What was decided since the last call."""
        news, self.news = self.news, []
        return news

    # -- Books -------------------------------------------------------------------------------

    def book(self, update: BookUpdate, now: float) -> Verdict:
        """A book arrives: form, symbol, numbers, time, coin, and then its place."""
        past = self.past(update.symbol, update.market)
        book = Book(update.update_id, now, update=update)
        if update.names_symbol and self._is_diff(past, book):
            return DIFF
        try:
            bids, asks, _, _ = read_ladder(update.bids, update.asks, 10**6)
        except Refused as refusal:
            return refusal.reason
        if untimely := self._untimely(update.event_time, now):
            return untimely
        if update.names_symbol:
            stream = past.streams[update.depth]
            stream.books.append(book)
            must_wait = book.is_thin
            if not must_wait:
                stream.before_full = len(past.books)
            if must_wait and stream.is_proven(now):
                past.held.append(book)
                self._release_thin(past, update.depth)
                return HELD
        else:
            book.touch = (bids[0][0] if bids else 0.0, asks[0][0] if asks else inf)
            must_wait = past.has_reference(now) and not agrees(past.references[-1], book)
        if must_wait:
            past.held.append(book)
            waiting = [one for one in past.held if not one.update.names_symbol]
            if len(waiting) > 20:
                self._refuse_held(past, waiting[0], MISMATCH)
            return HELD
        return self._place(past, book)

    def _place(self, past: Past, book: Book) -> Verdict:
        """Depth, id: what meets these, too, is accepted, and shown unless the market is suspect."""
        now = book.at
        before = past.newest
        if before and book.depth < before.depth:
            patience = 1 if book.update.depth == before.update.depth else self.stale_after
            if now - before.at <= patience:
                return "other_depth"
        book.had_reference = past.has_reference(now)
        verdict = SHOWN if takes_over(past, book) else newer(past.books, book, self.stale_after)
        past.books.append(book)
        if verdict == OUT_OF_DATE and not book.had_reference and not book.update.names_symbol:
            self._look_for_mixed_ids(past, now)
        if verdict != SHOWN:
            return verdict
        book.is_accepted = True
        self._accepted.append(past)
        book.is_confirmed = book.had_reference
        if before and not book.had_reference and (way := jump(before, book)):
            self._look_for_mixed_prices(past, now, way)
        book.is_doubted = past.is_suspect(now)
        return past.signs[-1][1] if book.is_doubted else SHOWN

    # Form

    def _is_diff(self, past: Past, book: Book) -> bool:
        """Does it show a sign, or has its stream shown one? What was taken for a book from it is withdrawn."""
        depth = book.update.depth
        stream = past.streams.get(depth)
        if stream is None or book.at - stream.heard_at > 60:
            stream = past.streams[depth] = Stream(before_full=len(past.books))
        stream.heard_at = book.at
        if stream.is_diff:
            return True
        stream.is_diff = is_sign(book, stream.known_prices)
        if stream.is_diff:
            if waiting := [one for one in past.held if one.update.depth == depth]:
                self.news.append(Counted(past.symbol, past.market, DIFF, len(waiting)))
            past.held = [one for one in past.held if one not in waiting]
            self._withdraw_diffs(past, stream, depth)
        return stream.is_diff

    def _withdraw_diffs(self, past: Past, stream: Stream, depth: int) -> None:
        newest = past.newest
        if newest is None or newest.update.depth != depth:
            return
        thin = [one for one in past.books[stream.before_full :] if one.update.depth == depth and one.is_thin]
        since = min([one.at for one in thin if one.is_accepted], default=newest.at)
        for one in past.books:
            one.is_withdrawn = True
        past.ends_life()
        self.news.append(Withdrawn(past.symbol, past.market, since))

    def _release_thin(self, past: Past, depth: int) -> None:
        for book in [one for one in past.held if one.update.names_symbol and one.update.depth == depth]:
            self._release(past, book)

    # Time

    def _untimely(self, sent_at: float | None, now: float) -> Verdict:
        if sent_at is not None and now - sent_at > self.max_lag:
            return "late"
        if sent_at is not None and sent_at - now > 60:
            return "ahead_of_time"
        return ""

    # Coin

    def _look_for_mixed_prices(self, past: Past, now: float, way: int) -> None:
        """Mids jump back and forth within a minute."""
        before = past.jumps[-1:]
        past.jumps.append((now, way))
        if before and way == -before[0][1] and now - before[0][0] <= 60:
            self._suspect(past, MIXED_PRICES, before[0][0], now)

    def _look_for_mixed_ids(self, past: Past, now: float) -> None:
        """Of the last 20 messages 8 have lower ids that were never accepted, and not all of them in a row."""
        begun = [place for place, one in enumerate(past.books) if one.begins_run][-1:]
        last = past.books[begun[0] if begun else 0 :][-20:]
        lower = [place for place, one in enumerate(last) if one.is_lower and not one.had_reference]
        between = last[lower[0] : lower[-1]]
        if len(lower) >= 8 and any(one.is_accepted for one in between):
            self._suspect(past, MIXED_IDS, last[lower[0]].at, now)

    def _suspect(self, past: Past, reason: str, since: float, now: float) -> None:
        """What was shown in the minute before, and nothing has confirmed, may be of either."""
        if not past.is_suspect(now):
            shown = [
                one.at
                for one in past.books
                if one.is_accepted and not one.is_withdrawn and not one.is_confirmed
            ]
            since = min(since, max(min([*shown, now]), now - 60))
            self.news.append(Withdrawn(past.symbol, past.market, since, reason))
        past.signs.append((now, reason))
        past.ends_life()

    # -- What is decided later ---------------------------------------------------------------

    def pass_time(self, now: float) -> None:
        """The clock moves on: what has waited for long enough is decided."""
        for past in self.pasts:
            for book in [one for one in past.held if not one.update.names_symbol and now - one.at >= 1]:
                self._refuse_held(past, book, MISMATCH)
            for depth, stream in past.streams.items():
                if stream.is_proven(now):
                    self._release_thin(past, depth)

    def _release(self, past: Past, book: Book) -> None:
        """It goes on with the rules it had not come to, as of its receipt, unless a newer one was accepted since."""
        past.held.remove(book)
        accepted = [one for one in past.books if one.is_accepted]
        ids = [one.number for one in accepted if not one.is_withdrawn]
        is_overtaken = ids and book.number < ids[-1] and accepted[-1].at > book.at
        verdict = OUT_OF_DATE if is_overtaken else self._place(past, book)
        self.news.append(
            Released(book.update, book.at) if verdict == SHOWN else Counted(past.symbol, past.market, verdict)
        )

    def _refuse_held(self, past: Past, book: Book, reason: str) -> None:
        past.held.remove(book)
        accepted = [one.at for one in past.books if one.is_accepted]
        if past.mismatches and accepted and accepted[-1] > past.mismatches[-1]:
            past.jumps.append((book.at, -1 if book.touch[0] > past.references[-1].high else 1))
        past.mismatches.append(book.at)
        self.news.append(Counted(past.symbol, past.market, reason))

    # -- What names its symbol ---------------------------------------------------------------

    def hear(self, frame: Trade | Ticker | BookTicker, now: float) -> Verdict:
        """Something that names its symbol arrives; where it is no news, it is no reference."""
        if untimely := self._untimely(frame.event_time, now):
            return untimely
        past = self.past(frame.symbol, frame.market)
        prices: tuple[float, float] | None
        if isinstance(frame, Trade):
            verdict, prices = self._trade(past, frame), (frame.price, frame.price)
        elif isinstance(frame, BookTicker):
            verdict, prices = self._touch(past, frame, now), (frame.bid, frame.ask)
        else:
            verdict, prices = self._ticker(past, frame), _ticker_prices(frame)
        if verdict == SHOWN and prices:
            self._refer(past, Price(*prices, now))
        return verdict

    def _touch(self, past: Past, frame: BookTicker, now: float) -> Verdict:
        touch = Numbered(frame.update_id, now)
        verdict = newer(past.touches, touch, self.stale_after)
        past.touches.append(touch)
        touch.is_accepted = verdict == SHOWN
        return verdict

    def _ticker(self, past: Past, ticker: Ticker) -> Verdict:
        if past.ticked_at and ticker.event_time <= past.ticked_at[-1]:
            return REPEATED
        past.ticked_at.append(ticker.event_time)
        return SHOWN

    def _trade(self, past: Past, trade: Trade) -> Verdict:
        """Above the last one; else the last of ten in a row that were traded later than that."""
        trades = past.trades.setdefault(trade.stream, [])
        accepted = [place for place, (_, is_accepted) in enumerate(trades) if is_accepted]
        is_new = True
        if accepted:
            last = trades[accepted[-1]][0]
            row: set[int] = set()
            for one in [one for one, _ in trades[accepted[-1] + 1 :]] + [trade]:
                is_later = one.trade_id < last.trade_id and one.traded_at > last.traded_at
                row = row | {one.trade_id} if is_later else set()
            is_new = trade.trade_id > last.trade_id or len(row) >= 10
        trades.append((trade, is_new))
        return SHOWN if is_new else REPEATED

    def _refer(self, past: Past, reference: Price) -> None:
        """A reference decides about what was accepted last, and about what was held back."""
        past.references.append(reference)
        newest = past.newest
        if newest and not agrees(reference, newest):
            self._contradict(past, newest)
        else:
            for book in past.books:
                book.is_confirmed = True
        for book in [one for one in past.held if not one.update.names_symbol]:
            if agrees(reference, book):
                self._release(past, book)
            else:
                self._refuse_held(past, book, MISMATCH)

    def _contradict(self, past: Past, newest: Book) -> None:
        """It is withdrawn with everything that was accepted since books were accepted without a reference."""
        accepted = [one for one in past.books if one.is_accepted and not one.is_withdrawn]
        unconfirmed = [one for one in accepted if not one.is_confirmed]
        for book in unconfirmed or [newest]:
            book.is_withdrawn = True
        past.ends_life()
        since = unconfirmed[0].at if unconfirmed else None
        self.news.append(Withdrawn(past.symbol, past.market, since))


def newer(before: "list[Any]", message: Numbered, stale_after: float) -> Verdict:
    """What the id says: SHOWN, REPEATED or OUT_OF_DATE. `before` is what came of the market, in order."""
    accepted = [one.number for one in before if one.is_accepted and not one.is_withdrawn]
    number, now = message.number, message.at
    if not accepted or number > accepted[-1]:
        return SHOWN
    if number == accepted[-1]:
        return REPEATED
    message.begins_run = now - max(one.at for one in before) > stale_after
    if message.begins_run:
        return SHOWN
    if number in accepted[-1000:]:
        return REPEATED
    last = max(place for place, one in enumerate(before) if one.is_accepted)
    in_a_row = [one for one in before[last:] if one.is_lower]
    alone_since = max(one.at for one in before if not one.is_lower)
    alone = [one for one in in_a_row if one.at > alone_since]
    message.begins_run = len({one.number for one in in_a_row} | {number}) >= 10 or (
        now - alone_since > stale_after and len({one.number for one in alone} | {number}) >= 2
    )
    message.is_lower = not message.begins_run
    return SHOWN if message.begins_run else OUT_OF_DATE


def takes_over(past: Past, book: Book) -> bool:
    """Is it deeper than what is shown, with an id that is news among the books of its depth?

    A book that was withdrawn leaves the id behind that was the last one before it.
    """
    accepted = [one for one in past.books if one.is_accepted]
    like = [place for place, one in enumerate(accepted) if one.depth == book.depth]
    last = accepted[like[-1]].number if like else -1
    if like and accepted[like[-1]].is_withdrawn:
        left = [one.number for one in accepted[: like[-1]] if not one.is_withdrawn]
        last = min(last, left[-1] if left else -1)
    newest = past.newest
    return newest is not None and book.depth > newest.depth and book.number > last


def agrees(price: Price, book: Book) -> bool:
    """Does it lie between best bid - 10 % and best ask + 10 %?"""
    bid, ask = book.touch
    return bid * (1 - 0.1) <= price.low and price.high <= ask * (1 + 0.1)


def jump(before: Book, book: Book) -> int:
    """Do mids differ by more than 10 % of the smaller one, and touches not overlap? Then up (1) or down (-1)."""
    if any(bid == 0 or ask == inf for bid, ask in (before.touch, book.touch)):
        return 0
    if book.touch[0] <= before.touch[1] and before.touch[0] <= book.touch[1]:
        return 0
    mid_before, mid = sum(before.touch) / 2, sum(book.touch) / 2
    if abs(mid - mid_before) <= 0.1 * min(mid, mid_before):
        return 0
    return 1 if mid > mid_before else -1


def is_sign(book: Book, known: set[float]) -> bool:
    """Of a diff under the name of a book: one is enough. `known` are prices that came before, if any did."""
    bids, asks, levels = book.update.bids, book.update.asks, book.update.depth
    bid_prices, ask_prices = [price for price, _ in bids], [price for price, _ in asks]
    return (
        any(quantity == 0 for _, quantity in bids + asks)
        or bid_prices != sorted(bid_prices, reverse=True)
        or ask_prices != sorted(ask_prices)
        or max(len(bids), len(asks)) > levels
        or bool(bids) != bool(asks)
        or (
            book.is_thin
            and not book.is_shallow
            and bool(known)
            and len(book.prices & known) < len(book.prices) / 2
        )
    )


def _ticker_prices(ticker: Ticker) -> tuple[float, float] | None:
    """Its own best bid and ask, else its last price where that was traded within the minute before."""
    if ticker.bid and ticker.ask:
        return ticker.bid, ticker.ask
    if ticker.last_trade_at is not None and ticker.event_time - ticker.last_trade_at <= 60:
        return ticker.last, ticker.last
    return None
