"""Strategies at work: they are shown frames, decide by the configuration in force, and let nothing out that is halted.

The configuration in force and the halts are whole objects, replaced between two messages.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache

from halts.domain import HaltRecord, Halts
from metrics.domain.admission.gate import Admission
from metrics.domain.frames import Frame
from metrics.domain.market import LIVE, ONE_SIDED, STALE, SUSPECT, MarketId
from strategies.domain.cross_exchange_spread import ANY, seen_from
from strategies.domain.decision import Decision
from strategies.domain.evaluators import EVALUATORS, Evaluator
from strategies.domain.in_force import Applied, InForce, defaults
from strategies.domain.measurements import Measurements
from strategies.domain.pause import Earlier
from strategies.domain.recent import Recent
from strategies.domain.signal import BookSeen, Signal, make_signal

logger = logging.getLogger(__name__)

REMEMBERED_SYMBOLS = 100_000


def everything(symbol: str) -> bool:
    """Of whose symbols nobody else takes a share."""
    return True


def not_kept(signal: Signal, halt: HaltRecord) -> None:
    """What becomes of signals that are halted where nobody looks at them."""


class RunningStrategy:
    """One strategy: the evaluator, its state per symbol, and what it measured lately, where it measures."""

    def __init__(self, evaluator: Evaluator, max_symbols: int, *, measures: bool = True) -> None:
        self.evaluator = evaluator
        self.states: Recent[str, object] = Recent(evaluator.new_state, max_symbols)
        self.measurements = Measurements(max_symbols) if measures and evaluator.measuring else None

    def measure(self, symbol: str, frame: Frame, parameters: object, now: float) -> None:
        """Note what a frame that was evaluated has shown, where it is this symbol's turn."""
        measuring, measurements = self.evaluator.measuring, self.measurements
        if measuring and measurements and measurements.wants(symbol, now):
            quantities = measuring.measure(self.states[symbol], frame, parameters, now)
            measurements.note(symbol, quantities, now)

    def resume(self, signals: Mapping[str, Iterable[Earlier]]) -> None:
        """Take over what was decided before, by symbol, in place of what it remembers of that."""
        if pause := self.evaluator.pause:
            for symbol in {*self.states, *signals}:
                pause.resume(self.states[symbol], signals.get(symbol, ()))


class RunningStrategies:
    """Those of `names`, for the symbols that this process `owns`, about markets as `admission` knows them.

    What is decided about several venues is put as `executing_venue` sees it.
    """

    def __init__(
        self,
        names: Collection[str],
        emit: Callable[[Signal], None],
        admission: Admission,
        *,
        hold_back: Callable[[Signal, HaltRecord], None] = not_kept,
        owns: Callable[[str], bool] = everything,
        executing_venue: str = ANY,
        measure: bool = True,
    ) -> None:
        self.by_name = {
            name: RunningStrategy(evaluator, admission.rules.max_symbols, measures=measure)
            for name, evaluator in EVALUATORS.items()
            if name in names
        }
        self.reads = frozenset(kind for each in self.by_name.values() for kind in each.evaluator.reads)
        self.in_force: InForce = defaults()
        self.halts = Halts()
        self.failures: Counter[tuple[str, str]] = Counter()
        self.signals: Counter[tuple[str, str]] = Counter()
        self.suppressed: Counter[str] = Counter()
        self._emit, self._hold_back = emit, hold_back
        self._admission = admission
        self._owns = lru_cache(REMEMBERED_SYMBOLS)(owns)
        self._executing_venue = executing_venue
        self._readers = {
            kind: [each for each in self.by_name.values() if kind in each.evaluator.reads]
            for kind in self.reads
        }

    @property
    def evicted(self) -> int:
        """States forgotten to stay within bounds."""
        return sum(strategy.states.evicted for strategy in self.by_name.values())

    def evaluate(self, frame: Frame, now: float, *, is_followed: bool) -> None:
        """Show an admitted frame to every strategy that reads its kind."""
        for strategy in self._readers.get(type(frame), ()):
            if is_followed or strategy.evaluator.all_venues:
                self._evaluate(strategy, frame, now)

    def withdraw(self, symbol: str, market: str) -> None:
        """Make strategies forget a book that was none, or another's."""
        for strategy in self.by_name.values():
            state = strategy.states.get(symbol)
            if state is not None:
                strategy.evaluator.withdraw(state, market)

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
        symbol = self._admission.get(name)
        market = self._admission.follow(symbol, now) if symbol else None
        if market is None or not market.is_shown:
            return None
        age = now - market.accepted_at
        fresh = ONE_SIDED if market.is_one_sided else LIVE
        state = STALE if age > self._admission.rules.stale_after else fresh
        shown = SUSPECT if market.is_suspect(now) else state
        named = MarketId(name, market.name)
        return BookSeen(named.venue, named.form, market.last_id, shown, round(1000 * age))

    def _failed(self, strategy_id: str, error: Exception) -> None:
        kind = (strategy_id, type(error).__name__)
        self.failures[kind] += 1
        if self.failures[kind] == 1:
            logger.error(
                "strategy_failed %s %s: %s; counted from now on, not logged again",
                *kind, error, exc_info=error,
            )  # fmt: skip
