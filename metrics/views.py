"""The pages anybody opens in a browser: the market, and one symbol.

Each informs without scripts; with them, `static/realtime/js` keeps it live over a WebSocket.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from metrics.answers import Body
from metrics.answers.book import book_answer
from metrics.answers.market import all_answer, row_answer, rows_answer, summary_body
from metrics.answers.venues import venues_answer
from metrics.domain.analyzer import StoredBook
from metrics.domain.choice import read_choice
from metrics.domain.market import BLANK, MarketId, live_mids, summarise
from metrics.domain.window import TIMEFRAMES
from metrics.marks import Mark, current
from metrics.pages.board import ROWS_AT_FIRST, STATE_CHOICES, BoardQuery, columns
from metrics.pages.compare import Compared, compare_url
from metrics.pages.freshness import freshness, store_away
from metrics.pages.ladder import ladder
from metrics.pages.liquidity import explained, words, words_json, worst
from metrics.pages.names import names, place_query, symbol_url
from metrics.pages.not_live import not_live
from metrics.pages.places import asked_market, place_filter, primary_markets, standing_in, venue_words
from metrics.pages.sides import LIQUIDITY, PRICES, side_rows
from metrics.pages.tiles import tiles
from metrics.pages.venues import venues
from metrics.store.reader import StoreReader, get_reader
from metrics.templatetags.figures import price_decimals
from symbols import STRANGERS, fault_of, read_symbol

STANDING = ("symbol", "venue", "form", "timestamp", "state", "reason", "age_ms", "halted")
"""All that is shown of a suspect book: it has no figures, not even that it has no levels."""


def page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """What holds for every page here: only reading, never cached, behind the log-in where metrics need one."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if settings.METRICS_REQUIRE_LOGIN and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return require_safe(never_cache(guarded))


@page
def overview(request: HttpRequest) -> HttpResponse:
    """All tracked symbols, and what they show together. 503 while the store is away."""
    query = BoardQuery.from_parameters(request.GET.dict())
    rows: Mapping[str, Body] = {}
    markets: set[str] = set()
    summary = None
    try:
        reader = get_reader()
        tracked, now = reader.markets(), reader.clock()
        markets = {row.market for of_symbol in tracked.values() for row in of_symbol}
        chosen = query.choice.among(tracked)
        rows = rows_answer(chosen, reader.expiry, now)
        mids = live_mids(tracked, reader.expiry, now)
        summary = summary_body(summarise(chosen.values(), reader.expiry, now, mids), now)
        state = freshness(reader, rows.values())
    except RedisError:
        state = store_away()
    listed = query.apply({**query.named(row), "name": name} for name, row in rows.items())
    context = {
        "page": "overview",
        "rows": [explained(row) for row in listed[:ROWS_AT_FIRST]],
        "worst": [query.named(row) for row in worst(rows.values())],
        "liquidity": words(),
        "liquidity_words": words_json(),
        "row_total": len(rows),
        "match_total": len(listed),
        "query": query,
        "columns": columns(query),
        "state_choices": STATE_CHOICES,
        "symbol_url": symbol_url("SYMBOL"),
        "strangers": STRANGERS,
        "primary_markets": primary_markets(),
        **place_filter(markets, query.venue, query.form),
        **(tiles(summary, query.named) if summary else {}),
        **state,
    }
    return render(request, "metrics/overview.html", context, status=200 if summary else 503)


