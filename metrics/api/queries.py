"""Query parameters of the metrics endpoints, checked before anything is read."""

import math
from datetime import timedelta
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from metrics.api.fields import (
    LONGEST_REPEATED,
    OneOfField,
    PercentField,
    SymbolsField,
    TimeField,
    TimeframeField,
    WholeField,
)
from metrics.domain.market import STATES, TRENDS
from metrics.domain.window import TIMEFRAMES
from metrics.exceptions import InvalidQuery
from metrics.reports import RESOLUTIONS

SORT_FIELDS = ("symbol", "pressure", "imbalance", "spread", "liquidity")
MOST_UNKNOWN = 50


class Query(serializers.Serializer[Any]):
    """What an address takes in its query: nothing, unless a subclass declares it.

    Whatever it does not take is refused rather than passed over: a misspelt filter must not answer everything.
    """

    @classmethod
    def of(cls, request: Request) -> dict[str, Any]:
        """The checked parameters of `request`; raises InvalidQuery with a sentence per parameter."""
        given = request.query_params
        # A plain dict: from a form, an empty value would count as none given.
        query = cls(data=given.dict())
        problems = query._misplaced(given)
        if not query.is_valid():
            problems = {
                name: [str(text) for text in texts] for name, texts in query.errors.items()
            } | problems
        if problems:
            raise InvalidQuery(error="Invalid query", detail=_sentence(problems), fields=problems)
        return dict(query.validated_data)

    def _misplaced(self, given: QueryDict) -> dict[str, list[str]]:
        """What is not taken here, and what is given more than once."""
        takes = f"it takes {', '.join(self.fields) or 'none'}"
        unknown = [name for name in given if name not in self.fields][:MOST_UNKNOWN]
        twice = {name: values for name, values in given.lists() if name in self.fields and len(values) > 1}
        return {
            name[:LONGEST_REPEATED]: [f"is not a query parameter of this address; {takes}"]
            for name in unknown
        } | {name: [f"must be given once, got {len(values)} values"] for name, values in twice.items()}


def _sentence(problems: dict[str, list[str]]) -> str:
    """One sentence about each fault; one that concerns several parameters is said once."""
    names: dict[str, list[str]] = {}
    for name, faults in problems.items():
        names.setdefault(" ".join(faults), []).append(name)
    return "; ".join(f"{', '.join(together)}: {fault}" for fault, together in names.items())


class PressureQuery(Query):
    timeframe = TimeframeField(tuple(TIMEFRAMES), default="5m", help_text="Span of time.")
    max_points = WholeField(
        default=100, min_value=1, max_value=1000, help_text="Longest series to return, spread over the span."
    )


class AllQuery(Query):
    symbols = SymbolsField(required=False, help_text="Only these symbols, comma-separated.")
    min_pressure = PercentField(
        required=False, min_value=-100, max_value=100, help_text="Only rows with at least this net pressure."
    )
    max_pressure = PercentField(
        required=False, min_value=-100, max_value=100, help_text="Only rows with at most this net pressure."
    )
    trend = OneOfField(TRENDS, required=False, help_text="Only rows with this trend.")
    state = OneOfField(STATES, required=False, help_text="Only books in this state.")
    sort_by = OneOfField(SORT_FIELDS, default="symbol", help_text="What to sort by.")
    sort_order = OneOfField(("asc", "desc"), default="asc", help_text="Unknown numbers come last.")
    limit = WholeField(required=False, min_value=1, max_value=5000, help_text="Rows; default all.")
    offset = WholeField(
        default=0, min_value=0, max_value=1_000_000, help_text="Rows to skip after filtering and sorting."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        low, high = attrs.get("min_pressure", -math.inf), attrs.get("max_pressure", math.inf)
        if low > high:
            fault = f"min_pressure must be <= max_pressure, got {low} and {high}"
            raise serializers.ValidationError(dict.fromkeys(("min_pressure", "max_pressure"), fault))
        return attrs


class HistoryQuery(Query):
    start = TimeField(required=False, help_text="Default: a day before the end.")
    end = TimeField(required=False, help_text="Default: now.")
    resolution = OneOfField(tuple(RESOLUTIONS), default="1m", help_text="Length of a row.")
    format = OneOfField(("json", "csv"), default="json", help_text="Form of the answer.")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        # `from` is a word of the language, so the fields cannot be declared under their public names.
        return {"from": fields.pop("start"), "to": fields.pop("end"), **fields}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        end = attrs.get("to") or timezone.now()
        start = attrs.get("from") or end - timedelta(days=1)
        if start >= end:
            fault = f"from must be before to, got {start.isoformat()} and {end.isoformat()}"
            raise serializers.ValidationError(dict.fromkeys(("from", "to"), fault))
        return {**attrs, "from": start, "to": end}
