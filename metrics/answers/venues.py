"""All markets of one symbol side by side, and what lay between them."""

from itertools import combinations
from threading import Condition
from typing import NamedTuple

import numpy as np
from cachetools import LRUCache, cached

from metrics.answers.rounding import age_ms, price, price_ratio, rounded, timestamp
from metrics.answers.shapes import Gap, SameCoin, VenueMarket, Venues
from metrics.domain.analyzer import StoredBook
from metrics.domain.depth import measure
from metrics.domain.gaps import Gaps, executable_gaps, widest_in_steps
from metrics.domain.liquidity.dollars import DOLLARS
from metrics.domain.market import FORMS, LIVE, MarketId, MarketRow, quote_asset, why_not_live
from metrics.domain.rounding import whole_book
from metrics.marks import Mark, current
from metrics.store.reader import StoreReader

GAP_SECONDS = 900
GAP_STEP_SECONDS = 5
GAP_STEPS = GAP_SECONDS // GAP_STEP_SECONDS
MOST_COMPARED = 8
"""Markets of one form, between which there are 56 gaps, each of some milliseconds where the markets are busy."""
MOST_KEPT = 2_000
"""Gaps that are kept: some kilobytes each."""
LIKE_DOLLARS = DOLLARS | {"TUSD", "BUSD", "USDP", "DAI"}
"""Quote assets that are meant to be a dollar each: the same coin, and another symbol."""


def venues_answer(reader: StoreReader, symbol: str, levels: int) -> Venues | None:
    """GET /metrics/venues/{symbol}; None where nothing current is known."""
    others = _other_dollars(symbol)
    every = reader.markets_of_each([symbol, *others])
    rows = every.get(symbol)
    if not rows:
        return None
    now, mark = reader.clock(), current().of(symbol)
    books = reader.books([row.id for row in rows])
    markets = [_market(row, books.get(row.id), reader, now, levels, mark) for row in rows]
    markets[0]["is_followed"] = True
    _mark_best(markets)
    compared = _compared(reader, _first_of_each_form(rows), now)
    return {
        "symbol": symbol,
        "timestamp": timestamp(now),
        "markets": markets,
        "gaps_since": timestamp(compared.at - GAP_SECONDS),
        "gap_step_seconds": GAP_STEP_SECONDS,
        "gaps": _to_be_had(compared.gaps, markets),
        "same_coin": [_same_coin(every[name][0], reader, now) for name in others if name in every],
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


class Compared(NamedTuple):
    """The gaps between some markets, widest first, and when they were looked for."""

    at: float
    gaps: list[Gap]


def _first_of_each_form(rows: list[MarketRow]) -> tuple[MarketId, ...]:
    """The markets that are compared: of any number of them that somebody invents, no more than of a few."""
    markets = [row.id for row in rows]
    return tuple(
        market
        for form in FORMS
        for market in [market for market in markets if market.form == form][:MOST_COMPARED]
    )


@cached(
    LRUCache[tuple[tuple[MarketId, ...], int], Compared](MOST_KEPT, getsizeof=lambda found: len(found.gaps)),
    key=lambda _, markets, now: (markets, int(now)),
    condition=Condition(),
)
def _compared(reader: StoreReader, markets: tuple[MarketId, ...], now: float) -> Compared:
    """Every two of one form, both ways round: once a second, for all who ask."""
    pairs = [pair for pair in combinations(markets, 2) if pair[0].form == pair[1].form]
    quotes = reader.quotes([*markets] if pairs else [], now - GAP_SECONDS, now)
    gaps: list[Gap] = []
    for one, other in pairs:
        there, back = executable_gaps(quotes[one], quotes[other], now, reader.expiry.stale_after)
        gaps += _gap(one, other, there, now), _gap(other, one, back, now)
    return Compared(now, sorted(gaps, key=_widest, reverse=True))


def forget() -> None:
    """Whoever asks next is told what the store holds then."""
    _compared.cache_clear()


def _widest(gap: Gap) -> float:
    return -np.inf if gap["widest_bps"] is None else gap["widest_bps"]


def _to_be_had(gaps: list[Gap], markets: list[VenueMarket]) -> list[Gap]:
    """Without a gap now where one of the markets is not live: they may have been looked for before it ceased to be."""
    live = {(market["form"], market["venue"]) for market in markets if market["state"] == LIVE}
    return [
        gap
        if {(gap["form"], gap["buy_at"]), (gap["form"], gap["sell_at"])} <= live
        else {**gap, "now_bps": None}
        for gap in gaps
    ]


def _gap(cheap: MarketId, dear: MarketId, gaps: Gaps, now: float) -> Gap:
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


def _other_dollars(symbol: str) -> list[str]:
    """The symbols of the same coin against other dollars."""
    quote = quote_asset(symbol)
    if quote not in LIKE_DOLLARS or not symbol.endswith(quote):
        return []
    base = symbol.removesuffix(quote)
    return [base + other for other in sorted(LIKE_DOLLARS - {quote})]


def _same_coin(row: MarketRow, reader: StoreReader, now: float) -> SameCoin:
    return {
        "symbol": row.symbol,
        "venue": row.id.venue,
        "form": row.id.form,
        "quote_asset": quote_asset(row.symbol),
        "state": reader.expiry.state(row, now),
        "mid_price": price(row.mid_price),
    }
