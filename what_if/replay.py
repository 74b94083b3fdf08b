"""The market once more, past several runs of a strategy, each with a configuration of its own.

They are the evaluators that run live, behind one intake, and the clock is that of the messages: the same messages give
the same answer. Halts are kept apart: what is halted is decided all the same, and marked.
"""

import heapq
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import count
from math import inf, nextafter
from typing import NamedTuple, cast

from msgspec.structs import replace

from halts.domain import Halts
from metrics.domain.admission.gate import Admission
from metrics.domain.admission.rules import Rules
from metrics.domain.full_books import FullBooks
from metrics.domain.window import TIMEFRAMES
from metrics.feed.partition import Share
from metrics.feed.wire import read_levels
from strategies.domain.cross_exchange_spread import ANY
from strategies.domain.decision import Side
from strategies.domain.in_force import InForce
from strategies.domain.outcomes import SPANS, Outcome, Span, never_known, outcome_of
from strategies.domain.pause import Earlier
from strategies.domain.signal import Signal
from strategies.intake import Intake
from strategies.intake import Side as Shown
from strategies.running import RunningStrategies, everything
from what_if.domain.decided import Decided, decided
from what_if.domain.timeline import Timeline
from what_if.prices import Prices

DECIDE_SECONDS = 0.25
"""As often as a strategy process lets time pass."""
TIDY_SECONDS = 1.0


MOST_SIGNALS = 100_000
"""Of all runs together; what becomes of each is kept in memory."""

Run = list[Decided]
"""What was decided within the span, in order."""


class Due(NamedTuple):
    """A moment at which the price of a signal's market is looked up."""

    at: float
    number: int
    run: Run
    place: int
    span: Span


