"""What order books show: now, over minutes, and over days. Numbers are None where they cannot be known."""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import httpx
import msgspec

from realtime_strategies_client.asking import answer, given, instant, place, read, span
from realtime_strategies_client.faces import Call, F, Group
from realtime_strategies_client.steps import Request, Steps

if TYPE_CHECKING:
    import pandas as pd

Number = float | None
Timeframe = Literal["1m", "5m", "15m"]
Resolution = Literal["1m", "5m", "1h"]
Form = Literal["spot", "usdm"]
RowOrder = Literal["symbol", "pressure", "imbalance", "spread", "liquidity", "cost", "depth", "known_to"]
Venues = str | Iterable[str] | None
"""One venue, several, or "*" for all; None is the followed market of each symbol."""


class Imbalance(msgspec.Struct):
    ratio: Number
    percent: Number
    bid_volume: Number
    ask_volume: Number


class PressureNow(msgspec.Struct):
    buy_pressure: Number
    sell_pressure: Number
    net_pressure: Number
    interpretation: str | None


class Liquidity(msgspec.Struct):
    total: Number
    bid_depth_5: Number
    ask_depth_5: Number
    bid_depth_10: Number
    ask_depth_10: Number
    bid_notional: Number
    ask_notional: Number


class Spread(msgspec.Struct):
    best_bid: Number
    best_ask: Number
    spread_abs: Number
    spread_bps: Number
    mid_price: Number
    microprice: Number


class Vwap(msgspec.Struct):
    bid: Number
    ask: Number
    spread: Number


class Quality(msgspec.Struct):
    bid_levels: int
    ask_levels: int
    total_levels: int


class Level(msgspec.Struct):
    price: float
    volume: float


class Strongest(msgspec.Struct):
    bid: Level | None
    ask: Level | None


class BookNumbers(msgspec.Struct, kw_only=True):
    """Everything one order book shows; `reason` says why it is not live."""

    symbol: str
    venue: str
    form: str
    timestamp: datetime  # when the book arrived at the feed
    event_time: datetime | None = None  # by the exchange's clock
    state: str
    reason: str | None = None
    halted: bool = False
    levels_used: int
    imbalance: Imbalance
    pressure: PressureNow
    liquidity: Liquidity
    spread: Spread
    vwap: Vwap
    order_book_quality: Quality
    strongest_levels: Strongest


class Depth(BookNumbers, kw_only=True):
    """`age_ms` is as of the answer."""

    age_ms: int


class RowNumbers(msgspec.Struct, kw_only=True):
    """One market in a list."""

    symbol: str
    venue: str
    form: str
    timestamp: datetime
    state: str
    reason: str | None = None
    halted: bool = False
    net_pressure: Number
    imbalance_percent: Number
    spread_bps: Number
    spread_bps_10s: Number = None
    total_liquidity: Number
    known_to_bps: Number = None
    cost_bps: Number = None  # of the server's LIQUIDITY_ROW_SIZE
    cost_bps_10s: Number = None
    cost_at_least_bps_10s: Number = None  # where the levels known hold less; else what it costs
    depth_usd: Number = None  # within its LIQUIDITY_ROW_BAND_BPS
    depth_usd_10s: Number = None
    usd_per_quote: Number = None
    mid_price: Number
    quote_asset: str | None = None
    trend: str


class Row(RowNumbers, kw_only=True):
    """`age_ms` is as of the answer."""

    age_ms: int


class PressureSummary(msgspec.Struct):
    avg_pressure: Number
    max_pressure: Number
    min_pressure: Number
    trend: str
    trend_strength: float


class PressurePoint(msgspec.Struct):
    timestamp: datetime
    pressure: float


class ImbalancePoint(msgspec.Struct):
    timestamp: datetime
    imbalance: float


class Pressure(msgspec.Struct):
    symbol: str
    venue: str
    form: str
    timeframe: str
    summary: PressureSummary
    data_points: int
    returned_data_points: int
    pressure_history: list[PressurePoint]
    imbalance_history: list[ImbalancePoint]


class PriceSummary(msgspec.Struct):
    open: Number
    high: Number
    low: Number
    close: Number
    change_percent: Number


class PricePoint(msgspec.Struct):
    timestamp: datetime
    mid_price: Number


