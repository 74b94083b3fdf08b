"""The catalogue has what the desk agreed on, and a wrong declaration stops the import."""

import dataclasses
import math
from typing import Annotated, Any, ClassVar

import pytest

from configuration.domain.catalogue import CATALOGUE, OrderbookSkew, catalogue_of
from configuration.domain.parameters import Parameter
from configuration.domain.rules import Rule, below
from configuration.domain.strategy import DeclarationError, StrategyParameters, specify

# name: type, minimum, maximum, default, environment variable
AGREED: dict[str, dict[str, tuple[Any, ...]]] = {
    "orderbook_skew": {
        "top_levels": ("int", 1, 20, 5, "ORDERBOOK_SKEW_TOP_LEVELS"),
        "buy_threshold": ("float", 1.0, 3.0, 1.2, "ORDERBOOK_SKEW_BUY_THRESHOLD"),
        "sell_threshold": ("float", 0.3, 1.0, 0.8, "ORDERBOOK_SKEW_SELL_THRESHOLD"),
        "min_spread_percent": ("float", 0.01, 1.0, 0.1, "ORDERBOOK_SKEW_MIN_SPREAD_PERCENT"),
        "base_confidence": ("float", 0.5, 1.0, 0.7, None),
        "imbalance_weight": ("float", 0, 1, 0.6, None),
        "spread_weight": ("float", 0, 1, 0.4, None),
        "min_total_volume": ("float", 0.0001, 10, 0.001, None),
    },
    "trade_momentum": {
        "price_weight": ("float", 0, 1, 0.4, "TRADE_MOMENTUM_PRICE_WEIGHT"),
        "quantity_weight": ("float", 0, 1, 0.3, "TRADE_MOMENTUM_QUANTITY_WEIGHT"),
        "maker_weight": ("float", 0, 1, 0.3, "TRADE_MOMENTUM_MAKER_WEIGHT"),
        "buy_threshold": ("float", 0.3, 1.0, 0.7, "TRADE_MOMENTUM_BUY_THRESHOLD"),
        "sell_threshold": ("float", -1.0, -0.3, -0.7, "TRADE_MOMENTUM_SELL_THRESHOLD"),
        "min_quantity": ("float", 0.0001, 1.0, 0.001, "TRADE_MOMENTUM_MIN_QUANTITY"),
        "base_confidence": ("float", 0.5, 1.0, 0.68, None),
        "time_decay_seconds": ("int", 60, 600, 300, None),
        "momentum_window": ("int", 5, 50, 10, None),
    },
    "ticker_velocity": {
        "time_window": ("int", 30, 300, 60, "TICKER_VELOCITY_TIME_WINDOW"),
        "buy_threshold": ("float", 0.1, 2.0, 0.5, "TICKER_VELOCITY_BUY_THRESHOLD"),
        "sell_threshold": ("float", -2.0, -0.1, -0.5, "TICKER_VELOCITY_SELL_THRESHOLD"),
        "min_price_change": ("float", 0.01, 1.0, 0.1, "TICKER_VELOCITY_MIN_PRICE_CHANGE"),
        "base_confidence": ("float", 0.5, 1.0, 0.65, None),
        "acceleration_weight": ("float", 0, 1, 0.5, None),
        "volume_confirmation": ("bool", None, None, True, None),
        "min_volume_change": ("float", 0.1, 2.0, 0.2, None),
    },
    "btc_dominance": {
        "high_threshold": ("float", 60, 90, 70, "BTC_DOMINANCE_HIGH_THRESHOLD"),
        "low_threshold": ("float", 30, 50, 40, "BTC_DOMINANCE_LOW_THRESHOLD"),
        "change_threshold": ("float", 1, 15, 5, "BTC_DOMINANCE_CHANGE_THRESHOLD"),
        "window_hours": ("int", 12, 72, 24, "BTC_DOMINANCE_WINDOW_HOURS"),
        "min_signal_interval": ("int", 3600, 86400, 14400, "BTC_DOMINANCE_MIN_SIGNAL_INTERVAL"),
        "base_confidence_high": ("float", 0.5, 1.0, 0.8, None),
        "base_confidence_low": ("float", 0.5, 1.0, 0.75, None),
        "momentum_confidence": ("float", 0.5, 1.0, 0.7, None),
    },
    "cross_exchange_spread": {
        "spread_threshold_percent": ("float", 0.1, 5, 0.5, "SPREAD_THRESHOLD_PERCENT"),
        "min_signal_interval": ("int", 60, 3600, 300, "SPREAD_MIN_SIGNAL_INTERVAL"),
        "max_position_size": ("int", 100, 10000, 500, "SPREAD_MAX_POSITION_SIZE"),
        "exchanges": ("list", 2, None, ["binance", "coinbase"], "SPREAD_EXCHANGES"),
        "persistent_spread_periods": ("int", 1, 20, 3, None),
        "base_confidence": ("float", 0.5, 1.0, 0.75, None),
        "high_spread_confidence": ("float", 0.5, 1.0, 0.85, None),
        "high_spread_threshold": ("float", 0.2, 10, 1.0, None),
    },
    "onchain_metrics": {
        "whale_threshold_btc": ("float", 10, 1000, 100, None),
        "whale_threshold_eth": ("float", 100, 10000, 1000, None),
        "exchange_flow_threshold_percent": ("float", 5, 50, 10, None),
        "min_signal_interval": ("int", 1800, 86400, 3600, "ONCHAIN_MIN_SIGNAL_INTERVAL"),
        "accumulation_periods": ("int", 2, 168, 24, None),
        "distribution_periods": ("int", 2, 168, 12, None),
        "base_confidence": ("float", 0.5, 1.0, 0.77, None),
        "strong_signal_confidence": ("float", 0.5, 1.0, 0.85, None),
    },
}
HEADS = {
    "orderbook_skew": ("Order Book Skew", "Realtime Data", "microstructure"),
    "trade_momentum": ("Trade Momentum", "Realtime Data", "momentum"),
    "ticker_velocity": ("Ticker Velocity", "Realtime Data", "velocity"),
    "btc_dominance": ("Bitcoin Dominance", "Market Logic", "rotation"),
    "cross_exchange_spread": ("Cross-Exchange Spread", "Market Logic", "arbitrage"),
    "onchain_metrics": ("On-Chain Metrics", "Market Logic", "fundamental"),
}


