"""What limits an answer, in sentences."""

from strategies.domain.in_force import InForce
from times import clock, lasting
from what_if.before import Before
from what_if.domain.question import EVER, Question
from what_if.domain.timeline import Timeline
from what_if.replay import Replay
from what_if.sources import Source
from what_if.spans import Plan, of_asked

MOST_CHANGES = 3
"""That are told one by one."""
A_MOMENT = 5.0
"""By so many seconds a market that is read is behind in any case."""


def notes_of(
    question: Question,
    plan: Plan,
    in_force: Timeline[InForce],
    replay: Replay,
    source: Source,
    before: Before | None,
) -> list[str]:
    """Of a replay that is over."""
    notes = [*_span(question, plan, source), *_changes(question, plan, in_force)]
    if source.is_past:
        notes.append("What is in force now stands for what was in force then.")
    if before:
        notes.append(before.sentence)
    if question.symbol and not replay.has_heard_of(question.symbol):
        notes.append(f"Nothing that the strategy goes by was heard of {question.symbol}.")
    if replay.failures:
        times = "once" if replay.failures == 1 else f"{replay.failures:,} times"
        notes.append(f"The strategy failed {times}, and decided nothing there.")
    return notes


def _span(question: Question, plan: Plan, source: Source) -> list[str]:
    """How much of it is judged, and why no more."""
    name = "recording" if source.is_past else "journal"
    since, until = max(question.since, EVER[0]), min(question.until, EVER[1])
    why = []
    if plan.since > since > EVER[0]:
        if since < source.first:
            why.append(f"The {name} holds nothing from before {clock(source.first)}.")
        why.append(f"The {lasting(plan.since - plan.read_from)} before what is judged warm the strategy up.")
    if plan.until + A_MOMENT < until < EVER[1]:
        why.append(f"The {name} ends at {clock(plan.until)}.")
    if not why:
        return []
    how_much = of_asked(plan.until - plan.since, until - since)
    return [f"Judged are {how_much} asked for, from {clock(plan.since)} on.", *why]


def _changes(question: Question, plan: Plan, in_force: Timeline[InForce]) -> list[str]:
    """What was in force is of each moment, and a proposal of all."""
    times: list[float] = []
    last = _values(question, in_force.at(plan.since))
    for at, value in in_force.between(plan.since, plan.until):
        values = _values(question, value)
        if values != last:
            times.append(at)
        last = values
    if not times:
        return []
    told = ", ".join(map(clock, times[:MOST_CHANGES]))
    more = f" and {len(times) - MOST_CHANGES:,} more times" if len(times) > MOST_CHANGES else ""
    return [
        f"What was in force changed at {told}{more} within this span.",
        "A proposal stands for all of the span, so that even what is in force now may bring other signals.",
    ]


def _values(question: Question, in_force: InForce) -> object:
    """As far as the question is about them."""
    if question.symbol:
        return in_force.of(question.strategy_id, question.symbol).parameters
    return {
        symbol: applied.parameters
        for (strategy_id, symbol), applied in in_force.levels.items()
        if strategy_id == question.strategy_id
    }
