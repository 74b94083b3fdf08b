"""No parameter is decorative: for each, a scripted market whose outcome changes with it alone."""

from typing import Any

import pytest

from configuration.domain.catalogue import CATALOGUE
from configuration.domain.validation import problems_in_force
from tests.strategies.scenes import (
    HOUR,
    START,
    Timed,
    accelerating,
    balanced,
    calm,
    climb,
    dominance,
    flows,
    gap,
    ramp,
    run,
    tickers,
    trades,
    volumes_by_level,
)

SKEWED = [(START, balanced(1.6, 1.0))]
PRESSED = [(START, balanced(0.5, 1.0))]
LIFTED = calm() + trades(climb(10), start=START + 40)
LOWERED = calm() + trades(climb(10, step=-6.0), sold=True, start=START + 40)
MIXED = calm() + trades(climb(10), quantity=3.0, start=START + 40)
AGED = calm(every=30.0) + trades(climb(6), start=START + 40 * 30, every=30.0)
CASES: dict[str, dict[str, tuple[list[Timed], dict[str, Any]]]] = {
    "orderbook_skew": {
        "top_levels": ([(START, volumes_by_level([9, 9, 9, 1, 1], [9, 9, 9, 20, 20]))], {"top_levels": 4}),
        "buy_threshold": (SKEWED, {"buy_threshold": 1.7}),
        "sell_threshold": (PRESSED, {"sell_threshold": 0.4}),
        "min_spread_percent": ([(START, balanced(1.6, 1.0, ask=60036.0))], {"min_spread_percent": 0.05}),
        "base_confidence": (SKEWED, {"base_confidence": 0.6}),
        "imbalance_weight": (SKEWED, {"imbalance_weight": 0.8, "spread_weight": 0.2}),
        "spread_weight": (
            [(START, balanced(1.3, 1.0, ask=60030.0))],
            {"imbalance_weight": 0.2, "spread_weight": 0.8},
        ),
        "min_total_volume": (SKEWED, {"min_total_volume": 10.0, "top_levels": 3}),
    },
    "trade_momentum": {
        "price_weight": (MIXED, {"price_weight": 0.8, "quantity_weight": 0.1, "maker_weight": 0.1}),
        "quantity_weight": (MIXED, {"price_weight": 0.4, "quantity_weight": 0.0, "maker_weight": 0.6}),
        "maker_weight": (MIXED, {"price_weight": 0.7, "quantity_weight": 0.3, "maker_weight": 0.0}),
        "buy_threshold": (LIFTED, {"buy_threshold": 0.95}),
        "sell_threshold": (LOWERED, {"sell_threshold": -0.95}),
        "min_quantity": (trades(climb(10), quantity=0.005), {"min_quantity": 0.01}),
        "base_confidence": (LIFTED, {"base_confidence": 0.6}),
        "time_decay_seconds": (AGED, {"time_decay_seconds": 60}),
        "momentum_window": (LIFTED, {"momentum_window": 20}),
    },
    "ticker_velocity": {
        "time_window": (accelerating(1.0), {"time_window": 150}),
        "buy_threshold": (accelerating(1.0), {"buy_threshold": 2.0}),
        "sell_threshold": (accelerating(-1.0), {"sell_threshold": -2.0}),
        "min_price_change": (accelerating(0.6), {"min_price_change": 0.9}),
        "base_confidence": (accelerating(1.0), {"base_confidence": 0.5}),
        "acceleration_weight": (accelerating(0.45), {"acceleration_weight": 0.0}),
        "volume_confirmation": (
            tickers(ramp(60000, 60600, 13), [1000 + 10 * n for n in range(13)]),
            {"volume_confirmation": False},
        ),
        "min_volume_change": (accelerating(1.0, growth=1.2), {"min_volume_change": 1.5}),
    },
    "btc_dominance": {
        "high_threshold": (dominance([70.5, 71.0]), {"high_threshold": 72.0}),
        "low_threshold": (dominance([39.5, 39.0]), {"low_threshold": 35.0}),
        "change_threshold": (dominance(ramp(50, 56.5, 26), every=HOUR), {"change_threshold": 10.0}),
        "window_hours": (dominance(ramp(50, 56.5, 26), every=HOUR), {"window_hours": 48}),
        "min_signal_interval": (
            dominance(ramp(70.5, 75, 300)),
            {"min_signal_interval": 3600},
        ),
        "base_confidence_high": (dominance([70.5, 71.0]), {"base_confidence_high": 0.9}),
        "base_confidence_low": (dominance([39.5, 39.0]), {"base_confidence_low": 0.9}),
        "momentum_confidence": (dominance(ramp(50, 56.5, 26), every=HOUR), {"momentum_confidence": 0.9}),
    },
    "cross_exchange_spread": {
        "spread_threshold_percent": (gap(0.6), {"spread_threshold_percent": 0.7}),
        "min_signal_interval": (gap(0.6, seconds=200), {"min_signal_interval": 60}),
        "max_position_size": (gap(0.6), {"max_position_size": 100}),
        "exchanges": (gap(0.6, dear="kraken"), {"exchanges": ("binance", "kraken")}),
        "persistent_spread_periods": (gap(0.6, seconds=4), {"persistent_spread_periods": 6}),
        "base_confidence": (gap(0.6), {"base_confidence": 0.6}),
        "high_spread_confidence": (gap(1.2), {"high_spread_confidence": 0.9}),
        "high_spread_threshold": (gap(0.9), {"high_spread_threshold": 0.8}),
    },
    "onchain_metrics": {
        "whale_threshold_btc": (
            flows([15.0] * 24, transfers=[(150.0, "outflow")]),
            {"whale_threshold_btc": 200.0},
        ),
        "whale_threshold_eth": (
            flows([15.0] * 24, transfers=[(1500.0, "outflow")], asset="ETH"),
            {"whale_threshold_eth": 2000.0},
        ),
        "exchange_flow_threshold_percent": (flows([15.0] * 24), {"exchange_flow_threshold_percent": 20.0}),
        "min_signal_interval": (flows([15.0] * 30), {"min_signal_interval": 7200}),
        "accumulation_periods": (flows([15.0] * 24), {"accumulation_periods": 25}),
        "distribution_periods": (flows([-15.0] * 12), {"distribution_periods": 13}),
        "base_confidence": (flows([15.0] * 24), {"base_confidence": 0.6}),
        "strong_signal_confidence": (
            flows([15.0] * 24, transfers=[(150.0, "outflow")]),
            {"strong_signal_confidence": 0.9},
        ),
    },
}
EVERY = [(strategy_id, name) for strategy_id, spec in CATALOGUE.items() for name in spec.parameters]


