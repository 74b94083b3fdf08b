"""REST: minutes and updates of many markets as a file, sent as it is read."""

from threading import BoundedSemaphore
from typing import ClassVar

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from metrics.answers.shapes import Problem
from metrics.api.base import REFUSED, MetricsView
from metrics.api.queries import ExportQuery, FormQuery, MetricsQuery
from metrics.api.symbol import FILE_NAME
from metrics.exceptions import Busy, NotTracked
from metrics.export.columns import COLUMNS
from metrics.export.files import FORMS, file_name
from metrics.export.parquet_file import CONTENT_TYPE as PARQUET
from metrics.export.tables import Asked, Nothing, parts
from rest.streamed import NoPlace, Streamed

EXPORTS_AT_ONCE = 2
"""Of a web process: each keeps a thread busy for as long as its client takes what comes."""
_places = BoundedSemaphore(EXPORTS_AT_ONCE)


def export(content_type: str) -> Streamed:
    """A file that is made while it is sent. Raises Busy where as many are under way as may be."""
    try:
        return Streamed(_places, content_type)
    except NoPlace as full:
        message = f"{EXPORTS_AT_ONCE} exports are under way, and no more run at a time; ask again soon."
        raise Busy(error="Too many exports", message=message) from full


EXPORT_ERRORS = {
    **REFUSED,
    404: OpenApiResponse(Problem, "There is nothing of this in the span."),
    503: OpenApiResponse(
        Problem, "What keeps it is away, or as many exports are under way as may be at a time."
    ),
}


class ExportView(MetricsView):
    """The table as CSV, or in the form that `format` names."""

    query_class: ClassVar[type[MetricsQuery]] = FormQuery
    is_tagged = False

    @extend_schema(
        operation_id="exportCsv",
        summary="Minutes or updates of many markets as a CSV file",
        parameters=[ExportQuery, FILE_NAME],
        responses={(200, "text/csv"): str, **EXPORT_ERRORS},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Every minute that is kept of all markets, or of some, or every update of the last 15 minutes: market after
        market, oldest first. It is sent as it is read, however much it is; a file that ends early was not read to its
        end. Use it for research. Numbers are not rounded, times are in UTC, an unknown number is an empty field.

        Example: `/api/v1/metrics/export?symbols=BTCUSDT,ETHUSDT&from=2026-11-23T00:00:00Z`
        """
        return self.file(request, self.query["format"])

    def file(self, request: Request, form: str) -> StreamingHttpResponse:
        """What is asked for, in one of FORMS."""
        query = self.query
        asked = Asked(query["kind"], query["span"], query.get("symbols"), query["choice"])
        answer = export(FORMS[form].content_type)
        with answer.or_leave():
            try:
                rows = parts(asked, self.reader)
            except Nothing as nothing:
                raise NotTracked(error="Nothing to export", message=str(nothing)) from nothing
        answer["Content-Disposition"] = content_disposition_header(True, file_name(asked, form))
        if request.method != "HEAD":
            answer.streaming_content = FORMS[form].pieces(COLUMNS[asked.table], rows)
        return answer


class ExportParquetView(ExportView):
    query_class = ExportQuery

    @extend_schema(
        operation_id="exportParquet",
        summary="The same as a Parquet file",
        parameters=[ExportQuery, FILE_NAME],
        responses={(200, PARQUET): OpenApiTypes.BINARY, **EXPORT_ERRORS},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """The rows and columns of `/metrics/export` with their types, compressed; an unknown number is null. Use it
        with pandas, Polars, DuckDB or Spark.

        Example: `/api/v1/metrics/export.parquet?kind=updates&symbols=BTCUSDT`
        """
        return self.file(request, "parquet")
