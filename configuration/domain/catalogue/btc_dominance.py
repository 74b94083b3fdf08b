"""Bitcoin Dominance: rotate with the share of Bitcoin in the market."""

from typing import Annotated, ClassVar

from configuration.domain.parameters import Parameter, confidence
from configuration.domain.rules import Rule, below
from configuration.domain.strategy import StrategyParameters


class BtcDominance(StrategyParameters, frozen=True, kw_only=True):
    strategy_id: ClassVar[str] = "btc_dominance"
    name: ClassVar[str] = "Bitcoin Dominance"
    description: ClassVar[str] = (
        "Watches the share of Bitcoin in the market: buys Bitcoin when the share is high and rising, sells "
        "when it is low and falling, and otherwise follows large shifts."
    )
    category: ClassVar[str] = "Market Logic"
    type: ClassVar[str] = "rotation"
    rules: ClassVar[tuple[Rule, ...]] = (below("low_threshold", "high_threshold"),)

    high_threshold: Annotated[
        float,
        Parameter(
            description="Dominance above this counts as high.",
            minimum=60.0,
            maximum=90.0,
            unit="%",
            environment="BTC_DOMINANCE_HIGH_THRESHOLD",
            example=65.0,
        ),
    ] = 70.0
    low_threshold: Annotated[
        float,
        Parameter(
            description="Dominance below this counts as low.",
            minimum=30.0,
            maximum=50.0,
            unit="%",
            environment="BTC_DOMINANCE_LOW_THRESHOLD",
            example=45.0,
        ),
    ] = 40.0
    change_threshold: Annotated[
        float,
        Parameter(
            description="Shift over a full window, up or down, that gives a signal on its own.",
            minimum=1.0,
            maximum=15.0,
            unit="percentage points",
            environment="BTC_DOMINANCE_CHANGE_THRESHOLD",
            example=3.0,
        ),
    ] = 5.0
    window_hours: Annotated[
        int,
        Parameter(
            description="Span of time a rise, a fall or a shift is measured over.",
            minimum=12,
            maximum=72,
            unit="hours",
            environment="BTC_DOMINANCE_WINDOW_HOURS",
            example=48,
        ),
    ] = 24
    min_signal_interval: Annotated[
        int,
        Parameter(
            description="Shortest time between two signals of this strategy.",
            minimum=3600,
            maximum=86400,
            unit="seconds",
            environment="BTC_DOMINANCE_MIN_SIGNAL_INTERVAL",
            example=7200,
        ),
    ] = 14400
    base_confidence_high: Annotated[
        float,
        confidence("Confidence of a signal from high and rising dominance.", example=0.85),
    ] = 0.80
    base_confidence_low: Annotated[
        float,
        confidence("Confidence of a signal from low and falling dominance.", example=0.8),
    ] = 0.75
    momentum_confidence: Annotated[
        float,
        confidence("Confidence of a signal from a large shift between the two thresholds.", example=0.65),
    ] = 0.70
