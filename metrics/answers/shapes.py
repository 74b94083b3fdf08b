"""The bodies clients get, field by field. What makes them is checked against these, and the OpenAPI document is read
from them.
"""

from typing import Annotated, NotRequired, TypedDict

from msgspec import Meta

from metrics.domain.market import FORMS, STATES, TRENDS
from metrics.domain.minutes import RESOLUTIONS
from metrics.domain.reasons import REASONS
from metrics.domain.window import TIMEFRAMES
from rest.shapes import Moment, one_of

PROCESS_STATES = ("running", "silent")
BookState = Annotated[str, one_of(STATES)]
Trend = Annotated[str, one_of(TRENDS)]
Reason = Annotated[str, one_of(REASONS)]
ProcessState = Annotated[str, one_of(PROCESS_STATES)]
Timeframe = Annotated[str, one_of(TIMEFRAMES)]
Resolution = Annotated[str, one_of(RESOLUTIONS)]
Form = Annotated[str, one_of(FORMS)]
HALTED = "True while a halt covers the symbol in every strategy."
MEDIAN = "Median of those published in the ten seconds up to the newest."
AT_LEAST = (
    "`cost_bps_10s`; where the levels known hold less than the size, what it would cost if all that is missing rested"
    " at the last of them: it costs no less."
)


class Problem(TypedDict):
    error: str
    message: str


class NoFeedProblem(Problem):
    last_message_age_ms: NotRequired[int | None]


class QueryProblem(TypedDict):
    error: str
    detail: Annotated[str, Meta(description="Names the parameter and what it may be.")]
    fields: NotRequired[dict[str, list[str]]]


class Imbalance(TypedDict):
    ratio: Annotated[float | None, Meta(description="(bid - ask) / (bid + ask), in [-1, 1].")]
    percent: Annotated[float | None, Meta(description="The ratio in percent.")]
    bid_volume: Annotated[float | None, Meta(description="Base quantity on the bid side.")]
    ask_volume: Annotated[float | None, Meta(description="Base quantity on the ask side.")]


class PressureNow(TypedDict):
    buy_pressure: Annotated[float | None, Meta(description="0 to 100; with sell_pressure it makes 100.")]
    sell_pressure: Annotated[float | None, Meta(description="0 to 100.")]
    net_pressure: Annotated[float | None, Meta(description="-100 to 100.")]
    interpretation: Trend | None


class Liquidity(TypedDict):
    total: Annotated[float | None, Meta(description="Base quantity on both sides.")]
    bid_depth_5: float | None
    ask_depth_5: float | None
    bid_depth_10: float | None
    ask_depth_10: float | None
    bid_notional: Annotated[float | None, Meta(description="In the quote asset.")]
    ask_notional: Annotated[float | None, Meta(description="In the quote asset.")]


class Spread(TypedDict):
    best_bid: float | None
    best_ask: float | None
    spread_abs: Annotated[float | None, Meta(description="In the quote asset.")]
    spread_bps: Annotated[float | None, Meta(description="In hundredths of a percent of the mid price.")]
    mid_price: float | None
    microprice: Annotated[float | None, Meta(description="Touch prices weighted by the opposite quantities.")]


class Vwap(TypedDict):
    bid: float | None
    ask: float | None
    spread: float | None


class OrderBookQuality(TypedDict):
    bid_levels: int
    ask_levels: int
    total_levels: int


class PricedVolume(TypedDict):
    price: float
    volume: float


class Strongest(TypedDict):
    bid: PricedVolume | None
    ask: PricedVolume | None


class BookHead(TypedDict):
    """What every answer about one book begins with."""

    symbol: str
    venue: str
    form: Form
    timestamp: Annotated[Moment, Meta(description="When the book arrived here.")]
    event_time: Annotated[Moment | None, Meta(description="The exchange's clock, where the wire has it.")]
    state: BookState
    reason: Annotated[
        Reason | None, Meta(description="Why it is not live, null where it is: docs/market-data.md.")
    ]
    age_ms: int
    halted: Annotated[bool, Meta(description=HALTED)]


