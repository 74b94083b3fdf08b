"""All markets of one symbol side by side, and what lay between them."""

from itertools import permutations

import numpy as np

from metrics.answers.rounding import age_ms, price, price_ratio, rounded, timestamp
from metrics.answers.shapes import Gap, SameCoin, VenueMarket, Venues
from metrics.domain.analyzer import StoredBook
from metrics.domain.depth import measure
from metrics.domain.gaps import Quotes, executable_gaps, widest_in_steps
from metrics.domain.market import LIVE, MarketId, MarketRow, quote_asset, why_not_live
from metrics.domain.rounding import whole_book
from metrics.marks import Mark, current
from metrics.store.reader import StoreReader

GAP_SECONDS = 900
GAP_STEP_SECONDS = 5
GAP_STEPS = GAP_SECONDS // GAP_STEP_SECONDS
DOLLARS = frozenset({"USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USDP", "DAI", "USD"})
"""Quote assets that are meant to be a dollar each: the same coin, and another symbol."""


def venues_answer(reader: StoreReader, symbol: str, levels: int) -> Venues | None:
    """GET /metrics/venues/{symbol}; None where nothing current is known."""
    every = reader.markets()
    rows = every.get(symbol)
    if not rows:
        return None
    now, mark = reader.clock(), current().of(symbol)
    books = reader.books([row.id for row in rows])
    markets = [_market(row, books.get(row.id), reader, now, levels, mark) for row in rows]
    markets[0]["is_followed"] = True
    _mark_best(markets)
    return {
        "symbol": symbol,
        "timestamp": timestamp(now),
        "markets": markets,
        "gaps_since": timestamp(now - GAP_SECONDS),
        "gap_step_seconds": GAP_STEP_SECONDS,
        "gaps": _gaps(reader, rows, now),
        "same_coin": [_same_coin(each[0], reader, now) for each in _other_dollars(every, symbol)],
    }


def _market(
    row: MarketRow, book: StoredBook | None, reader: StoreReader, now: float, levels: int, mark: Mark
) -> VenueMarket:
    state = reader.expiry.state(row, now)
    ladder = book.ladder if book else None
    metrics = measure(ladder.bids, ladder.asks, levels) if ladder else None
    return {
        "market": row.id.name,
        "venue": row.id.venue,
        "form": row.id.form,
        "is_followed": False,
        "state": state,
        "reason": why_not_live(state, row.reason),
        "timestamp": timestamp(row.received_at),
        "age_ms": age_ms(row.received_at, now),
        "halted": mark.halted,
        "best_bid": ladder.bids[0][0] if ladder and ladder.bids else None,
        "best_ask": ladder.asks[0][0] if ladder and ladder.asks else None,
        "is_best_bid": False,
        "is_best_ask": False,
        "spread_bps": price_ratio(row.spread_bps),
        "mid_price": price(row.mid_price),
        "bid_notional": whole_book(metrics.bid.notional) if metrics and metrics.bid else None,
        "ask_notional": whole_book(metrics.ask.notional) if metrics and metrics.ask else None,
        "net_pressure": rounded(row.net_pressure, 2),
    }


def _mark_best(markets: list[VenueMarket]) -> None:
    """The highest bid and the lowest ask among the live markets of each form: a contract is another thing."""
    for form in {market["form"] for market in markets}:
        live = [market for market in markets if market["form"] == form and market["state"] == LIVE]
        bids = [market["best_bid"] for market in live if market["best_bid"] is not None]
        asks = [market["best_ask"] for market in live if market["best_ask"] is not None]
        for market in live:
            market["is_best_bid"] = bool(bids) and market["best_bid"] == max(bids)
            market["is_best_ask"] = bool(asks) and market["best_ask"] == min(asks)


def _gaps(reader: StoreReader, rows: list[MarketRow], now: float) -> list[Gap]:
    """Of every two markets of one form, both ways round; widest first."""
    pairs = [
        (cheap, dear) for cheap, dear in permutations([row.id for row in rows], 2) if cheap.form == dear.form
    ]
    quotes = reader.quotes([*dict(pairs)], now - GAP_SECONDS, now)
    live = {row.id for row in rows if reader.expiry.state(row, now) == LIVE}
    gaps = [_gap(cheap, dear, quotes, now, reader.expiry.stale_after) for cheap, dear in pairs]
    for gap, pair in zip(gaps, pairs, strict=True):
        if not live.issuperset(pair):
            gap["now_bps"] = None
    return sorted(
        gaps, key=lambda gap: -np.inf if gap["widest_bps"] is None else gap["widest_bps"], reverse=True
    )


def _gap(
    cheap: MarketId, dear: MarketId, quotes: dict[MarketId, Quotes], now: float, stale_after: float
) -> Gap:
    gaps = executable_gaps(quotes[cheap], quotes[dear], now, stale_after)
    known = ~np.isnan(gaps.bps)
    widest = int(np.nanargmax(gaps.bps)) if known.any() else None
    newest = float(gaps.bps[-1]) if len(gaps.bps) and known[-1] else None
    steps = widest_in_steps(gaps, now - GAP_SECONDS, GAP_STEP_SECONDS, GAP_STEPS)
    return {
        "form": cheap.form,
        "buy_at": cheap.venue,
        "sell_at": dear.venue,
        "now_bps": price_ratio(newest),
        "widest_bps": None if widest is None else price_ratio(float(gaps.bps[widest])),
        "widest_at": None if widest is None else timestamp(float(gaps.times[widest])),
        "open_seconds": round(float(gaps.seconds[known & (gaps.bps > 0)].sum()), 1),
        "known_seconds": round(float(gaps.seconds[known].sum()), 1),
        "history": [price_ratio(step) for step in steps],
    }


def _other_dollars(every: dict[str, list[MarketRow]], symbol: str) -> list[list[MarketRow]]:
    """The same coin against other dollars."""
    quote = quote_asset(symbol)
    if quote not in DOLLARS or not symbol.endswith(quote):
        return []
    base = symbol.removesuffix(quote)
    names = (base + other for other in sorted(DOLLARS - {quote}))
    return [every[name] for name in names if name in every]


def _same_coin(row: MarketRow, reader: StoreReader, now: float) -> SameCoin:
    return {
        "symbol": row.symbol,
        "venue": row.id.venue,
        "form": row.id.form,
        "quote_asset": quote_asset(row.symbol),
        "state": reader.expiry.state(row, now),
        "mid_price": price(row.mid_price),
    }
