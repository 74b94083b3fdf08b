"""No page is forgotten where pages are looked at: every address there is stands in `tests/browser/pages.py`."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import get_resolver, resolve

from tests.browser import pages

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PLACES = {
    "change": "1",
    "batch": str(uuid4()),
    "token": "1f",
    "traded": "BTCUSDT",
    "welcome": "MQ/abc",
    "channel": "1",
}
LOOKED_AT = (*pages.LIVE, pages.API, pages.SIGNALS, pages.LOGGED_OUT, *pages.OUTSIDE, *pages.INSIDE)
OTHERS = {route for routes in pages.NO_PAGES.values() for route in routes}


def routes(pattern: Any, before: str = "") -> Iterator[str]:
    """Every address, as it is written."""
    for each in pattern.url_patterns:
        route = before + (str(each.pattern).removeprefix("^") if before else str(each.pattern))
        if hasattr(each, "url_patterns"):
            yield from routes(each, route)
        else:
            yield route


def test_every_address_is_looked_at_or_known_to_be_no_page():
    addresses = {route for route in routes(get_resolver()) if not route.startswith("api/")}
    seen = {
        resolve(address.format(**PLACES).partition("?")[0]).route
        for address in LOOKED_AT
        if is_there(address)
    }
    assert addresses - seen - OTHERS == set(), "to be added to INSIDE or OUTSIDE, or to what is no page"
    assert OTHERS - addresses == set(), "there is no such address any more"
    assert OTHERS & seen == set(), "looked at, so it is a page"


def is_there(address: str) -> bool:
    return address != "/nowhere"


def test_what_is_called_no_page_leads_elsewhere_or_is_no_html(client: Client):
    for route in (*pages.NO_PAGES["leads elsewhere"], *pages.NO_PAGES["is for programs"]):
        if "<" not in route and "^" not in route:
            answer = client.get(f"/{route}")
            assert answer.status_code in (301, 302) or "html" not in answer["Content-Type"], route