class Depth(BookHead):
    levels_used: Annotated[int, Meta(description="Most levels a side that enter the metrics.")]
    imbalance: Imbalance
    pressure: PressureNow
    liquidity: Liquidity
    spread: Spread
    vwap: Vwap
    order_book_quality: OrderBookQuality
    strongest_levels: Strongest


class PressurePoint(TypedDict):
    timestamp: Moment
    pressure: float


class ImbalancePoint(TypedDict):
    timestamp: Moment
    imbalance: float


class PressureSummary(TypedDict):
    avg_pressure: float | None
    max_pressure: float | None
    min_pressure: float | None
    trend: Trend
    trend_strength: Annotated[float, Meta(description="0 to 1.")]


class Pressure(TypedDict):
    symbol: str
    venue: str
    form: Form
    timeframe: Timeframe
    summary: PressureSummary
    data_points: int
    total_data_points: Annotated[int, Meta(description="The same, under its older name.")]
    returned_data_points: int
    pressure_history: list[PressurePoint]
    imbalance_history: list[ImbalancePoint]


class PricePoint(TypedDict):
    timestamp: Moment
    mid_price: float | None


class PriceSummary(TypedDict):
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    change_percent: Annotated[float | None, Meta(description="From open to close.")]


class Prices(TypedDict):
    symbol: str
    venue: str
    form: Form
    timeframe: Timeframe
    summary: PriceSummary
    data_points: int
    returned_data_points: int
    price_history: list[PricePoint]


class Sentiment(TypedDict):
    bullish_symbols: int
    bearish_symbols: int
    neutral_symbols: int
    avg_net_pressure: float | None
    avg_imbalance_ratio: float | None


class WorstLiquidity(TypedDict):
    symbol: str
    venue: str
    form: Form
    cost_bps_10s: Annotated[
        float | None,
        Meta(description="What LIQUIDITY_ROW_SIZE dollars cost; null where the levels known hold less."),
    ]
    cost_at_least_bps_10s: Annotated[float | None, Meta(description=AT_LEAST)]
    known_to_bps: float | None


class MarketLiquidity(TypedDict):
    avg_spread_bps: float | None
    total_liquidity: Annotated[
        float, Meta(description="Sum of base quantities of different assets; for compatibility only.")
    ]
    total_notional: Annotated[dict[str, float], Meta(description="By quote asset.")]
    total_notional_usd: Annotated[
        float, Meta(description="Of the markets whose quote asset can be put into US dollars.")
    ]
    not_in_usd: Annotated[
        int, Meta(description="Live markets of which no market tells what they are in dollars.")
    ]
    median_cost_bps: Annotated[
        float | None,
        Meta(
            description="Of what LIQUIDITY_ROW_SIZE dollars cost the dearer way, of the markets that hold it."
        ),
    ]
    worst_liquidity: Annotated[
        list[WorstLiquidity],
        Meta(description="The five where that costs most, by `cost_at_least_bps_10s`."),
    ]


class Ranked(TypedDict):
    symbol: str
    venue: str
    form: Form
    net_pressure: float


class TopPressure(TypedDict):
    highest_buy_pressure: list[Ranked]
    highest_sell_pressure: list[Ranked]


class Summary(TypedDict):
    timestamp: Moment
    symbols_tracked: int
    symbols_excluded: Annotated[dict[str, int], Meta(description="By state.")]
    market_sentiment: Sentiment
    liquidity: MarketLiquidity
    top_pressure_symbols: TopPressure


