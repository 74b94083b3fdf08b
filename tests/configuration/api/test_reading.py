"""What is in force and where it comes from, over HTTP, by token and by session."""

import pytest
from rest_framework.test import APIClient

from configuration.domain.catalogue import CATALOGUE
from tests.configuration.api.envelope import BASE, SKEW, body, post

pytestmark = [pytest.mark.database, pytest.mark.django_db]

CONFIG_KEYS = [
    "strategy_id", "symbol", "parameters", "overrides", "provenance", "version", "source", "is_override",
    "created_at", "updated_at", "hash",
]  # fmt: skip


def test_strategies_in_catalogue_order(api: APIClient):
    post(api, f"{SKEW}/config/btcusdt", {"parameters": {"top_levels": 3}})
    answer = body(api.get(f"{BASE}/strategies"))
    assert [item["strategy_id"] for item in answer["data"]] == list(CATALOGUE)
    assert answer["metadata"] == {"total_count": 6}
    assert answer["data"][0] == {
        "strategy_id": "orderbook_skew",
        "name": "Order Book Skew",
        "description": CATALOGUE["orderbook_skew"].description,
        "category": "Realtime Data",
        "type": "microstructure",
        "has_global_config": False,
        "symbol_overrides": ["BTCUSDT"],
        "parameter_count": 8,
        "state": "ACTIVE",
    }


def test_schema(api: APIClient):
    answer = body(api.get(f"{SKEW}/schema"))
    assert answer["data"][0] == {
        "name": "top_levels",
        "type": "int",
        "description": CATALOGUE["orderbook_skew"].parameters["top_levels"].description,
        "unit": "levels",
        "default": 5,
        "min": 1,
        "max": 20,
        "allowed_values": None,
        "example": 10,
    }
    assert answer["metadata"] == {
        "rules": ["sell_threshold < buy_threshold", "imbalance_weight + spread_weight = 1"]
    }


def test_defaults(api: APIClient):
    answer = body(api.get(f"{SKEW}/defaults"))
    assert answer["data"] == CATALOGUE["orderbook_skew"].defaults
    assert answer["metadata"] == {"strategy_name": "Order Book Skew"}


def test_config_without_anything_set(api: APIClient):
    response = api.get(f"{SKEW}/config")
    config = body(response)["data"]
    assert list(config) == CONFIG_KEYS
    assert config["parameters"] == CATALOGUE["orderbook_skew"].defaults
    assert set(config["provenance"].values()) == {"default"}
    assert (config["version"], config["source"], config["overrides"]) == (0, "default", {})
    assert config["created_at"] is config["updated_at"] is None
    assert response["ETag"].startswith('"own:0;')


def test_a_symbol_inherits_per_parameter(api: APIClient):
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7, "buy_threshold": 2}})
    post(api, f"{SKEW}/config/ethusdt", {"parameters": {"top_levels": 3}})

    config = body(api.get(f"{SKEW}/config/EthUsdt"))["data"]
    assert config["symbol"] == "ETHUSDT"
    assert (config["parameters"]["top_levels"], config["parameters"]["buy_threshold"]) == (3, 2.0)
    assert config["provenance"]["top_levels"] == "symbol"
    assert config["provenance"]["buy_threshold"] == "global"
    assert config["provenance"]["sell_threshold"] == "default"
    assert (config["source"], config["is_override"], config["version"]) == ("symbol", True, 1)
    assert config["created_at"].endswith("Z")

    other = body(api.get(f"{SKEW}/config/BTCUSDT"))["data"]
    assert (other["version"], other["source"], other["is_override"]) == (1, "global", False)


def test_cache_refresh(api: APIClient):
    answer = body(post(api, f"{BASE}/strategies/cache/refresh", None))
    assert answer["data"] == {"message": "cache refreshed successfully"}
    assert answer["metadata"] == {"action": "cache_refresh"}


def test_explain(api: APIClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ORDERBOOK_SKEW_TOP_LEVELS", "6")
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}, "reason": "wide", "changed_by": "desk"})
    post(api, f"{SKEW}/config", {"parameters": {"buy_threshold": 2}})
    post(api, f"{SKEW}/config/BTCUSDT", {"parameters": {"top_levels": 8}, "reason": "narrow"})

    explained = body(api.get(f"{SKEW}/explain/btcusdt"))["data"]
    top = explained["top_levels"]
    assert (top["value"], top["layer"], top["version"], top["changed_by"], top["reason"]) == (
        8, "symbol", 1, "manager", "narrow",
    )  # fmt: skip
    assert [(shadow["layer"], shadow["value"]) for shadow in top["shadows"]] == [
        ("default", 5),
        ("environment", 6),
        ("global", 7),
    ]
    assert top["shadows"][2]["changed_by"] == "desk"
    assert top["shadows"][2]["version"] == 1  # not 2, which changed something else
    assert explained["buy_threshold"]["version"] == 2
    untouched = explained["sell_threshold"]
    assert (untouched["layer"], untouched["version"], untouched["shadows"]) == ("default", None, [])
    assert body(api.get(f"{SKEW}/explain"))["data"]["top_levels"]["value"] == 7
