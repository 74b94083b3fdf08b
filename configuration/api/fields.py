"""Fields of requests, as strict as JSON is about types: "1" is no number and "true" no truth value.

A query has nothing but text; its numbers are read by a field of their own, in plain ASCII digits.
"""

import json
import math
from typing import Any

from rest_framework import serializers

from configuration.domain.problems import Problem, ProblemCode, shown
from rest.moments import read_moment
from rest.queries import whole_number

MISSING: dict[str, Any] = {
    "required": "is required",
    "null": "must not be null",
    "blank": "must not be empty",
}
CHANGED_BY_LENGTH = 150
REASON_LENGTH = 2000
VERSION_LIMIT = 2**31 - 1


class Text(serializers.CharField):
    """A JSON string."""

    default_error_messages = MISSING

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError(f"must be a string, got {literal(data)}")
        if self.max_length is not None and len(data) > self.max_length:
            raise serializers.ValidationError(
                f"must have at most {self.max_length} characters, got {len(data)}"
            )
        return super().to_internal_value(data)


class Moment(Text):
    """A moment of time."""

    read = staticmethod(read_moment)

    def to_internal_value(self, data: Any) -> Any:
        try:
            return self.read(super().to_internal_value(data))
        except ValueError as error:
            raise serializers.ValidationError(f"{error}, got {literal(data)}") from error


class Secret(Text):
    """A JSON string that is taken and never repeated; left out, empty or null it stays as it is."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_null=True, allow_blank=True, write_only=True, **options)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise serializers.ValidationError("must be a string")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """A JSON truth value."""

    default_error_messages = MISSING

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise serializers.ValidationError(f"must be a boolean, got {literal(data)}")
        return data


class OneOf(serializers.ChoiceField):
    """One of a few words."""

    default_error_messages = MISSING

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self.choices:
            raise serializers.ValidationError(
                f"must be one of {', '.join(self.choices)}, got {literal(data)}"
            )
        return data


class Whole(serializers.IntegerField):
    """A whole JSON number within bounds; 5.0 is one, as it is for a parameter."""

    default_error_messages = MISSING
    min_value: int
    max_value: int

    def __init__(self, low: int, high: int, **options: Any) -> None:
        super().__init__(min_value=low, max_value=high, **options)

    def to_internal_value(self, data: Any) -> int:
        value = self.read(data)
        if value is None:
            raise serializers.ValidationError(f"must be an integer, got {literal(data)}")
        if value < self.min_value:
            raise serializers.ValidationError(f"must be >= {self.min_value}, got {shown(data)}")
        if value > self.max_value:
            raise serializers.ValidationError(f"must be <= {self.max_value}, got {shown(data)}")
        return value

    def read(self, data: Any) -> int | None:
        """The number, None where it is none."""
        if isinstance(data, float) and data.is_integer():
            return int(data)
        return data if isinstance(data, int) and not isinstance(data, bool) else None


class Number(serializers.FloatField):
    """A JSON number, and a finite one."""

    default_error_messages = MISSING

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float) or not math.isfinite(_as_float(data)):
            raise serializers.ValidationError(f"must be a number, got {literal(data)}")
        return float(data)


def _as_float(number: float) -> float:
    """A whole number beyond every float is infinite, as it is where it is written with a point."""
    try:
        return float(number)
    except OverflowError:
        return math.inf


class WholeInQuery(Whole):
    """A whole number in the text of a query."""

    def read(self, data: Any) -> int | None:
        return whole_number(data)


class TextList(serializers.ListField):
    """A JSON array of up to `most` strings, and of one at least unless it may be empty (`least` 0)."""

    default_error_messages = MISSING
    child = serializers.CharField()

    def __init__(self, most: int, least: int = 1, **options: Any) -> None:
        super().__init__(**options)
        self.least, self.most = least, most

    def to_internal_value(self, data: Any) -> list[str]:
        if not isinstance(data, list) or not all(isinstance(each, str) and each for each in data):
            raise serializers.ValidationError(f"must be an array of strings, none empty, got {literal(data)}")
        if not self.least <= len(data) <= self.most:
            raise serializers.ValidationError(
                f"must have {self.least} to {self.most} entries, got {len(data)}"
            )
        return data


class IdList(serializers.ListField):
    """A JSON array of up to `most` ids."""

    default_error_messages = MISSING
    child = serializers.IntegerField(min_value=1, max_value=VERSION_LIMIT)

    def __init__(self, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.most = most

    def to_internal_value(self, data: Any) -> list[int]:
        is_list = isinstance(data, list) and all(
            type(each) is int and 0 < each <= VERSION_LIMIT for each in data
        )
        if not is_list:
            raise serializers.ValidationError(f"must be an array of ids, got {literal(data)}")
        if len(data) > self.most:
            raise serializers.ValidationError(f"must have at most {self.most} entries, got {len(data)}")
        return data


class Members(serializers.DictField):
    """A JSON object."""

    default_error_messages = MISSING

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise serializers.ValidationError(f"must be an object, got {literal(data)}")
        return data


def reason() -> Text:
    return Text(
        required=False, allow_blank=True, allow_null=True, max_length=REASON_LENGTH,
        help_text="Why; it stands in the audit trail.",
    )  # fmt: skip


def changed_by() -> Text:
    return Text(
        required=False, allow_blank=True, allow_null=True, max_length=CHANGED_BY_LENGTH,
        help_text="On whose behalf, kept beside the authenticated actor.",
    )  # fmt: skip


def symbol(help_text: str) -> Text:
    """A level; null, where a body may contain it, is the same as leaving it out."""
    return Text(required=False, allow_null=True, help_text=help_text)


def parameters(**options: Any) -> Members:
    return Members(help_text="Values by parameter name; null lets a parameter inherit again.", **options)


def literal(given: Any) -> str:
    """What was given, as JSON writes it."""
    return shown(json.dumps(given, ensure_ascii=False))


def problem(field: str, reason: str) -> Problem:
    """What is wrong with a part of a request."""
    return Problem.with_value(shown(field), ProblemCode.INVALID_TYPE, reason)
