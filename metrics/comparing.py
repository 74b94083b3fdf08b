"""The page of a few markets side by side.

It informs without scripts; with them, `static/realtime/js/compare.js` keeps it live.
"""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis.exceptions import RedisError

from metrics.answers import Body
from metrics.answers.liquidity import shown_flow
from metrics.answers.market import row_answer, rows_answer
from metrics.answers.rounding import rounded
from metrics.domain.choice import FOLLOWED
from metrics.domain.market import MarketRow
from metrics.domain.window import TIMEFRAMES
from metrics.marks import current
from metrics.pages.compare import (
    MOST_COMPARED,
    Compared,
    compare_url,
    found_among,
    read_markets,
    suggestions,
)
from metrics.pages.freshness import freshness, store_away
from metrics.pages.liquidity import explained, words, words_json
from metrics.pages.names import names, place_query, symbol_url
from metrics.store.reader import StoreReader, get_reader
from metrics.views import page

FLOW_SECONDS = 10


@page
def compare(request: HttpRequest) -> HttpResponse:
    """The markets that `m` names, and a sentence for every one that cannot be shown. 503 while the store is away."""
    asked, faults = read_markets(request.GET.getlist("m"))
    entries = [_entry(market, asked) for market in asked]
    offered: list[str] = []
    try:
        reader = get_reader()
        tracked = reader.markets()
        rows, missing = found_among(asked, tracked)
        faults += missing
        entries = [_entry(market, rows, _facts(reader, market, row)) for market, row in rows.items()]
        offered = suggestions(tracked, rows)
        shown = [entry["facts"] for entry in entries] or rows_answer(
            FOLLOWED.among(tracked), reader.expiry, reader.clock()
        ).values()
        state = freshness(reader, shown)
    except RedisError:
        state = store_away()
    timeframe = request.GET.get("timeframe", "")
    context = {
        "entries": entries,
        "faults": faults,
        "is_full": len(entries) >= MOST_COMPARED,
        "most": MOST_COMPARED,
        "suggestions": offered,
        "timeframes": TIMEFRAMES,
        "timeframe": timeframe if timeframe in TIMEFRAMES else "5m",
        "flow_seconds": FLOW_SECONDS,
        "liquidity": words(),
        "liquidity_words": words_json(),
        **state,
    }
    return render(request, "metrics/compare.html", context, status=503 if state["feed"] == "away" else 200)


def _facts(reader: StoreReader, market: Compared, row: MarketRow) -> Body:
    """What lists show of a market, and the order flow of its book."""
    facts = row_answer(row, reader.expiry, reader.clock(), current().of(row.symbol))
    book = reader.book(market.symbol, market.choice)
    flow = shown_flow(book, facts["state"]).of(FLOW_SECONDS) if book else None
    return {**explained(dict(facts)), "flow": None if flow is None else rounded(flow.normalised, 4)}


def _entry(market: Compared, markets: Iterable[Compared], facts: Body | None = None) -> dict[str, Any]:
    """A market among others, without facts while nobody knows any."""
    others = [each for each in markets if each != market]
    fixed = place_query(market.venue, market.form)
    return {
        **names(market.symbol),
        "name": market.name,
        "fixed": fixed,
        "page": symbol_url(market.symbol, market.venue, market.form),
        "without": compare_url(others),
        "facts": facts,
    }
