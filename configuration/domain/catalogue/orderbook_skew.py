"""Order Book Skew: trade towards the heavier side of a tight book."""

from typing import Annotated, ClassVar

from configuration.domain.parameters import Parameter, confidence, weight
from configuration.domain.rules import Rule, below, sum_to_one
from configuration.domain.strategy import StrategyParameters


class OrderbookSkew(StrategyParameters, frozen=True, kw_only=True):
    strategy_id: ClassVar[str] = "orderbook_skew"
    name: ClassVar[str] = "Order Book Skew"
    description: ClassVar[str] = (
        "Compares the quantity resting on both sides near the touch and trades towards the heavier side "
        "while the spread is tight."
    )
    category: ClassVar[str] = "Realtime Data"
    type: ClassVar[str] = "microstructure"
    rules: ClassVar[tuple[Rule, ...]] = (
        below("sell_threshold", "buy_threshold"),
        sum_to_one("imbalance_weight", "spread_weight"),
    )

    top_levels: Annotated[
        int,
        Parameter(
            description="How many levels of each side, counted from the touch, enter the quantity ratio.",
            minimum=1,
            maximum=20,
            unit="levels",
            environment="ORDERBOOK_SKEW_TOP_LEVELS",
            example=10,
        ),
    ] = 5
    buy_threshold: Annotated[
        float,
        Parameter(
            description="Buy when bid quantity divided by ask quantity rises above this.",
            minimum=1.0,
            maximum=3.0,
            unit="ratio",
            environment="ORDERBOOK_SKEW_BUY_THRESHOLD",
            example=1.5,
        ),
    ] = 1.2
    sell_threshold: Annotated[
        float,
        Parameter(
            description="Sell when bid quantity divided by ask quantity falls below this.",
            minimum=0.3,
            maximum=1.0,
            unit="ratio",
            environment="ORDERBOOK_SKEW_SELL_THRESHOLD",
            example=0.7,
        ),
    ] = 0.8
    min_spread_percent: Annotated[
        float,
        Parameter(
            label="Widest spread",
            description=(
                "Widest spread at which the ratio is still believed; wider books give no signal. "
                "It is an upper limit, although its long-standing name reads minimum."
            ),
            minimum=0.01,
            maximum=1.0,
            unit="%",
            environment="ORDERBOOK_SKEW_MIN_SPREAD_PERCENT",
            example=0.05,
        ),
    ] = 0.1
    base_confidence: Annotated[
        float,
        confidence(
            "Confidence of a signal that only just passes its threshold; the score adds to it.", example=0.75
        ),
    ] = 0.70
    imbalance_weight: Annotated[
        float,
        weight("Share of the score that comes from how far the ratio passes its threshold.", example=0.6),
    ] = 0.6
    spread_weight: Annotated[
        float,
        weight("Share of the score that comes from how tight the spread is.", example=0.4),
    ] = 0.4
    min_total_volume: Annotated[
        float,
        Parameter(
            description="Books whose two sides together hold less than this give no signal.",
            minimum=0.0001,
            maximum=10.0,
            unit="base units",
            example=0.01,
        ),
    ] = 0.001
