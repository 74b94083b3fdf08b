"""The strategies, each declared once in a module of its own, in the order people see them.

Schema, forms, API, documentation and validation derive from these declarations. A new strategy is a new
module, its class in the list below, and an evaluator (docs/configuration.md goes through it); a wrong declaration
stops the import.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from configuration.domain.catalogue.btc_dominance import BtcDominance
from configuration.domain.catalogue.cross_exchange_spread import CrossExchangeSpread
from configuration.domain.catalogue.onchain_metrics import OnchainMetrics
from configuration.domain.catalogue.orderbook_skew import OrderbookSkew
from configuration.domain.catalogue.ticker_velocity import TickerVelocity
from configuration.domain.catalogue.trade_momentum import TradeMomentum
from configuration.domain.strategy import DeclarationError, StrategyParameters, StrategySpec, specify

__all__ = [
    "CATALOGUE",
    "BtcDominance",
    "CrossExchangeSpread",
    "OnchainMetrics",
    "OrderbookSkew",
    "TickerVelocity",
    "TradeMomentum",
    "catalogue_of",
]


def catalogue_of(declarations: Iterable[type[StrategyParameters]]) -> Mapping[str, StrategySpec]:
    """Specifications by strategy id, in order; identifiers and environment variables are unique."""
    catalogue: dict[str, StrategySpec] = {}
    variables: set[str] = set()
    for declaration in declarations:
        spec = specify(declaration)
        own = [p.environment for p in spec.parameters.values() if p.environment]
        if spec.strategy_id in catalogue:
            raise DeclarationError(f"{spec.strategy_id} is declared twice")
        if len(own) != len(set(own)) or not variables.isdisjoint(own):
            raise DeclarationError(f"{declaration.__name__} shares an environment variable")
        catalogue[spec.strategy_id] = spec
        variables.update(own)
    return MappingProxyType(catalogue)


CATALOGUE = catalogue_of(
    [
        OrderbookSkew,
        TradeMomentum,
        TickerVelocity,
        BtcDominance,
        CrossExchangeSpread,
        OnchainMetrics,
    ]
)