class MetricsRow(TypedDict):
    timestamp: Moment
    state: BookState
    reason: Annotated[
        Reason | None, Meta(description="Why it is not live, null where it is: docs/market-data.md.")
    ]
    age_ms: int
    halted: Annotated[bool, Meta(description=HALTED)]
    symbol: str
    venue: str
    form: Form
    net_pressure: float | None
    imbalance_percent: float | None
    spread_bps: float | None
    spread_bps_10s: Annotated[float | None, Meta(description=MEDIAN)]
    total_liquidity: float | None
    known_to_bps: Annotated[
        float | None,
        Meta(description="Distance from mid to the last level known, of the side known less far."),
    ]
    cost_bps: Annotated[
        float | None,
        Meta(
            description="What LIQUIDITY_ROW_SIZE dollars cost at once, the dearer way, from mid; null where the levels"
            " known hold less."
        ),
    ]
    cost_bps_10s: Annotated[float | None, Meta(description=MEDIAN)]
    cost_at_least_bps_10s: Annotated[float | None, Meta(description=AT_LEAST)]
    depth_usd: Annotated[
        float | None,
        Meta(
            description="Dollars on both sides within LIQUIDITY_ROW_BAND_BPS of mid; null where less is known."
        ),
    ]
    depth_usd_10s: Annotated[float | None, Meta(description=MEDIAN)]
    usd_per_quote: Annotated[
        float | None,
        Meta(description="What one of the quote asset is in dollars; null while no live market tells."),
    ]
    mid_price: float | None
    quote_asset: Annotated[
        str | None, Meta(description="What prices are in; null where the name does not tell.")
    ]
    trend: Trend


class VenueMarket(TypedDict):
    market: Annotated[str, Meta(description="As lists of markets name it: BTCUSDT@binance-usdm.")]
    venue: str
    form: Form
    is_followed: Annotated[bool, Meta(description="It is what the bare symbol means.")]
    state: BookState
    reason: Annotated[
        Reason | None, Meta(description="Why it is not live, null where it is: docs/market-data.md.")
    ]
    timestamp: Moment
    age_ms: int
    halted: Annotated[bool, Meta(description=HALTED)]
    best_bid: float | None
    best_ask: float | None
    is_best_bid: Annotated[bool, Meta(description="No live market of its form bids more.")]
    is_best_ask: Annotated[bool, Meta(description="No live market of its form asks less.")]
    spread_bps: float | None
    mid_price: float | None
    bid_notional: Annotated[
        float | None, Meta(description="What rests on the levels in use, in the quote asset.")
    ]
    ask_notional: float | None
    net_pressure: float | None


class Gap(TypedDict):
    """The executable gap between two venues: (best bid where one sells - best ask where one buys) / best ask."""

    form: Form
    buy_at: str
    sell_at: str
    now_bps: Annotated[
        float | None, Meta(description="Above 0 it can be had; null while one of them is not live.")
    ]
    widest_bps: float | None
    widest_at: Moment | None
    open_seconds: Annotated[float, Meta(description="How long it was above 0.")]
    known_seconds: Annotated[
        float, Meta(description="How long a touch of both held: until the next, or for STALE_AFTER_SECONDS.")
    ]
    history: Annotated[
        list[float | None],
        Meta(description="The widest of each step, oldest first; null where one was not live."),
    ]


class SameCoin(TypedDict):
    """The same coin against other dollars: another symbol, and no gap."""

    symbol: str
    venue: str
    form: Form
    quote_asset: str
    state: BookState
    mid_price: float | None


class Venues(TypedDict):
    symbol: str
    timestamp: Moment
    markets: Annotated[list[VenueMarket], Meta(description="The followed one first.")]
    gaps_since: Moment
    gap_step_seconds: int
    gaps: Annotated[
        list[Gap],
        Meta(
            description="Of every two of the first eight markets of each form, both ways round; widest first."
            " Worked out once a second."
        ),
    ]
    same_coin: list[SameCoin]


class Pagination(TypedDict):
    total: Annotated[int, Meta(description="Rows that match.")]
    limit: int | None
    offset: int
    has_next: bool
    has_previous: bool


class MetricsPage(TypedDict):
    symbols_count: Annotated[int, Meta(description="Rows in this answer.")]
    metrics: Annotated[dict[str, MetricsRow], Meta(description="By symbol, in the order asked for.")]
    pagination: Pagination


class Sparklines(TypedDict):
    interval_seconds: int
    symbols: dict[str, list[float | None]]


