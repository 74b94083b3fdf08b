"""Values, names and symbols that are refused, and how each of them is reported."""

import pytest
from rest_framework.test import APIClient

from tests.configuration.api.envelope import BASE, SKEW, body, post

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_all_problems_are_reported_in_request_order(api: APIClient):
    parameters = {
        "x": 1,
        "buy_threshold": "high",
        "top_levels": 100000,
        "base_confidence": False,
        "imbalance_weight": 0.9,
    }
    error = body(post(api, f"{SKEW}/config", {"parameters": parameters}), 400)["error"]
    assert error["message"] == "Validation failed"
    assert error["details"]["errors"] == [
        "Unknown parameter: x",
        "buy_threshold must be a number",
        "top_levels must be <= 20, got 100000",
        "base_confidence must be a number",
        "imbalance_weight + spread_weight = 1 must hold, got imbalance_weight=0.9, spread_weight=0.4",
    ]
    assert error["details"]["fields"]["top_levels"] == ["must be <= 20, got 100000"]
    # A rule that joins two parameters is reported at both, whichever of them was asked to change.
    broken = error["details"]["errors"][-1:]
    assert error["details"]["fields"]["imbalance_weight"] == broken
    assert error["details"]["fields"]["spread_weight"] == broken


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999", "true", '"1.5"', "[1]", "{}"])
def test_what_is_not_a_number_is_refused_by_name(api: APIClient, literal: str):
    raw = f'{{"parameters":{{"buy_threshold":{literal}}}}}'
    response = api.post(f"{SKEW}/config", raw, content_type="application/json")
    assert body(response, 400)["error"]["details"] == {
        "errors": ["buy_threshold must be a number"],
        "fields": {"buy_threshold": ["must be a number"]},
    }


@pytest.mark.parametrize("value", ["9" * 5000, "-" + "9" * 5000, "9" * 400])
def test_whole_numbers_beyond_measure_are_refused_by_name(api: APIClient, value: str):
    raw = f'{{"parameters": {{"top_levels": {value}, "buy_threshold": {value}}}}}'
    error = body(api.post(f"{SKEW}/config", raw, content_type="application/json"), 400)["error"]
    bound = "must be >= 1" if value.startswith("-") else "must be <= 20"
    assert error["details"]["fields"] == {
        "top_levels": [f"{bound}, got {value[:60]}…"],
        "buy_threshold": ["must be a number"],
    }


def test_names_a_client_makes_up_are_reported_only_so_far(api: APIClient):
    made_up = {f"x{number}": 1 for number in range(1234)}
    error = body(post(api, f"{SKEW}/config", {"parameters": made_up | {"top_levels": 0}}), 400)["error"]
    assert error["message"] == "Validation failed: 50 of 1235 problems are shown"
    assert error["details"]["errors"] == [f"Unknown parameter: x{number}" for number in range(50)]
    assert len(error["details"]["fields"]) == 50
    path = f"{BASE}/config/validate"
    judged = body(post(api, path, {"strategy_id": "orderbook_skew", "parameters": made_up}))["data"]
    assert len(judged["errors"]) == 50
    assert judged["warnings"] == ["50 of 1234 problems are shown"]
    unknown = body(post(api, f"{SKEW}/config", {"parameters": {"top_levels": 3}} | made_up), 400)["error"]
    assert len(unknown["details"]["errors"]) == 50


def test_what_an_answer_repeats_of_a_body_is_bounded(api: APIClient):
    long = "x" * 100_000
    for payload in (
        {"parameters": {long: 1}},
        {"parameters": {"top_levels": int("9" * 300)}},
        {"parameters": {"top_levels": 3}, long: 1},
    ):
        response = post(api, f"{SKEW}/config", payload)
        body(response, 400)
        assert len(response.content) < 1000
    assert len(api.get(f"{BASE}/strategies/{long[:3000]}/config").content) < 1000


def test_every_symbol_a_change_would_break_is_named(api: APIClient):
    symbols = [f"S{number:03}USDT" for number in range(60)]
    for symbol in symbols:
        body(post(api, f"{SKEW}/config/{symbol}", {"parameters": {"sell_threshold": 1.0}}))
    error = body(post(api, f"{SKEW}/config", {"parameters": {"buy_threshold": 1.0}}), 400)["error"]
    assert [message.partition(":")[0] for message in error["details"]["errors"]] == symbols


@pytest.mark.parametrize(
    "symbol",
    [
        "B",
        "BTC%20USDT",
        "X" * 33,
        "%C3%9F%C3%9F",
        "BTC%00",
        "ab%5C",
        "..",
        "%2e%2e",
        "null",
        "Global",
        "undefined",
    ],
)
def test_odd_symbols(api: APIClient, symbol: str):
    for response in (
        post(api, f"{SKEW}/halt/{symbol}", {"reason": "odd"}),
        api.get(f"{SKEW}/config/{symbol}"),
        post(api, f"{SKEW}/config/{symbol}", {"parameters": {}}),
        api.delete(f"{SKEW}/config/{symbol}"),
        post(api, f"{SKEW}/rollback/{symbol}", {}),
        api.get(f"{SKEW}/explain/{symbol}"),
    ):
        assert body(response, 400)["error"]["details"]["fields"].keys() == {"symbol"}
