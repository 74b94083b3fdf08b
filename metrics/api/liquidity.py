"""REST: what trading costs, in one market and in all of them, and where a book was deep. Plain synchronous views over
the store."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from metrics.answers.feeds import found, require_feed
from metrics.answers.heat import heat_answer
from metrics.answers.impact import impact_answer
from metrics.answers.liquidity import liquidity_answer
from metrics.answers.liquidity_rows import liquidity_rows_answer, number_of
from metrics.answers.liquidity_shapes import HeatMap, ImpactNow, LiquidityNow, LiquidityPage
from metrics.api.base import ERRORS, TAGS, UNCHANGED, MetricsView
from metrics.api.examples import LIQUIDITY_EXAMPLE
from metrics.api.paging import by_name, by_number, paged
from metrics.api.queries import IN_LIST, HeatQuery, LiquidityListQuery, LiquidityQuery, OneMarketQuery
from metrics.api.symbol import SYMBOL, SymbolView


class LiquidityView(SymbolView):
    query_class = LiquidityQuery

    @extend_schema(
        operation_id="getLiquidity",
        summary="What trading in one order book costs, and what rests near its mid price",
        parameters=[SYMBOL, LiquidityQuery, *TAGS],
        responses={200: LiquidityNow, **UNCHANGED, **ERRORS},
        examples=[LIQUIDITY_EXAMPLE],
    )
    def get(self, request: Request, symbol: str) -> Response:
        """How far the newest book of one symbol is known, what rests within bands around its mid price, what amounts of
        US dollars cost that are traded at once, the order flow and the trades of the last 1, 10 and 60 seconds. Use it
        before trading a size. Whatever needs more of a book than is known is null, and so is what is in dollars while
        no market tells what the quote asset is worth. Order flow explains moves of the same second; it predicts none.

        Example: `/api/v1/metrics/liquidity/BTCUSDT?sizes=50000,250000&bands=5,10`
        """
        symbol, query = self.named(symbol), self.query
        sizes = query.get("sizes", settings.LIQUIDITY_SIZES)
        widths = query.get("bands", settings.LIQUIDITY_BANDS_BPS)
        body = liquidity_answer(self.reader, symbol, sizes, widths, query["choice"])
        return Response(found(body, self.reader, symbol, choice=query["choice"]))


class ImpactView(SymbolView):
    query_class = OneMarketQuery

    @extend_schema(
        operation_id="getImpact",
        summary="How far trading moves the price of one market",
        parameters=[SYMBOL, OneMarketQuery, *TAGS],
        responses={200: ImpactNow, **UNCHANGED, **ERRORS},
    )
    def get(self, request: Request, symbol: str) -> Response:
        """Kyle's lambda over the last five minutes, second by second, with the share of the moves that it explains,
        and Amihud's illiquidity over the last fifteen, both for a million US dollars, so that markets compare. Null
        where too little was traded or heard, or while no market tells what the quote asset is worth. They describe what
        has been; they predict nothing.

        Example: `/api/v1/metrics/impact/BTCUSDT`
        """
        symbol, query = self.named(symbol), self.query
        body = impact_answer(self.reader, symbol, query["choice"])
        return Response(found(body, self.reader, symbol, choice=query["choice"]))


class HeatView(SymbolView):
    query_class = HeatQuery

    @extend_schema(
        operation_id="getHeat",
        summary="Where one order book was deep, second by second",
        parameters=[SYMBOL, HeatQuery, *TAGS],
        responses={200: HeatMap, **UNCHANGED, **ERRORS},
    )
    def get(self, request: Request, symbol: str) -> Response:
        """Up to 15 minutes of what rested around the mid price of one symbol, of each side in 64 buckets as far as it
        was known, 50 bps at most; the best prices, and what was traded in between. Use it to draw depth over time, and
        ask on with `since` the last of `times_ms`. While the book was not live there are no rows.

        Example: `/api/v1/metrics/heat/BTCUSDT?minutes=5`
        """
        symbol, query = self.named(symbol), self.query
        since = query["since"].timestamp() if "since" in query else 0.0
        body = heat_answer(self.reader, symbol, 60 * query["minutes"], since, query["choice"])
        return Response(found(body, self.reader, symbol, choice=query["choice"]))


class LiquidityListView(MetricsView):
    query_class = LiquidityListQuery

    @extend_schema(
        operation_id="listLiquidity",
        summary="What trading costs in every market, sorted and paged",
        parameters=[LiquidityListQuery, *TAGS],
        responses={200: LiquidityPage, **UNCHANGED, 503: ERRORS[503]},
    )
    def get(self, request: Request) -> Response:
        """A row of every tracked symbol: how far its book is known, what LIQUIDITY_SIZES dollars cost the dearer
        way, what rests within LIQUIDITY_BANDS_BPS of the mid price on both sides in dollars, order flow and trades.
        Use it to see where a size can be traded, then read one symbol with `/metrics/liquidity/{symbol}`. Any
        column sorts; numbers that stand in an object by its name and theirs: `cost_bps_100000`, `depth_usd_10`.

        Example: `/api/v1/metrics/liquidity?state=live&sort_by=cost_bps_100000&limit=10`
        """
        query = self.query
        rows = liquidity_rows_answer(self.reader, IN_LIST, query["choice"])
        if not rows:
            require_feed(self.reader)
        chosen = [
            (name, row)
            for name, row in rows.items()
            if row["symbol"] in query.get("symbols", (row["symbol"],))
            and row["state"] == query.get("state", row["state"])
        ]
        column = query["sort_by"]
        ordered = (
            by_name(chosen, query)
            if column == "symbol"
            else by_number(chosen, query, lambda row: number_of(row, column))
        )
        page, pagination = paged(ordered, query)
        return Response(LiquidityPage(symbols_count=len(page), markets=page, pagination=pagination))
