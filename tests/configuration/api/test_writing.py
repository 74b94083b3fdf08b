"""Changes over HTTP: created, updated, tried, taken back, and put down to somebody."""

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from configuration.domain.catalogue import CATALOGUE
from configuration.models import StrategyConfig
from tests.configuration.api.envelope import BASE, SKEW, body, post

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_update_creates_then_updates(api: APIClient):
    created = body(post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7.0}, "reason": "why"}))
    assert created["metadata"] == {"action": "created"}
    assert created["data"]["overrides"] == {"top_levels": 7}
    updated = post(api, f"{SKEW}/config", {"parameters": {"buy_threshold": 2}, "changed_by": "desk"})
    assert body(updated)["metadata"] == {"action": "updated"}
    assert body(updated)["data"]["overrides"] == {"top_levels": 7, "buy_threshold": 2.0}
    assert updated["ETag"].startswith('"own:2;')


def test_null_and_replace(api: APIClient):
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7, "buy_threshold": 2}})
    config = body(post(api, f"{SKEW}/config", {"parameters": {"top_levels": None}}))["data"]
    assert config["overrides"] == {"buy_threshold": 2.0}
    config = body(post(api, f"{SKEW}/config", {"parameters": {"top_levels": 8}, "replace": True}))["data"]
    assert config["overrides"] == {"top_levels": 8}


def test_validate_only_writes_nothing(api: APIClient):
    answer = body(post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}, "validate_only": True}))
    assert answer["metadata"] == {"validation": "passed"}
    assert answer["data"]["parameters"]["top_levels"] == 7
    assert not StrategyConfig.history.exists()
    refused = post(api, f"{SKEW}/config", {"parameters": {"top_levels": 0}, "validate_only": True})
    assert body(refused, 400)["error"]["code"] == "VALIDATION_ERROR"


def test_delete(api: APIClient):
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}})
    post(api, f"{SKEW}/config/BTCUSDT", {"parameters": {"top_levels": 8}})
    answer = body(api.delete(f"{SKEW}/config/btcusdt?reason=delisted&changed_by=desk"))
    assert answer["data"]["message"].endswith("deleted successfully")
    assert answer["metadata"] == {"action": "deleted", "symbol": "BTCUSDT"}
    assert body(api.delete(f"{SKEW}/config"))["metadata"] == {"action": "deleted"}
    assert body(api.delete(f"{SKEW}/config"), 404)["error"]["code"] == "NOT_FOUND"
    newest = StrategyConfig.history.of_level("orderbook_skew", "BTCUSDT").first()
    assert (newest.history_change_reason, newest.changed_by, newest.version) == ("delisted", "desk", 2)


def test_an_answer_sent_back_to_another_level_is_refused(api: APIClient):
    whole = body(api.get(f"{SKEW}/config"))["data"]
    error = body(post(api, f"{SKEW}/config/BTCUSDT", whole), 400)["error"]
    assert error["details"]["errors"] == ['symbol must be "BTCUSDT" as the path has it, got null']
    own = body(api.get(f"{SKEW}/config/BTCUSDT"))["data"]
    error = body(post(api, f"{SKEW}/config", own), 400)["error"]
    assert error["details"]["errors"] == ['symbol must be null as the path has it, got "BTCUSDT"']
    error = body(post(api, f"{BASE}/strategies/btc_dominance/config/BTCUSDT", own), 400)["error"]
    assert error["details"]["fields"].keys() == {"strategy_id"}
    assert not StrategyConfig.history.exists()


def test_validate(api: APIClient):
    path = f"{BASE}/config/validate"
    asked = {"strategy_id": "orderbook_skew", "symbol": "btcusdt", "parameters": {"top_levels": 7}}
    data = body(post(api, path, asked))["data"]
    assert data["preview"]["parameters"]["top_levels"] == 7
    assert data["preview"]["symbol"] == "BTCUSDT"
    assert (data["validation_passed"], data["errors"], data["warnings"]) == (True, [], [])

    parameters = {"nope": 1, "top_levels": 0, "buy_threshold": "x", "spread_weight": 0.1}
    data = body(post(api, path, {"strategy_id": "orderbook_skew", "parameters": parameters}))["data"]
    assert (data["validation_passed"], data["preview"]) == (False, None)
    assert [(error["field"], error["code"]) for error in data["errors"]] == [
        ("nope", "UNKNOWN_PARAMETER"),
        ("top_levels", "OUT_OF_RANGE"),
        ("buy_threshold", "INVALID_TYPE"),
        ("spread_weight", "RULE_VIOLATED"),
    ]
    assert data["errors"][1]["message"] == "top_levels must be >= 1, got 0"
    assert (
        body(post(api, path, asked | {"strategy_id": "x"}), 404)["error"]["message"]
        == "Strategy not found: x"
    )
    assert body(post(api, path, asked | {"symbol": "!"}), 400)
    assert not StrategyConfig.history.exists()


def test_every_default_set_and_every_answer_can_be_posted_back(api: APIClient):
    for strategy_id in CATALOGUE:
        path = f"{BASE}/strategies/{strategy_id}"
        defaults = body(api.get(f"{path}/defaults"))["data"]
        body(post(api, f"{path}/config", {"parameters": defaults}))
        for level in ("config", "config/BTCUSDT"):
            before = body(api.get(f"{path}/{level}"))["data"]
            after = body(post(api, f"{path}/{level}", before))["data"]
            assert (after["parameters"], after["hash"]) == (before["parameters"], before["hash"])


def test_the_actor_is_the_authenticated_user(api: APIClient, manager: User):
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 7}, "changed_by": "somebody else"})
    change = StrategyConfig.history.first()
    assert (change.actor, change.changed_by, change.history_user_id) == (
        "manager",
        "somebody else",
        manager.pk,
    )
