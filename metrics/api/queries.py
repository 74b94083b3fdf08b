"""Query parameters of the metrics endpoints, checked before anything is read."""

import math
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework import serializers

from metrics.answers.liquidity_rows import InList
from metrics.api.fields import (
    LONGEST_REPEATED,
    NumbersField,
    OneOfField,
    PercentField,
    SymbolsField,
    TimeField,
    TimeframeField,
    WholeField,
    WordField,
)
from metrics.domain.choice import read_choice
from metrics.domain.liquidity.asked import BANDS_BPS, SIZES_USD
from metrics.domain.market import FORMS, STATES, TRENDS
from metrics.domain.minutes import RESOLUTIONS
from metrics.domain.window import TIMEFRAMES
from metrics.exceptions import InvalidQuery
from metrics.export.files import FORMS as EXPORT_FORMS
from metrics.export.tables import MINUTES, TABLES, USUAL
from metrics.spans import span_of
from rest.queries import Query, QueryFaults

SORT_ORDERS = ("asc", "desc")
SORT_FIELDS = ("symbol", "pressure", "imbalance", "spread", "liquidity", "cost", "depth", "known_to")
MOST_UNKNOWN = 50


class MetricsQuery(Query):
    """Base; raises InvalidQuery with a sentence per parameter."""

    @classmethod
    def refusal(cls, faults: QueryFaults) -> InvalidQuery:
        unknown = list(faults.unknown.items())[:MOST_UNKNOWN]
        misplaced = {name[:LONGEST_REPEATED]: fault for name, fault in unknown} | faults.repeated
        problems = faults.wrong | {name: [fault] for name, fault in misplaced.items()}
        return InvalidQuery(error="Invalid query", detail=_sentence(problems), fields=problems)


def _sentence(problems: dict[str, list[str]]) -> str:
    """One sentence about each fault; one that concerns several parameters is said once."""
    names: dict[str, list[str]] = {}
    for name, faults in problems.items():
        names.setdefault(" ".join(faults), []).append(name)
    return "; ".join(f"{', '.join(together)}: {fault}" for fault, together in names.items())


