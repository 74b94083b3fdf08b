"""The bodies clients get: what REST, WebSocket and pages say about the market.

Percentages, ratios and basis points are rounded as people read them; prices, quantities and what
derives from them keep ten significant digits. A number that cannot be known is None.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.domain.analyzer import StoredBook
from metrics.domain.depth import DepthMetrics, SideMetrics, interpret, measure
from metrics.domain.market import Expiry, MarketRow, MarketSummary, book_state, summarise
from metrics.domain.window import NEWEST_PART, TIMEFRAMES, trend
from metrics.exceptions import NoFeed, NotTracked
from metrics.store.reader import StoreReader
from metrics.store.reports import FeedReport

Body = dict[str, Any]
SPARKLINE_POINTS, SPARKLINE_STEP_SECONDS = 30, 2


def timestamp(seconds: float | None) -> str | None:
    """ISO-8601 in UTC with milliseconds and Z."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def significant(value: float | None) -> float | None:
    """Ten significant digits."""
    return None if value is None else float(f"{value:.10g}")


def rounded(value: float | None, digits: int) -> float | None:
    """Rounded for people, without a negative zero."""
    return None if value is None else round(value, digits) + 0.0


# -- One symbol ------------------------------------------------------------------------------


def depth_answer(reader: StoreReader, symbol: str, levels: int) -> Body | None:
    """GET /metrics/depth/{symbol}; None where nothing current is known."""
    book = reader.book(symbol)
    return None if book is None else book_answer(book, reader.expiry, reader.clock(), levels)


def book_answer(book: StoredBook, expiry: Expiry, now: float, levels: int) -> Body:
    """Metrics of one stored book as they are to be shown at `now`."""
    bids, asks = book.ladder.bids, book.ladder.asks
    metrics = measure(bids, asks, levels)
    bid, ask = metrics.bid, metrics.ask
    return {
        "symbol": book.symbol,
        "timestamp": timestamp(book.received_at),
        "event_time": timestamp(book.event_time),
        "state": book_state(book.book, now - book.received_at, expiry.stale_after),
        "age_ms": age_ms(book.received_at, now),
        "levels_used": metrics.levels_used,
        "imbalance": {
            "ratio": rounded(metrics.imbalance_ratio, 4),
            "percent": rounded(metrics.net_pressure, 2),
            "bid_volume": _number(bid, "volume"),
            "ask_volume": _number(ask, "volume"),
        },
        "pressure": {
            "buy_pressure": rounded(metrics.buy_pressure, 2),
            "sell_pressure": rounded(metrics.sell_pressure, 2),
            "net_pressure": rounded(metrics.net_pressure, 2),
            "interpretation": interpret(metrics.net_pressure),
        },
        "liquidity": _liquidity(metrics),
        "spread": {
            "best_bid": _number(bid, "best"),
            "best_ask": _number(ask, "best"),
            "spread_abs": significant(metrics.spread_abs),
            "spread_bps": rounded(metrics.spread_bps, 4),
            "mid_price": significant(metrics.mid_price),
            "microprice": significant(metrics.microprice),
        },
        "vwap": {
            "bid": _number(bid, "vwap"),
            "ask": _number(ask, "vwap"),
            "spread": significant(metrics.vwap_spread),
        },
        "order_book_quality": {
            "bid_levels": len(bids),
            "ask_levels": len(asks),
            "total_levels": len(bids) + len(asks),
        },
        "strongest_levels": {"bid": _strongest(bid), "ask": _strongest(ask)},
    }


def _liquidity(metrics: DepthMetrics) -> Body:
    bid, ask = metrics.bid, metrics.ask
    return {
        "total": significant(metrics.total_liquidity),
        "bid_depth_5": _number(bid, "depth_5"),
        "ask_depth_5": _number(ask, "depth_5"),
        "bid_depth_10": _number(bid, "depth_10"),
        "ask_depth_10": _number(ask, "depth_10"),
        "bid_notional": _number(bid, "notional"),
        "ask_notional": _number(ask, "notional"),
    }


