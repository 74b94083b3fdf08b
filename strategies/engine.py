"""Messages in, signals out: decodes, admits, evaluates, and lets nothing out that is halted.

Plain and synchronous; whoever owns it decides when a message is taken in and where signals go. The
configuration in force and the halts are whole objects, replaced between two messages.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection
from functools import lru_cache
from time import time

from halts.domain import HaltRecord, Halts
from metrics.domain.admission.gate import Admission
from metrics.domain.admission.news import Released, Withdrawn
from metrics.domain.admission.rules import Rules
from metrics.domain.book import EMPTY_BOOK, BookUpdate, Refused
from metrics.domain.frames import BookChange, BookSnapshot, BookTicker, Frame, kind_of
from metrics.domain.full_books import FullBooks, Lost
from metrics.domain.market import LIVE, ONE_SIDED, STALE, SUSPECT, MarketId
from metrics.feed.counts import Counts
from metrics.feed.partition import Partition
from metrics.feed.payloads import MARKET_WIDE
from metrics.feed.streams import Ignored
from metrics.feed.wire import BOOKS_AND_REFERENCES, FULL_BOOKS, WireDecoder, read_levels
from strategies.domain.cross_exchange_spread import ANY, seen_from
from strategies.domain.decision import Decision
from strategies.domain.evaluators import EVALUATORS, Evaluator
from strategies.domain.in_force import Applied, InForce, defaults
from strategies.domain.measurements import Measurements
from strategies.domain.outcomes import Touch, touch_of
from strategies.domain.recent import Recent
from strategies.domain.signal import BookSeen, Signal, make_signal

logger = logging.getLogger(__name__)

REMEMBERED_SYMBOLS = 100_000


def not_kept(signal: Signal, halt: HaltRecord) -> None:
    """What becomes of signals that are halted where nobody looks at them."""


class RunningStrategy:
    """One strategy at its work: the evaluator, its state per symbol, and what it measured lately, where it measures."""

    def __init__(self, evaluator: Evaluator, max_symbols: int) -> None:
        self.evaluator = evaluator
        self.states: Recent[str, object] = Recent(evaluator.new_state, max_symbols)
        self.measurements = Measurements(max_symbols) if evaluator.measuring else None

    def measure(self, symbol: str, frame: Frame, parameters: object, now: float) -> None:
        """Note what a frame that was evaluated has shown, where it is this symbol's turn."""
        measuring, measurements = self.evaluator.measuring, self.measurements
        if measuring and measurements and measurements.wants(symbol, now):
            quantities = measuring.measure(self.states[symbol], frame, parameters, now)
            measurements.note(symbol, quantities, now)