class ChosenQuery(MetricsQuery):
    """Of addresses that are about markets; `choice` is what was chosen."""

    venue = serializers.CharField(
        required=False,
        help_text="Markets of this venue; of several with commas between, or of all (`*`), each by itself.",
    )
    form = WordField(FORMS, required=False, help_text="Markets of this form.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            choice = read_choice(attrs.get("venue"), attrs.get("form"))
        except ValueError as error:
            raise serializers.ValidationError({"venue": str(error)}) from error
        return {**attrs, "choice": choice}


class OneMarketQuery(ChosenQuery):
    """Of addresses that are about one market."""

    venue = serializers.CharField(
        required=False, help_text="The market of this venue; default the followed one."
    )
    form = WordField(FORMS, required=False, help_text="The market of this form.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if attrs["choice"].is_each:
            raise serializers.ValidationError(
                {"venue": "venue must be one; /metrics/venues/{symbol} has all"}
            )
        return attrs


class PressureQuery(OneMarketQuery):
    timeframe = TimeframeField(tuple(TIMEFRAMES), default="5m", help_text="Span of time.")
    max_points = WholeField(
        default=100, min_value=1, max_value=1000, help_text="Longest series to return, spread over the span."
    )


def _order_and_page() -> tuple[WordField, WholeField, WholeField]:
    """Which way a list is sorted, and which of its rows are wanted."""
    return (
        WordField(SORT_ORDERS, default="asc", help_text="Unknown numbers come last."),
        WholeField(required=False, min_value=1, max_value=5000, help_text="Rows; default all."),
        WholeField(
            default=0, min_value=0, max_value=1_000_000, help_text="Rows to skip after filtering and sorting."
        ),
    )


class AllQuery(ChosenQuery):
    symbols = SymbolsField(required=False, help_text="Only these symbols, comma-separated.")
    min_pressure = PercentField(
        required=False, min_value=-100, max_value=100, help_text="Only rows with at least this net pressure."
    )
    max_pressure = PercentField(
        required=False, min_value=-100, max_value=100, help_text="Only rows with at most this net pressure."
    )
    trend = WordField(TRENDS, required=False, help_text="Only rows with this trend.")
    state = WordField(STATES, required=False, help_text="Only books in this state.")
    sort_by = WordField(SORT_FIELDS, default="symbol", help_text="What to sort by.")
    sort_order, limit, offset = _order_and_page()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        low, high = attrs.get("min_pressure", -math.inf), attrs.get("max_pressure", math.inf)
        if low > high:
            fault = f"min_pressure must be <= max_pressure, got {low} and {high}"
            raise serializers.ValidationError(dict.fromkeys(("min_pressure", "max_pressure"), fault))
        return attrs


class LiquidityQuery(OneMarketQuery):
    sizes = NumbersField(
        SIZES_USD,
        required=False,
        help_text="Amounts in US dollars, comma-separated: 10000,250000. Default LIQUIDITY_SIZES.",
    )
    bands = NumbersField(
        BANDS_BPS,
        required=False,
        help_text="Distances from the mid price in basis points, comma-separated: 5,12.5. Default LIQUIDITY_BANDS_BPS.",
    )


IN_LIST = InList(settings.LIQUIDITY_SIZES, settings.LIQUIDITY_BANDS_BPS, settings.LIQUIDITY_ROW_BAND_BPS)
LIQUIDITY_COLUMNS = IN_LIST.columns
"""What rows of liquidity can be sorted by."""


class LiquidityListQuery(ChosenQuery):
    symbols = SymbolsField(required=False, help_text="Only these symbols, comma-separated.")
    state = WordField(STATES, required=False, help_text="Only books in this state.")
    sort_by = WordField(LIQUIDITY_COLUMNS, default="symbol", help_text="The column to sort by.")
    sort_order, limit, offset = _order_and_page()


class HeatQuery(OneMarketQuery):
    minutes = WholeField(default=15, min_value=1, max_value=15, help_text="Span of time, up to now.")
    since = TimeField(
        required=False, help_text="Only what came later, for instance than the last row one has."
    )


class SpanQuery(MetricsQuery):
    """Of addresses that are about a span of the past; `span` is what was asked for, completed."""

    start = TimeField(required=False, help_text="Default: a day before the end.")
    end = TimeField(required=False, help_text="Default: now.")

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        # `from` is a word of the language, so the fields cannot be declared under their public names.
        return {"from": fields.pop("start"), "to": fields.pop("end"), **fields}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        try:
            span = span_of(attrs.get("from"), attrs.get("to"), self.usual(attrs), timezone.now())
        except ValueError as error:
            raise serializers.ValidationError(dict.fromkeys(("from", "to"), str(error))) from error
        return {**attrs, "span": span}

    def usual(self, attrs: dict[str, Any]) -> timedelta:
        """How long it is where its beginning is not given."""
        return timedelta(days=1)


class MinutesQuery(SpanQuery, OneMarketQuery):
    resolution = OneOfField(tuple(RESOLUTIONS), default="1m", help_text="Length of a row.")


class HistoryQuery(MinutesQuery):
    """CSV has an address of its own, as an answer has one form in the OpenAPI document. This is how it was asked for
    before, and the document does not say it."""

    format = WordField(("json", "csv"), default="json", help_text="Form of the answer.")


class ExportQuery(SpanQuery, ChosenQuery):
    start = TimeField(required=False, help_text="Default: a day before the end; of updates 15 minutes.")
    kind = WordField(TABLES, default=MINUTES, help_text="Minutes, or every update of the last 15 minutes.")
    symbols = SymbolsField(required=False, help_text="Only these symbols, comma-separated.")
    venue = serializers.CharField(
        required=False,
        help_text="Markets of this venue, of several with commas between, or of all (`*`, the default).",
    )

    def usual(self, attrs: dict[str, Any]) -> timedelta:
        return USUAL[attrs["kind"]]


class FormQuery(ExportQuery):
    """Parquet has an address of its own, as an answer has one form in the OpenAPI document, which does not say this."""

    format = WordField(tuple(EXPORT_FORMS), default="csv", help_text="Form of the file.")