class Replay:
    """Takes messages in the order of their receipt; then `runs` have what was decided, in the order of
    `configurations`.

    Signals count from `since` on and before `until`: what comes before warms up, what comes after shows what became of
    the price. Where it is given what was decided `before`, by symbol, all runs take that over at `since`: what they
    decided themselves by then was decided without knowing it.
    """

    def __init__(
        self,
        strategy_id: str,
        configurations: Sequence[Timeline[InForce]],
        halts: Timeline[Halts],
        *,
        since: float,
        until: float,
        rules: Rules | None = None,
        full_books: FullBooks | None = None,
        share: Share | None = None,
        executing_venue: str = ANY,
        before: Mapping[str, Sequence[Earlier]] | None = None,
    ) -> None:
        self.runs: list[Run] = [[] for _ in configurations]
        self.now = self._passed_at = self._tidied_at = self._next_change = 0.0
        self._since, self._until, self._halts = since, until, halts
        self._strategy_id, self._before = strategy_id, before
        admission = Admission(rules or Rules(), read_levels)
        self._prices = Prices(admission)
        self._due: list[Due] = []
        self._numbers = count()
        self._sides = [
            RunningStrategies(
                [strategy_id],
                self._keeps(run),
                admission,
                owns=share.owns if share else everything,
                executing_venue=executing_venue,
                measure=False,
            )
            for run in self.runs
        ]
        self._heard = [side.by_name[strategy_id].states for side in self._sides]
        self._configurations = list(zip(self._sides, configurations, strict=True))
        self._shown: list[Shown] = [self._prices, *self._sides]
        self._intake = Intake(
            self._shown,
            admission,
            partition=share,
            full_books=full_books,
            clock=lambda: self.now,
        )

    @property
    def messages(self) -> int:
        """So many were taken."""
        return self._intake.messages

    @property
    def is_full(self) -> bool:
        """Are there MOST_SIGNALS? Then none is added, and what there is shows nothing."""
        return self.signals >= MOST_SIGNALS

    @property
    def signals(self) -> int:
        """Of all runs together."""
        return sum(map(len, self.runs))

    @property
    def failures(self) -> int:
        """How often an evaluator ended in an error."""
        return sum(side.failures.total() for side in self._sides)

    def heard(self, symbol: str | None) -> int:
        """How many of the reports that the strategy counts have come by now about a symbol, or about each at least."""
        strategy = self._sides[0].by_name[self._strategy_id]
        counted = strategy.evaluator.counted
        symbols = [symbol] if symbol else counted.symbols if counted else ()
        states = [strategy.states.get(each) for each in symbols]
        return min((counted.heard(state) if counted and state else 0 for state in states), default=0)

    @property
    def is_settled(self) -> bool:
        """Is the span over, and known what became of every price? Then no message changes anything any more."""
        return self.now >= self._until and not self._due

    def has_heard_of(self, symbol: str) -> bool:
        """Has anything come that the strategy goes by about a symbol?"""
        return any(symbol in each for each in self._heard)

    def take(self, at: float, data: bytes, subject: str = "") -> None:
        """One message, received at a moment that is not before that of the last one."""
        self._let_time_pass(at)
        self._intake.process(data, subject)

    def end(self, at: float) -> None:
        """There are no more messages, and it is as late as that: what became of prices until then is looked up."""
        self._let_time_pass(nextafter(at, inf))

    def _let_time_pass(self, until: float) -> None:
        """Step by step, so that nothing depends on when the next message happens to come. What is to be done at a
        moment is done once that is over: a book that comes then is the one that counts."""
        if not self.now:
            self._passed_at = self._tidied_at = until
        while (moment := min(self._passed_at + DECIDE_SECONDS, self._next_due)) < until:
            self._move_to(moment)
            if moment == self._next_due:
                self._look_up(heapq.heappop(self._due))
            else:
                self._pass()
        self._move_to(until)

    @property
    def _next_due(self) -> float:
        return self._due[0].at if self._due else inf

    def _move_to(self, moment: float) -> None:
        if self.now < self._since <= moment:
            self._begin()
        if self.now < self._until <= moment:
            self._shown[:] = [self._prices]  # nothing that is decided from here on counts
        self.now = moment
        if moment >= self._next_change:
            for side, configuration in self._configurations:
                side.in_force = configuration.at(moment)
            self._next_change = min(configuration.until(moment) for _, configuration in self._configurations)

    def _begin(self) -> None:
        """From here on signals count."""
        if self._before is not None:
            for side in self._sides:
                side.by_name[self._strategy_id].resume(self._before)

    def _pass(self) -> None:
        self._passed_at = self.now
        self._intake.pass_time()
        if self.now - self._tidied_at >= TIDY_SECONDS:
            self._tidied_at = self.now
            self._intake.tidy()

    def _keeps(self, run: Run) -> Callable[[Signal], None]:
        """What happens to the signals of a run."""

        def keep(signal: Signal) -> None:
            if not self._since <= self.now < self._until:
                return
            if self.is_full:
                return
            book = signal.metadata["book"]
            market = f"{book['venue']}/{book['form']}" if book else ""
            mid = self._prices.mid(signal.symbol, market, self.now)
            halted = self._halts.at(self.now).is_halted(self._strategy_id, signal.symbol)
            one = decided(signal, self.now, market, mid, halted=halted)
            if why := never_known(one.action, mid, is_reached=True):
                one = replace(one, outcome={span: Outcome(unknown=why) for span in SPANS})
            else:
                self._ask_later(run)
            run.append(one)

        return keep

    def _ask_later(self, run: Run) -> None:
        for span in SPANS:
            due = Due(self.now + TIMEFRAMES[span], next(self._numbers), run, len(run), span)
            heapq.heappush(self._due, due)

    def _look_up(self, due: Due) -> None:
        one = due.run[due.place]
        then = self._prices.sight(one.symbol, one.market, due.at)
        outcome = outcome_of(cast(Side, one.action), one.market, cast(float, one.mid), then)
        due.run[due.place] = replace(one, outcome={**one.outcome, due.span: outcome})


def only(symbols: Collection[str]) -> Share:
    """The share of those who ask about some symbols alone."""
    return _Only(frozenset(symbols))


class _Only(NamedTuple):
    symbols: frozenset[str]

    def owns(self, symbol: str) -> bool:
        """Is it one of them?"""
        return symbol in self.symbols