class Prices(msgspec.Struct):
    """Mid prices of a span of time; none while the book was not live."""

    symbol: str
    venue: str
    form: str
    timeframe: str
    summary: PriceSummary
    data_points: int
    returned_data_points: int
    price_history: list[PricePoint]


class KnownTo(msgspec.Struct):
    """How far each side of a book is known, in hundredths of a percent of the mid price."""

    bid: Number
    ask: Number


class SideOfBand(msgspec.Struct):
    quantity: float
    notional: float  # in the quote asset
    usd: Number


class Band(msgspec.Struct):
    """What rests within so many hundredths of a percent of the mid price; a side is None where it is not all known."""

    bps: float
    bid: SideOfBand | None
    ask: SideOfBand | None
    imbalance: Number


class WayOfTrade(msgspec.Struct):
    average_price: float
    worst_price: float
    bps: float  # of the mid price
    bps_of_best: float  # of the best price


class Cost(msgspec.Struct):
    """What an amount costs that is traded at once; a way is None where the levels that are known hold less."""

    size_usd: float
    notional: Number  # the same in the quote asset
    buy: WayOfTrade | None
    sell: WayOfTrade | None


class Flow(msgspec.Struct):
    """Order flow imbalance of the last so many seconds, in the base asset. It predicts nothing."""

    seconds: int
    ofi: Number
    ofi_5: Number  # of the best five levels
    normalised: Number  # `ofi` in quantities at the touch


class Trades(msgspec.Struct):
    """Trades of the last so many seconds; all None where none was ever heard."""

    seconds: int
    count: int | None
    bought: Number  # in the quote asset
    sold: Number
    imbalance: Number
    vwap: Number
    effective_spread_bps: Number
    realised_spread_bps: Number
    impact_bps: Number


class Resilience(msgspec.Struct):
    """How fast what rests near the mid price is back after half of it was lost within a second."""

    shocks: int | None  # the last ten at most
    median_seconds: Number


class BookLiquidity(msgspec.Struct, kw_only=True):
    """What trading in one market costs. None is what needs more of its book than is known, or a market that is away."""

    symbol: str
    venue: str
    form: str
    timestamp: datetime
    event_time: datetime | None = None
    state: str
    reason: str | None = None
    age_ms: int
    halted: bool = False
    quote_asset: str | None
    known_at: datetime | None
    mid_price: Number
    usd_per_quote: Number
    known_to_bps: KnownTo
    bands: list[Band]
    costs: list[Cost]
    flow: list[Flow]
    trades: list[Trades]
    resilience: Resilience


class Impact(msgspec.Struct):
    """How far trading moved the price, in basis points for a million US dollars. It predicts nothing."""

    symbol: str
    venue: str
    form: str
    quote_asset: str | None
    usd_per_quote: Number
    seconds: int
    lambda_bps_per_million_usd: Number
    r_squared: Number
    minutes: int
    amihud_bps_per_million_usd: Number


class HeatScale(msgspec.Struct):
    """A byte b > 0 of the cells stands for 2 ** (lowest_power + (b - 1) / steps_of_a_doubling); 0 is nothing."""

    buckets: int
    lowest_power: float
    steps_of_a_doubling: int


class HeatMap(msgspec.Struct):
    """Where a book was deep, by column, the oldest row first; at most a row a second.

    `cells` are 2 * `scale.buckets` bytes a row: the bids, then the asks, of both the bucket at the mid price first.
    """

    symbol: str
    venue: str
    form: str
    quote_asset: str | None
    holds_seconds: float
    scale: HeatScale
    rows: int
    times_ms: list[int]
    best_bid: list[float]
    best_ask: list[float]
    bid_reach_bps: list[float]
    ask_reach_bps: list[float]
    bought: list[Number]
    sold: list[Number]
    cells: bytes


class LiquidityRow(msgspec.Struct, kw_only=True):
    """One market in the list of liquidity."""

    symbol: str
    venue: str
    form: str
    timestamp: datetime
    state: str
    reason: str | None = None
    age_ms: int
    halted: bool = False
    quote_asset: str | None
    mid_price: Number
    spread_bps: Number
    known_to_bps: Number
    cost_bps: dict[str, Number]  # by size in dollars
    depth_usd: dict[str, Number]  # by distance in hundredths of a percent
    imbalance: Number
    ofi_10s: Number
    ofi_10s_normalised: Number
    traded_usd_60s: Number
    trade_imbalance_60s: Number
    effective_spread_bps_60s: Number


