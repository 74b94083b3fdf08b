"""The pages anybody opens in a browser: the market, and one symbol.

Each is complete without scripts; with them, `static/realtime/js` keeps it live over a WebSocket.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from metrics.answers import all_answer, depth_answer, summary_body
from metrics.board import ROWS_AT_FIRST, STATE_CHOICES, BoardQuery, Row, columns
from metrics.domain.market import QUOTE_ASSETS, STALE, UNKNOWN_QUOTE, quote_asset, summarise
from metrics.ladder import ladder_rows
from metrics.store.reader import StoreReader, get_reader
from metrics.templatetags.figures import price_decimals, utc_time

Page = Callable[..., HttpResponse]
Context = dict[str, Any]

STORE_AWAY = "The store of the metrics is away. This page fills by itself when it is back."
NO_FEED = "No feed is running: numbers stand still until one is back."


def public_page(view: Page) -> Page:
    """A page that reads current metrics: never cached, and behind a log-in only where settings say so."""

    @wraps(view)
    def page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if settings.METRICS_REQUIRE_LOGIN and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse(settings.LOGIN_URL))
        return view(request, **kwargs)

    return require_safe(never_cache(page))


@public_page
def overview(request: HttpRequest) -> HttpResponse:
    """The whole market: summary tiles, extremes, and a table that can be sorted and filtered."""
    query = BoardQuery.from_parameters(request.GET)
    reader = get_reader()
    try:
        rows, feed = all_answer(reader), _feed_state(reader)
        summary = summarise(reader.rows().values(), reader.expiry, reader.clock())
    except RedisError:
        rows, feed, summary = {}, "away", summarise([], reader.expiry, reader.clock())
    body = summary_body(summary, reader.clock())
    board = [{"symbol": symbol, **row} for symbol, row in rows.items()]
    shown = query.apply(board)
    newest = min(board, key=lambda row: row["age_ms"], default=None)
    context = _page_context("overview", feed, newest["timestamp"] if newest else None) | {
        "summary": body,
        **_counts(body),
        "notional": list(body["liquidity"]["total_notional"].items()),
        "sentiment_shares": _shares(body["market_sentiment"]),
        "newest_age_ms": newest["age_ms"] if newest else None,
        "query": query,
        "columns": columns(query),
        "state_choices": STATE_CHOICES,
        "rows": [_with_links(row) for row in shown[:ROWS_AT_FIRST]],
        "row_total": len(board),
        "blank_row": {},
        "symbol_url": _symbol_url("SYMBOL"),
        "quote_assets": QUOTE_ASSETS,
    }
    for side in body["top_pressure_symbols"].values():
        side[:] = [_with_links(entry) for entry in side]
    return render(request, "metrics/overview.html", context, status=503 if feed == "away" else 200)


@public_page
def symbol(request: HttpRequest, symbol: str) -> HttpResponse:
    """One symbol in full: chart, ladder and every metric of its book."""
    name = symbol.upper()
    reader = get_reader()
    try:
        depth, feed = depth_answer(reader, name, settings.METRICS_LEVELS), _feed_state(reader)
        book, tracked = reader.book(name), list(reader.rows()) if depth is None else []
    except RedisError:
        depth, feed, book, tracked = None, "away", None, []
    context = _page_context("symbol", feed, depth["timestamp"] if depth else None) | {"symbol": name}
    if feed != "away" and depth is None:
        context |= {"tracked": [{"name": other, "url": _symbol_url(other)} for other in tracked]}
        return render(request, "metrics/not_tracked.html", context, status=404)
    quote = quote_asset(name)
    context |= {
        "depth": depth or {},
        "decimals": price_decimals(depth) if depth else 2,
        "quote": "" if quote == UNKNOWN_QUOTE else quote,
        "base": name.removesuffix(quote) if quote != UNKNOWN_QUOTE else "",
        "ladder": ladder_rows(book.ladder, settings.METRICS_LEVELS)
        if book
        else ladder_rows(None, settings.METRICS_LEVELS),
    }
    return render(request, "metrics/symbol.html", context, status=503 if feed == "away" else 200)


def _feed_state(reader: StoreReader) -> str:
    now = reader.clock()
    return "live" if any(not report.is_silent(now) for report in reader.feeds()) else "silent"


def _page_context(page: str, feed: str, data_at: str | None) -> Context:
    """What every live page says about how far its numbers are to be believed."""
    notices = {"away": STORE_AWAY, "silent": NO_FEED}
    if feed == "silent" and data_at:
        notices["silent"] = f"{NO_FEED} They are those of {utc_time(data_at)}."
    return {
        "page": page,
        "feed": feed,
        "data_at": data_at,
        "freshness": "fresh" if feed == "live" else "stale",
        "notice": notices.get(feed, ""),
        "stale_after_ms": int(1000 * settings.STALE_AFTER_SECONDS),
    }


def _counts(summary: Context) -> dict[str, int]:
    excluded = summary["symbols_excluded"]
    not_live = sum(excluded.values())
    stale = excluded.get(STALE, 0)
    return {
        "live_count": summary["symbols_tracked"] - not_live,
        "stale_count": stale,
        "other_count": not_live - stale,
    }


def _shares(sentiment: Context) -> list[Context]:
    """Bullish, neutral and bearish symbols as parts of a bar of a hundred."""
    counts = {name: sentiment[f"{name}_symbols"] for name in ("bullish", "neutral", "bearish")}
    total = sum(counts.values()) or 1
    shares, start = [], 0.0
    for name, count in counts.items():
        width = 100 * count / total
        shares.append({"name": name, "start": start, "width": width})
        start += width
    return shares


def _with_links(row: Row) -> Row:
    quote = quote_asset(row["symbol"])
    return {**row, "url": _symbol_url(row["symbol"]), "quote": "" if quote == UNKNOWN_QUOTE else quote}


def _symbol_url(name: str) -> str:
    return reverse("metrics:symbol", kwargs={"symbol": name})
