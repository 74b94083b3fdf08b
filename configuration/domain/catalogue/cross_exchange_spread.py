"""Cross-Exchange Spread: buy at the cheap venue, sell at the dear one."""

from typing import Annotated, ClassVar

from configuration.domain.parameters import Parameter, confidence
from configuration.domain.rules import Rule, below
from configuration.domain.strategy import StrategyParameters


class CrossExchangeSpread(StrategyParameters, frozen=True, kw_only=True):
    strategy_id: ClassVar[str] = "cross_exchange_spread"
    name: ClassVar[str] = "Cross-Exchange Spread"
    description: ClassVar[str] = (
        "Compares the touch of one symbol at several venues and signals when buying at one and selling at "
        "another would pay, repeatedly, more than a set gap."
    )
    category: ClassVar[str] = "Market Logic"
    type: ClassVar[str] = "arbitrage"
    rules: ClassVar[tuple[Rule, ...]] = (below("spread_threshold_percent", "high_spread_threshold"),)

    spread_threshold_percent: Annotated[
        float,
        Parameter(
            description="Smallest gap worth trading, from the cheap venue's ask to the dear venue's bid.",
            minimum=0.1,
            maximum=5.0,
            unit="%",
            environment="SPREAD_THRESHOLD_PERCENT",
            example=0.4,
        ),
    ] = 0.5
    min_signal_interval: Annotated[
        int,
        Parameter(
            description="Shortest time between two signals of one symbol and pair of venues.",
            minimum=60,
            maximum=3600,
            unit="seconds",
            environment="SPREAD_MIN_SIGNAL_INTERVAL",
            example=600,
        ),
    ] = 300
    max_position_size: Annotated[
        int,
        Parameter(
            description="Largest position a signal may ask for.",
            minimum=100,
            maximum=10000,
            unit="USDT",
            environment="SPREAD_MAX_POSITION_SIZE",
            example=1000,
        ),
    ] = 500
    exchanges: Annotated[
        tuple[str, ...],
        Parameter(
            description="The venues that are compared with each other, two or more.",
            minimum=2,
            allowed_values=("binance", "coinbase", "kraken", "bybit", "okx"),
            environment="SPREAD_EXCHANGES",
            example=["binance", "kraken"],
        ),
    ] = ("binance", "coinbase")
    persistent_spread_periods: Annotated[
        int,
        Parameter(
            description="How many observations in a row, a second or more apart, must show the gap.",
            minimum=1,
            maximum=20,
            unit="observations",
            example=5,
        ),
    ] = 3
    base_confidence: Annotated[
        float,
        confidence("Confidence of a signal from an ordinary gap.", example=0.7),
    ] = 0.75
    high_spread_confidence: Annotated[
        float,
        confidence("Confidence of a signal from a large gap.", example=0.9),
    ] = 0.85
    high_spread_threshold: Annotated[
        float,
        Parameter(
            description="Gap from which on it counts as large.",
            minimum=0.2,
            maximum=10.0,
            unit="%",
            example=1.5,
        ),
    ] = 1.0
