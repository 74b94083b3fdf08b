"""REST: one symbol, now and in its recent past. Plain synchronous views over the store."""

from typing import cast

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
from metrics.answers.shapes import Depth, History, HistoryRow, Pressure, Prices, Problem, Venues
from metrics.answers.venues import venues_answer
from metrics.api.base import ERRORS, REFUSED, TAGS, UNCHANGED, MetricsView
from metrics.api.examples import DEPTH_EXAMPLE
from metrics.api.queries import HistoryQuery, MinutesQuery, OneMarketQuery, PressureQuery
from metrics.domain.choice import FOLLOWED
from metrics.domain.market import MarketId
from metrics.exceptions import NotTracked
from metrics.kept_minutes import meant_now
from symbols import PATTERN, fault_of, read_symbol, shown

SYMBOL = OpenApiParameter(
    "symbol",
    {"type": "string", "pattern": PATTERN},
    OpenApiParameter.PATH,
    description="A trading pair such as BTCUSDT, in any case.",
)

PRESSURE = "pressure history"
"""What is missing of a symbol, in the words clients know."""
FILE_NAME = OpenApiParameter(
    "Content-Disposition",
    location=OpenApiParameter.HEADER,
    response=[200],
    description="The name to keep the file under.",
)


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
    query_class = OneMarketQuery

    @extend_schema(
        operation_id="getDepth",
        summary="Everything one order book says now",
        parameters=[SYMBOL, OneMarketQuery, *TAGS],
        responses={200: Depth, **UNCHANGED, **ERRORS},
        examples=[DEPTH_EXAMPLE],
    )
    def get(self, request: Request, symbol: str) -> Response:
        """Imbalance, pressure, liquidity, spread, microprice, VWAP and strongest levels of the newest book
        of one symbol. Use it to judge one market at this moment. `state` tells whether the book is
        `live`; `age_ms` how old it is. Numbers are null when they cannot be known, for instance the
        spread of a book with one side.

        Example: `/api/v1/metrics/depth/BTCUSDT`
        """
        symbol = self.named(symbol)
        choice = self.query["choice"]
        body = depth_answer(self.reader, symbol, settings.METRICS_LEVELS, choice)
        return Response(found(body, self.reader, symbol, choice=choice))


class PressureView(SymbolView):
    query_class = PressureQuery

    @extend_schema(
        operation_id="getPressure",
        summary="Order-book pressure of the last 1, 5 or 15 minutes",
        parameters=[SYMBOL, PressureQuery, *TAGS],
        responses={200: Pressure, **UNCHANGED, **ERRORS},
    )
    def get(self, request: Request, symbol: str) -> Response:
        """Average, extremes and trend of net pressure over a span of time, and the series itself thinned out
        to `max_points`. `data_points` counts every update in the span. Use it to see where pressure comes
        from and goes to.

        Example: `/api/v1/metrics/pressure/BTCUSDT?timeframe=1m`
        """
        symbol = self.named(symbol, PRESSURE)
        asked = self.query["timeframe"], self.query["max_points"], self.query["choice"]
        body = pressure_answer(self.reader, symbol, *asked)
        return Response(found(body, self.reader, symbol, PRESSURE, self.query["choice"]))


class PricesView(SymbolView):
    query_class = PressureQuery

    @extend_schema(
        operation_id="getPrices",
        summary="Mid price of the last 1, 5 or 15 minutes",
        parameters=[SYMBOL, PressureQuery, *TAGS],
        responses={200: Prices, **UNCHANGED, **ERRORS},
    )
    def get(self, request: Request, symbol: str) -> Response:
        """First, highest, lowest and last mid price of a span of time, its change, and the series itself thinned
        out to `max_points`. While the book was not live there are no points. Use it beside the pressure of the
        same span.

        Example: `/api/v1/metrics/prices/BTCUSDT?timeframe=1m`
        """
        symbol = self.named(symbol)
        asked = self.query["timeframe"], self.query["max_points"], self.query["choice"]
        body = prices_answer(self.reader, symbol, *asked)
        return Response(found(body, self.reader, symbol, choice=self.query["choice"]))


