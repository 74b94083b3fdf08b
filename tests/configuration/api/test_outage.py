"""The API while the database is away."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from knox.models import AuthToken
from rest_framework.test import APIClient

from configuration import services
from configuration.api import authentication
from configuration.models import Source, StrategyConfig
from configuration.reading import reader
from configuration.services import Author
from tests.configuration.conftest import session_client, token_client
from tests.configuration.outage import database_away

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
SKEW = "/api/v1/strategies/orderbook_skew"
READS = [
    f"{SKEW}/config",
    f"{SKEW}/config/BTCUSDT",
    f"{SKEW}/explain",
    f"{SKEW}/schema",
    "/api/v1/strategies",
]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    authentication.memory._known.clear()


def error_of(response: Any) -> str:
    assert response.status_code == 503, response.content
    assert "Warning" not in response.headers
    return str(json.loads(response.content)["error"]["code"])


def message_of(response: Any) -> str:
    assert error_of(response) == "STORE_UNAVAILABLE"
    return str(json.loads(response.content)["error"]["message"])


@pytest.mark.parametrize("credential", [token_client, session_client], ids=["token", "session"])
def test_known_people_read_the_last_known_good_and_write_nothing(manager: User, credential):
    api: APIClient = credential(manager)
    services.write("orderbook_skew", None, {"top_levels": 9}, author=Author(source=Source.API, user=manager))
    for path in READS:
        assert "Warning" not in api.get(path).headers

    with database_away():
        for path in READS:
            response = api.get(path)
            assert response.status_code == 200, response.content
            assert "last known good" in response["Warning"]
        assert json.loads(api.get(f"{SKEW}/config").content)["data"]["parameters"]["top_levels"] == 9
        assert error_of(api.get(f"{SKEW}/audit")) == "STORE_UNAVAILABLE"
        for response in (
            api.post(f"{SKEW}/config", {"parameters": {"top_levels": 3}}, format="json"),
            api.delete(f"{SKEW}/config"),
            api.post(f"{SKEW}/rollback", {}, format="json"),
            api.post("/api/v1/strategies/cache/refresh"),
        ):
            assert error_of(response) == "STORE_UNAVAILABLE"
    reader.forget()
    assert json.loads(api.get(f"{SKEW}/config").content)["data"]["version"] == 1


def test_what_is_not_available_is_reported_of_a_read_and_of_a_write(manager: User):
    api = token_client(manager)
    api.get(f"{SKEW}/config")
    with database_away():
        for read in (f"{SKEW}/audit", f"{SKEW}/audit?symbol=*"):
            assert message_of(api.get(read)) == (
                "The configuration store is not available and cannot be read at the moment"
            )
        for write in (
            api.post(f"{SKEW}/config", {"parameters": {}}, format="json"),
            api.delete(f"{SKEW}/config"),
        ):
            assert message_of(write) == "The configuration store is not available; nothing was changed"


@pytest.mark.parametrize("credential", [token_client, session_client], ids=["token", "session"])
def test_known_people_may_have_a_change_judged_by_the_last_known_good(manager: User, credential):
    api: APIClient = credential(manager)
    services.write("orderbook_skew", None, {"top_levels": 9}, author=Author(source=Source.API, user=manager))
    api.get(f"{SKEW}/config")
    change = {"parameters": {"buy_threshold": 1.5}}
    preview = change | {"validate_only": True}
    judged = {"strategy_id": "orderbook_skew", **change}
    with database_away():
        for response, config in (
            (api.post("/api/v1/config/validate", judged, format="json"), lambda data: data["preview"]),
            (api.post(f"{SKEW}/config", preview, format="json"), lambda data: data),
            (api.post(f"{SKEW}/config/BTCUSDT", preview, format="json"), lambda data: data),
        ):
            assert response.status_code == 200, response.content
            assert "last known good" in response["Warning"]
            parameters = config(json.loads(response.content)["data"])["parameters"]
            assert (parameters["top_levels"], parameters["buy_threshold"]) == (9, 1.5)
        wrong = {"parameters": {"top_levels": 0}, "validate_only": True}
        assert api.post(f"{SKEW}/config", wrong, format="json").status_code == 400
        for not_true in (False, "yes"):
            response = api.post(f"{SKEW}/config", change | {"validate_only": not_true}, format="json")
            assert message_of(response).endswith("nothing was changed")
    assert StrategyConfig.history.count() == 1


def test_whoever_was_not_seen_has_nothing_judged(manager: User):
    api = token_client(manager)
    with database_away():
        body = {"strategy_id": "orderbook_skew", "parameters": {}}
        assert message_of(api.post("/api/v1/config/validate", body, format="json")) == (
            "The configuration store is not available and cannot be read at the moment"
        )


def test_whoever_was_not_seen_before_is_not_let_in(manager: User):
    api = token_client(manager)
    with database_away():
        assert error_of(api.get(f"{SKEW}/config")) == "STORE_UNAVAILABLE"


def test_a_credential_is_remembered_for_a_while_only(manager: User):
    now = 0.0
    memory = authentication.Memory(lambda: now)
    memory.remember("Token x", (manager, None))
    now = authentication.REMEMBERED_SECONDS - 1
    assert memory.recall("Token x") == (manager, None)
    now += 2
    assert memory.recall("Token x") is None
    assert memory.recall("Token y") is None


def test_a_refused_credential_is_forgotten(manager: User):
    api = token_client(manager)
    assert api.get(f"{SKEW}/config").status_code == 200
    AuthToken.objects.filter(user=manager).delete()
    assert api.get(f"{SKEW}/config").status_code == 401
    with database_away():
        assert error_of(api.get(f"{SKEW}/config")) == "STORE_UNAVAILABLE"
