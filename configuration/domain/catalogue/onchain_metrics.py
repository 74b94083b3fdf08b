"""On-Chain Metrics: follow coins that leave or enter the exchanges."""

from typing import Annotated, ClassVar

from configuration.domain.parameters import Parameter, confidence
from configuration.domain.rules import Rule, at_most
from configuration.domain.strategy import StrategyParameters


class OnchainMetrics(StrategyParameters, frozen=True, kw_only=True):
    strategy_id: ClassVar[str] = "onchain_metrics"
    name: ClassVar[str] = "On-Chain Metrics"
    description: ClassVar[str] = (
        "Watches coins moving on and off exchanges: buys while they leave (accumulation), sells while they "
        "arrive (distribution), with more confidence when whales do the same."
    )
    category: ClassVar[str] = "Market Logic"
    type: ClassVar[str] = "fundamental"
    rules: ClassVar[tuple[Rule, ...]] = (at_most("base_confidence", "strong_signal_confidence"),)
    retired_environment: ClassVar[tuple[str, ...]] = (
        "ONCHAIN_NETWORK_GROWTH_THRESHOLD",
        "ONCHAIN_VOLUME_THRESHOLD",
    )

    whale_threshold_btc: Annotated[
        float,
        Parameter(
            description="Bitcoin transfers of at least this size count as a whale's.",
            minimum=10.0,
            maximum=1000.0,
            unit="BTC",
            example=250.0,
        ),
    ] = 100.0
    whale_threshold_eth: Annotated[
        float,
        Parameter(
            description="Ether transfers of at least this size count as a whale's.",
            minimum=100.0,
            maximum=10000.0,
            unit="ETH",
            example=2500.0,
        ),
    ] = 1000.0
    exchange_flow_threshold_percent: Annotated[
        float,
        Parameter(
            description="Net flow off or onto exchanges, in percent of the gross flow, that gives a signal.",
            minimum=5.0,
            maximum=50.0,
            unit="%",
            example=15.0,
        ),
    ] = 10.0
    min_signal_interval: Annotated[
        int,
        Parameter(
            description="Shortest time between two signals of one asset.",
            minimum=1800,
            maximum=86400,
            unit="seconds",
            environment="ONCHAIN_MIN_SIGNAL_INTERVAL",
            example=7200,
        ),
    ] = 3600
    accumulation_periods: Annotated[
        int,
        Parameter(
            description="How many reports are averaged for a buy.",
            minimum=2,
            maximum=168,
            unit="periods",
            example=48,
        ),
    ] = 24
    distribution_periods: Annotated[
        int,
        Parameter(
            description="How many reports are averaged for a sell.",
            minimum=2,
            maximum=168,
            unit="periods",
            example=24,
        ),
    ] = 12
    base_confidence: Annotated[
        float,
        confidence("Confidence of a signal that whales do not confirm.", example=0.75),
    ] = 0.77
    strong_signal_confidence: Annotated[
        float,
        confidence("Confidence of a signal that whales confirm.", example=0.9),
    ] = 0.85