class Sentiment(msgspec.Struct):
    bullish_symbols: int
    bearish_symbols: int
    neutral_symbols: int
    avg_net_pressure: Number
    avg_imbalance_ratio: Number


class WorstLiquidity(msgspec.Struct):
    symbol: str
    venue: str
    form: str
    cost_bps_10s: Number  # None where the levels known hold less than the size
    cost_at_least_bps_10s: Number
    known_to_bps: Number


class MarketLiquidity(msgspec.Struct):
    avg_spread_bps: Number
    total_notional: dict[str, float]  # by quote asset
    total_notional_usd: Number = None  # of what can be put into dollars
    not_in_usd: int = 0  # markets that cannot
    median_cost_bps: Number = None
    worst_liquidity: list[WorstLiquidity] = []


class Ranked(msgspec.Struct):
    symbol: str
    net_pressure: float


class TopPressure(msgspec.Struct):
    highest_buy_pressure: list[Ranked]
    highest_sell_pressure: list[Ranked]


class Summary(msgspec.Struct):
    timestamp: datetime
    symbols_tracked: int
    symbols_excluded: dict[str, int]  # by state
    market_sentiment: Sentiment
    liquidity: MarketLiquidity
    top_pressure_symbols: TopPressure


class Pagination(msgspec.Struct):
    total: int
    limit: int | None
    offset: int
    has_next: bool
    has_previous: bool


class Rows(msgspec.Struct):
    symbols_count: int
    metrics: dict[str, Row]
    pagination: Pagination


class LiquidityRows(msgspec.Struct):
    symbols_count: int
    markets: dict[str, LiquidityRow]
    pagination: Pagination


class Sparklines(msgspec.Struct):
    interval_seconds: int
    symbols: dict[str, list[Number]]


class Minute(msgspec.Struct):
    """A minute, or several together; `timestamp` is its beginning."""

    timestamp: datetime
    pressure_open: Number
    pressure_high: Number
    pressure_low: Number
    pressure_close: Number
    pressure_mean: Number
    mid_open: Number
    mid_high: Number
    mid_low: Number
    mid_close: Number
    mid_mean: Number
    spread_bps_mean: Number
    spread_bps_min: Number
    spread_bps_max: Number
    depth_mean: Number
    cost_bps_mean: Number
    cost_bps_min: Number
    cost_bps_max: Number
    cost_samples: int
    depth_usd_mean: Number
    depth_usd_min: Number
    depth_usd_max: Number
    depth_samples: int
    ofi: Number
    ofi_5: Number
    touch_mean: Number
    trades: int | None
    bought: Number
    sold: Number
    traded: Number
    updates: int
    seconds_not_live: float
    vwap: Number


class History(msgspec.Struct, rename={"start": "from", "end": "to"}):
    """Minutes of one market; `venue` and `form` are None where nobody wrote down which it was."""

    symbol: str
    venue: str | None
    form: str | None
    resolution: str
    start: datetime
    end: datetime
    rows: list[Minute]


class VenueMarket(msgspec.Struct, kw_only=True):
    """One symbol at one venue. The bare symbol means the market that `is_followed`."""

    market: str  # such as BTCUSDT@binance-usdm
    venue: str
    form: str
    is_followed: bool
    state: str
    reason: str | None = None
    timestamp: datetime
    age_ms: int
    halted: bool = False
    best_bid: Number
    best_ask: Number
    is_best_bid: bool
    is_best_ask: bool
    spread_bps: Number
    mid_price: Number
    bid_notional: Number
    ask_notional: Number
    net_pressure: Number


class Gap(msgspec.Struct):
    """What lay between two venues of one form, in hundredths of a percent; above 0 it could be had."""

    form: str
    buy_at: str
    sell_at: str
    now_bps: Number
    widest_bps: Number
    widest_at: datetime | None
    open_seconds: float
    known_seconds: float
    history: list[Number]  # the widest of each step, oldest first


class SameCoin(msgspec.Struct):
    """The same coin against other dollars: another symbol, and no gap."""

    symbol: str
    venue: str
    form: str
    quote_asset: str
    state: str
    mid_price: Number


class AtVenues(msgspec.Struct):
    """All markets of one symbol, the followed one first, and the gaps between any two of one form, widest first."""

    symbol: str
    timestamp: datetime
    markets: list[VenueMarket]
    gaps_since: datetime
    gap_step_seconds: int
    gaps: list[Gap]
    same_coin: list[SameCoin]


