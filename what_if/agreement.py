"""What the ledger has of a span beside what its replay brought: whether the past can be told again."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from django.db import DatabaseError

from strategies.ledger.reading import Choice
from what_if.domain.answer import Agreement
from what_if.domain.decided import Decided
from what_if.domain.question import Question
from what_if.replay import MOST_SIGNALS
from what_if.spans import Plan

NEAR_SECONDS = 1.0
MOST = MOST_SIGNALS
"""More signals of the ledger are not compared, as more are not judged."""
POOR = 0.5
"""Where less of either is in both, the figures are of another past than there was."""
AT_ONCE = 5_000
WHY = (
    "Why is not known here: messages reach NATS and the strategies some milliseconds apart, which may decide at a "
    "threshold or at the edge of a window; strategies may have been started within the span, or have missed messages."
)

Kept = tuple[str, str, float]
"""Of a signal of the ledger the symbol, the side, and when it was decided, in seconds since the epoch."""


class NotCompared(Exception):
    """There is nothing to set a replay beside; the message is a sentence that says why."""


class Matched(NamedTuple):
    """How many are in the ledger, in the replay, and in both."""

    ledger: int
    replayed: int
    both: int

    @property
    def is_poor(self) -> bool:
        """Has the one little to do with the other?"""
        return self.both < POOR * max(self.ledger, self.replayed)


def agreement(question: Question, plan: Plan, replayed: list[Decided]) -> Agreement:
    """Raises NotCompared where the ledger is away, or has too many."""
    kept = _kept(question, plan.since - NEAR_SECONDS, plan.until + NEAR_SECONDS)
    found = matched(replayed, kept, plan.since, plan.until)
    return Agreement(**found._asdict(), is_poor=found.is_poor, sentence=_sentence(*found))


def doubt(found: Agreement) -> str | None:
    """What is to be said before any figure, where it is of another past than there was."""
    if not found.is_poor:
        return None
    return (
        "Do not go by these figures: the ledger and the replay with what was in force have less than half of their "
        "signals in common."
    )


def _kept(question: Question, since: float, until: float) -> list[Kept]:
    start, end = (datetime.fromtimestamp(at, UTC) for at in (since, until))
    choice = Choice(strategy=question.strategy_id, symbol=question.symbol, start=start, end=end)
    rows = choice.records.values_list("symbol", "action", "decided_at")[: MOST + 1]
    try:
        kept = [(symbol, action, at.timestamp()) for symbol, action, at in rows.iterator(AT_ONCE)]
    except DatabaseError as error:
        raise NotCompared(
            "The ledger is away: whether the replay brings what it has is not known."
        ) from error
    if len(kept) > MOST:
        raise NotCompared(
            f"The ledger has more than {MOST:,} signals of this span: whether the replay brings them was not looked at."
        )
    return kept


def matched(replayed: Iterable[Decided], kept: Iterable[Kept], since: float, until: float) -> Matched:
    """Each is one of the other once at most, the earliest first.

    A process hears of a message after NATS has received it: what the ledger has within NEAR_SECONDS behind `since` may
    be of before it, and what it has behind `until` of the span. Of both those count that are in the replay, too.
    """
    times = defaultdict[tuple[str, str], list[float]](list)
    for one in replayed:
        times[one.symbol, one.action].append(one.at)
    for each in times.values():
        each.sort()
    brought = sum(map(len, times.values()))
    ledger = both = 0
    for symbol, action, at in sorted(kept, key=lambda row: row[2]):
        near = times[symbol, action]
        place = bisect_left(near, at - NEAR_SECONDS)
        if place < len(near) and near[place] <= at + NEAR_SECONDS:
            del near[place]
            both += 1
            ledger += 1
        elif since + NEAR_SECONDS <= at < until:
            ledger += 1
    return Matched(ledger, brought, both)


def _sentence(kept: int, replayed: int, both: int) -> str:
    if kept == replayed == both:
        return f"The replay with what was in force brings {_all(kept)}."
    if not kept:
        return f"The ledger has no signal, and the replay with what was in force brings {replayed:,}. {WHY}"
    more = replayed - both
    others = f", and {more:,} that {'is' if more == 1 else 'are'} not there" if more else ""
    brought = f"{both:,}" if both else "none"
    return f"Of {_many(kept)} in the ledger the replay with what was in force brings {brought}{others}. {WHY}"


def _all(signals: int) -> str:
    return f"{_many(signals)} that the ledger has" if signals else "no signal, and the ledger has none"


def _many(signals: int) -> str:
    return "the one signal" if signals == 1 else f"the {signals:,} signals"
