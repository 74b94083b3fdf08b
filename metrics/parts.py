"""Parts of the page of a symbol that are asked for, with `bare`, when a reader comes near them.

Each is also a page by itself: without scripts, the page of the symbol leads there.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis.exceptions import RedisError

from metrics.answers.liquidity import liquidity_answer
from metrics.answers.liquidity_shapes import LiquidityNow
from metrics.domain.choice import Choice, read_choice
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


@page
def liquidity(request: HttpRequest, name: str) -> HttpResponse:
    """What trading in one market costs. Where there is nothing to say of it, the page of the symbol says why."""
    venue, form = asked_market(request.GET.dict())
    body = _liquidity(name, read_choice(venue or None, form or None))
    if body is None:
        return symbol(request, name)
    assets = names(name)
    context = {"depth": body, **panel(body, assets["base"], assets["quote"])}
    return _shown(request, name, LIQUIDITY, {**context, "fixed": place_query(venue, form)})


def _liquidity(name: str, choice: Choice) -> LiquidityNow | None:
    """None where nothing current is known, or nobody knows as the store is away."""
    try:
        return liquidity_answer(
            get_reader(), name, settings.LIQUIDITY_SIZES, settings.LIQUIDITY_BANDS_BPS, choice
        )
    except RedisError:
        return None


def _shown(request: HttpRequest, name: str, part: dict[str, str], context: dict[str, Any]) -> HttpResponse:
    """A part by itself, with the frame of a page unless that is not asked for."""
    is_bare = "bare" in request.GET
    template = part["template"] if is_bare else "metrics/part.html"
    return render(request, template, {**names(name), **part, **context, "bare": is_bare})
