"""What was in force when, and what would be: read from the database, and judged as a write would be."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from configuration import reading
from configuration.domain.effective import ConfigLevel, StrategyLevels
from configuration.domain.validation import judge
from configuration.exceptions import ValidationFailed
from configuration.past import levels_since
from halts.domain import Halts
from halts.services import halts_since
from strategies.configuration_source import resolved
from strategies.domain.evaluators import EVALUATORS
from strategies.domain.in_force import InForce, defaults, take_over
from what_if.domain.question import Question
from what_if.domain.timeline import Since, Timeline
from what_if.spans import LooksBack


class Configurations(NamedTuple):
    """What is held against each other: what was in force at each moment, and each proposal as if it always had been.

    `values` are what the level would set with the first proposal. It `looks_back` as far as any of them may.
    """

    in_force: Timeline[InForce]
    proposed: list[Timeline[InForce]]
    values: dict[str, Any]
    looks_back: LooksBack


def configurations(question: Question, since: float, *, of_now: bool = False) -> Configurations:
    """Those that a question is about, from `since` on; `of_now`: what is in force today is taken to have been always.

    Raises ValidationFailed where a proposal may not be set, StrategyNotFound, StoreUnavailable and django.db.Error.
    """
    levels = reading.strategy(question.strategy_id)
    past = [] if of_now else levels_since(question.strategy_id, _moment(since))
    known = [(change.at.timestamp(), change.levels) for change in past] or [(since, levels)]
    proposals = [_proposed(levels, question, parameters) for parameters in _proposals(question)]
    everything = [each for _, each in known] + proposals
    return Configurations(
        in_force=Timeline(_in_force(known[0][1]), (Since(at, _in_force(each)) for at, each in known[1:])),
        proposed=[Timeline(_in_force(each)) for each in proposals],
        values=_values(proposals[0], question.symbol),
        looks_back=_looks_back(everything, question.symbol),
    )


def halts(since: float) -> Timeline[Halts]:
    """What was halted when, from a moment on. Raises StoreUnavailable."""
    (_, first), *changes = halts_since(_moment(since))
    return Timeline(first, (Since(at.timestamp(), each) for at, each in changes))


def _proposals(question: Question) -> list[dict[str, Any]]:
    sweep = question.sweep
    if sweep is None:
        return [question.parameters]
    return [{**question.parameters, sweep.parameter: value} for value in sweep.values]


def _proposed(levels: StrategyLevels, question: Question, parameters: dict[str, Any]) -> StrategyLevels:
    verdict = judge(levels.spec, levels.overrides, question.symbol, parameters, replace=question.replace)
    if verdict.problems:
        raise ValidationFailed(verdict.problems)
    version = levels.version(question.symbol)
    return levels.with_level(question.symbol, ConfigLevel(verdict.overrides, version, None, None, origins={}))


def _values(levels: StrategyLevels, symbol: str | None) -> dict[str, Any]:
    own = levels.own(symbol)
    return dict(own.overrides) if own else {}


def _in_force(levels: StrategyLevels) -> InForce:
    configs = [resolved(levels, symbol, {}) for symbol in (None, *levels.symbols)]
    return take_over(defaults(), configs)[0]


def _looks_back(everything: Iterable[StrategyLevels], symbol: str | None) -> LooksBack:
    """Of the symbol that is asked about; else the longest of all levels."""
    found = [_of_level(levels, each) for levels in everything for each in _asked(levels, symbol)]
    return LooksBack(*map(max, zip(*found, strict=True)))


def _asked(levels: StrategyLevels, symbol: str | None) -> list[str | None]:
    return [symbol] if symbol else [None, *levels.symbols]


def _of_level(levels: StrategyLevels, symbol: str | None) -> LooksBack:
    strategy_id = levels.spec.strategy_id
    evaluator = EVALUATORS[strategy_id]
    parameters = _in_force(levels).of(strategy_id, symbol or "").parameters
    pause = evaluator.pause.seconds(parameters) if evaluator.pause else 0.0
    reports = evaluator.counted.needs(parameters) if evaluator.counted else 0
    return LooksBack(evaluator.window(parameters), pause, reports)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
