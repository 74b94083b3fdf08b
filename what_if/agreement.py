"""What the ledger has of a span beside what its replay brought: whether the past can be told again."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import DatabaseError

from strategies.ledger.reading import Choice
from what_if.domain.answer import Agreement
from what_if.domain.decided import Decided
from what_if.domain.question import Question
from what_if.spans import Plan

NEAR_SECONDS = 1.0
MOST = 10_000
"""More signals of the ledger are not compared."""


def agreement(question: Question, plan: Plan, replayed: list[Decided]) -> Agreement | None:
    """None where the ledger is away, or has too many."""
    start, end = (datetime.fromtimestamp(at, UTC) for at in (plan.since, plan.until))
    choice = Choice(strategy=question.strategy_id, symbol=question.symbol, start=start, end=end)
    try:
        rows = list(choice.records.values_list("symbol", "action", "decided_at")[: MOST + 1])
    except DatabaseError:
        return None
    if len(rows) > MOST:
        return None
    both = matched(replayed, ((symbol, action, at.timestamp()) for symbol, action, at in rows))
    return Agreement(
        ledger=len(rows),
        replayed=len(replayed),
        both=both,
        sentence=_sentence(len(rows), len(replayed), both),
    )


def matched(replayed: Iterable[Decided], kept: Iterable[tuple[str, str, float]]) -> int:
    """How many are in both: each is one of the other once at most, the earliest first."""
    times = defaultdict[tuple[str, str], list[float]](list)
    for one in replayed:
        times[one.symbol, one.action].append(one.at)
    for each in times.values():
        each.sort()
    count = 0
    for symbol, action, at in sorted(kept, key=lambda row: row[2]):
        near = times[symbol, action]
        place = bisect_left(near, at - NEAR_SECONDS)
        if place < len(near) and near[place] <= at + NEAR_SECONDS:
            del near[place]
            count += 1
    return count


def _sentence(kept: int, replayed: int, both: int) -> str:
    if kept == replayed == both:
        return f"The replay with what was in force brings the {kept:,} signals that the ledger has."
    return (
        f"Of the {kept:,} signals in the ledger the replay with what was in force brings {both:,}, "
        f"and {replayed - both:,} that are not there: the strategies may have been started or changed "
        "within the span, or have had books that the journal does not reach back to."
    )
