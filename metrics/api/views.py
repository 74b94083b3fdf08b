"""REST: current metrics and their recent past. Plain synchronous views over the store."""

import math
from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from redis.exceptions import RedisError
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from metrics import answers, reports
from metrics.api import schemas
from metrics.api.queries import AllQuery, HistoryQuery, MetricsQuery, PressureQuery
from metrics.domain.book import SYMBOL_RULE, read_symbol
from metrics.exceptions import MetricsError, NotTracked
from metrics.store.reader import StoreReader, get_reader

SORT_KEYS = {
    "pressure": "net_pressure",
    "imbalance": "imbalance_percent",
    "spread": "spread_bps",
    "liquidity": "total_liquidity",
}


class MayReadMetrics(BasePermission):
    """Everybody, unless METRICS_REQUIRE_LOGIN says otherwise."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return not settings.METRICS_REQUIRE_LOGIN or bool(request.user and request.user.is_authenticated)


class AlwaysAnswer(DefaultContentNegotiation):
    """JSON to whoever accepts nothing we have: a body they can read is better than a 406."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: str | None = None) -> Any:
        try:
            return super().select_renderer(request, renderers, format_suffix)
        except NotAcceptable:
            return renderers[0], renderers[0].media_type


class MetricsView(APIView):
    """Base: who may read, and how errors are answered."""

    permission_classes = [MayReadMetrics]
    content_negotiation_class = AlwaysAnswer
    throttle_classes = []
    query_class: ClassVar[type[MetricsQuery]] = MetricsQuery
    """What is taken in the query; `query` holds what was said."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in ("GET", "HEAD"):
            self.query = self.query_class.of(request)

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Nobody is looked up where everybody may read: numbers must not depend on the database."""
        return super().get_authenticators() if settings.METRICS_REQUIRE_LOGIN else []

    @property
    def reader(self) -> StoreReader:
        return get_reader()

    def named(self, text: str, what: str = "metrics") -> str:
        """The symbol a path names; there can be nothing about what is none."""
        symbol = read_symbol(text)
        if symbol is None:
            error, message = f"No {what} available for {text[:40]}", f"A symbol is {SYMBOL_RULE}."
            raise NotTracked(error=error, message=message)
        return symbol

    def get_exception_handler(self) -> Callable[[Exception, dict[str, Any]], Response | None]:
        return answer_error


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """One place where errors become answers."""
    if isinstance(error, MetricsError):
        return Response(error.body, status=error.status)
    if isinstance(error, RedisError):
        return Response(
            {"error": "Store unavailable", "message": "Current metrics cannot be read."}, status=503
        )
    if isinstance(error, OperationalError | InterfaceError):
        return Response(
            {"error": "Database unavailable", "message": "History cannot be read at the moment."}, status=503
        )
    response = exception_handler(error, context)
    if response is not None:
        detail = getattr(error, "detail", str(error))
        response.data = {"error": str(detail), "message": str(detail)}
    return response


SYMBOL = OpenApiParameter(
    "symbol", str, OpenApiParameter.PATH, description="A trading pair such as BTCUSDT, in any case."
)
ERRORS = {
    404: OpenApiResponse(schemas.Problem, "Unknown symbol, or its numbers are too old to show."),
    503: OpenApiResponse(schemas.NoFeedProblem, "No feed is running, or the store is away."),
}


