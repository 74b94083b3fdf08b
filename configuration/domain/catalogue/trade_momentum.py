"""Trade Momentum: follow the aggressors of the most recent trades."""

from typing import Annotated, ClassVar

from configuration.domain.parameters import Parameter, confidence, weight
from configuration.domain.rules import Rule, sum_to_one
from configuration.domain.strategy import StrategyParameters


class TradeMomentum(StrategyParameters, frozen=True, kw_only=True):
    strategy_id: ClassVar[str] = "trade_momentum"
    name: ClassVar[str] = "Trade Momentum"
    description: ClassVar[str] = (
        "Scores the latest trades by return, by aggressor quantity and by aggressor count, and follows a "
        "score that is strong in one direction."
    )
    category: ClassVar[str] = "Realtime Data"
    type: ClassVar[str] = "momentum"
    rules: ClassVar[tuple[Rule, ...]] = (sum_to_one("price_weight", "quantity_weight", "maker_weight"),)

    price_weight: Annotated[
        float,
        weight(
            "Share of the score that comes from the return, measured against recent volatility.",
            example=0.4,
            environment="TRADE_MOMENTUM_PRICE_WEIGHT",
        ),
    ] = 0.4
    quantity_weight: Annotated[
        float,
        weight(
            "Share of the score that comes from bought against sold quantity.",
            example=0.3,
            environment="TRADE_MOMENTUM_QUANTITY_WEIGHT",
        ),
    ] = 0.3
    maker_weight: Annotated[
        float,
        weight(
            "Share of the score that comes from the count of buying against selling aggressors.",
            example=0.3,
            environment="TRADE_MOMENTUM_MAKER_WEIGHT",
        ),
    ] = 0.3
    buy_threshold: Annotated[
        float,
        Parameter(
            description="Buy when the score, between -1 and 1, rises above this.",
            minimum=0.3,
            maximum=1.0,
            unit="score",
            environment="TRADE_MOMENTUM_BUY_THRESHOLD",
            example=0.8,
        ),
    ] = 0.7
    sell_threshold: Annotated[
        float,
        Parameter(
            description="Sell when the score, between -1 and 1, falls below this.",
            minimum=-1.0,
            maximum=-0.3,
            unit="score",
            environment="TRADE_MOMENTUM_SELL_THRESHOLD",
            example=-0.8,
        ),
    ] = -0.7
    min_quantity: Annotated[
        float,
        Parameter(
            description="Trades smaller than this are left out.",
            minimum=0.0001,
            maximum=1.0,
            unit="base units",
            environment="TRADE_MOMENTUM_MIN_QUANTITY",
            example=0.01,
        ),
    ] = 0.001
    base_confidence: Annotated[
        float,
        confidence(
            "Confidence of a signal that only just passes its threshold; the score adds to it.", example=0.7
        ),
    ] = 0.68
    time_decay_seconds: Annotated[
        int,
        Parameter(
            description="How fast a trade loses weight: after this many seconds it counts 1/e, about 37 %.",
            minimum=60,
            maximum=600,
            unit="seconds",
            example=120,
        ),
    ] = 300
    momentum_window: Annotated[
        int,
        Parameter(
            description="How many of the latest trades are scored; no signal before so many have arrived.",
            minimum=5,
            maximum=50,
            unit="trades",
            example=20,
        ),
    ] = 10
