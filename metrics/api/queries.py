"""Query parameters of the metrics endpoints, checked before anything is read."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

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
        query = cls(data=request.query_params)
        if query.is_valid():
            return dict(query.validated_data)
        problems = {name: [str(problem) for problem in found] for name, found in query.errors.items()}
        detail = "; ".join(f"{name}: {' '.join(found)}" for name, found in problems.items())
        raise InvalidQuery(error="Invalid query", detail=detail, fields=problems)


class PressureQuery(Query):
    timeframe = serializers.CharField(default="5m", help_text="Span of time: 1m, 5m or 15m.")
    max_points = serializers.IntegerField(
        default=100, min_value=1, max_value=1000, help_text="Longest series to return, spread over the span."
    )

    def validate_timeframe(self, timeframe: str) -> str:
        if timeframe not in TIMEFRAMES:
            detail = "Invalid timeframe. Must be '1m', '5m', or '15m'"
            raise InvalidQuery(error="Invalid query", detail=detail)
        return timeframe


class SymbolsField(serializers.CharField):
    """A comma-separated list of symbols, in any case."""

    def to_internal_value(self, data: Any) -> Any:
        return {
            symbol.strip().upper() for symbol in super().to_internal_value(data).split(",") if symbol.strip()
        }


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


class HistoryQuery(Query):
    start = serializers.DateTimeField(required=False, help_text="Default: a day before the end.")
    end = serializers.DateTimeField(required=False, help_text="Default: now.")
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
            raise InvalidQuery(error="Invalid query", detail="from: must be before to")
        return {**attrs, "from": start, "to": end}
