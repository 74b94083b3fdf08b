"""What a strategy had decided before the span, as the ledger knows it: state that need not be replayed."""

import time
from math import inf
from typing import NamedTuple

from django.conf import settings

from strategies.domain.pause import Earlier
from strategies.ledger.earlier import earlier, known_since
from times import clock, lasting
from what_if.domain.question import Question
from what_if.sources import Source
from what_if.spans import Plan


class Before(NamedTuple):
    """Signals by symbol, of so many seconds before the span."""

    signals: dict[str, list[Earlier]]
    seconds: float

    @property
    def sentence(self) -> str:
        """From what the strategy goes on."""
        times = [each.at for signals in self.signals.values() for each in signals]
        many = f"{len(times):,} signal{'s' if len(times) > 1 else ''}" if times else "no signal"
        last = f", the last at {clock(max(times))}" if times else ""
        return (
            "When the strategy last decided is what the ledger says of the "
            f"{lasting(self.seconds)} before the span: {many}{last}."
        )


def ledger_reaches_to(source: Source) -> float:
    """From when on it has what was decided about a source; never of one of another time. Raises django.db.Error."""
    if source.is_past:
        return inf
    return known_since(time.time(), settings.SIGNALS_DAYS, settings.SIGNALS_ROWS)


def decided_before(question: Question, plan: Plan) -> Before | None:
    """As far as a decision may depend on it; None where nothing is to be taken over. Raises django.db.Error."""
    if plan.resumes_from is None:
        return None
    signals = earlier(question.strategy_id, question.symbol, plan.resumes_from, plan.since)
    return Before(signals, plan.since - plan.resumes_from)
