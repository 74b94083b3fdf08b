"""What a page shows of the venues that market data are brought from; nothing where nobody brings any here."""

from typing import Any

from django import template
from redis.exceptions import RedisError

from markets.reports.report import lines, unreached
from markets.reports.store import get_reader as get_markets_reader
from metrics.store.reader import get_reader

register = template.Library()


@register.inclusion_tag("realtime/sources.html")
def market_sources() -> dict[str, Any]:
    """`static/realtime/js/sources.js` goes on from here."""
    now = get_reader().clock()
    try:
        return {"lines": lines(get_markets_reader().reports(now), now)}
    except RedisError:
        return {"lines": []}


@register.simple_tag
def venues_unreached() -> str:
    """Why nothing comes from any of them; empty where something does."""
    now = get_reader().clock()
    try:
        return unreached(get_markets_reader().reports(now), now)
    except RedisError:
        return ""
