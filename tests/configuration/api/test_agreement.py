"""The three addresses that judge a change agree about any edit."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from configuration import services
from configuration.exceptions import ValidationFailed
from configuration.models import Source
from configuration.services import Author
from tests.configuration.conftest import token_client
from tests.configuration.edits import SYMBOLS, addresses, edits, overrides, specs

pytestmark = [pytest.mark.database, pytest.mark.django_db]
AUTHOR = Author(source=Source.COMMAND, name="tests")
EDITS = 12  # tried one at a time on each settled strategy


def settle(data: st.DataObject, spec: Any) -> None:
    """Set some levels first, as far as they pass."""
    for symbol in (None, *SYMBOLS[:2]):
        try:
            services.write(spec.strategy_id, symbol, data.draw(overrides(spec)), author=AUTHOR, replace=True)
        except ValidationFailed:
            continue


def attempts(spec: Any) -> st.SearchStrategy[list[tuple[str | None, dict[str, Any], bool]]]:
    attempt = st.tuples(addresses, edits(spec), st.booleans()).filter(lambda sent: sent[1] or sent[2])
    return st.lists(attempt, min_size=EDITS, max_size=EDITS)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), specs)
def test_three_addresses_of_the_api(manager: User, data: st.DataObject, spec: Any):
    api = token_client(manager)
    with transaction.atomic():
        settle(data, spec)
        for symbol, edit, replace in data.draw(attempts(spec)):
            with transaction.atomic():
                addresses_agree(api, spec.strategy_id, symbol, {"parameters": edit, "replace": replace})
                transaction.set_rollback(True)
        transaction.set_rollback(True)


def addresses_agree(api: APIClient, strategy_id: str, symbol: str | None, sent: dict[str, Any]) -> None:
    path = f"/api/v1/strategies/{strategy_id}/config" + (f"/{symbol}" if symbol else "")
    validated = ask(api, "/api/v1/config/validate", sent | {"strategy_id": strategy_id, "symbol": symbol})
    dry = ask(api, path, sent | {"validate_only": True})
    wet = ask(api, path, sent)
    assert validated["data"]["validation_passed"] == dry["success"] == wet["success"]
    if wet["success"]:
        assert validated["data"]["preview"] == dry["data"]
        for key in ("parameters", "overrides", "provenance", "hash"):
            assert dry["data"][key] == wet["data"][key]
    else:
        messages = [error["message"] for error in validated["data"]["errors"]]
        assert messages == dry["error"]["details"]["errors"] == wet["error"]["details"]["errors"]


def ask(api: APIClient, path: str, payload: Any) -> dict[str, Any]:
    response = api.post(path, json.dumps(payload), content_type="application/json")
    answer: dict[str, Any] = json.loads(response.content)
    return answer
