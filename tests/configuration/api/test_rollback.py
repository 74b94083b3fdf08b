"""Going back to an earlier version, and when that is refused."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from configuration import services
from configuration.models import Source, StrategyConfig
from configuration.services import Author
from tests.configuration.api.envelope import SKEW, body, post

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.mark.parametrize("verb", ["rollback", "restore"])
@pytest.mark.parametrize("place", ["/BTCUSDT", "?symbol=btcusdt", "body"])
def test_rollback_of_a_symbol(api: APIClient, verb: str, place: str):
    for levels in (3, 4):
        post(api, f"{SKEW}/config/BTCUSDT", {"parameters": {"top_levels": levels}})
    sent = {"reason": "undo"} | ({"symbol": "btcusdt"} if place == "body" else {})
    answer = body(post(api, f"{SKEW}/{verb}{'' if place == 'body' else place}", sent))
    assert answer["metadata"] == {"action": "rolled_back", "restored_version": 1}
    assert answer["data"]["overrides"] == {"top_levels": 3}
    assert (answer["data"]["symbol"], answer["data"]["version"]) == ("BTCUSDT", 3)
    newest = StrategyConfig.history.of_level("orderbook_skew", "BTCUSDT").first()
    assert (newest.source, newest.history_change_reason) == ("rollback", "undo")


@pytest.mark.parametrize(
    ("place", "sent"),
    [
        ("/BTCUSDT?symbol=ETHUSDT", {}),
        ("/BTCUSDT", {"symbol": "ETHUSDT"}),
        ("?symbol=BTCUSDT", {"symbol": "ETHUSDT"}),
    ],
)
def test_rollback_of_two_symbols_at_once_is_refused(api: APIClient, place: str, sent: dict[str, Any]):
    for symbol in ("BTCUSDT", "ETHUSDT"):
        for levels in (3, 4):
            post(api, f"{SKEW}/config/{symbol}", {"parameters": {"top_levels": levels}})
    details = body(post(api, f"{SKEW}/rollback{place}", sent), 400)["error"]["details"]
    assert details["errors"][0].startswith("symbol must be one symbol, got BTCUSDT in the ")
    assert StrategyConfig.history.count() == 4
    body(post(api, f"{SKEW}/rollback/BTCUSDT?symbol=btcusdt", {"symbol": "BtcUsdt"}))


@pytest.mark.parametrize(
    ("place", "sent"), [("?symbol=", {}), ("", {"symbol": ""}), ("", {"rollback_id": ""})]
)
def test_an_empty_name_is_not_everything(api: APIClient, place: str, sent: dict[str, Any]):
    for levels in (3, 4):
        post(api, f"{SKEW}/config", {"parameters": {"top_levels": levels}})
    [error] = body(post(api, f"{SKEW}/rollback{place}", sent), 400)["error"]["details"]["errors"]
    assert error.endswith(" must not be empty")


def test_rollback_to_a_version_and_to_an_audit_item(api: APIClient):
    for levels in (3, 4, 5):
        post(api, f"{SKEW}/config", {"parameters": {"top_levels": levels}})
    to_version = body(post(api, f"{SKEW}/rollback", {"target_version": 2}))
    assert to_version["data"]["overrides"] == {"top_levels": 4}
    first = body(api.get(f"{SKEW}/audit"))["data"][-1]["id"]
    to_item = body(post(api, f"{SKEW}/rollback", {"rollback_id": first}))
    assert to_item["data"]["overrides"] == {"top_levels": 3}
    assert to_item["metadata"]["restored_version"] == 1


def test_rollback_that_fails(api: APIClient):
    def refused(payload: dict[str, Any], status: int = 409) -> str:
        error = body(post(api, f"{SKEW}/rollback", payload), status)["error"]
        assert error["code"] == ("ROLLBACK_FAILED" if status == 409 else "VALIDATION_ERROR")
        return str(error["message"])

    assert "no history" in refused({})
    post(api, f"{SKEW}/config", {"parameters": {"top_levels": 3}})
    assert "no earlier version" in refused({})
    assert refused({"target_version": 9}) == "There is no version 9"
    assert refused({"rollback_id": "nope"})
    only = body(api.get(f"{SKEW}/audit"))["data"][0]["id"]
    refused({"target_version": 2, "rollback_id": only}, 400)
    for version in ("x", "1", "١", True, 1.5, 0, 2**31, [1]):
        refused({"target_version": version}, 400)
    for change_id in (1, True, ["1"], "x" * 41):
        refused({"rollback_id": change_id}, 400)
    assert refused({"rollback_id": "١"}) == "No change ١ in the history of this level"
    body(post(api, f"{SKEW}/rollback", {"target_version": 1.0}))


def test_a_rejected_rollback_names_its_reasons(api: APIClient, manager: User):
    author = Author(source=Source.API, user=manager)
    services.write("orderbook_skew", None, {"buy_threshold": 1.0}, author=author)
    services.write("orderbook_skew", None, {"buy_threshold": 2.0}, author=author)
    services.write("orderbook_skew", "BTCUSDT", {"sell_threshold": 1.0}, author=author)
    error = body(post(api, f"{SKEW}/rollback", {}), 409)["error"]
    assert error["details"]["errors"][0].startswith("BTCUSDT: sell_threshold < buy_threshold")
