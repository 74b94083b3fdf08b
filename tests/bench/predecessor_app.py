"""What the predecessor's endpoint does, by itself: FastAPI over what an analyzer keeps in the same process.

    python -m tests.bench.predecessor_app PORT SYMBOLS RATE

serves a market of its own, RATE updates a second and symbol. Each answer is worked out when it is asked for, and is a
plain dictionary that no model checks.
"""

import asyncio
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException

Level = tuple[float, float]
"""Price and quantity."""
Body = dict[str, Any]

LEVELS = 20
KEPT, OF_TIMEFRAME, SHOWN = 900, {"1m": 60, "5m": 300, "15m": 900}, 100
"""Updates of a symbol: remembered, summed up, and sent."""
RECENT, STRONG, TOP = 10, 20.0, 5
STEP_SECONDS = 0.01


@dataclass
class Metrics:
    """What one book shows."""

    symbol: str
    at: datetime
    bid_volume: float
    ask_volume: float
    imbalance: float
    buy_pressure: float
    sell_pressure: float
    net_pressure: float
    bid_depth_5: float
    ask_depth_5: float
    bid_depth_10: float
    ask_depth_10: float
    best_bid: float
    best_ask: float
    spread: float
    spread_bps: float
    mid_price: float
    vwap_bid: float
    vwap_ask: float
    bid_levels: int
    ask_levels: int
    strongest_bid: Level
    strongest_ask: Level


def metrics_of(symbol: str, bids: list[Level], asks: list[Level]) -> Metrics:
    """Both sides best first, neither empty."""
    bid_volume, ask_volume = volume(bids), volume(asks)
    total = bid_volume + ask_volume
    buy, sell = 100 * bid_volume / total, 100 * ask_volume / total
    best_bid, best_ask = bids[0][0], asks[0][0]
    mid = (best_bid + best_ask) / 2
    return Metrics(
        symbol=symbol,
        at=datetime.now(UTC),
        bid_volume=bid_volume,
        ask_volume=ask_volume,
        imbalance=(bid_volume - ask_volume) / total,
        buy_pressure=buy,
        sell_pressure=sell,
        net_pressure=buy - sell,
        bid_depth_5=volume(bids[:5]),
        ask_depth_5=volume(asks[:5]),
        bid_depth_10=volume(bids[:10]),
        ask_depth_10=volume(asks[:10]),
        best_bid=best_bid,
        best_ask=best_ask,
        spread=best_ask - best_bid,
        spread_bps=10_000 * (best_ask - best_bid) / mid,
        mid_price=mid,
        vwap_bid=sum(price * quantity for price, quantity in bids) / bid_volume,
        vwap_ask=sum(price * quantity for price, quantity in asks) / ask_volume,
        bid_levels=len(bids),
        ask_levels=len(asks),
        strongest_bid=max(bids, key=lambda level: level[1]),
        strongest_ask=max(asks, key=lambda level: level[1]),
    )


def volume(levels: list[Level]) -> float:
    return sum(quantity for _, quantity in levels)


class Analyzer:
    """What every symbol's newest book shows, and how its pressure and imbalance have moved."""

    def __init__(self) -> None:
        self.newest: dict[str, Metrics] = {}
        self.moved: dict[str, deque[tuple[datetime, float, float]]] = {}

    def take(self, symbol: str, bids: list[Level], asks: list[Level]) -> None:
        metrics = self.newest[symbol] = metrics_of(symbol, bids, asks)
        moved = self.moved.setdefault(symbol, deque(maxlen=KEPT))
        moved.append((metrics.at, metrics.net_pressure, metrics.imbalance))


# -- Answers ---------------------------------------------------------------------------------


