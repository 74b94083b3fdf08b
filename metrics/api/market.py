"""REST: all symbols at once. Plain synchronous views over the store."""

from typing import Any, Literal

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from metrics.answers.feeds import require_feed
from metrics.answers.market import all_answer, summary_answer
from metrics.answers.pressure import sparklines_answer
from metrics.answers.shapes import MetricsPage, MetricsRow, Sparklines, Summary
from metrics.api.base import ERRORS, TAGS, UNCHANGED, MetricsView
from metrics.api.paging import by_name, by_number, paged
from metrics.api.queries import AllQuery, ChosenQuery
from metrics.exceptions import NotTracked

SortKey = Literal[
    "net_pressure",
    "imbalance_percent",
    "spread_bps",
    "total_liquidity",
    "cost_bps",
    "depth_usd",
    "known_to_bps",
]
SORT_KEYS: dict[str, SortKey] = {
    "pressure": "net_pressure",
    "imbalance": "imbalance_percent",
    "spread": "spread_bps",
    "liquidity": "total_liquidity",
    "cost": "cost_bps",
    "depth": "depth_usd",
    "known_to": "known_to_bps",
}


class SummaryView(MetricsView):
    query_class = ChosenQuery

    @extend_schema(
        operation_id="getSummary",
        summary="The whole market in one answer",
        parameters=[ChosenQuery, *TAGS],
        responses={200: Summary, **UNCHANGED, **ERRORS},
    )
    def get(self, request: Request) -> Response:
        """Sentiment, average pressure and spread, liquidity per quote asset and the symbols under the
        strongest pressure. Only live books enter; what was left out is counted in `symbols_excluded`.
        `total_liquidity` adds base quantities of different assets and is kept for older clients:
        `total_notional` is the figure to use.

        Example: `/api/v1/metrics/summary`
        """
        body = summary_answer(self.reader, self.query["choice"])
        if not body["symbols_tracked"]:
            require_feed(self.reader)
            raise NotTracked(error="No data available", message="No symbol is tracked at the moment.")
        return Response(body)


class AllView(MetricsView):
    query_class = AllQuery

    @extend_schema(
        operation_id="listMetrics",
        summary="One row per symbol, filtered, sorted and paged",
        parameters=[AllQuery, *TAGS],
        responses={200: MetricsPage, **UNCHANGED, 503: ERRORS[503]},
    )
    def get(self, request: Request) -> Response:
        """The newest row of every tracked symbol. Use it to scan the market for something, then read one
        symbol with `/metrics/depth/{symbol}`. With `venue=*`, or several venues, each market has a row of
        its own, under its name (`BTCUSDT@binance-usdm`).

        Example:
        `/api/v1/metrics/all?min_pressure=40&state=live&sort_by=pressure&sort_order=desc&limit=10`
        """
        query = self.query
        rows = all_answer(self.reader, query["choice"])
        if not rows:
            require_feed(self.reader)
        chosen = _sorted([item for item in rows.items() if _matches(item[1], query)], query)
        page, pagination = paged(chosen, query)
        return Response(MetricsPage(symbols_count=len(page), metrics=page, pagination=pagination))


def _matches(row: MetricsRow, query: dict[str, Any]) -> bool:
    pressure = row["net_pressure"]
    if "symbols" in query and row["symbol"] not in query["symbols"]:
        return False
    if "min_pressure" in query and (pressure is None or pressure < query["min_pressure"]):
        return False
    if "max_pressure" in query and (pressure is None or pressure > query["max_pressure"]):
        return False
    if "trend" in query and row["trend"] != query["trend"]:
        return False
    return "state" not in query or row["state"] == query["state"]


def _sorted(rows: list[tuple[str, MetricsRow]], query: dict[str, Any]) -> list[tuple[str, MetricsRow]]:
    if query["sort_by"] == "symbol":
        return by_name(rows, query)
    key = SORT_KEYS[query["sort_by"]]
    return by_number(rows, query, lambda row: row[key])


class SparklinesView(MetricsView):
    query_class = ChosenQuery

    @extend_schema(
        operation_id="getSparklines",
        summary="The last minute of every symbol, in steps of two seconds",
        parameters=[ChosenQuery, *TAGS],
        responses={200: Sparklines, **UNCHANGED, 503: ERRORS[503]},
    )
    def get(self, request: Request) -> Response:
        """Newest net pressure in each step, oldest first, null where nothing came. Use it for small charts of
        many symbols at once; `/metrics/pressure/{symbol}` has every update of one.

        Example: `/api/v1/metrics/sparklines`
        """
        body = sparklines_answer(self.reader, self.query["choice"])
        if not body["symbols"]:
            require_feed(self.reader)
        return Response(body)