def _number(side: SideMetrics | None, name: str) -> float | None:
    return None if side is None else significant(getattr(side, name))


def _strongest(side: SideMetrics | None) -> Body | None:
    if side is None:
        return None
    price, volume = side.strongest
    return {"price": significant(price), "volume": significant(volume)}


def age_ms(received_at: float, now: float) -> int:
    """Milliseconds since `received_at`, never below zero."""
    return max(0, round(1000 * (now - received_at)))


def pressure_answer(reader: StoreReader, symbol: str, timeframe: str, max_points: int) -> Body | None:
    """GET /metrics/pressure/{symbol}; None where nothing current is known.

    The summary is over every update of the span; the series are at most `max_points` of them, spread
    evenly from the oldest to the newest.
    """
    if reader.book(symbol) is None:
        return None
    now = reader.clock()
    span = TIMEFRAMES[timeframe]
    times, ratios = reader.history(symbol, now - span, now)
    pressures = 100 * ratios
    direction, strength = trend(len(times), pressures[times > now - span / NEWEST_PART].tolist())
    points = len(times)
    chosen = _spread_evenly(points, max_points)
    shown = [(timestamp(float(times[i])), float(ratios[i])) for i in chosen]
    return {
        "symbol": symbol,
        "timeframe": timeframe,
        "summary": {
            "avg_pressure": rounded(float(pressures.mean()), 2) if points else None,
            "max_pressure": rounded(float(pressures.max()), 2) if points else None,
            "min_pressure": rounded(float(pressures.min()), 2) if points else None,
            "trend": direction,
            "trend_strength": rounded(strength, 2),
        },
        "data_points": points,
        "returned_data_points": len(shown),
        "pressure_history": [{"timestamp": at, "pressure": rounded(100 * ratio, 2)} for at, ratio in shown],
        "imbalance_history": [{"timestamp": at, "imbalance": rounded(ratio, 4)} for at, ratio in shown],
    }


def _spread_evenly(points: int, most: int) -> list[int]:
    """At most `most` places among `points`, the first and the last included."""
    if not points:
        return []
    places = np.linspace(0, points - 1, min(points, most)) if most > 1 else np.array([points - 1])
    return [int(place) for place in places.round()]


# -- The market ------------------------------------------------------------------------------


def row_answer(row: MarketRow, expiry: Expiry, now: float) -> Body:
    """One symbol in a list."""
    net = rounded(row.net_pressure, 2)
    return {
        "timestamp": timestamp(row.received_at),
        "state": expiry.state(row, now),
        "age_ms": age_ms(row.received_at, now),
        "net_pressure": net,
        "imbalance_percent": net,
        "spread_bps": rounded(row.spread_bps, 4),
        "total_liquidity": significant(row.total_liquidity),
        "mid_price": significant(row.mid_price),
        "trend": row.trend,
    }


def all_answer(reader: StoreReader) -> dict[str, Body]:
    """Every symbol's row, by symbol."""
    now = reader.clock()
    return {symbol: row_answer(row, reader.expiry, now) for symbol, row in reader.rows().items()}


def summary_answer(reader: StoreReader) -> Body:
    """GET /metrics/summary."""
    rows, now = reader.rows().values(), reader.clock()
    return summary_body(summarise(rows, reader.expiry, now), now)


def summary_body(summary: MarketSummary, now: float) -> Body:
    """A summary as clients read it."""
    notional = summary.total_notional
    largest_first = sorted(notional, key=lambda asset: (-notional[asset], asset))
    return {
        "timestamp": timestamp(now),
        "symbols_tracked": summary.symbols_tracked,
        "symbols_excluded": summary.symbols_excluded,
        "market_sentiment": {
            "bullish_symbols": summary.bullish_symbols,
            "bearish_symbols": summary.bearish_symbols,
            "neutral_symbols": summary.neutral_symbols,
            "avg_net_pressure": rounded(summary.avg_net_pressure, 2),
            "avg_imbalance_ratio": rounded(summary.avg_imbalance_ratio, 3),
        },
        "liquidity": {
            "avg_spread_bps": rounded(summary.avg_spread_bps, 2),
            "total_liquidity": significant(summary.total_liquidity),
            "total_notional": {asset: significant(notional[asset]) for asset in largest_first},
        },
        "top_pressure_symbols": {
            "highest_buy_pressure": [_ranked(row) for row in summary.highest_buy_pressure],
            "highest_sell_pressure": [_ranked(row) for row in summary.highest_sell_pressure],
        },
    }


