"""What the strategies cost, and how long a saved configuration is on its way."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Any

from configuration.domain.catalogue import CATALOGUE
from metrics.simulation.listings import listings
from metrics.simulation.market import Market
from metrics.simulation.scenarios import Signals
from strategies.domain.signal import Signal
from strategies.engine import Engine
from strategies.receipts import Receipt
from tests.servers import until
from tests.strategies import house as houses
from tests.strategies.house import House

BEGIN = 1_800_000_000.0
SKEW = "orderbook_skew"


def engine_rate(symbols: int, seconds: float) -> dict[str, float]:
    """Messages a second through decoding and all six strategies, in one process, without NATS."""
    rng = Random(1)
    market = Signals(Market(listings(symbols, "mixed", rng), 10.0, rng))
    recorded = list(_recorded(market, seconds))
    signals: list[Signal] = []
    now = [BEGIN]
    engine = Engine(tuple(CATALOGUE), signals.append, clock=lambda: now[0])
    began = time.perf_counter()
    for at, payload in recorded:
        now[0] = at
        engine.process(payload)
    took = time.perf_counter() - began
    return {
        "messages": len(recorded),
        "rate": len(recorded) / took,
        "us": 1e6 * took / len(recorded),
        "signals": len(signals),
        "strategies": len({signal.strategy_id for signal in signals}),
    }


def _recorded(market: Signals, seconds: float) -> Iterator[tuple[float, bytes]]:
    for tick in range(round(seconds / market.tick_seconds)):
        at = BEGIN + tick * market.tick_seconds
        for frame in market.tick(round(1000 * at)):
            yield at, frame.payload


def save_to_applied(processes: int, edits: int) -> dict[str, float]:
    """Seconds from saving over REST to the use in every process: all lags of all processes."""
    with (
        tempfile.TemporaryDirectory(prefix="realtime-bench-") as directory,
        houses.standing(Path(directory)) as house,
        houses.strategies(house, processes),
    ):
        lags = [lag for number in range(edits) for lag in _edit(house, number, processes)]
    cut = quantiles(lags, n=100)
    return {"p50": cut[49], "p95": cut[94], "p99": cut[98], "max": max(lags), "count": len(lags)}


def _edit(house: House, number: int, processes: int) -> list[float]:
    symbol = None if number % 2 else f"S{number % 20}USDT"
    path = f"/strategies/{SKEW}/config" + (f"/{symbol}" if symbol else "")
    body: dict[str, Any] = {"parameters": {"top_levels": 1 + number % 20}, "reason": "bench"}
    saved = house.ask("POST", path, body)["data"]
    found: list[Receipt] = []

    def is_everywhere() -> bool:
        found[:] = [
            receipt
            for report in house.reader.processes()
            if (receipt := report.receipt(SKEW, symbol)) and receipt.hash == saved["hash"]
        ]
        return len(found) == processes

    until(is_everywhere, "in use everywhere")
    return [receipt.lag for receipt in found if receipt.lag is not None]
