"""Query parameters of the metrics endpoints, checked before anything is read."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from metrics.domain.book import SYMBOL_RULE, read_symbol
from metrics.domain.market import STATES, TRENDS
from metrics.domain.window import TIMEFRAMES
from metrics.exceptions import InvalidQuery
from metrics.reports import RESOLUTIONS

SORT_FIELDS = ("symbol", "pressure", "imbalance", "spread", "liquidity")


class Query(serializers.Serializer[Any]):
    """Base: turns problems into one sentence per parameter."""

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        """The checked parameters of `request`; raises InvalidQuery."""
        given = request.query_params
        # A plain dict: from a form, an empty value would count as none given.
        query = cls(data=given.dict())
        twice = [name for name, values in given.lists() if name in query.fields and len(values) > 1]
        problems = {name: ["Given more than once."] for name in twice}
        if not problems and query.is_valid():
            return dict(query.validated_data)
        problems = problems or {name: [str(text) for text in texts] for name, texts in query.errors.items()}
        detail = "; ".join(f"{name}: {' '.join(found)}" for name, found in problems.items())
        raise InvalidQuery(error="Invalid query", detail=detail, fields=problems)


class TimeframeField(serializers.ChoiceField):
    """A span of time, refused in the words of the contract."""

    def to_internal_value(self, data: Any) -> Any:
        if data not in TIMEFRAMES:
            detail = "Invalid timeframe. Must be '1m', '5m', or '15m'"
            raise InvalidQuery(error="Invalid query", detail=detail)
        return data


class PressureQuery(Query):
    timeframe = TimeframeField(tuple(TIMEFRAMES), default="5m", help_text="Span of time.")
    max_points = serializers.IntegerField(
        default=100, min_value=1, max_value=1000, help_text="Longest series to return, spread over the span."
    )


class SymbolsField(serializers.CharField):
    """A comma-separated list of symbols, in any case."""

    def to_internal_value(self, data: Any) -> Any:
        names = [name.strip() for name in super().to_internal_value(data).split(",") if name.strip()]
        if not names:
            raise serializers.ValidationError("must name at least one symbol")
        return {the_symbol(name) for name in names}


class SymbolField(serializers.CharField):
    """One symbol, in any case."""

    def to_internal_value(self, data: Any) -> Any:
        return the_symbol(super().to_internal_value(data))


def the_symbol(name: str) -> str:
    """The symbol a query names; raises a ValidationError with the rule."""
    symbol = read_symbol(name)
    if symbol is None:
        raise serializers.ValidationError(f"must be {SYMBOL_RULE}; got {name[:40]!r}")
    return symbol


class AllQuery(Query):
    symbols = SymbolsField(required=False, help_text="Only these symbols, comma-separated.")
    min_pressure = serializers.FloatField(
        required=False, min_value=-100, max_value=100, help_text="Only rows with at least this net pressure."
    )
    max_pressure = serializers.FloatField(
        required=False, min_value=-100, max_value=100, help_text="Only rows with at most this net pressure."
    )
    trend = serializers.ChoiceField(TRENDS, required=False, help_text="Only rows with this trend.")
    state = serializers.ChoiceField(STATES, required=False, help_text="Only books in this state.")
    sort_by = serializers.ChoiceField(SORT_FIELDS, default="symbol", help_text="What to sort by.")
    sort_order = serializers.ChoiceField(
        ("asc", "desc"), default="asc", help_text="Unknown numbers come last."
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=5000, help_text="Rows; default all."
    )
    offset = serializers.IntegerField(
        default=0, min_value=0, max_value=1_000_000, help_text="Rows to skip after filtering and sorting."
    )


class TimeField(serializers.DateTimeField):
    """An instant with which a calendar can still reckon."""

    def to_internal_value(self, value: Any) -> Any:
        at = super().to_internal_value(value)
        if not 1970 <= at.year < 9999:
            raise serializers.ValidationError("Must lie between the years 1970 and 9998.")
        return at


class HistoryQuery(Query):
    start = TimeField(required=False, help_text="Default: a day before the end.")
    end = TimeField(required=False, help_text="Default: now.")
    resolution = serializers.ChoiceField(tuple(RESOLUTIONS), default="1m", help_text="Length of a row.")
    format = serializers.ChoiceField(("json", "csv"), default="json", help_text="Form of the answer.")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        # `from` is a word of the language, so the fields cannot be declared under their public names.
        return {"from": fields.pop("start"), "to": fields.pop("end"), **fields}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        end = attrs.get("to") or timezone.now()
        start = attrs.get("from") or end - timedelta(days=1)
        if start >= end:
            raise serializers.ValidationError({"from": "must be before to"})
        return {**attrs, "from": start, "to": end}