class HistoryRow(TypedDict):
    timestamp: Annotated[Moment, Meta(description="Start of the row's span.")]
    pressure_open: float | None
    pressure_high: float | None
    pressure_low: float | None
    pressure_close: float | None
    pressure_mean: float | None
    mid_open: float | None
    mid_high: float | None
    mid_low: float | None
    mid_close: float | None
    mid_mean: float | None
    spread_bps_mean: float | None
    spread_bps_min: float | None
    spread_bps_max: float | None
    depth_mean: Annotated[float | None, Meta(description="Mean base quantity on both sides.")]
    cost_bps_mean: Annotated[
        float | None,
        Meta(description="What LIQUIDITY_ROW_SIZE dollars cost, the dearer way, where it was known."),
    ]
    cost_bps_min: float | None
    cost_bps_max: float | None
    cost_samples: Annotated[int, Meta(description="Published rows in which it was known.")]
    depth_usd_mean: Annotated[
        float | None,
        Meta(
            description="What rested within LIQUIDITY_ROW_BAND_BPS of the mid price, in US dollars, where it was known."
        ),
    ]
    depth_usd_min: float | None
    depth_usd_max: float | None
    depth_samples: Annotated[int, Meta(description="Published rows in which it was known.")]
    ofi: Annotated[
        float | None,
        Meta(
            description="Order flow imbalance at the best level, in the base asset; null where no book followed a book."
        ),
    ]
    ofi_5: Annotated[float | None, Meta(description="The same added up over the best five levels.")]
    touch_mean: Annotated[
        float | None, Meta(description="Mean base quantity at the touch, of its two sides and all updates.")
    ]
    trades: Annotated[int | None, Meta(description="How many; null where none of the market are heard.")]
    bought: Annotated[float | None, Meta(description="By aggressors, in the quote asset.")]
    sold: Annotated[float | None, Meta(description="By aggressors, in the quote asset.")]
    traded: Annotated[float | None, Meta(description="Both together, in the base asset.")]
    updates: int
    seconds_not_live: float
    vwap: Annotated[float | None, Meta(description="Price of what was traded, weighted by quantity.")]


Span = TypedDict("Span", {"from": Moment, "to": Moment})
"""`from` is a word of the language."""


class History(Span):
    symbol: str
    venue: Annotated[str | None, Meta(description="Null where nobody wrote down which it was.")]
    form: Form | None
    resolution: Resolution
    rows: list[HistoryRow]


class NotLiveSymbol(TypedDict):
    symbol: str
    venue: Annotated[str | None, Meta(description="Null where no message could be read.")]
    form: Form | None
    state: Annotated[BookState | None, Meta(description="Null where nothing of it can be shown.")]
    reason: Reason
    explanation: Annotated[str, Meta(description="The reason in words.")]


class WrongClock(TypedDict):
    venue: str
    late_seconds: Annotated[
        float,
        Meta(
            description="All it sends is late by about this much (negative: ahead): a clock is wrong, there or here."
        ),
    ]


RESTARTS = (
    "How often whoever runs the process has started it again after it died, the last time at `started_at`."
)


class FullBookKept(TypedDict):
    symbol: str
    market: Annotated[str, Meta(description="Venue and form: binance/spot.")]
    state: Annotated[str, Meta(description="whole, warming or gap.")]
    gaps: Annotated[int, Meta(description="Breaks in its chain of changes.")]
    contradicted: Annotated[int, Meta(description="How often a touch of the same id said otherwise.")]
    snapshots: Annotated[int, Meta(description="How often it began with one.")]
    levels: Annotated[int, Meta(description="Of both sides.")]
    orphaned_levels: Annotated[
        int, Meta(description="Levels beyond what the snapshot told of, around which others may rest unseen.")
    ]
    whole_percent: Annotated[float, Meta(description="Of its time.")]