def _ranked(row: MarketRow) -> Body:
    return {"symbol": row.symbol, "net_pressure": rounded(row.net_pressure, 2)}


def sparklines_answer(reader: StoreReader, symbols: Iterable[str] | None = None) -> Body:
    """The last minute of every symbol in steps of two seconds, oldest first, None where nothing came."""
    names = sorted(symbols if symbols is not None else reader.rows())
    now = reader.clock()
    span = SPARKLINE_POINTS * SPARKLINE_STEP_SECONDS
    histories = reader.histories(names, now - span, now)
    return {
        "interval_seconds": SPARKLINE_STEP_SECONDS,
        "symbols": {
            name: _steps(times - (now - span), ratios) for name, (times, ratios) in histories.items()
        },
    }


def _steps(ages: NDArray[np.float64], ratios: NDArray[np.float64]) -> list[float | None]:
    """Newest pressure within each step."""
    steps: list[float | None] = [None] * SPARKLINE_POINTS
    places = np.minimum(ages // SPARKLINE_STEP_SECONDS, SPARKLINE_POINTS - 1).astype(int)
    for place, ratio in zip(places.tolist(), ratios.tolist(), strict=True):
        steps[place] = rounded(100 * ratio, 2)
    return steps


# -- Feeds -----------------------------------------------------------------------------------


def feed_answer(reader: StoreReader) -> Body:
    """GET /feed."""
    now = reader.clock()
    return {"timestamp": timestamp(now), "feeds": [_report(report, now) for report in reader.feeds()]}


def _report(report: FeedReport, now: float) -> Body:
    last = report.last_message_at
    return {
        "instance": report.instance,
        "state": "silent" if report.is_silent(now) else "running",
        "partition": report.partition,
        "subjects": report.subjects,
        "connected": report.connected,
        "started_at": timestamp(report.started_at),
        "reported_at": timestamp(report.reported_at),
        "last_message_at": timestamp(last),
        "last_message_age_ms": None if last is None else age_ms(last, now),
        "rate_per_second": rounded(report.rate_per_second, 1),
        "lag_ms": rounded(report.lag_ms, 1),
        "publish_ms": rounded(report.publish_ms, 1),
        "symbols": report.symbols,
        "messages": report.messages,
        "accepted": report.accepted,
        "refused": report.refused,
        "ignored": report.ignored,
        "new_runs": report.new_runs,
        "evicted": report.evicted,
        "slow_consumer_drops": report.slow_consumer_drops,
        "errors": report.errors,
        "rollups_waiting": report.rollups_waiting,
    }


def require_feed(reader: StoreReader) -> None:
    """Raises NoFeed, with the age of the newest message there ever was, unless a feed is running."""
    now = reader.clock()
    reports = reader.feeds()
    if any(not report.is_silent(now) for report in reports):
        return
    heard = [report.last_message_at for report in reports if report.last_message_at is not None]
    raise NoFeed(
        error="No feed is running",
        message="Market data cannot be known until a feed process (consume_depth) runs again.",
        last_message_age_ms=age_ms(max(heard), now) if heard else None,
    )


def found(body: Body | None, reader: StoreReader, symbol: str) -> Body:
    """`body`, or the reason why there is none: NoFeed or NotTracked."""
    if body is not None:
        return body
    require_feed(reader)
    raise NotTracked(
        error=f"No metrics available for {symbol}",
        message="The symbol is not tracked, or its last update is too old to show.",
    )
