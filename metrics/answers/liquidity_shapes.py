"""The bodies about liquidity that clients get, field by field, as `metrics.answers.shapes` has the others."""

from typing import Annotated, TypedDict

from msgspec import Meta

from metrics.answers.shapes import HALTED, BookHead, BookState, Form, Pagination, Reason
from rest.shapes import Moment

Spelt = Annotated[
    Reason | None, Meta(description="Why it is not live, null where it is: docs/market-data.md.")
]
Quote = Annotated[str | None, Meta(description="What prices are in; null where the name does not tell.")]


class KnownTo(TypedDict):
    """Distance of the last level that is known, in basis points of the mid price."""

    bid: float | None
    ask: float | None


class SideOfBand(TypedDict):
    quantity: Annotated[float, Meta(description="In the base asset.")]
    notional: Annotated[float, Meta(description="In the quote asset.")]
    usd: Annotated[float | None, Meta(description="In US dollars; null while no market tells.")]


class LiquidityBand(TypedDict):
    """What rests within so many basis points of the mid price; a side is null where not all of that is known."""

    bps: float
    bid: SideOfBand | None
    ask: SideOfBand | None
    imbalance: Annotated[
        float | None, Meta(description="(bid - ask) / (bid + ask) of the quantities, in [-1, 1].")
    ]


class WayOfTrade(TypedDict):
    average_price: float
    worst_price: float
    bps: Annotated[
        float, Meta(description="How much worse the average is than the mid price; a cost is positive.")
    ]
    bps_of_best: Annotated[float, Meta(description="The same of the best price.")]


class CostOfSize(TypedDict):
    """What an amount costs that is traded at once; a way is null where the levels that are known hold less."""

    size_usd: float
    notional: Annotated[
        float | None, Meta(description="The same in the quote asset; null while no market tells.")
    ]
    buy: WayOfTrade | None
    sell: WayOfTrade | None


class FlowOfSpan(TypedDict):
    """Order flow imbalance (Cont, Kukanov, Stoikov 2014); null before the second book."""

    seconds: int
    ofi: Annotated[float | None, Meta(description="At the best level, in the base asset.")]
    ofi_5: Annotated[float | None, Meta(description="Summed over the best five levels.")]
    normalised: Annotated[float | None, Meta(description="`ofi` in mean quantities at the touch.")]


class TradesOfSpan(TypedDict):
    """What trades of a span say; null where none was ever heard."""

    seconds: int
    count: int | None
    bought: Annotated[float | None, Meta(description="By aggressors, in the quote asset.")]
    sold: Annotated[float | None, Meta(description="By aggressors, in the quote asset.")]
    imbalance: Annotated[float | None, Meta(description="(bought - sold) / (bought + sold), in [-1, 1].")]
    vwap: float | None
    effective_spread_bps: Annotated[float | None, Meta(description="Mean of what aggressors paid.")]
    realised_spread_bps: Annotated[
        float | None, Meta(description="Mean of what was left of it to who had waited, five seconds later.")
    ]
    impact_bps: Annotated[
        float | None, Meta(description="Mean of the difference, of trades that are five seconds old.")
    ]


class ResilienceOfBand(TypedDict):
    """How fast what rests within LIQUIDITY_ROW_BAND_BPS is back after half of it was lost within a second."""

    shocks: Annotated[
        int | None, Meta(description="Of both sides, the last ten at most; null where the band is not known.")
    ]
    median_seconds: Annotated[
        float | None,
        Meta(
            description="Until nine tenths were back; null without a shock, or where half never ended within a minute."
        ),
    ]


class LiquidityNow(BookHead):
    quote_asset: Quote
    known_at: Annotated[
        Moment | None,
        Meta(
            description="When the book came that all below is of: of those that are kept whole it is one a second."
        ),
    ]
    mid_price: float | None
    usd_per_quote: Annotated[
        float | None,
        Meta(description="US dollars that one of the quote asset is; null while no live market tells."),
    ]
    known_to_bps: KnownTo
    bands: Annotated[list[LiquidityBand], Meta(description="As they were asked for, of the mid price.")]
    costs: Annotated[list[CostOfSize], Meta(description="As they were asked for.")]
    flow: Annotated[list[FlowOfSpan], Meta(description="Of the last 1, 10 and 60 seconds.")]
    trades: Annotated[list[TradesOfSpan], Meta(description="Of the last 1, 10 and 60 seconds.")]
    resilience: ResilienceOfBand


