"""Messages in, signals out: decodes, admits, evaluates, and lets nothing out that is halted.

Plain and synchronous; whoever owns it decides when a message is taken in and where signals go. The
configuration in force and the halts are whole objects, replaced between two messages.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection
from functools import lru_cache
from time import time

from configuration.domain.halts import Halts
from metrics.domain.book import BookUpdate, Refused
from metrics.domain.frames import BookTicker, Frame, OnchainFlow
from metrics.feed.wire import Ignored, Partition, WireDecoder
from strategies.domain.admission import Admission
from strategies.domain.decision import Decision
from strategies.domain.evaluators import EVALUATORS, Evaluator
from strategies.domain.in_force import Applied, InForce, defaults
from strategies.domain.recent import Recent
from strategies.domain.signal import Signal, make_signal

logger = logging.getLogger(__name__)

REMEMBERED_SYMBOLS = 100_000


class Desk:
    """One strategy at its work: the evaluator, and its state per symbol."""

    def __init__(self, evaluator: Evaluator, max_symbols: int) -> None:
        self.evaluator = evaluator
        self.states: Recent[str, object] = Recent(evaluator.new_state, max_symbols)


class Engine:
    """Evaluates `strategies` for the symbols of one partition."""

    def __init__(
        self,
        strategies: Collection[str],
        emit: Callable[[Signal], None],
        *,
        partition: Partition | None = None,
        stale_after: float = 5.0,
        max_symbols: int = 10_000,
        clock: Callable[[], float] = time,
    ) -> None:
        self.desks = {
            name: Desk(evaluator, max_symbols) for name, evaluator in EVALUATORS.items() if name in strategies
        }
        self.decoder = WireDecoder(partition, self._frames_read())
        self.in_force: InForce = defaults()
        self.halts = Halts()
        self.messages = 0
        self.last_message_at: float | None = None
        self.refused: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()
        self.failures: Counter[tuple[str, str]] = Counter()
        self.signals: Counter[tuple[str, str]] = Counter()
        self.suppressed: Counter[str] = Counter()
        self._emit = emit
        self.clock = clock
        self._now = 0.0
        self._admission = Admission(stale_after, max_symbols)
        self._owns = lru_cache(REMEMBERED_SYMBOLS)(self.decoder.partition.owns)
        self._readers = {
            kind: [desk for desk in self.desks.values() if kind in desk.evaluator.reads]
            for kind in self._frames_read()
        }

    @property
    def evicted(self) -> int:
        """States forgotten to stay within bounds."""
        return sum(desk.states.evicted for desk in self.desks.values())

    def process(self, raw: bytes, subject: str = "") -> None:
        """Take one message in; whatever it holds, it is evaluated, ignored or refused, and counted."""
        # A clock that is set back must not make the past of a window its future.
        self._now = now = max(self._now, self.clock())
        self.messages += 1
        self.last_message_at = now
        try:
            frame = self.decoder.decode(raw, subject)
            if isinstance(frame, Ignored):
                self.ignored[frame.kind] += 1
                return
            if isinstance(frame, BookUpdate):
                self._admission.check_book(frame, now)
            elif isinstance(frame, BookTicker):
                self._admission.check_ticker(frame, now)
            elif isinstance(frame, OnchainFlow):
                self._admission.check_report(frame, now)
        except Refused as refusal:
            self.refused[refusal.reason] += 1
            return
        self.evaluate(frame, now)

    def evaluate(self, frame: Frame, now: float) -> None:
        """Show an admitted frame to every strategy that reads its kind."""
        is_followed = self._admission.is_followed(frame, now)
        for desk in self._readers[type(frame)]:
            if is_followed or desk.evaluator.all_venues:
                self._evaluate(desk, frame, now)

    def _evaluate(self, desk: Desk, frame: Frame, now: float) -> None:
        evaluator = desk.evaluator
        try:
            symbol = evaluator.symbol_of(frame)
            if symbol is None or not self._owns(symbol):
                return
            applied = self.in_force.of(evaluator.strategy_id, symbol)
            for decision in evaluator.evaluate(desk.states[symbol], frame, applied.parameters, now):
                self._decided(evaluator, decision, applied, now)
        except Exception as error:  # noqa: BLE001 - one strategy's mistake is neither the others' nor the stream's
            self._failed(evaluator.strategy_id, error)

    def _decided(self, evaluator: Evaluator, decision: Decision, applied: Applied, now: float) -> None:
        name = evaluator.strategy_id
        if self.halts.is_halted(name, decision.symbol):
            self.suppressed[name] += 1
            return
        seen = self._admission.book_seen(decision.symbol, now)
        self._emit(make_signal(name, evaluator.name, decision, applied.used, seen, now))
        self.signals[name, decision.action] += 1

    def _failed(self, strategy_id: str, error: Exception) -> None:
        kind = (strategy_id, type(error).__name__)
        self.failures[kind] += 1
        if self.failures[kind] == 1:
            logger.error(
                "strategy_failed %s %s: %s; counted from now on, not logged again",
                *kind, error, exc_info=error,
            )  # fmt: skip

    def _frames_read(self) -> frozenset[type[Frame]]:
        return frozenset(kind for desk in self.desks.values() for kind in desk.evaluator.reads)
