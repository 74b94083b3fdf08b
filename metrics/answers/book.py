"""What one order book says now."""

from metrics.answers.rounding import age_ms, exact, price, price_ratio, quotient, rounded, timestamp
from metrics.answers.shapes import BookHead, Depth, Liquidity, PricedVolume
from metrics.domain.analyzer import StoredBook
from metrics.domain.choice import FOLLOWED, Choice
from metrics.domain.depth import DepthMetrics, SideMetrics, interpret, measure
from metrics.domain.market import Expiry, book_state, why_not_live
from metrics.marks import UNMARKED, Mark, current
from metrics.store.reader import StoreReader


def depth_answer(reader: StoreReader, symbol: str, levels: int, choice: Choice = FOLLOWED) -> Depth | None:
    """GET /metrics/depth/{symbol}; None where nothing current is known."""
    book = reader.book(symbol, choice)
    if book is None:
        return None
    return book_answer(book, reader.expiry, reader.clock(), levels, current().of(symbol))


def head_of(book: StoredBook, expiry: Expiry, now: float, mark: Mark) -> BookHead:
    """What every answer about one stored book begins with."""
    state = book_state(book.book, now - book.received_at, expiry.stale_after)
    return {
        "symbol": book.symbol,
        "venue": book.id.venue,
        "form": book.id.form,
        "timestamp": timestamp(book.received_at),
        "event_time": timestamp(book.event_time),
        "state": state,
        "reason": why_not_live(state, book.reason),
        "age_ms": age_ms(book.received_at, now),
        "halted": mark.halted,
    }


def book_answer(book: StoredBook, expiry: Expiry, now: float, levels: int, mark: Mark = UNMARKED) -> Depth:
    """Metrics of one stored book as they are to be shown at `now`."""
    bids, asks = book.ladder.bids, book.ladder.asks
    metrics = measure(bids, asks, levels)
    bid, ask = metrics.bid, metrics.ask
    return {
        **head_of(book, expiry, now, mark),
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
            "best_bid": bids[0][0] if bids else None,
            "best_ask": asks[0][0] if asks else None,
            "spread_abs": exact(metrics.spread_abs),
            "spread_bps": price_ratio(metrics.spread_bps),
            "mid_price": price(metrics.mid_price),
            "microprice": quotient(metrics.microprice, metrics.price_digits),
        },
        "vwap": {
            "bid": _vwap(bid),
            "ask": _vwap(ask),
            "spread": quotient(metrics.vwap_spread),
        },
        "order_book_quality": {
            "bid_levels": len(bids),
            "ask_levels": len(asks),
            "total_levels": len(bids) + len(asks),
        },
        "strongest_levels": {"bid": _strongest(bid), "ask": _strongest(ask)},
    }


def _liquidity(metrics: DepthMetrics) -> Liquidity:
    bid, ask = metrics.bid, metrics.ask
    return {
        "total": exact(metrics.total_liquidity),
        "bid_depth_5": _number(bid, "depth_5"),
        "ask_depth_5": _number(ask, "depth_5"),
        "bid_depth_10": _number(bid, "depth_10"),
        "ask_depth_10": _number(ask, "depth_10"),
        "bid_notional": _number(bid, "notional"),
        "ask_notional": _number(ask, "notional"),
    }


def _number(side: SideMetrics | None, name: str) -> float | None:
    return None if side is None else exact(getattr(side, name))


def _vwap(side: SideMetrics | None) -> float | None:
    return None if side is None else quotient(side.vwap, side.price_digits)


def _strongest(side: SideMetrics | None) -> PricedVolume | None:
    if side is None:
        return None
    price, volume = side.strongest
    return {"price": price, "volume": volume}
