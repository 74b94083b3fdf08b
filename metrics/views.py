"""The pages anybody opens in a browser: the market, and one symbol.

Each informs without scripts; with them, `static/realtime/js` keeps it live over a WebSocket.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from metrics.answers import all_answer, depth_answer, summary_answer
from metrics.board import ROWS_AT_FIRST, STATE_CHOICES, BoardQuery, Row, columns
from metrics.domain.market import LIVE, QUOTE_ASSETS, STALE, UNKNOWN_QUOTE, quote_asset
from metrics.store.reader import StoreReader, get_reader
from metrics.templatetags.figures import price_decimals, utc_time

Page = Callable[..., HttpResponse]
Context = dict[str, Any]

STORE_AWAY = "The store of the metrics is away. This page fills by itself when it is back."


def page(view: Page) -> Page:
    """What holds for every page here: only reading, never cached, behind the log-in where metrics need one."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if settings.METRICS_REQUIRE_LOGIN and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return require_safe(never_cache(guarded))


@page
def overview(request: HttpRequest) -> HttpResponse:
    """All tracked symbols, and what they say together. 503 while the store is away."""
    query = BoardQuery.from_parameters(request.GET.dict())
    try:
        reader = get_reader()
        rows, summary = all_answer(reader), summary_answer(reader)
        freshness = _freshness(reader, max((row["timestamp"] for row in rows.values()), default=None))
    except RedisError:
        rows, summary, freshness = {}, {}, _store_away()
    listed = query.apply({**row, **_names(symbol)} for symbol, row in rows.items())
    context = {
        "page": "overview",
        "summary": _with_links(summary),
        "rows": listed[:ROWS_AT_FIRST],
        "row_total": len(rows),
        "match_total": len(listed),
        "query": query,
        "columns": columns(query),
        "state_choices": STATE_CHOICES,
        "symbol_url": _symbol_url("SYMBOL"),
        "quote_assets": QUOTE_ASSETS,
        "newest_age_ms": min((row["age_ms"] for row in rows.values()), default=None),
        **_counts(summary),
        **freshness,
    }
    return render(request, "metrics/overview.html", context, status=503 if freshness["feed"] == "away" else 200)


@page
def symbol(request: HttpRequest, name: str) -> HttpResponse:
    """One book in full. 404 with what is tracked for an unknown symbol, 503 while the store is away."""
    if name != name.upper():
        return redirect("metrics:symbol", name.upper())
    try:
        reader = get_reader()
        depth = depth_answer(reader, name)
        if depth is None:
            return _unknown(request, reader, name)
        book = reader.book(name, time.time())
        freshness = _freshness(reader, depth["timestamp"])
    except RedisError:
        depth, book, freshness = None, None, _store_away()
    context = {
        "page": "symbol",
        **_names(name),
        "depth": depth,
        "decimals": price_decimals(depth) if depth else 2,
        "asks": _ladder(book.asks) if book else [],
        "bids": _ladder(book.bids) if book else [],
        **freshness,
    }
    return render(request, "metrics/symbol.html", context, status=200 if depth else 503)
