"""REST: the ledger as a file, sent as it is read."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from django.db import models
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from metrics.answers.shapes import Problem
from metrics.api.base import REFUSED, MetricsView
from metrics.api.export import export
from metrics.api.symbol import FILE_NAME
from metrics.exceptions import NotTracked
from metrics.export.columns import Column, Kind, Row
from metrics.export.files import FORMS
from metrics.export.parquet_file import CONTENT_TYPE as PARQUET
from strategies.api.ledger import ChosenSignalsQuery, choice_of
from strategies.ledger.reading import Choice, all_records
from strategies.models import SignalRecord

ROWS_AT_ONCE = 2_000
"""Of a part: a megabyte, and less than a tenth of a second."""
LOOKED_FOR = 10
"""Parts among which a signal must be for anybody to wait for it before the file begins."""
NOT_EXPORTED = {"sent_as", "due_at"}
KINDS: "Mapping[type[models.Field[Any, Any]], Kind]" = {
    models.DateTimeField: "moment",
    models.FloatField: "number",
    models.IntegerField: "count",
}
"""Of a column; the others are words."""


def _kind(field: "models.Field[Any, Any]") -> Kind:
    return next((kind for of, kind in KINDS.items() if isinstance(field, of)), "word")


FIELDS = [field for field in SignalRecord._meta.concrete_fields if field.name not in NOT_EXPORTED]
COLUMNS = [Column(field.name, _kind(field)) for field in FIELDS]
EXPORT_ERRORS = {
    **REFUSED,
    404: OpenApiResponse(Problem, "There is no such signal in the ledger."),
    503: OpenApiResponse(
        Problem, "The database is away, or as many exports are under way as may be at a time."
    ),
}


def parts(choice: Choice) -> Iterator[list[Row]]:
    """All rows of a choice, the newest first; raises NotTracked where there is none, before there is any part. Where
    that would take long to find out, there may be no part."""
    found = (list(map(_row, rows)) for rows in all_records(choice, ROWS_AT_ONCE))
    first: list[list[Row]] = []
    while len(first) < LOOKED_FOR and not any(first):
        if (rows := next(found, None)) is None:
            raise NotTracked(error="Nothing to export", message="The ledger has no signal of this choice.")
        first.append(rows)
    return filter(None, chain(first, found))


def _row(record: SignalRecord) -> Row:
    values = (getattr(record, column.name) for column in COLUMNS)
    return tuple(
        (str(value) or None) if column.kind == "word" else value
        for column, value in zip(COLUMNS, values, strict=True)
    )


class SignalsExportView(MetricsView):
    """The ledger as CSV."""

    query_class = ChosenSignalsQuery
    is_tagged = False

    @extend_schema(
        operation_id="exportSignalsCsv",
        summary="The ledger of signals as a CSV file",
        parameters=[ChosenSignalsQuery, FILE_NAME],
        responses={(200, "text/csv"): str, **EXPORT_ERRORS},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Every signal of a choice, the newest first, with what became of it and of the price. It is sent as it is
        read, however much it is; a file that ends early was not read to its end. Numbers are not rounded, times are in
        UTC, an unknown number is an empty field, and the column `unknown_…` beside it says why.

        Example: `/api/v1/signals/export?strategy=orderbook_skew&from=2026-11-23T00:00:00Z`
        """
        return self.file(request, "csv")

    def file(self, request: Request, form: str) -> StreamingHttpResponse:
        """What is asked for, in one of FORMS."""
        answer = export(FORMS[form].content_type)
        with answer.or_leave():
            rows = parts(choice_of(self.query))
        answer["Content-Disposition"] = content_disposition_header(True, f"signals.{form}")
        if request.method != "HEAD":
            answer.streaming_content = FORMS[form].pieces(COLUMNS, rows)
        return answer


class SignalsExportParquetView(SignalsExportView):
    @extend_schema(
        operation_id="exportSignalsParquet",
        summary="The same as a Parquet file",
        parameters=[ChosenSignalsQuery, FILE_NAME],
        responses={(200, PARQUET): OpenApiTypes.BINARY, **EXPORT_ERRORS},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """The rows and columns of `/signals/export` with their types, compressed; what is unknown is null. Use it with
        pandas, Polars, DuckDB or Spark.

        Example: `/api/v1/signals/export.parquet?symbol=BTCUSDT&state=sent`
        """
        return self.file(request, "parquet")
