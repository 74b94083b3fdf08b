"""The staged market makes every strategy fire within a minute."""

from random import Random

import pytest

from configuration.domain.catalogue import CATALOGUE
from markets.simulation.listings import listings
from markets.simulation.market import SimulatedMarket
from markets.simulation.scenarios import SCENARIOS
from strategies.domain.signal import Signal
from strategies.engine import Engine
from tests.factories import Clock

BEGIN = 1_800_000_020.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_strategy_fires_within_a_minute(seed):
    rng = Random(seed)
    market = SCENARIOS["signals"](SimulatedMarket(listings(20, "mixed", rng), 10.0, rng))
    signals: list[Signal] = []
    clock = Clock(BEGIN)
    engine = Engine(tuple(CATALOGUE), signals.append, clock=clock)
    ticks = round(60 / market.tick_seconds)
    for tick in range(ticks):
        clock.now = BEGIN + tick * market.tick_seconds
        for frame in market.tick(round(1000 * clock.now)):
            engine.process(frame.payload)
    fired = {signal.strategy_id for signal in signals}
    assert fired == set(CATALOGUE)
    assert not engine.strategies.failures
    assert not engine.refused
    actions = {(signal.strategy_id, signal.symbol, signal.action) for signal in signals}
    assert ("onchain_metrics", "BTCUSDT", "buy") in actions
    assert ("onchain_metrics", "ETHUSDT", "sell") in actions