def depth_body(metrics: Metrics) -> Body:
    return {
        "symbol": metrics.symbol,
        "timestamp": metrics.at.isoformat(),
        "imbalance": {
            "ratio": round(metrics.imbalance, 4),
            "percent": round(100 * metrics.imbalance, 2),
            "bid_volume": round(metrics.bid_volume, 4),
            "ask_volume": round(metrics.ask_volume, 4),
        },
        "pressure": {
            "buy_pressure": round(metrics.buy_pressure, 2),
            "sell_pressure": round(metrics.sell_pressure, 2),
            "net_pressure": round(metrics.net_pressure, 2),
            "interpretation": interpretation(metrics.net_pressure),
        },
        "liquidity": {
            "total": round(metrics.bid_volume + metrics.ask_volume, 4),
            "bid_depth_5": round(metrics.bid_depth_5, 4),
            "ask_depth_5": round(metrics.ask_depth_5, 4),
            "bid_depth_10": round(metrics.bid_depth_10, 4),
            "ask_depth_10": round(metrics.ask_depth_10, 4),
        },
        "spread": {
            "best_bid": metrics.best_bid,
            "best_ask": metrics.best_ask,
            "spread_abs": round(metrics.spread, 2),
            "spread_bps": round(metrics.spread_bps, 2),
            "mid_price": metrics.mid_price,
        },
        "vwap": {
            "bid": round(metrics.vwap_bid, 2),
            "ask": round(metrics.vwap_ask, 2),
            "spread": round(abs(metrics.vwap_bid - metrics.vwap_ask), 2),
        },
        "order_book_quality": {
            "bid_levels": metrics.bid_levels,
            "ask_levels": metrics.ask_levels,
            "total_levels": metrics.bid_levels + metrics.ask_levels,
        },
        "strongest_levels": {
            "bid": {"price": metrics.strongest_bid[0], "volume": round(metrics.strongest_bid[1], 4)},
            "ask": {"price": metrics.strongest_ask[0], "volume": round(metrics.strongest_ask[1], 4)},
        },
    }


def pressure_body(symbol: str, timeframe: str, moved: list[tuple[datetime, float, float]]) -> Body:
    pressures = [pressure for _, pressure, _ in moved]
    trend, strength = trend_of(pressures)
    shown = moved[-SHOWN:]
    return {
        "symbol": symbol,
        "timeframe": timeframe,
        "summary": {
            "avg_pressure": round(sum(pressures) / len(pressures), 2),
            "max_pressure": round(max(pressures), 2),
            "min_pressure": round(min(pressures), 2),
            "trend": trend,
            "trend_strength": round(strength, 2),
        },
        "data_points": len(moved),
        "returned_data_points": len(shown),
        "pressure_history": [
            {"timestamp": at.isoformat(), "pressure": round(pressure, 2)} for at, pressure, _ in shown
        ],
        "imbalance_history": [
            {"timestamp": at.isoformat(), "imbalance": round(imbalance, 4)} for at, _, imbalance in shown
        ],
    }


def trend_of(pressures: list[float]) -> tuple[str, float]:
    if len(pressures) < RECENT:
        return "neutral", 0.5
    recent = sum(pressures[-RECENT:]) / RECENT
    trend = interpretation(recent)
    return trend, 1 - abs(recent) / STRONG if trend == "neutral" else min(1.0, abs(recent) / 50)


def interpretation(net_pressure: float) -> str:
    return "bullish" if net_pressure > STRONG else "bearish" if net_pressure < -STRONG else "neutral"


def summary_body(market: list[Metrics]) -> Body:
    words = [interpretation(metrics.net_pressure) for metrics in market]
    by_buying = sorted(market, key=lambda metrics: metrics.buy_pressure, reverse=True)[:TOP]
    by_selling = sorted(market, key=lambda metrics: metrics.sell_pressure, reverse=True)[:TOP]
    return {
        "timestamp": datetime.now(UTC).isoformat(),
        "symbols_tracked": len(market),
        "market_sentiment": {
            "bullish_symbols": words.count("bullish"),
            "bearish_symbols": words.count("bearish"),
            "neutral_symbols": words.count("neutral"),
            "avg_net_pressure": round(sum(metrics.net_pressure for metrics in market) / len(market), 2),
            "avg_imbalance_ratio": round(sum(metrics.imbalance for metrics in market) / len(market), 3),
        },
        "liquidity": {
            "avg_spread_bps": round(sum(metrics.spread_bps for metrics in market) / len(market), 2),
            "total_liquidity": round(sum(metrics.bid_volume + metrics.ask_volume for metrics in market), 4),
        },
        "top_pressure_symbols": {
            "highest_buy_pressure": [metrics.symbol for metrics in by_buying],
            "highest_sell_pressure": [metrics.symbol for metrics in by_selling],
        },
    }


