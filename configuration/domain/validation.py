"""Whether a proposed change may be made: every reason against it, in the order it was asked for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from dataclasses import replace as altered
from typing import Any

from configuration.domain.parameters import Value
from configuration.domain.problems import InvalidValue, Problem, ProblemCode
from configuration.domain.resolution import Layer, Overrides, Resolution, resolve
from configuration.domain.rules import Rule
from configuration.domain.strategy import StrategySpec


@dataclass(frozen=True, slots=True)
class StrategyOverrides:
    """What is set for one strategy at this moment, the defaults apart."""

    environment: Overrides = field(default_factory=dict)
    global_level: Overrides = field(default_factory=dict)
    symbols: Mapping[str, Overrides] = field(default_factory=dict)

    def level(self, symbol: str | None) -> Overrides:
        """The overrides of the global level (None) or of one symbol; empty when it has none."""
        return self.global_level if symbol is None else self.symbols.get(symbol, {})

    def resolved(self, spec: StrategySpec, symbol: str | None) -> Resolution:
        """The complete set in force at a level."""
        layers = {Layer.ENVIRONMENT: self.environment, Layer.GLOBAL: self.global_level}
        if symbol is not None:
            layers[Layer.SYMBOL] = self.symbols.get(symbol, {})
        return resolve(spec, layers)

    def with_level(self, symbol: str | None, overrides: Overrides) -> "StrategyOverrides":
        if symbol is None:
            return StrategyOverrides(self.environment, overrides, self.symbols)
        return StrategyOverrides(self.environment, self.global_level, {**self.symbols, symbol: overrides})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the level would hold, what would be in force there, and what stands against it (nothing: it may be made)."""

    overrides: dict[str, Value]
    resolution: Resolution
    problems: tuple[Problem, ...]


def judge(
    spec: StrategySpec,
    current: StrategyOverrides,
    symbol: str | None,
    parameters: Mapping[str, Any],
    *,
    replace: bool = False,
) -> Verdict:
    """Judge setting `parameters` at the global level (symbol None) or at one symbol's.

    They are merged into what the level holds, or become the whole level with `replace`; None lets a
    parameter inherit again. Rules are asked about the resolved values: of the level itself and, for the
    global level, of every symbol whose rules hold now and would not any more.
    """
    kept = {} if replace else {n: v for n, v in current.level(symbol).items() if n not in parameters}
    accepted, problems = accept(
        spec, {**parameters, **{n: v for n, v in kept.items() if n in spec.parameters}}
    )
    # The level keeps the catalogue's order, whatever the order of the request.
    overrides = {name: accepted[name] for name in spec.parameters if name in accepted}
    after = current.with_level(symbol, overrides)
    refused = {problem.field for problem in problems}
    resolution = after.resolved(spec, symbol)
    problems += rule_problems(spec, resolution.values, refused, parameters)
    if symbol is None:
        for below, _ in sorted(current.symbols.items()):
            sound = [rule for rule in spec.rules if rule.is_kept_by(current.resolved(spec, below).values)]
            values = after.resolved(spec, below).values
            problems += [
                at(below, problem) for problem in rule_problems(spec, values, refused, parameters, sound)
            ]
    return Verdict(overrides, resolution, tuple(problems))


def judge_together(
    spec: StrategySpec, current: StrategyOverrides, levels: Mapping[str | None, Mapping[str, Any]]
) -> dict[str | None, Verdict]:
    """Judge giving several levels new contents at one stroke, each in the company of the others."""
    others = {symbol: level for symbol, level in current.symbols.items() if symbol not in levels}
    verdicts: dict[str | None, Verdict] = {}
    base = StrategyOverrides(current.environment, current.global_level, others)
    if None in levels:
        verdicts[None] = judge(spec, base, None, levels[None], replace=True)
        base = base.with_level(None, verdicts[None].overrides)
    for symbol, parameters in levels.items():
        if symbol is not None:
            verdicts[symbol] = judge(spec, base, symbol, parameters, replace=True)
    return verdicts


def accept(spec: StrategySpec, given: Mapping[str, Any]) -> tuple[dict[str, Value], list[Problem]]:
    """The given values as the catalogue keeps them, and a problem for each it refuses; None is left out."""
    accepted: dict[str, Value] = {}
    problems: list[Problem] = []
    for name, value in given.items():
        parameter = spec.parameters.get(name)
        if parameter is None:
            problems.append(Problem.unknown(name))
        elif value is not None:
            try:
                accepted[name] = parameter.accept(value)
            except InvalidValue as refusal:
                problems.append(refusal.problem)
    return accepted, problems


def broken_rules(spec: StrategySpec, values: dict[str, Value]) -> list[Rule]:
    return [rule for rule in spec.rules if not rule.is_kept_by(values)]


def problems_in_force(spec: StrategySpec, values: Mapping[str, Value]) -> list[Problem]:
    """What is wrong with a complete set: the check a strategy process makes before it applies one."""
    accepted, problems = accept(spec, values)
    missing = [name for name in spec.parameters if name not in accepted]
    refused = {problem.field for problem in problems}
    problems += [
        Problem.with_value(name, ProblemCode.INVALID_TYPE, "is missing")
        for name in missing
        if name not in refused
    ]
    return problems + rule_problems(spec, dict(values), {*refused, *missing}, ())


def rule_problems(
    spec: StrategySpec,
    values: dict[str, Value],
    refused: Collection[str],
    asked: Collection[str],
    rules: Collection[Rule] | None = None,
) -> list[Problem]:
    """A problem for each broken rule, reported first at the parameter that was asked to change.

    Rules about a refused value are passed over: that value is reported already.
    """
    considered = spec.rules if rules is None else rules
    problems = []
    for rule in considered:
        if not set(refused).isdisjoint(rule.parameters) or rule.is_kept_by(values):
            continue
        at = next((name for name in rule.parameters if name in asked), rule.parameters[0])
        found = ", ".join(f"{name}={values[name]}" for name in rule.parameters)
        reason = f"{rule.sentence} must hold, got {found}"
        partners = tuple(name for name in rule.parameters if name != at)
        problems.append(Problem(at, ProblemCode.RULE_VIOLATED, reason, reason, partners))
    return problems


def at(place: str, problem: Problem) -> Problem:
    """The same problem, reported with the place it was found at."""
    return altered(problem, reason=f"{place}: {problem.reason}", message=f"{place}: {problem.message}")