class NotLive(msgspec.Struct):
    symbol: str
    venue: str | None
    form: str | None
    state: str | None
    reason: str
    explanation: str


class Reporter(msgspec.Struct, kw_only=True):
    """A process that reads the market: a feed, or one that runs strategies."""

    instance: str
    state: str  # "running" or "silent"
    partition: str
    connected: bool
    nats_away_since: datetime | None = None
    started_at: datetime
    last_message_at: datetime | None = None
    rate_per_second: float
    messages: int
    refused: dict[str, int]  # by reason
    ignored: dict[str, int]  # by kind
    not_live_count: int = 0


class Feeds(msgspec.Struct):
    timestamp: datetime
    feeds: list[Reporter]
    strategies: list[Reporter]
    not_live: list[NotLive]


class Metrics(Group[F]):
    """`client.metrics`"""

    @Call
    def depth(self, symbol: str, *, venue: str | None = None, form: Form | None = None) -> Steps[Depth]:
        """Everything one order book shows now: of the followed market, or of that of a venue or form.

        NotFound where nothing is known of the symbol there.
        """
        return read(place("metrics", "depth", symbol), Depth, venue=venue, form=form)

    @Call
    def pressure(
        self,
        symbol: str,
        timeframe: Timeframe = "5m",
        max_points: int = 100,
        *,
        venue: str | None = None,
        form: Form | None = None,
    ) -> Steps[Pressure]:
        """Pressure over a span of time, thinned out to `max_points`."""
        path = place("metrics", "pressure", symbol)
        return read(path, Pressure, timeframe=timeframe, max_points=max_points, venue=venue, form=form)

    @Call
    def prices(
        self,
        symbol: str,
        timeframe: Timeframe = "5m",
        max_points: int = 100,
        *,
        venue: str | None = None,
        form: Form | None = None,
    ) -> Steps[Prices]:
        """The mid price over a span of time, likewise."""
        path = place("metrics", "prices", symbol)
        return read(path, Prices, timeframe=timeframe, max_points=max_points, venue=venue, form=form)

    @Call
    def venues(self, symbol: str) -> Steps[AtVenues]:
        """One symbol at all venues, and the executable gaps between them over the last 15 minutes."""
        return read(place("metrics", "venues", symbol), AtVenues)

    @Call
    def liquidity(
        self,
        symbol: str,
        *,
        sizes: Iterable[float] | None = None,
        bands: Iterable[float] | None = None,
        venue: str | None = None,
        form: Form | None = None,
    ) -> Steps[BookLiquidity]:
        """What trading in one market costs.

        `sizes` are in US dollars, `bands` in hundredths of a percent of the mid price; without them the server's own.
        """
        path = place("metrics", "liquidity", symbol)
        return read(path, BookLiquidity, sizes=numbers(sizes), bands=numbers(bands), venue=venue, form=form)

    @Call
    def impact(self, symbol: str, *, venue: str | None = None, form: Form | None = None) -> Steps[Impact]:
        """How far trading moved the price of one market: Kyle's lambda and Amihud's illiquidity."""
        return read(place("metrics", "impact", symbol), Impact, venue=venue, form=form)

    @Call
    def heat(
        self,
        symbol: str,
        *,
        minutes: int = 15,
        since: datetime | None = None,
        venue: str | None = None,
        form: Form | None = None,
    ) -> Steps[HeatMap]:
        """Where one book was deep in the last minutes; `since` leaves out what came until then."""
        path = place("metrics", "heat", symbol)
        return read(path, HeatMap, minutes=minutes, since=instant(since), venue=venue, form=form)

    @Call
    def liquidities(
        self,
        symbols: Iterable[str] | None = None,
        *,
        state: str | None = None,
        sort_by: str = "symbol",
        sort_order: Literal["asc", "desc"] = "asc",
        limit: int | None = None,
        offset: int = 0,
        venue: Venues = None,
        form: Form | None = None,
    ) -> Steps[LiquidityRows]:
        """One row for each symbol, sorted by any number there: `spread_bps`, `cost_bps_100000`, `depth_usd_10`."""
        return read(
            "/metrics/liquidity",
            LiquidityRows,
            symbols=listed(symbols),
            state=state,
            sort_by=sort_by,
            sort_order=sort_order,
            limit=limit,
            offset=offset,
            venue=listed(venue),
            form=form,
        )

    @Call
    def summary(self, *, venue: Venues = None, form: Form | None = None) -> Steps[Summary]:
        """The whole market in one answer."""
        return read("/metrics/summary", Summary, venue=listed(venue), form=form)

    @Call
    def all(
        self,
        symbols: Iterable[str] | None = None,
        *,
        min_pressure: float | None = None,
        max_pressure: float | None = None,
        trend: Literal["bullish", "bearish", "neutral"] | None = None,
        state: str | None = None,
        sort_by: RowOrder = "symbol",
        sort_order: Literal["asc", "desc"] = "asc",
        limit: int | None = None,
        offset: int = 0,
        venue: Venues = None,
        form: Form | None = None,
    ) -> Steps[Rows]:
        """One row for each symbol, filtered, sorted and paged; without `limit` all of them.

        With several venues, or "*", one for each market, under its name (BTCUSDT@okx).
        """
        return read(
            "/metrics/all",
            Rows,
            symbols=listed(symbols),
            min_pressure=min_pressure,
            max_pressure=max_pressure,
            trend=trend,
            state=state,
            sort_by=sort_by,
            sort_order=sort_order,
            limit=limit,
            offset=offset,
            venue=listed(venue),
            form=form,
        )

    @Call
    def sparklines(self, *, venue: Venues = None, form: Form | None = None) -> Steps[Sparklines]:
        """Net pressure of every symbol over the last minute."""
        return read("/metrics/sparklines", Sparklines, venue=listed(venue), form=form)

    @Call
    def history(
        self,
        symbol: str,
        start: datetime | None = None,
        end: datetime | None = None,
        resolution: Resolution = "1m",
        *,
        venue: str | None = None,
        form: Form | None = None,
    ) -> Steps[History]:
        """Minutes, five minutes or hours; without `start` those of the day before `end`, which is now."""
        path = place("metrics", "history", symbol)
        return read(path, History, **span(start, end), resolution=resolution, venue=venue, form=form)

    @Call
    def history_frame(
        self,
        symbol: str,
        start: datetime | None = None,
        end: datetime | None = None,
        resolution: Resolution = "1m",
        *,
        venue: str | None = None,
        form: Form | None = None,
    ) -> "Steps[pd.DataFrame]":
        """The same as a data frame by time. Needs pandas."""
        import pandas as pd

        query = given({**span(start, end), "resolution": resolution, "venue": venue, "form": form})
        response: httpx.Response = yield from answer(
            Request("GET", place("metrics", "history", f"{symbol}.csv"), query)
        )
        # Spreadsheets need the mark at its beginning, and nobody else.
        return pd.read_csv(
            BytesIO(response.content), encoding="utf-8-sig", index_col="timestamp", parse_dates=["timestamp"]
        )

    @Call
    def export(
        self,
        file: str | Path,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        kind: Literal["minutes", "updates"] = "minutes",
        symbols: Iterable[str] | None = None,
        venue: Venues = None,
        form: Form | None = None,
    ) -> Steps[Path]:
        """Minutes or updates of many markets as a file, CSV or Parquet by the end of its name, however large.

        It stands there once it is whole, in place of what stood there. Without `start` the last day before `end`, of
        updates the last 15 minutes; without `venue` and `form` every market by itself.
        """
        path = Path(file)
        if path.suffix not in (".csv", ".parquet"):
            raise ValueError(f"The name of the file is to end in .csv or .parquet: {path.name!r}")
        query = {"kind": kind, "symbols": listed(symbols), "venue": listed(venue), "form": form}
        asked = given({**span(start, end), **query, "format": path.suffix.removeprefix(".")})
        yield from answer(Request("GET", "/metrics/export", asked, file=path))
        return path

    @Call
    def feed(self) -> Steps[Feeds]:
        """What feeds and strategies see of the market, and which markets are not live."""
        return read("/feed", Feeds)


def listed(names: str | Iterable[str] | None) -> str | None:
    """Several names as the server reads them."""
    return names if names is None or isinstance(names, str) else ",".join(names)


def numbers(values: Iterable[float] | None) -> str | None:
    """Several numbers as the server reads them."""
    return None if values is None else ",".join(map(str, values))