class Feed(TypedDict):
    instance: str
    state: ProcessState
    partition: Annotated[str, Meta(description="Which share of the symbols, i/n.")]
    subjects: list[str]
    connected: Annotated[bool, Meta(description="To NATS.")]
    nats_away_since: Annotated[Moment | None, Meta(description="Null while the feed is connected to NATS.")]
    quiet_notice: Annotated[
        str,
        Meta(
            description="While the feed is connected and no message arrives: where, and what to try; else empty."
        ),
    ]
    started_at: Moment
    restarts: Annotated[int, Meta(description=RESTARTS)]
    reported_at: Moment
    last_message_at: Moment | None
    last_message_age_ms: int | None
    rate_per_second: float
    lag_ms: Annotated[
        float | None,
        Meta(
            description="Receipt minus event time of the newest book; negative when the exchange's clock is ahead."
        ),
    ]
    publish_ms: float
    symbols: int
    markets: Annotated[int, Meta(description="Of all symbols: each is a venue, a form and a symbol.")]
    messages: int
    accepted: int
    refused: Annotated[dict[str, int], Meta(description="By reason.")]
    ignored: Annotated[dict[str, int], Meta(description="By kind.")]
    new_runs: int
    evicted: int
    slow_consumer_drops: int
    errors: dict[str, int]
    withdrawals: Annotated[
        int, Meta(description="How often what was shown turned out false and was taken back.")
    ]
    not_live_count: Annotated[int, Meta(description="Markets that are not live.")]
    wrong_clocks: list[WrongClock]
    origins: Annotated[
        list[str],
        Meta(
            description="What books of the last minute say of themselves: `simulated` is invented, `replayed` was "
            "recorded once. Empty where none says anything, as on an exchange."
        ),
    ]
    rollups_waiting: int
    full_books_count: Annotated[int, Meta(description="Books that are kept whole from changes.")]
    full_books_whole: int
    full_books: Annotated[list[FullBookKept], Meta(description="The 200 that are kept worst.")]


class StrategyReader(TypedDict):
    """A strategy process as a reader of the market."""

    instance: str
    state: ProcessState
    partition: Annotated[str, Meta(description="Which share of the symbols, i/n.")]
    strategies: list[str]
    connected: Annotated[bool, Meta(description="To NATS.")]
    nats_away_since: Moment | None
    started_at: Moment
    restarts: Annotated[int, Meta(description=RESTARTS)]
    reported_at: Moment
    last_message_at: Moment | None
    rate_per_second: float
    messages: int
    refused: Annotated[dict[str, int], Meta(description="By reason.")]
    ignored: Annotated[dict[str, int], Meta(description="By kind.")]
    slow_consumer_drops: int
    withdrawals: int
    not_live: list[NotLiveSymbol]
    not_live_count: int
    wrong_clocks: list[WrongClock]


class VenueSeen(TypedDict):
    """One venue and form that market data are brought from, counted since the process started."""

    venue: str
    form: str
    summary: Annotated[str, Meta(description="In words: how much comes, or why nothing does.")]
    is_well: Annotated[bool, Meta(description="All connections are open, as far as is known.")]
    trouble: Annotated[str, Meta(description="Why nothing comes; empty while all is well.")]
    symbols: int
    connections_open: int
    connections_wanted: int
    rate_per_second: Annotated[float, Meta(description="Messages of the venue.")]
    frames: Annotated[int, Meta(description="Messages of the venue.")]
    published: Annotated[int, Meta(description="Frames that went to NATS.")]
    last_frame_at: Moment | None
    last_frame_age_ms: int | None
    reconnections: int
    lost_books: Annotated[dict[str, int], Meta(description="Books that were begun anew, by reason.")]
    refusals: Annotated[dict[str, int], Meta(description="By the venue's own words.")]
    unreadable: int
    snapshots: Annotated[int, Meta(description="Whole books brought on request.")]
    snapshots_refused: int


class MarketSource(TypedDict):
    """A process that brings market data (stream_market)."""

    instance: str
    state: ProcessState
    connected: Annotated[bool, Meta(description="To NATS.")]
    nats_away_since: Moment | None
    started_at: Moment
    restarts: Annotated[int, Meta(description=RESTARTS)]
    reported_at: Moment
    dropped: Annotated[int, Meta(description="Frames that came while there was no connection to NATS.")]
    notice: Annotated[str, Meta(description="What is wrong with the process itself; else empty.")]
    venues: list[VenueSeen]


class SeenByFeeds(TypedDict):
    timestamp: Moment
    feeds: list[Feed]
    not_live: Annotated[
        list[NotLiveSymbol],
        Meta(description="What feeds that are heard cannot show live, the first of each feed."),
    ]


class Feeds(SeenByFeeds):
    strategies: list[StrategyReader]
    markets: Annotated[
        list[MarketSource], Meta(description="What brings the market; empty where others do, or a simulator.")
    ]
