"""Things tests are made of: a clock, frames as they come from the wire, and values of the domain."""

import json
from collections.abc import Iterable
from typing import Any

from metrics.domain.analyzer import Current, DepthAnalyzer, StoredBook
from metrics.domain.book import BookUpdate, Ladder, Level, read_ladder
from metrics.domain.liquidity.flow import FlowTicks, OrderFlow, flow_ticks
from metrics.domain.market import LIVE, MarketId, MarketRow
from metrics.domain.ticks import Ticks, entry, read_log
from metrics.feed.wire import read_levels
from metrics.store.reports import FeedReport

START = 1_700_000_040.0
"""Where injected clocks begin: the first second of a minute."""

BIDS: list[Level] = [(100.0, 1.0), (99.5, 2.0), (99.0, 1.5)]
ASKS: list[Level] = [(100.5, 0.5), (101.0, 1.0), (101.5, 0.8)]
"""The example of the REST contract."""


LEAST_SPREAD_BPS = 9.99e-12
"""A spread is nothing, or a step of the 15th digit of the bid at least, in parts of a mid that may lie just above the
bid's decade: one of 5e-324 bps is no market's, and has no digits."""


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> float:
        self.now += seconds
        return self.now


# -- Frames ----------------------------------------------------------------------------------


def frame(stream: str, data: Any, **envelope: Any) -> bytes:
    """A combined-stream frame in compact JSON; `envelope` adds keys such as `source`."""
    return json.dumps({"stream": stream, "data": data, **envelope}, separators=(",", ":")).encode()


def wire_levels(levels: list[Level]) -> list[list[str]]:
    """Levels as the exchange writes them: pairs of decimal strings."""
    return [[f"{price:.8f}", f"{quantity:.8f}"] for price, quantity in levels]


def spot_book(
    symbol: str = "BTCUSDT",
    bids: list[Level] = BIDS,
    asks: list[Level] = ASKS,
    update_id: int = 1,
    **envelope: Any,
) -> bytes:
    """A spot partial book: no symbol and no time inside."""
    data = {"lastUpdateId": update_id, "bids": wire_levels(bids), "asks": wire_levels(asks)}
    return frame(f"{symbol.lower()}@depth20@100ms", data, **envelope)


def mixed_books(symbol: str = "BTCUSDT") -> list[bytes]:
    """Books of two coins under one name, which give themselves away by their prices."""
    mids = (61_000.0, 2_683.0, 61_000.0)
    return [spot_book(symbol, [(mid - 1, 2.0)], [(mid + 1, 1.0)], place) for place, mid in enumerate(mids, 1)]


def usdm_book(
    symbol: str = "BTCUSDT",
    bids: list[Level] = BIDS,
    asks: list[Level] = ASKS,
    update_id: int = 1,
    event_time: float = START,
    **envelope: Any,
) -> bytes:
    """A USD-M partial book, as deep as its stream's name says; `event_time` in seconds."""
    return frame(
        f"{symbol.lower()}@depth{max(len(bids), len(asks))}@100ms",
        _depth_update(symbol, bids, asks, update_id, event_time),
        **envelope,
    )


def diff_depth(
    symbol: str = "BTCUSDT",
    bids: list[Level] = BIDS,
    asks: list[Level] = ASKS,
    update_id: int = 1,
    event_time: float = START,
) -> bytes:
    """An increment, which looks like a USD-M book but for its stream name."""
    return frame(f"{symbol.lower()}@depth@100ms", _depth_update(symbol, bids, asks, update_id, event_time))


def trade(
    symbol: str = "BTCUSDT",
    price: str = "50000.00",
    quantity: str = "0.001",
    trade_id: int = 1,
    at: float = START,
) -> bytes:
    """A trade on spot; `at` in seconds."""
    ms = round(at * 1000)
    data = {
        "e": "trade",
        "E": ms,
        "s": symbol,
        "t": trade_id,
        "p": price,
        "q": quantity,
        "T": ms,
        "m": True,
        "M": True,
    }
    return frame(f"{symbol.lower()}@trade", data)


def _depth_update(
    symbol: str, bids: list[Level], asks: list[Level], update_id: int, event_time: float
) -> dict[str, Any]:
    ms = round(event_time * 1000)
    ids = {"U": max(0, update_id - 1), "u": update_id, "pu": max(0, update_id - 2)}
    sides = {"b": wire_levels(bids), "a": wire_levels(asks)}
    return {"e": "depthUpdate", "E": ms, "T": ms - 1, "s": symbol, **ids, **sides}


# -- Values ----------------------------------------------------------------------------------