class DepthView(MetricsView):
    @extend_schema(
        operation_id="depth_metrics",
        summary="Everything one order book says now",
        parameters=[SYMBOL],
        responses={200: schemas.Depth, **ERRORS},
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
        body = answers.depth_answer(self.reader, symbol, settings.METRICS_LEVELS)
        return Response(answers.found(body, self.reader, symbol))


class PressureView(MetricsView):
    query_class = PressureQuery

    @extend_schema(
        operation_id="pressure_history",
        summary="Order-book pressure of the last 1, 5 or 15 minutes",
        parameters=[SYMBOL, PressureQuery],
        responses={200: schemas.Pressure, 400: schemas.QueryProblem, **ERRORS},
    )
    def get(self, request: Request, symbol: str) -> Response:
        """Average, extremes and trend of net pressure over a span of time, and the series itself thinned out
        to `max_points`. `data_points` counts every update in the span. Use it to see where pressure comes
        from and goes to.

        Example: `/api/v1/metrics/pressure/BTCUSDT?timeframe=1m`
        """
        symbol = self.named(symbol)
        asked = self.query["timeframe"], self.query["max_points"]
        body = answers.pressure_answer(self.reader, symbol, *asked)
        return Response(answers.found(body, self.reader, symbol))


class SummaryView(MetricsView):
    @extend_schema(
        operation_id="market_summary",
        summary="The whole market in one answer",
        responses={200: schemas.Summary, **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Sentiment, average pressure and spread, liquidity per quote asset and the symbols under the
        strongest pressure. Only live books enter; what was left out is counted in `symbols_excluded`.
        `total_liquidity` adds base quantities of different assets and is kept for older clients:
        `total_notional` is the figure to use.

        Example: `/api/v1/metrics/summary`
        """
        body = answers.summary_answer(self.reader)
        if not body["symbols_tracked"]:
            answers.require_feed(self.reader)
            raise NotTracked(error="No data available", message="No symbol is tracked at the moment.")
        return Response(body)


class AllView(MetricsView):
    query_class = AllQuery

    @extend_schema(
        operation_id="all_metrics",
        summary="One row per symbol, filtered, sorted and paged",
        parameters=[AllQuery],
        responses={200: schemas.All, 400: schemas.QueryProblem, 503: ERRORS[503]},
    )
    def get(self, request: Request) -> Response:
        """The newest row of every tracked symbol. Use it to scan the market for something, then read one
        symbol with `/metrics/depth/{symbol}`.

        Example:
        `/api/v1/metrics/all?min_pressure=40&state=live&sort_by=pressure&sort_order=desc&limit=10`
        """
        query = self.query
        rows = answers.all_answer(self.reader)
        if not rows:
            answers.require_feed(self.reader)
        chosen = _sorted([item for item in rows.items() if _matches(*item, query)], query)
        offset, limit = query["offset"], query.get("limit") or len(chosen)
        page = dict(chosen[offset : offset + limit])
        pagination = {
            "total": len(chosen),
            "limit": query.get("limit"),
            "offset": offset,
            "has_next": offset + limit < len(chosen),
            "has_previous": offset > 0,
        }
        return Response({"symbols_count": len(page), "metrics": page, "pagination": pagination})


def _matches(symbol: str, row: dict[str, Any], query: dict[str, Any]) -> bool:
    pressure = row["net_pressure"]
    if "symbols" in query and symbol not in query["symbols"]:
        return False
    if "min_pressure" in query and (pressure is None or pressure < query["min_pressure"]):
        return False
    if "max_pressure" in query and (pressure is None or pressure > query["max_pressure"]):
        return False
    return all(row[name] == query[name] for name in ("trend", "state") if name in query)


def _sorted(
    rows: list[tuple[str, dict[str, Any]]], query: dict[str, Any]
) -> list[tuple[str, dict[str, Any]]]:
    descending = query["sort_order"] == "desc"
    if query["sort_by"] == "symbol":
        return sorted(rows, reverse=descending)
    key = SORT_KEYS[query["sort_by"]]
    unknown = -math.inf if descending else math.inf
    return sorted(
        rows, key=lambda item: unknown if item[1][key] is None else item[1][key], reverse=descending
    )


class SparklinesView(MetricsView):
    @extend_schema(
        operation_id="sparklines",
        summary="The last minute of every symbol, in steps of two seconds",
        responses={200: schemas.Sparklines, 503: ERRORS[503]},
    )
    def get(self, request: Request) -> Response:
        """Newest net pressure in each step, oldest first, null where nothing came. Use it for small charts of
        many symbols at once; `/metrics/pressure/{symbol}` has every update of one.

        Example: `/api/v1/metrics/sparklines`
        """
        body = answers.sparklines_answer(self.reader)
        if not body["symbols"]:
            answers.require_feed(self.reader)
        return Response(body)


class HistoryView(MetricsView):
    query_class = HistoryQuery

    @extend_schema(
        operation_id="minute_history",
        summary="Minutes, five minutes or hours of the last days, as JSON or CSV",
        parameters=[SYMBOL, HistoryQuery],
        responses={
            (200, "application/json"): schemas.History,
            (200, "text/csv"): str,
            400: schemas.QueryProblem,
            404: schemas.Problem,
            503: OpenApiResponse(schemas.Problem, "The database is away."),
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
        table = reports.history_table(symbol, query["from"], query["to"], query["resolution"])
        if table.empty:
            message = "Nothing was recorded for this symbol in this span; minutes appear once they are over."
            raise NotTracked(error=f"No history available for {symbol}", message=message)
        if query["format"] == "csv":
            answer = HttpResponse(reports.history_csv(table), content_type="text/csv; charset=utf-8")
            answer["Content-Disposition"] = f'attachment; filename="{symbol}-{query["resolution"]}.csv"'
            return answer
        return Response(
            {
                "symbol": symbol,
                "resolution": query["resolution"],
                "from": answers.timestamp(query["from"].timestamp()),
                "to": answers.timestamp(query["to"].timestamp()),
                "rows": reports.history_rows(table),
            }
        )


class FeedView(MetricsView):
    @extend_schema(
        operation_id="feeds",
        summary="What the feeds see",
        responses={200: schemas.Feeds, 503: ERRORS[503]},
    )
    def get(self, request: Request) -> Response:
        """One report per feed process: messages, what was refused and why, what was ignored, lag behind the
        exchange's clock (negative when that clock runs ahead), rate, symbols, partition and the age of
        the newest message. Use it to tell a quiet market from a broken feed.

        Example: `/api/v1/feed`
        """
        return Response(answers.feed_answer(self.reader))
