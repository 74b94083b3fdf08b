"""Messages in, frames out: decodes what comes, admits what may be acted on, and shows it to all `sides`.

Plain and synchronous; whoever owns it decides when a message is taken in.
"""

from collections.abc import Callable, Sequence
from time import time
from typing import Protocol

from metrics.domain.admission.gate import Admission
from metrics.domain.admission.news import Released, Withdrawn
from metrics.domain.book import EMPTY_BOOK, BookUpdate, Refused
from metrics.domain.frames import BookChange, BookSnapshot, BookTicker, Frame, kind_of
from metrics.domain.full_books import FullBooks, Lost
from metrics.feed.counts import Counts
from metrics.feed.partition import Share
from metrics.feed.payloads import MARKET_WIDE
from metrics.feed.streams import Ignored
from metrics.feed.wire import BOOKS_AND_REFERENCES, FULL_BOOKS, WireDecoder


class Side(Protocol):
    """Who acts on frames: shown each that was admitted, of the kinds it reads."""

    @property
    def reads(self) -> frozenset[type[Frame]]:
        """The kinds that are decoded for it."""

    def evaluate(self, frame: Frame, now: float, *, is_followed: bool) -> None:
        """Take a frame in; it `is_followed` where its market is the one that its symbol follows."""

    def withdraw(self, symbol: str, market: str) -> None:
        """Forget a book that was none, or another's."""


class Intake:
    """One way for all messages of a partition; every one is evaluated, ignored or refused, and counted."""

    def __init__(
        self,
        sides: Sequence[Side],
        admission: Admission,
        *,
        partition: Share | None = None,
        full_books: FullBooks | None = None,
        clock: Callable[[], float] = time,
    ) -> None:
        self._kinds = frozenset[type[Frame]]().union(*(side.reads for side in sides))
        references = BOOKS_AND_REFERENCES if BookUpdate in self._kinds else frozenset()
        self.full_books = full_books if BookUpdate in self._kinds else None
        if self.full_books:
            references |= FULL_BOOKS
        self.decoder = WireDecoder(partition, self._kinds | references, everywhere=MARKET_WIDE & self._kinds)
        self.messages = 0
        self.last_message_at: float | None = None
        self._counts = Counts()
        self.refused, self.ignored = self._counts.refused, self._counts.ignored
        self.withdrawals = 0
        self.clock = clock
        self._now = 0.0
        self.admission = admission
        self._sides = sides

    def process(self, raw: bytes, subject: str = "") -> None:
        """Take one message in; whatever it holds, it is evaluated, ignored or refused, and counted."""
        now = self._time()
        self.messages += 1
        self.last_message_at = now
        frame: Frame | None = None
        try:
            frame = self._admit(self.decoder.decode(raw, subject), now)
        except Refused as refusal:
            self._counts.refuse(refusal.reason, refusal.symbol)
            if refusal.symbol:
                self.admission.blame(refusal.symbol, refusal.reason, now, refusal.market)
        if self.admission.news:
            self._settle(now)
        if frame is not None:
            self.evaluate(frame, now)

    def pass_time(self) -> None:
        """Decide what was held back for long enough."""
        now = self._time()
        self.admission.pass_time(now)
        self._settle(now)

    def tidy(self) -> None:
        """Forget what is too much to be held against; to be called every second or so.

        What strategies know of a symbol that was heard in passing stays: it is bounded, and some look back for longer.
        """
        now = self._time()
        self.decoder.tidy(now)
        self.admission.tidy(now)
        self.admission.take_forgotten()

    def evaluate(self, frame: Frame, now: float) -> None:
        """Show an admitted frame to all."""
        is_followed = self.admission.is_followed(frame, now)
        for side in self._sides:
            side.evaluate(frame, now, is_followed=is_followed)

    def _admit(self, found: Frame | Ignored, now: float) -> Frame | None:
        """A frame that strategies may act on, None where there is none (now). Raises Refused."""
        if isinstance(found, Ignored):
            self.ignored[found.kind] += 1
            if found.symbol:
                self.admission.blame(found.symbol, found.kind, now)
            return None
        if isinstance(found, BookUpdate):
            return self._admit_book(found, now)
        if isinstance(found, (BookChange, BookSnapshot)):
            return self._keep_whole(found, now)
        if self.full_books and isinstance(found, BookTicker):
            self._forget(self.full_books.touch(found, now), now)
        self.admission.hear(found, now)
        if type(found) in self._kinds:
            return found
        self.ignored[kind_of(found)] += 1
        return None

    def _keep_whole(self, found: BookChange | BookSnapshot, now: float) -> BookUpdate | None:
        """A book that is kept whole, once it may be acted on; where it was lost, strategies forget it."""
        books = self.full_books
        if books is None:
            return None
        try:
            book = books.take(found, now)
        finally:
            self._forget(books.take_lost(), now)
        return self._admit_book(book, now) if book else None

    def _forget(self, books: list[Lost], now: float) -> None:
        for symbol, market, _, reason in books:
            if self.admission.interrupt(symbol, market, reason, now):
                self._withdraw(Withdrawn(symbol, market, None))

    def _admit_book(self, book: BookUpdate, now: float) -> BookUpdate | None:
        try:
            return book if self.admission.book(book, now) else None
        except Refused as refusal:
            if refusal.reason == EMPTY_BOOK and self.admission.is_newest(book, now):
                book.bids, book.asks = [], []
                self.evaluate(book, now)  # it gives no price, and shows that no condition holds any more
            raise

    def _settle(self, now: float) -> None:
        """Carry out what was decided about messages that had to wait."""
        for news in self.admission.take_news():
            if isinstance(news, Released):
                self.evaluate(news.update, now)
            elif isinstance(news, Withdrawn):
                self._withdraw(news)
            else:
                self._counts.refuse(news.reason, news.symbol, news.messages)

    def _withdraw(self, news: Withdrawn) -> None:
        self.withdrawals += 1
        for side in self._sides:
            side.withdraw(news.symbol, news.market)

    def _time(self) -> float:
        """A clock that is set back must not make the past of a window its future."""
        self._now = max(self._now, self.clock())
        return self._now