def row_body(metrics: Metrics) -> Body:
    return {
        "timestamp": metrics.at.isoformat(),
        "net_pressure": round(metrics.net_pressure, 2),
        "imbalance_percent": round(100 * metrics.imbalance, 2),
        "spread_bps": round(metrics.spread_bps, 2),
        "total_liquidity": round(metrics.bid_volume + metrics.ask_volume, 4),
        "mid_price": metrics.mid_price,
        "trend": interpretation(metrics.net_pressure),
    }


# -- The application -------------------------------------------------------------------------


def application(symbols: int, rate: float) -> FastAPI:
    """The four addresses, over an analyzer that has all it remembers when serving begins."""
    analyzer = Analyzer()

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        names, rng = [f"S{number:04d}USDT" for number in range(symbols)], Random(7)
        for name in KEPT * names:
            analyzer.take(name, *book(rng))
        feeding = asyncio.create_task(feed(analyzer, names, rate, rng))
        yield
        feeding.cancel()

    served = FastAPI(lifespan=life)

    def known(symbol: str) -> Metrics:
        metrics = analyzer.newest.get(symbol.upper())
        if metrics is None:
            raise HTTPException(404, f"No metrics available for {symbol}")
        return metrics

    @served.get("/api/v1/metrics/depth/{symbol}", response_model=None)
    async def depth(symbol: str) -> Body:
        return depth_body(known(symbol))

    @served.get("/api/v1/metrics/pressure/{symbol}", response_model=None)
    async def pressure(symbol: str, timeframe: str = "5m") -> Body:
        if timeframe not in OF_TIMEFRAME:
            raise HTTPException(400, "Invalid timeframe. Must be '1m', '5m', or '15m'")
        name = known(symbol).symbol
        return pressure_body(name, timeframe, list(analyzer.moved[name])[-OF_TIMEFRAME[timeframe] :])

    @served.get("/api/v1/metrics/summary", response_model=None)
    async def summary() -> Body:
        return summary_body(list(analyzer.newest.values()))

    @served.get("/api/v1/metrics/all", response_model=None)
    async def everything() -> Body:
        rows = {name: row_body(metrics) for name, metrics in sorted(analyzer.newest.items())}
        return {"symbols_count": len(rows), "metrics": rows}

    return served


def book(rng: Random) -> tuple[list[Level], list[Level]]:
    """A market around 100, its two sides best first."""
    touch = rng.uniform(99.9, 100.1)
    bids = [(round(touch - 0.01 * level, 2), round(rng.uniform(0.1, 9), 4)) for level in range(1, LEVELS + 1)]
    asks = [(round(touch + 0.01 * level, 2), round(rng.uniform(0.1, 9), 4)) for level in range(1, LEVELS + 1)]
    return bids, asks


async def feed(analyzer: Analyzer, names: list[str], rate: float, rng: Random) -> None:
    """`rate` updates a second and symbol, spread evenly; books of before, so that no time is spent on making them."""
    ready = [book(rng) for _ in range(1000)]
    begin, sent = time.perf_counter(), 0
    while True:
        due = int((time.perf_counter() - begin) * rate * len(names))
        for number in range(sent, due):
            analyzer.take(names[number % len(names)], *ready[number % len(ready)])
        sent = due
        await asyncio.sleep(STEP_SECONDS)


if __name__ == "__main__":
    _, port, symbols, rate = sys.argv
    uvicorn.run(application(int(symbols), float(rate)), port=int(port), log_level="error", access_log=False)
