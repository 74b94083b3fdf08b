"""The history of levels, page by page."""

import pytest
from rest_framework.test import APIClient

from symbols import fault_of
from tests.configuration.api.envelope import BASE, SKEW, body, post

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_audit(api: APIClient, request: pytest.FixtureRequest):
    for levels in (3, 4, 5):
        post(api, f"{SKEW}/config", {"parameters": {"top_levels": levels}, "reason": f"to {levels}"})
    post(api, f"{SKEW}/config/BTCUSDT", {"parameters": {"top_levels": 9}, "changed_by": "desk"})

    answer = body(api.get(f"{SKEW}/audit?limit=2"))
    assert answer["metadata"] == {"count": 2, "total": 3}
    item = answer["data"][0]
    assert isinstance(item.pop("id"), str)
    assert item.pop("changed_at").endswith("Z")
    assert item == {
        "strategy_id": "orderbook_skew",
        "symbol": None,
        "action": "UPDATE",
        "old_parameters": {"top_levels": 4},
        "new_parameters": {"top_levels": 5},
        "changes": {"top_levels": [4, 5]},
        "version": 3,
        "actor": "manager",
        "changed_by": None,
        "reason": "to 5",
        "source": "admin" if "session" in request.node.name else "api",  # a session is that of the pages
        "batch": None,
    }
    [rest] = body(api.get(f"{SKEW}/audit?offset=2"))["data"]
    assert (rest["action"], rest["old_parameters"], rest["version"]) == ("CREATE", None, 1)
    [own] = body(api.get(f"{SKEW}/audit?symbol=btcusdt"))["data"]
    assert (own["symbol"], own["changed_by"], own["version"]) == ("BTCUSDT", "desk", 1)


def test_audit_of_all_levels(api: APIClient):
    for levels, place in enumerate(("config", "config/BTCUSDT", "config/ETHUSDT", "config"), start=6):
        post(api, f"{SKEW}/{place}", {"parameters": {"top_levels": levels}})
    post(api, f"{BASE}/strategies/btc_dominance/config/BTCUSDT", {"parameters": {"high_threshold": 65.0}})
    answer = body(api.get(f"{SKEW}/audit?symbol=*&limit=3"))
    assert answer["metadata"] == {"count": 3, "total": 4}
    assert [(item["symbol"], item["version"]) for item in answer["data"]] == [
        (None, 2), ("ETHUSDT", 1), ("BTCUSDT", 1),
    ]  # fmt: skip
    [oldest] = body(api.get(f"{SKEW}/audit?symbol=*&offset=3"))["data"]
    assert (oldest["symbol"], oldest["version"]) == (None, 1)


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("limit=0", "limit must be >= 1, got 0"),
        ("limit=1001", "limit must be <= 1000, got 1001"),
        ("limit=" + "9" * 5000, f"limit must be <= 1000, got {'9' * 60}…"),
        ("limit=x", 'limit must be an integer, got "x"'),
        ("limit=", 'limit must be an integer, got ""'),
        ("limit=%D9%A1", 'limit must be an integer, got "١"'),
        ("limit=1_0", 'limit must be an integer, got "1_0"'),
        ("limit=" + "0" * 30 + "1", f'limit must be an integer, got "{"0" * 30}1"'),
        ("limit=1.0", 'limit must be an integer, got "1.0"'),
        ("limit=1&limit=2", "limit must be given once, got 2 values"),
        ("offset=-1", "offset must be >= 0, got -1"),
        ("symbol=", "symbol must not be empty"),
        ("symbl=BTCUSDT", "symbl is not a query parameter of this address; it takes symbol, limit, offset"),
        ("symbol=!", f"symbol must be {fault_of('!')}"),
        ("symbol=null", "symbol must not be NULL: that word names no symbol"),
    ],
)
def test_audit_queries(api: APIClient, query: str, complaint: str):
    assert body(api.get(f"{SKEW}/audit?{query}"), 400)["error"]["details"]["errors"] == [complaint]