class VenuesView(SymbolView):
    @extend_schema(
        operation_id="getVenues",
        summary="One symbol at all venues, and the gaps between them",
        parameters=[SYMBOL, *TAGS],
        responses={200: Venues, **UNCHANGED, **ERRORS},
    )
    def get(self, request: Request, symbol: str) -> Response:
        """Best prices, spread, depth, state and age of every market of one symbol, the followed one first, and the
        executable gap between any two of one form over the last 15 minutes. The same coin against other dollars
        stands apart, since it is another symbol. Use it to see where a coin is cheap, and who brings it.

        Example: `/api/v1/metrics/venues/BTCUSDT`
        """
        symbol = self.named(symbol)
        body = venues_answer(self.reader, symbol, settings.METRICS_LEVELS)
        return Response(found(body, self.reader, symbol))


HISTORY_ERRORS = {
    **REFUSED,
    404: OpenApiResponse(Problem, "Nothing was recorded for the symbol in this span."),
    503: OpenApiResponse(Problem, "The database is away."),
}


class MinutesView(SymbolView):
    """Base of the addresses that read kept minutes."""

    is_tagged = False

    def markets(self, symbol: str) -> list[MarketId]:
        """Those of a symbol whose minutes are meant."""
        return meant_now(symbol, self.query["choice"], self.reader)

    def table(self, symbol: str, markets: list[MarketId]) -> minute_tables.Columns:
        """What was kept of a market in the span that is asked for; raises NotTracked where that is nothing."""
        span = self.query["span"]
        table = minute_tables.history_table(markets, span.start, span.end, self.query["resolution"])
        if not table:
            message = "Nothing was recorded for this symbol in this span; minutes appear once they are over."
            raise NotTracked(error=f"No history available for {symbol}", message=message)
        return table

    def file(self, symbol: str) -> HttpResponse:
        """The same as CSV, under the name of what was asked for."""
        markets = self.markets(symbol)
        answer = HttpResponse(
            minute_tables.history_csv(self.table(symbol, markets)), content_type="text/csv; charset=utf-8"
        )
        asked = symbol if self.query["choice"] == FOLLOWED else markets[0].name
        name = f"{asked}-{self.query['resolution']}.csv"
        answer["Content-Disposition"] = content_disposition_header(True, name)
        return answer


class HistoryView(MinutesView):
    query_class = HistoryQuery

    @extend_schema(
        operation_id="getHistory",
        summary="Minutes, five minutes or hours of the last days",
        parameters=[SYMBOL, MinutesQuery],
        responses={200: History, **HISTORY_ERRORS},
    )
    def get(self, request: Request, symbol: str) -> Response | HttpResponse:
        """Open, high, low, close and mean of net pressure and mid price, mean and widest spread, mean depth,
        number of updates and seconds the book was not live, per minute or coarser. Means over several
        minutes are weighted by updates. Use it for research; it reaches back METRICS_ROLLUP_DAYS and ends
        with the last full minute. The same as CSV is at `/metrics/history/{symbol}.csv`.

        Example: `/api/v1/metrics/history/BTCUSDT?resolution=5m`
        """
        symbol = self.named(symbol, "history")
        if self.query["format"] == "csv":
            return self.file(symbol)
        markets = self.markets(symbol)
        is_certain = all(market.market for market in markets)
        named = next(iter(markets), None) if is_certain else None
        answer: History = {
            "symbol": symbol,
            "venue": named.venue if named else None,
            "form": named.form if named else None,
            "resolution": self.query["resolution"],
            "from": timestamp(self.query["span"].start.timestamp()),
            "to": timestamp(self.query["span"].end.timestamp()),
            "rows": cast(list[HistoryRow], minute_tables.history_rows(self.table(symbol, markets))),
        }
        return Response(answer)


class HistoryFileView(MinutesView):
    query_class = MinutesQuery

    @extend_schema(
        operation_id="getHistoryCsv",
        summary="The same minutes as a CSV file",
        parameters=[SYMBOL, MinutesQuery, FILE_NAME],
        responses={(200, "text/csv"): str, **HISTORY_ERRORS},
    )
    def get(self, request: Request, symbol: str) -> HttpResponse:
        """The rows of `/metrics/history/{symbol}` with a head of names; a number that is not known is an empty
        field. Use it for spreadsheets and for pandas.

        Example: `/api/v1/metrics/history/BTCUSDT.csv?resolution=5m`
        """
        return self.file(self.named(symbol, "history"))
