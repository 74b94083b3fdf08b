"""What every address has in common: its spelling, its options, its query, strategies it does not know."""

import pytest
from rest_framework.test import APIClient

from tests.configuration.api.envelope import BASE, SKEW, body, post

pytestmark = [pytest.mark.database, pytest.mark.django_db]

QUERIES = {
    ("DELETE", f"{SKEW}/config"): "reason, changed_by",
    ("GET", f"{SKEW}/audit"): "symbol, limit, offset",
    ("GET", f"{SKEW}/applied"): "symbol",
    ("POST", f"{SKEW}/rollback"): "symbol",
}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *QUERIES,
        ("GET", f"{BASE}/strategies"),
        ("HEAD", f"{BASE}/strategies"),
        ("GET", f"{SKEW}/schema"),
        ("GET", f"{SKEW}/defaults"),
        ("GET", f"{SKEW}/config"),
        ("GET", f"{SKEW}/config/BTCUSDT"),
        ("GET", f"{SKEW}/explain"),
        ("POST", f"{SKEW}/config"),
        ("POST", f"{SKEW}/halt"),
        ("POST", f"{BASE}/strategies/resume"),
        ("POST", f"{BASE}/config/validate"),
        ("POST", f"{BASE}/strategies/cache/refresh"),
    ],
)
def test_what_an_address_does_not_take_in_its_query_is_refused(api: APIClient, method: str, path: str):
    response = api.generic(method, f"{path}?symbl=BTCUSDT", '{"reason": "x"}', "application/json")
    assert response.status_code == 400
    if method != "HEAD":
        takes = QUERIES.get((method, path), "none")
        assert body(response, 400)["error"]["details"]["errors"] == [
            f"symbl is not a query parameter of this address; it takes {takes}"
        ]


@pytest.mark.parametrize(
    "path",
    ["schema", "defaults", "config", "config/BTCUSDT", "audit", "explain", "explain/BTCUSDT"],
)
def test_unknown_strategies(api: APIClient, path: str):
    error = body(api.get(f"{BASE}/strategies/nope/{path}"), 404)["error"]
    assert (error["code"], error["message"]) == ("NOT_FOUND", "Strategy not found: nope")


@pytest.mark.parametrize("suffix", ["", "/"])
def test_both_spellings_of_every_method(api: APIClient, suffix: str):
    assert post(api, f"{SKEW}/config{suffix}", {"parameters": {"top_levels": 7}}).status_code == 200
    assert api.get(f"{SKEW}/config{suffix}").status_code == 200
    assert api.get(f"{BASE}/strategies{suffix}").status_code == 200
    assert api.delete(f"{SKEW}/config{suffix}").status_code == 200


@pytest.mark.parametrize("path", ["config", "config/BTCUSDT", "audit", "rollback", "halt", "halt/BTCUSDT"])
def test_options_are_answered_in_the_envelope(api: APIClient, path: str):
    response = api.options(f"{SKEW}/{path}")
    answer = body(response)
    assert answer["data"]["methods"] == response["Allow"].split(", ")
    assert "OPTIONS" in answer["data"]["methods"]
    assert ("GET" in answer["data"]["methods"]) == (path in ("config", "config/BTCUSDT", "audit"))


def test_options_need_a_credential():
    error = body(APIClient().options(f"{SKEW}/config"), 401)["error"]
    assert error["code"] == "NOT_AUTHENTICATED"