class Engine:
    """Evaluates `strategies` for the symbols of one partition.

    What is decided about several venues is put as `executing_venue` sees it.
    """

    def __init__(
        self,
        strategies: Collection[str],
        emit: Callable[[Signal], None],
        *,
        hold_back: Callable[[Signal, HaltRecord], None] = not_kept,
        partition: Partition | None = None,
        rules: Rules | None = None,
        executing_venue: str = ANY,
        full_books: FullBooks | None = None,
        clock: Callable[[], float] = time,
    ) -> None:
        rules = rules or Rules()
        self.running = {
            name: RunningStrategy(evaluator, rules.max_symbols)
            for name, evaluator in EVALUATORS.items()
            if name in strategies
        }
        kinds = self._frames_read()
        references = BOOKS_AND_REFERENCES if BookUpdate in kinds else frozenset()
        self.full_books = full_books if BookUpdate in kinds else None
        if self.full_books:
            references |= FULL_BOOKS
        self.decoder = WireDecoder(partition, kinds | references, everywhere=MARKET_WIDE & kinds)
        self.in_force: InForce = defaults()
        self.halts = Halts()
        self.messages = 0
        self.last_message_at: float | None = None
        self._counts = Counts()
        self.refused, self.ignored = self._counts.refused, self._counts.ignored
        self.failures: Counter[tuple[str, str]] = Counter()
        self.signals: Counter[tuple[str, str]] = Counter()
        self.suppressed: Counter[str] = Counter()
        self.withdrawals = 0
        self._emit, self._hold_back = emit, hold_back
        self._executing_venue = executing_venue
        self.clock = clock
        self._now = 0.0
        self.admission = Admission(rules, read_levels)
        self._owns = lru_cache(REMEMBERED_SYMBOLS)(self.decoder.partition.owns)
        self._readers = {
            kind: [strategy for strategy in self.running.values() if kind in strategy.evaluator.reads]
            for kind in kinds
        }

    @property
    def evicted(self) -> int:
        """States forgotten to stay within bounds."""
        return sum(strategy.states.evicted for strategy in self.running.values())

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
        """Show an admitted frame to every strategy that reads its kind."""
        is_followed = self.admission.is_followed(frame, now)
        for strategy in self._readers[type(frame)]:
            if is_followed or strategy.evaluator.all_venues:
                self._evaluate(strategy, frame, now)

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
        if type(found) in self._readers:
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
        """Make strategies forget a book that was none, or another's."""
        self.withdrawals += 1
        for strategy in self.running.values():
            state = strategy.states.get(news.symbol)
            if state is not None:
                strategy.evaluator.withdraw(state, news.market)

    def _time(self) -> float:
        """A clock that is set back must not make the past of a window its future."""
        self._now = max(self._now, self.clock())
        return self._now

    def _evaluate(self, strategy: RunningStrategy, frame: Frame, now: float) -> None:
        evaluator = strategy.evaluator
        try:
            symbol = evaluator.symbol_of(frame)
            if symbol is None or not self._owns(symbol):
                return
            applied = self.in_force.of(evaluator.strategy_id, symbol)
            for decision in evaluator.evaluate(strategy.states[symbol], frame, applied.parameters, now):
                self._decided(evaluator, seen_from(decision, self._executing_venue), applied, now)
            strategy.measure(symbol, frame, applied.parameters, now)
        except Exception as error:  # noqa: BLE001 - one strategy's mistake is neither the others' nor the stream's
            self._failed(evaluator.strategy_id, error)

    def _decided(self, evaluator: Evaluator, decision: Decision, applied: Applied, now: float) -> None:
        name = evaluator.strategy_id
        seen = self._book_seen(decision.symbol, now)
        signal = make_signal(name, evaluator.name, decision, applied.used, seen, now)
        if halt := self.halts.widest(name, decision.symbol):
            self.suppressed[name] += 1
            self._hold_back(signal, halt)
        else:
            self._emit(signal)
            self.signals[name, decision.action] += 1

    def _book_seen(self, name: str, now: float) -> BookSeen | None:
        """The newest book of the followed market, None where there has been none, or it was withdrawn."""
        symbol = self.admission.get(name)
        market = self.admission.follow(symbol, now) if symbol else None
        if market is None or not market.is_shown:
            return None
        age = now - market.accepted_at
        fresh = ONE_SIDED if market.is_one_sided else LIVE
        state = STALE if age > self.admission.rules.stale_after else fresh
        shown = SUSPECT if market.is_suspect(now) else state
        named = MarketId(name, market.name)
        return BookSeen(named.venue, named.form, market.last_id, shown, round(1000 * age))

    def touch(self, name: str) -> Touch | None:
        """Best bid and ask of the followed market as of the newest message; None where its book is not live, or is one
        of contracts, whose prices are not kept here."""
        symbol = self.admission.get(name)
        market = self.admission.follow(symbol, self._now) if symbol else None
        if market is None or not market.can_be_followed(self._now, self.admission.rules.stale_after):
            return None
        return touch_of(*market.touch)

    def _failed(self, strategy_id: str, error: Exception) -> None:
        kind = (strategy_id, type(error).__name__)
        self.failures[kind] += 1
        if self.failures[kind] == 1:
            logger.error(
                "strategy_failed %s %s: %s; counted from now on, not logged again",
                *kind, error, exc_info=error,
            )  # fmt: skip

    def _frames_read(self) -> frozenset[type[Frame]]:
        return frozenset(kind for strategy in self.running.values() for kind in strategy.evaluator.reads)
