"""REST: one symbol, now and in its recent past. Plain synchronous views over the store."""

from django.conf import settings
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from metrics import minute_tables
from metrics.answers.book import depth_answer
from metrics.answers.feeds import found
from metrics.answers.pressure import pressure_answer
from metrics.answers.prices import prices_answer
from metrics.answers.rounding import timestamp
from metrics.api import schemas
from metrics.api.base import ERRORS, TAGS, UNCHANGED, MetricsView
from metrics.api.queries import HistoryQuery, PressureQuery
from metrics.exceptions import NotTracked
from symbols import PATTERN, fault_of, read_symbol, shown

SYMBOL = OpenApiParameter(
    "symbol",
    {"type": "string", "pattern": PATTERN},
    OpenApiParameter.PATH,
    description="A trading pair such as BTCUSDT, in any case.",
)

PRESSURE = "pressure history"
"""What is missing of a symbol, in the words clients know."""


class SymbolView(MetricsView):
    """Base of the addresses about one symbol."""

    def named(self, text: str, what: str = "metrics") -> str:
        """The symbol a path names; there can be nothing about what is none."""
        symbol = read_symbol(text)
        if symbol is None:
            error, message = f"No {what} available for {shown(text)}", f"A symbol is {fault_of(text)}."
            raise NotTracked(error=error, message=message)
        return symbol


class DepthView(SymbolView):
    @extend_schema(
        operation_id="depth_metrics",
        summary="Everything one order book says now",
        parameters=[SYMBOL, *TAGS],
        responses={200: schemas.Depth, **UNCHANGED, **ERRORS},
        examples=[schemas.DEPTH_EXAMPLE],
    )
    def get(self, request: Request, symbol: str) -> Response:
        """Imbalance, pressure, liquidity, spread, microprice, VWAP and strongest levels of the newest book
        of one symbol. Use it to judge one market at this moment. `state` tells whether the book is
        `live`; `age_ms` how old it is. Numbers are null when they cannot be known, for instance the
        spread of a book with one side.

        Example: `/api/v1/metrics/depth/BTCUSDT`
        """
        symbol = self.named(symbol)
        body = depth_answer(self.reader, symbol, settings.METRICS_LEVELS)
        return Response(found(body, self.reader, symbol))


class PressureView(SymbolView):
    query_class = PressureQuery

    @extend_schema(
        operation_id="pressure_history",
        summary="Order-book pressure of the last 1, 5 or 15 minutes",
        parameters=[SYMBOL, PressureQuery, *TAGS],
        responses={200: schemas.Pressure, **UNCHANGED, 400: schemas.QueryProblem, **ERRORS},
    )
    def get(self, request: Request, symbol: str) -> Response:
        """Average, extremes and trend of net pressure over a span of time, and the series itself thinned out
        to `max_points`. `data_points` counts every update in the span. Use it to see where pressure comes
        from and goes to.

        Example: `/api/v1/metrics/pressure/BTCUSDT?timeframe=1m`
        """
        symbol = self.named(symbol, PRESSURE)
        asked = self.query["timeframe"], self.query["max_points"]
        body = pressure_answer(self.reader, symbol, *asked)
        return Response(found(body, self.reader, symbol, PRESSURE))


class PricesView(SymbolView):
    query_class = PressureQuery

    @extend_schema(
        operation_id="price_history",
        summary="Mid price of the last 1, 5 or 15 minutes",
        parameters=[SYMBOL, PressureQuery, *TAGS],
        responses={200: schemas.Prices, **UNCHANGED, 400: schemas.QueryProblem, **ERRORS},
    )
    def get(self, request: Request, symbol: str) -> Response:
        """First, highest, lowest and last mid price of a span of time, its change, and the series itself thinned
        out to `max_points`. While the book was not live there are no points. Use it beside the pressure of the
        same span.

        Example: `/api/v1/metrics/prices/BTCUSDT?timeframe=1m`
        """
        symbol = self.named(symbol)
        body = prices_answer(self.reader, symbol, self.query["timeframe"], self.query["max_points"])
        return Response(found(body, self.reader, symbol))


class HistoryView(SymbolView):
    query_class = HistoryQuery
    is_tagged = False

    @extend_schema(
        operation_id="minute_history",
        summary="Minutes, five minutes or hours of the last days, as JSON or CSV",
        parameters=[SYMBOL, HistoryQuery],
        responses={
            (200, "application/json"): schemas.History,
            (200, "text/csv"): str,
            400: schemas.QueryProblem,
            404: schemas.ProblemSerializer,
            503: OpenApiResponse(schemas.ProblemSerializer, "The database is away."),
        },
    )
    def get(self, request: Request, symbol: str) -> Response | HttpResponse:
        """Open, high, low, close and mean of net pressure and mid price, mean and widest spread, mean depth,
        number of updates and seconds the book was not live, per minute or coarser. Means over several
        minutes are weighted by updates. Use it for research; it reaches back METRICS_ROLLUP_DAYS and ends
        with the last full minute.

        Example: `/api/v1/metrics/history/BTCUSDT?resolution=5m&format=csv`
        """
        query = self.query
        symbol = self.named(symbol, "history")
        table = minute_tables.history_table(symbol, query["from"], query["to"], query["resolution"])
        if not table:
            message = "Nothing was recorded for this symbol in this span; minutes appear once they are over."
            raise NotTracked(error=f"No history available for {symbol}", message=message)
        if query["format"] == "csv":
            name = f"{symbol}-{query['resolution']}.csv"
            answer = HttpResponse(minute_tables.history_csv(table), content_type="text/csv; charset=utf-8")
            answer["Content-Disposition"] = content_disposition_header(True, name)
            return answer
        return Response(
            {
                "symbol": symbol,
                "resolution": query["resolution"],
                "from": timestamp(query["from"].timestamp()),
                "to": timestamp(query["to"].timestamp()),
                "rows": minute_tables.history_rows(table),
            }
        )
