"""One form field per parameter, generated from the catalogue.

An empty field inherits. Numbers are ordinary text fields: a browser empties a number field it cannot read,
and that would silently mean "inherit" here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from configuration.domain.effective import StrategyLevels
from configuration.domain.literals import BOOLEANS, read_boolean, read_number
from configuration.domain.parameters import ParameterSpec, ParameterType, Value
from configuration.domain.problems import Problem, ProblemCode, shown
from configuration.domain.resolution import Layer
from desk.words import label

DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
CONTROLS = {
    ParameterType.INT: "number",
    ParameterType.FLOAT: "number",
    ParameterType.BOOL: "choice",
    ParameterType.STR: "text",
    ParameterType.LIST: "list",
}

Texts = Mapping[str, list[str]]
"""What stands in the fields, by parameter; several texts for a list, none or an empty one to inherit."""


def write_value(value: Value) -> str:
    """A value as people read and type it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ", ".join(value) if isinstance(value, list) else str(value).removesuffix(".0")


def read_texts(parameter: ParameterSpec, texts: Sequence[str]) -> Any:
    """The entered value, None to inherit.

    What is not of the parameter's type is handed on as it was typed: the service refuses it, in the words
    it uses for every other caller.
    """
    is_list = parameter.type is ParameterType.LIST
    entries = list(filter(None, map(str.strip, ",".join(texts).split(",") if is_list else texts)))
    if is_list or not entries:
        return entries or None
    if parameter.type is ParameterType.BOOL:
        return read_boolean(entries[0])
    return entries[0] if parameter.type is ParameterType.STR else read_number(entries[0])


def texts_of(overrides: Mapping[str, Value]) -> dict[str, list[str]]:
    """How a level's own values stand in the fields."""
    return {
        name: list(value) if isinstance(value, list) else [write_value(value)]
        for name, value in overrides.items()
    }


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter as the form shows it; `inherited` and `source` are what holds while it stays empty, `saved` is what
    holds until something else is."""

    spec: ParameterSpec
    texts: list[str]
    inherited: Value
    source: Layer
    saved: Value
    errors: tuple[str, ...] = ()
    bound_by: str = ""
    """The rule that lets it not be changed alone."""

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def label(self) -> str:
        return label(self.name)

    @property
    def text(self) -> str:
        return ", ".join(self.texts)

    @property
    def is_set(self) -> bool:
        return any(self.texts)

    @property
    def control(self) -> str:
        """Which template draws it."""
        if self.spec.allowed_values and self.spec.type is ParameterType.STR:
            return "choice"
        if self.spec.type is ParameterType.LIST and not self.spec.allowed_values:
            return "text"
        return CONTROLS[self.spec.type]

    @property
    def choices(self) -> tuple[str, ...]:
        return tuple(BOOLEANS) if self.spec.type is ParameterType.BOOL else self.spec.allowed_values or ()

    @property
    def extent(self) -> str:
        return extent_of(self.spec)


def fields_of(
    levels: StrategyLevels, symbol: str | None, texts: Texts, problems: Sequence[Problem] = ()
) -> list[Field]:
    """The fields of a level's form, in catalogue order."""
    below, now = levels.with_level(symbol, None).config(symbol), levels.config(symbol)
    return [
        Field(
            spec,
            list(texts.get(name, [])),
            below.parameters[name],
            below.provenance[name],
            now.parameters[name],
            (
                *(
                    objection(spec, texts.get(name, []), problem)
                    for problem in problems
                    if problem.field == name and problem.code is not ProblemCode.RULE_VIOLATED
                ),
                *broken_rules(name, problems),
            ),
            next((rule.sentence for rule in levels.spec.rules if rule.binds and name in rule.parameters), ""),
        )
        for name, spec in levels.spec.parameters.items()
    ]


def broken_rules(name: str, problems: Sequence[Problem]) -> Iterator[str]:
    """The broken rules a parameter is one of.

    One that is broken for many symbols is shown once, for the first of them.
    """
    reasons: dict[frozenset[str], list[str]] = {}
    for problem in problems:
        if problem.code is ProblemCode.RULE_VIOLATED and name in problem.fields:
            reasons.setdefault(frozenset(problem.fields), []).append(problem.reason)
    for first, *others in reasons.values():
        symbols = "symbol" if len(others) == 1 else "symbols"
        yield first + (f"; and for {len(others)} other {symbols}" if others else "")


def objection(parameter: ParameterSpec, texts: Sequence[str], problem: Problem) -> str:
    """What is wrong with an entry, what was entered, and what is allowed, with its unit."""
    entered = ", ".join(texts)
    words = problem.reason
    if problem.code is ProblemCode.INVALID_TYPE:
        words += f", got {shown(entered)}"
    words += advice(problem, texts)
    extent = extent_of(parameter)
    return f"{words}; allowed: {extent}" if extent else words


def advice(problem: Problem, texts: Sequence[str]) -> str:
    """How a number is written that was entered with a comma; empty for anything else."""
    entered = ", ".join(texts)
    is_decimal = problem.code is ProblemCode.INVALID_TYPE and DECIMAL_COMMA.fullmatch(entered)
    return f"; use a point: {entered.replace(',', '.')}" if is_decimal else ""


def with_advice(problems: Sequence[Problem], texts: Texts) -> tuple[Problem, ...]:
    """The problems as the list above the fields shows them."""
    return tuple(
        replace(problem, message=problem.message + advice(problem, texts.get(problem.field, [])))
        for problem in problems
    )


def extent_of(parameter: ParameterSpec) -> str:
    """What is allowed, in words and with the unit; empty where nothing is excluded."""
    low, high = parameter.minimum, parameter.maximum
    if parameter.type is ParameterType.LIST:
        return "" if low is None else f"at least {write_value(low)}"
    if low is None or high is None:
        return ""
    return " ".join(filter(None, (f"{write_value(low)} to {write_value(high)}", parameter.unit)))
