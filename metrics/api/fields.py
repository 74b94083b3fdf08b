"""Values in queries: text read strictly, each refusal saying what is allowed and what was given."""

import math
import re
from typing import Any

from rest_framework import serializers

from metrics.domain.liquidity.asked import Range, read_numbers
from metrics.domain.window import TIMEFRAMES
from metrics.exceptions import InvalidQuery
from rest.moments import read_moment
from rest.queries import whole_number
from symbols import fault_of, read_symbol, read_symbols

DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
LONGEST_REPEATED = 40


def refused(reason: str, given: Any) -> serializers.ValidationError:
    """A fault of a value: what is allowed, and what was given."""
    return serializers.ValidationError(f"{reason}, got {given[:LONGEST_REPEATED]!r}")


class WholeField(serializers.IntegerField):
    """A whole number in plain ASCII digits."""

    min_value: int
    max_value: int

    def to_internal_value(self, data: Any) -> int:
        value = whole_number(data)
        if value is None or not self.min_value <= value <= self.max_value:
            raise refused(f"must be a whole number from {self.min_value} to {self.max_value}", data)
        return value


class PercentField(serializers.FloatField):
    """A number within bounds, in percent, in plain ASCII digits."""

    min_value: float
    max_value: float

    def to_internal_value(self, data: Any) -> float:
        value = float(data) if DECIMAL.fullmatch(data) else math.nan
        if not self.min_value <= value <= self.max_value:
            raise refused(f"must be a number from {self.min_value} to {self.max_value} (percent)", data)
        return value


class NumbersField(serializers.CharField):
    """A comma-separated list of different numbers within `allowed`."""

    def __init__(self, allowed: Range, **more: Any) -> None:
        super().__init__(**more)
        self.allowed = allowed

    def to_internal_value(self, data: Any) -> Any:
        try:
            return read_numbers(super().to_internal_value(data), self.allowed)
        except ValueError as error:
            raise refused(str(error), data) from error


class OneOfField(serializers.ChoiceField):
    """One of a few words."""

    def to_internal_value(self, data: Any) -> Any:
        if data not in self.choices:
            raise refused(f"must be one of {', '.join(self.choices)}", data)
        return data


class WordField(OneOfField):
    """One of a few words, in any case. Spans of time are none: `1M` is a month elsewhere."""

    def to_internal_value(self, data: Any) -> Any:
        word = data.lower()
        return word if data.isascii() and word in self.choices else super().to_internal_value(data)


class TimeframeField(serializers.ChoiceField):
    """A span of time, refused in words clients already know."""

    def to_internal_value(self, data: Any) -> Any:
        if data not in TIMEFRAMES:
            detail = "Invalid timeframe. Must be '1m', '5m', or '15m'"
            raise InvalidQuery(error="Invalid query", detail=detail)
        return data


class SymbolsField(serializers.CharField):
    """A comma-separated list of symbols, in any case."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            return read_symbols(super().to_internal_value(data))
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error


class SymbolField(serializers.CharField):
    """One symbol, in any case."""

    def to_internal_value(self, data: Any) -> Any:
        return the_symbol(super().to_internal_value(data))


def the_symbol(name: str) -> str:
    """The symbol a query names; raises a ValidationError with the rule."""
    symbol = read_symbol(name)
    if symbol is None:
        raise serializers.ValidationError(f"must be {fault_of(name)}")
    return symbol


class TimeField(serializers.DateTimeField):
    """An instant with which a calendar can still reckon."""

    def to_internal_value(self, value: Any) -> Any:
        try:
            return read_moment(value)
        except ValueError as error:
            raise refused(str(error), value) from error
