"""Which part of the past is read for a question, and which of it counts."""

from typing import NamedTuple

from metrics.domain.window import TIMEFRAMES
from strategies.domain.outcomes import SPANS
from times import dated_clock, lasting
from what_if.domain.question import CannotBeJudged, Question
from what_if.sources import Source

WARM_UP_SECONDS = 60.0
"""Before a span, at least: books, references and what follows whom are learnt again."""
AFTERWARDS_SECONDS = max(TIMEFRAMES[span] for span in SPANS)
"""How far prices are followed behind the span."""


class Plan(NamedTuple):
    """What of a source is read, and of which part of it signals count; seconds since the epoch."""

    read_from: float
    since: float
    until: float
    read_until: float


def planned(question: Question, source: Source, looks_back: float) -> Plan:
    """As much of the span that is asked for as the source allows. Raises CannotBeJudged."""
    needs = max(WARM_UP_SECONDS, looks_back)
    since, until = max(question.since, source.first + needs), min(question.until, source.end)
    if since >= until:
        raise CannotBeJudged(_why_not(question, source, needs))
    return Plan(since - needs, since, until, min(source.end, until + AFTERWARDS_SECONDS))


def _why_not(question: Question, source: Source, needs: float) -> str:
    held = source.end - source.first
    name = "recording" if source.is_past else "journal"
    if not source.first:
        return f"It cannot be judged: the {name} holds nothing."
    if question.since >= source.end:
        return f"It cannot be judged: the {name} ends at {dated_clock(source.end)}, before the span begins."
    if held > needs:
        return (
            f"It cannot be judged: the {name} begins at {dated_clock(source.first)}, and {lasting(needs)} of it are "
            f"needed before the span, which ends at {dated_clock(question.until)}."
        )
    return (
        f"It cannot be judged: it needs {lasting(needs)} of the market before the span, "
        f"and the {name} holds {lasting(held)} in all."
    )
