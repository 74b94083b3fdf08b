"""One parameter of a strategy: how it is declared, and which values it accepts."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from configuration.domain.problems import InvalidValue, Problem, ProblemCode, shown

Value = bool | int | float | str | list[str]
Number = int | float


class ParameterType(StrEnum):
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    STR = "str"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What a declaration says about a parameter, beside its name, type and default.

    For a list, `minimum` and `maximum` count its entries and `allowed_values` are what it may hold.
    """

    description: str
    example: Any
    label: str = ""  # for people; read off the name where it is empty
    minimum: Number | None = None
    maximum: Number | None = None
    unit: str | None = None
    allowed_values: tuple[str, ...] | None = None
    environment: str | None = None


WORDS = {"min": "smallest", "max": "largest", "percent": "", "btc": "BTC", "eth": "ETH"}
"""Parts of names that are other words to people; the unit says percent."""


def label_of(name: str) -> str:
    """A parameter's name as people read it: buy_threshold is "Buy threshold"."""
    words = " ".join(filter(None, (WORDS.get(part, part) for part in name.split("_"))))
    return words[:1].upper() + words[1:]


def confidence(description: str, *, example: float) -> Parameter:
    """How sure a signal may be."""
    return Parameter(description=description, minimum=0.5, maximum=1.0, unit="confidence", example=example)


def weight(description: str, *, example: float, environment: str | None = None) -> Parameter:
    """A share of something that is put together."""
    return Parameter(
        description=description,
        minimum=0.0,
        maximum=1.0,
        unit="weight",
        environment=environment,
        example=example,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterSpec(Parameter):
    """One parameter in full, as schema, forms, documentation and validation read it."""

    name: str
    type: ParameterType
    default: Value

    def accept(self, given: Any) -> Value:
        """The value as this parameter keeps it (5.0 is 5 for an int); raises InvalidValue."""
        try:
            value = CONVERSIONS[self.type](given)
        except (TypeError, OverflowError):
            reason = f"must be {NOUNS[self.type]}"
            raise InvalidValue(Problem.with_value(self.name, ProblemCode.INVALID_TYPE, reason)) from None
        if objection := self._objection(value, given):
            raise InvalidValue(Problem.with_value(self.name, ProblemCode.OUT_OF_RANGE, objection))
        return value

    def _objection(self, value: Value, given: Any) -> str | None:
        if isinstance(value, list):
            return self._list_objection(value)
        if isinstance(value, str):
            return self._choice_objection(value)
        if self.minimum is not None and value < self.minimum:
            return f"must be >= {self.minimum}, got {shown(given)}"
        if self.maximum is not None and value > self.maximum:
            return f"must be <= {self.maximum}, got {shown(given)}"
        return None

    def _list_objection(self, entries: Sequence[str]) -> str | None:
        for position, entry in enumerate(entries):
            if objection := self._choice_objection(entry):
                return objection
            if entry in entries[:position]:
                return f"must not repeat an entry, got {shown(entry)} twice"
        if self.minimum is not None and len(entries) < self.minimum:
            return f"must have at least {self.minimum} entries, got {len(entries)}"
        if self.maximum is not None and len(entries) > self.maximum:
            return f"must have at most {self.maximum} entries, got {len(entries)}"
        return None

    def _choice_objection(self, choice: str) -> str | None:
        if self.allowed_values is None or choice in self.allowed_values:
            return None
        return f"must be one of {', '.join(self.allowed_values)}, got {shown(choice)}"


def _integer(given: Any) -> int:
    if isinstance(given, float) and given.is_integer():
        return int(given)
    if isinstance(given, bool) or not isinstance(given, int):
        raise TypeError
    return given


def _number(given: Any) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise TypeError
    value = float(given)
    if not math.isfinite(value):
        raise TypeError
    return value + 0.0  # -0.0 is 0.0


def _boolean(given: Any) -> bool:
    if not isinstance(given, bool):
        raise TypeError
    return given


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise TypeError
    return given


def _list(given: Any) -> list[str]:
    if not isinstance(given, list | tuple):
        raise TypeError
    return [_text(entry) for entry in given]


CONVERSIONS: dict[ParameterType, Callable[[Any], Value]] = {
    ParameterType.INT: _integer,
    ParameterType.FLOAT: _number,
    ParameterType.BOOL: _boolean,
    ParameterType.STR: _text,
    ParameterType.LIST: _list,
}
NOUNS = {
    ParameterType.INT: "an integer",
    ParameterType.FLOAT: "a number",
    ParameterType.BOOL: "a boolean",
    ParameterType.STR: "a string",
    ParameterType.LIST: "a list",
}
