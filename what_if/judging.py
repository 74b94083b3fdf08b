"""The way from a question to its answer: what is needed of the past, the replay, and what it is worth."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from asgiref.sync import sync_to_async
from django.conf import settings

from metrics.feed.snapshots import full_books_of
from strategies.rules import rules_in_force
from what_if.agreement import NotCompared, agreement, doubt
from what_if.before import Before, decided_before, ledger_reaches_to
from what_if.configurations import Configurations, configurations, halts
from what_if.domain.answer import Agreement, Answer, Progress, Step, Swept, compared
from what_if.domain.comparison import tally
from what_if.domain.question import CannotBeJudged, Question
from what_if.notes import notes_of
from what_if.records import keep
from what_if.replay import Replay, only
from what_if.reports import seconds_for
from what_if.sources import Source
from what_if.spans import Plan, planned
from what_if.too_many import why_too_many


async def judge(question: Question, source: Source) -> AsyncGenerator[Progress | Answer | Swept]:
    """Progress now and then, and the answer in the end.

    Raises CannotBeJudged, NoJournal, RecordingError, ValidationFailed, StrategyNotFound, StoreUnavailable.
    """
    known = await sync_to_async(configurations)(question, source.first, of_now=source.is_past)
    plan, reports = await _planned(question, known, source)
    before = await sync_to_async(decided_before)(question, plan)
    replay = await _replay(question, known, plan, before)
    async with aclosing(source.read(plan.read_from, plan.read_until)) as batches:
        async for batch in batches:
            for passed in batch:
                if reports and passed.at >= plan.since:
                    _see_that_there_were(reports, replay.heard(question.symbol))
                    reports = 0
                replay.take(passed.at, passed.data, passed.subject)
            if sentence := why_too_many(question, plan, replay):
                raise CannotBeJudged(sentence)
            if batch:
                yield Progress(done=_part(plan, batch[-1].at), messages=replay.messages)
            if replay.is_settled:
                break
    replay.end(plan.read_until)
    notes = notes_of(question, plan, known.in_force, replay, source, before)
    beside, said = await sync_to_async(_beside)(question, plan, replay, source)
    notes = said + notes
    if question.sweep:
        yield _swept(question, plan, replay, beside, notes)
    else:
        yield await _answer(question, known, plan, replay, source, beside, notes)


async def _planned(question: Question, known: Configurations, source: Source) -> tuple[Plan, int]:
    """And how many reports must have been heard by the beginning of the span, where they come faster than is sure."""
    known_since = await sync_to_async(ledger_reaches_to)(source)
    looks_back = known.looks_back
    try:
        return planned(question, source, looks_back, known_since), 0
    except CannotBeJudged:
        seconds = await seconds_for(question, known, source) if looks_back.reports else None
        if seconds is None:
            raise
    return planned(question, source, looks_back._replace(window=seconds), known_since), looks_back.reports


def _see_that_there_were(reports: int, heard: int) -> None:
    if heard < reports:
        raise CannotBeJudged(
            f"It cannot be judged: it needs {reports} reports before the span, and {heard} were heard."
        )


async def _replay(question: Question, known: Configurations, plan: Plan, before: Before | None) -> Replay:
    rules = rules_in_force()
    return Replay(
        question.strategy_id,
        [known.in_force, *known.proposed],
        await sync_to_async(halts)(plan.since),
        since=plan.since,
        until=plan.until,
        rules=rules,
        full_books=full_books_of(settings.FULL_BOOKS, rules.levels, rules.max_symbols),
        share=only([question.symbol]) if question.symbol else None,
        executing_venue=settings.SPREAD_EXECUTING_VENUE,
        before=before.signals if before else None,
    )


async def _answer(
    question: Question,
    known: Configurations,
    plan: Plan,
    replay: Replay,
    source: Source,
    beside: Agreement | None,
    notes: list[str],
) -> Answer:
    in_force, proposed = replay.runs
    found, record = compared(in_force, proposed), None
    if not source.is_past:
        record = await sync_to_async(keep)(question, known.values, plan, found)
    return Answer(
        id=record,
        strategy_id=question.strategy_id,
        symbol=question.symbol,
        parameters=question.parameters,
        replace=question.replace,
        since=plan.since,
        until=plan.until,
        warmed_up_from=plan.read_from,
        messages=replay.messages,
        compared=found,
        agreement=beside,
        notes=notes,
    )


def _beside(
    question: Question, plan: Plan, replay: Replay, source: Source
) -> tuple[Agreement | None, list[str]]:
    """The ledger's signals beside the run with what was in force, and what is to be said of that before all else."""
    if source.is_past:
        return None, []
    try:
        found = agreement(question, plan, replay.runs[0])
    except NotCompared as why:
        return None, [str(why)]
    return found, [sentence] if (sentence := doubt(found)) else []


def _swept(
    question: Question, plan: Plan, replay: Replay, beside: Agreement | None, notes: list[str]
) -> Swept:
    assert question.sweep  # noqa: S101 - asked by who knows
    in_force, *proposed = replay.runs
    values = zip(question.sweep.values, proposed, strict=True)
    return Swept(
        strategy_id=question.strategy_id,
        symbol=question.symbol,
        parameter=question.sweep.parameter,
        since=plan.since,
        until=plan.until,
        messages=replay.messages,
        in_force=tally(in_force),
        steps=[Step(value=value, signals=tally(run)) for value, run in values],
        agreement=beside,
        notes=notes,
    )


def _part(plan: Plan, at: float) -> float:
    return round((at - plan.read_from) / (plan.read_until - plan.read_from), 3)
