"""Parts of the page of a symbol that are asked for, with `bare`, when a reader comes near them.

Each is also a page by itself: without scripts, the page of the symbol leads there.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from redis.exceptions import RedisError

from metrics.answers.liquidity import liquidity_answer
from metrics.answers.liquidity_shapes import LiquidityNow
from metrics.domain.choice import Choice, read_choice
from metrics.domain.market import MarketId
from metrics.kept_minutes import meant_now
from metrics.minute_tables import history_rows, history_table
from metrics.pages.day import charts
from metrics.pages.liquidity import words
from metrics.pages.liquidity_panel import panel
from metrics.pages.names import names, place_query
from metrics.pages.places import asked_market
from metrics.store.reader import get_reader
from metrics.views import page, symbol

LIQUIDITY = {
    "title": "Liquidity",
    "template": "metrics/parts/liquidity.html",
    "style": "realtime/css/liquidity.css",
}
DAY = {"title": "24 hours", "template": "metrics/parts/day.html", "style": "realtime/css/day.css"}


@page
def liquidity(request: HttpRequest, name: str) -> HttpResponse:
    """What trading in one market costs. Where there is nothing to say of it, the page of the symbol says why."""
    venue, form = asked_market(request.GET.dict())
    body = _liquidity(name, read_choice(venue or None, form or None))
    if body is None:
        return symbol(request, name)
    assets = names(name)
    context = {"at": body, "depth": body, **panel(body, assets["base"], assets["quote"])}
    return _shown(request, name, LIQUIDITY, {**context, "fixed": place_query(venue, form)})


def _liquidity(name: str, choice: Choice) -> LiquidityNow | None:
    """None where nothing current is known, or nobody knows as the store is away."""
    try:
        return liquidity_answer(
            get_reader(), name, settings.LIQUIDITY_SIZES, settings.LIQUIDITY_BANDS_BPS, choice
        )
    except RedisError:
        return None


@page
def day(request: HttpRequest, name: str) -> HttpResponse:
    """The last 24 hours of one market, by the hour; of an unknown symbol its page says what it is."""
    venue, form = asked_market(request.GET.dict())
    choice = read_choice(venue or None, form or None)
    markets = meant_now(name, choice, get_reader())
    hours = _hours(markets)
    if not hours and _is_unknown(name, choice):
        return symbol(request, name)
    at = next(
        ({"symbol": name, "venue": each.venue, "form": each.form} for each in markets if each.market), None
    )
    context = {"hours": hours, "charts": charts(), **words(), "at": at, "fixed": place_query(venue, form)}
    return _shown(request, name, DAY, context)


def _hours(markets: list[MarketId]) -> list[dict[str, Any]]:
    """The newest first."""
    now = timezone.now()
    return history_rows(history_table(markets, now - timedelta(days=1), now, "1h"))[::-1]


def _is_unknown(name: str, choice: Choice) -> bool:
    try:
        return get_reader().book(name, choice) is None
    except RedisError:
        return True


def _shown(request: HttpRequest, name: str, part: dict[str, str], context: dict[str, Any]) -> HttpResponse:
    """A part by itself, with the frame of a page unless that is not asked for."""
    is_bare = "bare" in request.GET
    template = part["template"] if is_bare else "metrics/part.html"
    return render(request, template, {**names(name), **part, **context, "bare": is_bare})