@page
def symbol(request: HttpRequest, name: str) -> HttpResponse:
    """One book in full. 404 with what is tracked for an unknown symbol, 503 while the store is away."""
    known_as = read_symbol(name)
    if known_as is None:
        return render(request, "404.html", {"reason": f"A symbol is {fault_of(name)}."}, status=404)
    if name != known_as:
        query = request.META["QUERY_STRING"]
        return redirect(symbol_url(known_as) + (f"?{query}" if query else ""))
    book, mark = None, current().of(name)
    venue, form = asked_market(request.GET.dict())
    depth: Body | None = None
    row: Body | None = None
    compared: dict[str, Any] = {}
    try:
        reader = get_reader()
        book = reader.book(name, read_choice(venue or None, form or None))
        if book is None:
            return unknown_symbol(request, reader, name, venue, form)
        whole: Body = book_answer(book, reader.expiry, reader.clock(), settings.METRICS_LEVELS, mark)
        depth = {name: whole[name] for name in STANDING} if whole["state"] in BLANK else whole
        if whole is depth:
            row = _row(reader, book.id, mark)
        compared = _compared(reader, book.id, is_followed=not (venue or form))
        state = freshness(reader, [depth])
    except RedisError:
        state = store_away()
    timeframe = request.GET.get("timeframe", "")
    context = {
        "timeframe": timeframe if timeframe in TIMEFRAMES else "5m",
        "mark": mark,
        "row": row and explained(row),
        "liquidity": words(),
        "liquidity_words": words_json(),
        "fixed": place_query(venue, form),
        "fixed_to": venue_words(venue) if venue else "",
        "primary_markets": primary_markets(),
        "symbol_url": symbol_url("SYMBOL"),
        "compare_url": compare_url([_compared_as(name, depth if venue or form else None)]),
        **names(name),
        **compared,
        **_book_context(name, book, depth),
        **state,
    }
    return render(request, "metrics/symbol.html", context, status=200 if depth else 503)


def unknown_symbol(
    request: HttpRequest, reader: StoreReader, name: str, venue: str, form: str
) -> HttpResponse:
    """404 that shows what is tracked instead, and why this one is not, as far as the feeds know."""
    rows, choice = all_answer(reader), read_choice(venue or None, form or None)
    refusals = (
        each.reason
        for each in not_live(reader)
        if each.symbol == name and (not each.market or choice.takes(MarketId(name, each.market)))
    )
    context = {
        "fixed": place_query(venue, form),
        "fixed_to": venue_words(venue) if venue else "",
        "is_elsewhere": name in rows,
        "refusal": next(refusals, ""),
        "tracked": [names(symbol) for symbol in rows],
        **names(name),
        **freshness(reader, rows.values()),
    }
    return render(request, "metrics/unknown_symbol.html", context, status=404)


def _row(reader: StoreReader, here: MarketId, mark: Mark) -> Body | None:
    """What lists show of a market, None where it is gone meanwhile."""
    rows = (row for row in reader.markets_of(here.symbol) if row.id == here)
    return next((row_answer(row, reader.expiry, reader.clock(), mark) for row in rows), None)


def _compared(reader: StoreReader, here: MarketId, *, is_followed: bool) -> dict[str, Any]:
    """All markets of the symbol, and where the page follows it, why another than the first is shown."""
    body = venues_answer(reader, here.symbol, settings.METRICS_LEVELS)
    if body is None:
        return {}
    left, why = standing_in(body["markets"]) if is_followed else ("", "")
    return {"venues": venues(body, here), "left": left, "standing_in": why}


def _compared_as(name: str, fixed: Body | None) -> Compared:
    """The market of a page, to be compared with others: the followed one unless it is fixed to one."""
    return Compared(name, fixed["venue"], fixed["form"]) if fixed else Compared(name)


def _book_context(name: str, book: StoredBook | None, depth: Body | None) -> dict[str, Any]:
    assets = names(name)
    figures = depth if depth and "spread" in depth else None
    decimals = price_decimals(figures) if figures else 2
    units = {"decimals": decimals, "base": assets["base"], "quote": assets["quote"]}
    levels = settings.METRICS_LEVELS
    return {
        "depth": depth,
        "decimals": decimals,
        "mid_decimals": decimals + 1,
        "fine_decimals": decimals + 2,
        "levels": levels,
        "timeframes": TIMEFRAMES,
        "ladder": ladder(book.ladder.bids, book.ladder.asks, levels) if book else ladder([], [], 0),
        "liquidity_rows": side_rows(LIQUIDITY, figures, **units),
        "price_rows": side_rows(PRICES, figures, **units),
    }
