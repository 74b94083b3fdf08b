"""Ticker Velocity: follow a price that moves fast and keeps accelerating."""

from typing import Annotated, ClassVar

from configuration.domain.parameters import Parameter, confidence, weight
from configuration.domain.strategy import StrategyParameters


class TickerVelocity(StrategyParameters, frozen=True, kw_only=True):
    strategy_id: ClassVar[str] = "ticker_velocity"
    name: ClassVar[str] = "Ticker Velocity"
    description: ClassVar[str] = (
        "Measures how fast the last price moves over a short window, adds its acceleration, and follows "
        "moves that trading activity confirms."
    )
    category: ClassVar[str] = "Realtime Data"
    type: ClassVar[str] = "velocity"

    time_window: Annotated[
        int,
        Parameter(
            description="Span of time the velocity is measured over; half of it must have been seen.",
            minimum=30,
            maximum=300,
            unit="seconds",
            environment="TICKER_VELOCITY_TIME_WINDOW",
            example=120,
        ),
    ] = 60
    buy_threshold: Annotated[
        float,
        Parameter(
            description="Buy when the velocity, with its share of the acceleration, rises above this.",
            minimum=0.1,
            maximum=2.0,
            unit="% per minute",
            environment="TICKER_VELOCITY_BUY_THRESHOLD",
            example=0.8,
        ),
    ] = 0.5
    sell_threshold: Annotated[
        float,
        Parameter(
            description="Sell when the velocity, with its share of the acceleration, falls below this.",
            minimum=-2.0,
            maximum=-0.1,
            unit="% per minute",
            environment="TICKER_VELOCITY_SELL_THRESHOLD",
            example=-0.8,
        ),
    ] = -0.5
    min_price_change: Annotated[
        float,
        Parameter(
            description="Moves over the window smaller than this, up or down, give no signal.",
            minimum=0.01,
            maximum=1.0,
            unit="%",
            environment="TICKER_VELOCITY_MIN_PRICE_CHANGE",
            example=0.2,
        ),
    ] = 0.1
    base_confidence: Annotated[
        float,
        confidence("Confidence of the slowest move that gives a signal; speed adds to it.", example=0.7),
    ] = 0.65
    acceleration_weight: Annotated[
        float,
        weight("How much the acceleration counts in the decision; half of it at weight 1.", example=0.5),
    ] = 0.5
    volume_confirmation: Annotated[
        bool,
        Parameter(
            description="Whether a signal also needs more trades in the second half of the window.",
            example=True,
        ),
    ] = True
    min_volume_change: Annotated[
        float,
        Parameter(
            description=(
                "By which fraction the trade count of the second half must exceed that of the first, "
                "when activity is to confirm: 0.2 asks for 20 % more."
            ),
            minimum=0.1,
            maximum=2.0,
            unit="fraction",
            example=0.3,
        ),
    ] = 0.2