def book_update(
    symbol: str = "BTCUSDT",
    bids: list[Level] = BIDS,
    asks: list[Level] = ASKS,
    update_id: int = 1,
    market: str = "binance/spot",
    event_time: float | None = None,
) -> BookUpdate:
    message = frame(f"{symbol.lower()}@depth20", {"lastUpdateId": update_id, "bids": bids, "asks": asks})
    return BookUpdate(symbol, market, update_id, event_time, list(bids), list(asks), message, depth=20)


def depth_analyzer(**settings: Any) -> DepthAnalyzer:
    """One that reads again what the feed reads."""
    return DepthAnalyzer(read_levels, **settings)


def newest(analyzer: DepthAnalyzer, now: float) -> list[Current]:
    """What is published of all that changed, market by market."""
    return [current for symbol in analyzer.drain().changed for current in analyzer.current(symbol, now)]


Entry = tuple[float, float, float, float, float]
"""An update as the log has it: time, quantity of the bids, of the asks, best bid, best ask."""


def logged(place: int, at: float, bid_volume: float, ask_volume: float, bid: float, ask: float) -> bytes:
    """An update of one level a side in the log."""
    return entry(place, at, bid_volume, ask_volume, [(bid, bid_volume)], [(ask, ask_volume)])


def market_id(symbol: str = "BTCUSDT", market: str = "binance/spot") -> MarketId:
    return MarketId(symbol, market)


def ticks(entries: Iterable[Entry], symbol: str = "BTCUSDT", market: str = "binance/spot") -> Ticks:
    """What is read back of these updates of one market."""
    return read_log([logged(0, *entry) for entry in entries], [MarketId(symbol, market)])


def with_flow(
    entries: Iterable[Entry],
    symbol: str = "BTCUSDT",
    market: str = "binance/spot",
    flow: OrderFlow | None = None,
) -> tuple[Ticks, FlowTicks]:
    """The same, and what they add to each other, and to the last of `flow`."""
    read = ticks(entries, symbol, market)
    return read, flow_of(read, [flow or OrderFlow()])


def flow_of(ticks: Ticks, flows: list[OrderFlow], longest_pause: float = 30.0) -> FlowTicks:
    """What these updates add to each other, and the first of each market to the last in `flows`, one a market."""
    found = flow_ticks(ticks, flows, longest_pause)
    for flow, (_, begin, end) in zip(flows, ticks.parts(), strict=True):
        flow.extend(found.part(begin, end), ticks.tops[..., end - 1])
    return found


def stored_book(bids: list[Level] = BIDS, asks: list[Level] = ASKS, **changes: Any) -> StoredBook:
    values: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "market": "binance/spot",
        "received_at": START,
        "event_time": None,
        "update_id": 1,
        "book": LIVE,
        "ladder": Ladder(*read_ladder(bids, asks, 20)[:2]),
    }
    return StoredBook(**values | changes)


def market_row(**changes: Any) -> MarketRow:
    values: dict[str, Any] = {
        "symbol": "BTCUSDT",
        "market": "binance/spot",
        "received_at": START,
        "event_time": None,
        "book": LIVE,
        "imbalance_ratio": 0.5,
        "spread_bps": 10.0,
        "mid_price": 100.25,
        "total_liquidity": 6.8,
        "notional": 679.95,
        "trend": "neutral",
        "trend_strength": 0.5,
        "spread_bps_10s": 12.5,
        "known_to_bps": 41.37039,
        "cost_bps": 12.34567,
        "depth_usd": 12345.67890123,
        "cost_bps_10s": 12.0,
        "depth_usd_10s": 12000.0,
        "usd_per_quote": 1.0,
        "cost_at_least_bps_10s": 12.0,
    }
    return MarketRow(**values | changes)


def feed_report(**changes: Any) -> FeedReport:
    values: dict[str, Any] = {
        "instance": "host/0/1",
        "epoch": "e1",
        "partition": "0/1",
        "subjects": ["binance.websocket.data"],
        "started_at": START,
        "reported_at": START,
        "connected": True,
        "last_message_at": START,
        "last_accepted_at": changes.get("last_message_at", START),
        "messages": 10,
        "accepted": 8,
        "refused": {"crossed": 1},
        "ignored": {"trade": 1},
        "new_runs": 0,
        "evicted": 0,
        "slow_consumer_drops": 0,
        "errors": {},
        "rate_per_second": 10.0,
        "lag_ms": None,
        "publish_ms": 1.0,
        "symbols": 1,
        "rollups_waiting": 0,
    }
    return FeedReport(**values | changes)
