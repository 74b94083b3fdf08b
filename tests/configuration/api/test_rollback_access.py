"""What a rollback and a dry run may do, and what they answer."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

from configuration import services
from configuration.models import Source, StrategyConfig
from configuration.services import Author
from tests.configuration.conftest import token_client

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SKEW = "/api/v1/strategies/orderbook_skew"
SETUP = Author(source=Source.COMMAND, name="setup")


@pytest.fixture
def _history() -> None:
    """Version 1 set something, version 2 changed it, version 3 deleted the level."""
    for levels in (3, 4):
        services.write("orderbook_skew", "BTCUSDT", {"top_levels": levels}, author=SETUP)
    services.delete("orderbook_skew", "BTCUSDT", author=SETUP)


@pytest.mark.usefixtures("_history")
def test_a_rollback_needs_the_permission_of_what_it_does(make_user: Callable[[str], User]):
    user = make_user("viewer")
    api = token_client(user)

    def roll_back(version: int, *verbs: str) -> Any:
        codenames = [f"{verb}_strategyconfig" for verb in ("view", *verbs)]
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        return api.post(f"{SKEW}/rollback/BTCUSDT", {"target_version": version}, format="json").status_code

    assert [roll_back(2, verb) for verb in ("change", "delete", "add")] == [403, 403, 200]  # creates
    assert [roll_back(1, verb) for verb in ("add", "delete", "change")] == [403, 403, 200]  # updates
    assert [roll_back(3, verb) for verb in ("add", "change", "delete")] == [403, 403, 200]  # deletes
    assert not StrategyConfig.objects.exists()


@pytest.mark.usefixtures("_history")
def test_the_answer_names_the_version_that_was_asked_for(api: APIClient):
    for asked, action in ((1, "rolled_back"), (4, "unchanged"), (1, "unchanged")):
        response = api.post(f"{SKEW}/rollback/BTCUSDT", {"target_version": asked}, format="json").json()
        assert response["metadata"] == {"action": action, "restored_version": asked}
        assert response["data"]["version"] == 4
        assert response["data"]["overrides"] == {"top_levels": 3}


def test_a_dry_run_heeds_if_match_as_the_write_does(api: APIClient):
    services.write("orderbook_skew", None, {"top_levels": 3}, author=SETUP)
    for validate_only in (True, False):
        body = {"parameters": {"top_levels": 4}, "validate_only": validate_only}
        stale = api.post(f"{SKEW}/config", body, format="json", headers={"If-Match": '"own:7"'})
        assert (stale.status_code, stale.json()["error"]["code"]) == (412, "PRECONDITION_FAILED")
        fresh = api.post(f"{SKEW}/config", body, format="json", headers={"If-Match": '"own:1"'})
        assert fresh.status_code == 200