def test_strategies_and_their_order():
    assert {s.strategy_id: (s.name, s.category, s.type) for s in CATALOGUE.values()} == HEADS
    assert list(CATALOGUE) == list(HEADS)


@pytest.mark.parametrize("strategy_id", AGREED)
def test_parameters(strategy_id: str):
    declared = {
        p.name: (p.type, p.minimum, p.maximum, p.default, p.environment)
        for p in CATALOGUE[strategy_id].parameters.values()
    }
    assert declared == AGREED[strategy_id]
    assert list(declared) == list(AGREED[strategy_id])


def test_values_have_their_declared_type():
    kinds = {"int": int, "float": float, "bool": bool, "str": str, "list": list}
    for spec in CATALOGUE.values():
        for parameter in spec.parameters.values():
            for value in (parameter.default, parameter.example):
                assert type(value) is kinds[parameter.type], parameter.name
            assert parameter.description.endswith(".")


def test_an_instance_is_the_immutable_set_of_one_evaluator():
    spec = CATALOGUE["cross_exchange_spread"]
    built: Any = spec.build(spec.defaults)
    assert built == spec.parameters_class()
    assert built.exchanges == ("binance", "coinbase")
    assert hash(built)
    with pytest.raises(AttributeError):
        built.exchanges = ()
    assert OrderbookSkew(top_levels=7).top_levels == 7


def test_defaults_are_a_fresh_copy():
    spec = CATALOGUE["cross_exchange_spread"]
    exchanges = spec.defaults["exchanges"]
    assert isinstance(exchanges, list)
    exchanges.append("okx")
    assert spec.defaults["exchanges"] == ["binance", "coinbase"]


SOUND = Parameter(description="A number.", minimum=1, maximum=9, example=2)


def declare(parameter: Any = SOUND, default: Any = 5, kind: Any = int, **attributes: Any) -> Any:
    """A declaration made at run time, sound unless changed."""
    head = {"strategy_id": "made_up", "name": "Made Up", "description": "…", "category": "c", "type": "t"}
    body = head | attributes
    namespace = {
        "__module__": __name__,
        "__annotations__": {
            **dict.fromkeys(body, ClassVar[Any]),
            "size": Annotated[kind, parameter] if parameter else kind,
        },
        **body,
    }
    if default is not None:
        namespace["size"] = default
    metaclass: Any = type(StrategyParameters)
    return metaclass("MadeUp", (StrategyParameters,), namespace, frozen=True, kw_only=True)


def test_a_sound_declaration_passes():
    assert specify(declare()).parameters["size"].maximum == 9


@pytest.mark.parametrize(
    ("faults", "complaint"),
    [
        ({"default": 10}, "must be <= 9, got 10"),
        ({"default": True}, "must be an integer"),
        ({"default": math.nan, "kind": float}, "must be a number"),
        ({"default": None}, "needs a default"),
        ({"parameter": None}, "Annotated"),
        ({"parameter": "text"}, "Annotated"),
        ({"kind": dict, "default": 3}, "not a parameter type"),
        ({"parameter": dataclasses.replace(SOUND, minimum=None)}, "bounds"),
        ({"parameter": dataclasses.replace(SOUND, minimum=9)}, "bounds"),
        ({"parameter": dataclasses.replace(SOUND, example=99)}, "must be <= 9, got 99"),
        ({"parameter": dataclasses.replace(SOUND, description="")}, "no description"),
        ({"name": ""}, "has no name"),
        ({"strategy_id": "Made Up"}, "identifier"),
        ({"rules": (below("size", "width"),)}, "unknown width"),
        ({"rules": (Rule("size is even", ("size",), lambda size: size % 2 == 0),)}, "defaults break"),
    ],
)
def test_a_wrong_declaration_stops_the_import(faults: dict[str, Any], complaint: str):
    with pytest.raises(DeclarationError, match=complaint):
        specify(declare(**faults))


def test_identifiers_and_variables_are_unique():
    with pytest.raises(DeclarationError, match="declared twice"):
        catalogue_of([OrderbookSkew, OrderbookSkew])
    clash = dataclasses.replace(SOUND, environment="ORDERBOOK_SKEW_TOP_LEVELS")
    with pytest.raises(DeclarationError, match="environment variable"):
        catalogue_of([OrderbookSkew, declare(parameter=clash)])


def test_every_parameter_has_a_label_for_people_and_a_name_has_one_label():
    labels: dict[str, set[str]] = {}
    for spec in CATALOGUE.values():
        for name, parameter in spec.parameters.items():
            assert parameter.label[0].isupper()
            assert "_" not in parameter.label
            labels.setdefault(name, set()).add(parameter.label)
    assert all(len(of_one_name) == 1 for of_one_name in labels.values())
    assert labels["buy_threshold"] == {"Buy threshold"}
    assert labels["min_spread_percent"] == {"Widest spread"}
    assert labels["whale_threshold_btc"] == {"Whale threshold BTC"}