class LiquidityRow(TypedDict):
    timestamp: Moment
    state: BookState
    reason: Spelt
    age_ms: int
    halted: Annotated[bool, Meta(description=HALTED)]
    symbol: str
    venue: str
    form: Form
    quote_asset: Quote
    mid_price: float | None
    spread_bps: float | None
    known_to_bps: Annotated[float | None, Meta(description="Of the side that is known less far.")]
    cost_bps: Annotated[
        dict[str, float | None],
        Meta(description="By LIQUIDITY_SIZES: what it costs the dearer way, of the mid price."),
    ]
    depth_usd: Annotated[
        dict[str, float | None],
        Meta(description="By LIQUIDITY_BANDS_BPS: what rests there on both sides, in US dollars."),
    ]
    imbalance: Annotated[float | None, Meta(description="Of the quantities within LIQUIDITY_ROW_BAND_BPS.")]
    ofi_10s: Annotated[
        float | None, Meta(description="Order flow imbalance of ten seconds, in the base asset.")
    ]
    ofi_10s_normalised: Annotated[
        float | None, Meta(description="The same in mean quantities at the touch, by which markets compare.")
    ]
    traded_usd_60s: Annotated[float | None, Meta(description="Bought and sold in a minute, in US dollars.")]
    trade_imbalance_60s: float | None
    effective_spread_bps_60s: float | None


class LiquidityPage(TypedDict):
    symbols_count: Annotated[int, Meta(description="Rows in this answer.")]
    markets: Annotated[dict[str, LiquidityRow], Meta(description="By symbol, in the order asked for.")]
    pagination: Pagination


class ImpactNow(TypedDict):
    """How far trading moves the price, in basis points of the mid for a million US dollars."""

    symbol: str
    venue: str
    form: Form
    quote_asset: Quote
    usd_per_quote: float | None
    seconds: Annotated[
        int,
        Meta(
            description="Of the last 300, in which both a change of the mid price and the trades are known."
        ),
    ]
    lambda_bps_per_million_usd: Annotated[
        float | None,
        Meta(
            description="Kyle's lambda: slope of these changes on what was bought less what was sold; null below 30."
        ),
    ]
    r_squared: Annotated[
        float | None, Meta(description="Share of the changes that the slope explains, from 0 to 1.")
    ]
    minutes: Annotated[int, Meta(description="Of the last 15, whole and with trades.")]
    amihud_bps_per_million_usd: Annotated[
        float | None, Meta(description="Amihud's illiquidity: mean of |return| / traded over these minutes.")
    ]


class HeatScale(TypedDict):
    """A byte b > 0 stands for 2 ** (lowest_power + (b - 1) / steps_of_a_doubling) of the base asset; 0 is nothing."""

    buckets: Annotated[int, Meta(description="Of each side.")]
    lowest_power: float
    steps_of_a_doubling: int


class HeatMap(TypedDict):
    """Rows by column, the oldest first: at most one in a second, of the first book that was published in it."""

    symbol: str
    venue: str
    form: Form
    quote_asset: Quote
    holds_seconds: Annotated[
        float,
        Meta(description="A row holds until the next, and so long at most: then the book was not live."),
    ]
    scale: HeatScale
    rows: Annotated[int, Meta(description="How long each of the lists is.")]
    times_ms: Annotated[
        list[int],
        Meta(description="When the books came, in milliseconds since 1970; the last is the next `since`."),
    ]
    best_bid: list[float]
    best_ask: list[float]
    bid_reach_bps: Annotated[
        list[float], Meta(description="How far from the mid price the last of the buckets of a side ends.")
    ]
    ask_reach_bps: list[float]
    bought: Annotated[
        list[float | None],
        Meta(
            description="By aggressors since the row before, in the quote asset; null where no trade was ever heard."
        ),
    ]
    sold: list[float | None]
    cells: Annotated[
        str,
        Meta(
            description="Base64 of 2 * buckets bytes a row: the bids, then the asks, of both the bucket at the mid "
            "price first. How a byte is read says `scale`."
        ),
    ]