def test_there_is_a_case_for_every_parameter():
    assert {(strategy_id, name) for strategy_id in CASES for name in CASES[strategy_id]} == set(EVERY)


@pytest.mark.parametrize(("strategy_id", "name"), EVERY)
def test_the_outcome_changes_with_the_parameter(strategy_id, name):
    frames, changed = CASES[strategy_id][name]
    assert changed[name] != CATALOGUE[strategy_id].defaults[name]
    values = {**CATALOGUE[strategy_id].defaults, **changed}
    assert not problems_in_force(CATALOGUE[strategy_id], values), "a set nobody may enter shows nothing"
    assert run(strategy_id, frames) != run(strategy_id, frames, **changed)


WEIGHTS = {
    ("orderbook_skew", "imbalance_weight"): (SKEWED, 0.6, 0.5),
    ("orderbook_skew", "spread_weight"): (SKEWED, 0.4, 0.3),
    ("trade_momentum", "price_weight"): (MIXED, 0.4, 0.3),
    ("trade_momentum", "quantity_weight"): (MIXED, 0.3, 0.0),
    ("trade_momentum", "maker_weight"): (MIXED, 0.3, 0.0),
}


@pytest.mark.parametrize(("strategy_id", "name"), WEIGHTS)
def test_each_weight_counts_by_itself(strategy_id, name):
    """Weights only change together, so here, past the rule, one alone."""
    frames, usual, other = WEIGHTS[strategy_id, name]
    low = {"buy_threshold": 0.3} if strategy_id == "trade_momentum" else {}
    assert run(strategy_id, frames, **low, **{name: usual}) != run(
        strategy_id, frames, **low, **{name: other}
    )
