"""Which part of the past is read for a question, and which of it counts."""

from math import floor, inf
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


class LooksBack(NamedTuple):
    """How many seconds before its moment a decision may depend on: of the market, and of what was decided. Where its
    window is as long as some `reports` should take, how many these are."""

    window: float
    pause: float
    reports: int = 0


class Plan(NamedTuple):
    """What of a source is read, and of which part of it signals count; seconds since the epoch.

    What was decided from `resumes_from` on and before `since` the ledger knows; None where it is not asked.
    """

    read_from: float
    since: float
    until: float
    read_until: float
    resumes_from: float | None = None


def planned(question: Question, source: Source, looks_back: LooksBack, known_since: float = inf) -> Plan:
    """As much of the span that is asked for as the source allows. Raises CannotBeJudged.

    When a strategy last decided is what the ledger says, which has every signal from `known_since` on; else it must
    have been seen to decide for as long as its pause.
    """
    hears = max(WARM_UP_SECONDS, looks_back.window)
    sees = max(hears, looks_back.pause)
    first = max(source.first + hears, min(source.first + sees, known_since + looks_back.pause))
    since, until = max(question.since, first), min(question.until, source.end)
    if since >= until:
        raise CannotBeJudged(_why_not(question, source, hears, sees))
    is_known = looks_back.pause > 0 and known_since + looks_back.pause <= since
    return Plan(
        since - (hears if is_known else sees),
        since,
        until,
        min(source.end, until + AFTERWARDS_SECONDS),
        since - looks_back.pause if is_known else None,
    )


def _why_not(question: Question, source: Source, hears: float, sees: float) -> str:
    held, until = source.end - source.first, min(question.until, source.end)
    needs = sees if source.is_past or source.first + hears < until else hears
    of_what = "the market" if source.is_past or needs == hears else "the market, or of the ledger,"
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
        f"It cannot be judged: it needs {lasting(needs)} of {of_what} before the span, "
        f"and the {name} holds {lasting(held)} in all."
    )


def of_asked(judged: float, asked: float) -> str:
    """So much of a length of time, of which it is a part; never more than it is."""
    unit, seconds = ("seconds", 1) if asked < 120 else ("minutes", 60) if asked < 7200 else ("hours", 3600)
    part, whole = floor(10 * judged / seconds) / 10, round(asked / seconds, 1)
    return f"{part:g} of the {whole:g} {unit}"
