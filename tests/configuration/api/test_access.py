"""Who may do what: every address, each role, both credentials; and how often."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.cache import caches
from django.urls import get_resolver
from knox.models import AuthToken
from rest_framework.test import APIClient

from configuration import services
from configuration.api.urls import urlpatterns
from configuration.models import Source
from configuration.services import Author
from desk.api import urls as desk_urls
from halts.api.urls import LEVELS
from realtime.stack.servers import free_port
from tests.configuration.conftest import session_client, token_client

pytestmark = pytest.mark.django_db
SKEW = "/api/v1/strategies/orderbook_skew"
UPDATE = {"parameters": {"top_levels": 7}}
VALIDATION = {"strategy_id": "orderbook_skew", **UPDATE}

BATCH = "0b0f6a52-7a55-4c8f-9d0e-3c3d1a0f4a11"

READS: list[tuple[str, str, Any]] = [
    ("GET", "/api/v1/strategies", None),
    ("GET", f"{SKEW}/schema", None),
    ("GET", f"{SKEW}/defaults", None),
    ("GET", f"{SKEW}/config", None),
    ("GET", f"{SKEW}/config/BTCUSDT", None),
    ("GET", f"{SKEW}/audit", None),
    ("GET", f"{SKEW}/explain", None),
    ("GET", "/api/v1/config/events?symbol=BTCUSDT", None),
    ("GET", f"{SKEW}/explain/BTCUSDT", None),
    ("POST", "/api/v1/config/validate", VALIDATION),
    ("GET", f"/api/v1/batches/{BATCH}", None),
]
WRITES: list[tuple[str, str, Any]] = [
    ("POST", f"{SKEW}/config", UPDATE),
    ("POST", f"{SKEW}/config", UPDATE | {"validate_only": True}),
    ("POST", f"{SKEW}/config/BTCUSDT", UPDATE),
    ("POST", "/api/v1/strategies/cache/refresh", None),
    ("POST", f"{SKEW}/rollback", {}),
    ("POST", f"{SKEW}/rollback/BTCUSDT", {}),
    ("POST", f"{SKEW}/restore", {}),
    ("POST", f"{SKEW}/restore/BTCUSDT", {}),
    ("DELETE", f"{SKEW}/config/BTCUSDT", None),
    ("DELETE", f"{SKEW}/config", None),
    ("POST", f"/api/v1/batches/{BATCH}/revert", {}),
]
ROLES = {"stranger": (403, 403), "viewer": (200, 403), "manager": (200, 200), "administrator": (200, 200)}


@pytest.fixture
def _something_to_work_on(db: None) -> None:
    """Two versions of both levels, so that every write has something to do."""
    author = Author(source=Source.COMMAND, name="tests")
    for symbol in (None, "BTCUSDT"):
        for levels in (3, 4):
            services.write("orderbook_skew", symbol, {"top_levels": levels}, author=author)
    of_a_batch = replace(author, batch=UUID(BATCH))
    services.write("ticker_velocity", None, {"volume_confirmation": False}, author=of_a_batch)


def ask(api: APIClient, method: str, path: str, payload: Any, **extra: Any) -> Any:
    return api.generic(
        method, path, "" if payload is None else json.dumps(payload), "application/json", **extra
    )


@pytest.mark.usefixtures("_something_to_work_on")
@pytest.mark.parametrize("credential", [token_client, session_client], ids=["token", "session"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path", "payload"), READS + WRITES)
def test_matrix(
    make_user: Callable[[str], User], credential, role: str, method: str, path: str, payload: Any
):
    response = ask(credential(make_user(role)), method, path, payload)
    expected = ROLES[role][(method, path, payload) in WRITES]
    assert response.status_code == expected, response.content
    if expected == 403:
        assert json.loads(response.content)["error"]["code"] == "PERMISSION_DENIED"


@pytest.mark.parametrize(("method", "path", "payload"), READS + WRITES)
@pytest.mark.parametrize("header", [None, "Token nope", "Token", "Token a b", "Token \xff\xfe", "Bearer x"])
def test_without_valid_credentials(method: str, path: str, payload: Any, header: str | None):
    api = APIClient()
    if header:
        api.credentials(HTTP_AUTHORIZATION=header)
    response = ask(api, method, path, payload)
    assert response.status_code == 401
    assert json.loads(response.content)["error"]["code"] == "NOT_AUTHENTICATED"
    assert response["WWW-Authenticate"] == "Token"


def test_the_matrix_knows_every_address():
    asked = {get_resolver().resolve(path.partition("?")[0]).url_name for _, path, _ in READS + WRITES}
    assert asked | {"whoami"} == {pattern.name for pattern in [*urlpatterns, *LEVELS, *desk_urls.urlpatterns]}


@pytest.mark.usefixtures("_something_to_work_on")
def test_creating_needs_add_and_updating_needs_change(make_user: Callable[[str], User]):
    user = make_user("viewer")
    api = token_client(user)
    user.user_permissions.add(Permission.objects.get(codename="add_strategyconfig"))
    assert ask(api, "POST", f"{SKEW}/config", UPDATE).status_code == 403
    assert ask(api, "POST", f"{SKEW}/config/NEWUSDT", UPDATE).status_code == 200
    user.user_permissions.set(Permission.objects.filter(codename="change_strategyconfig"))
    assert ask(api, "POST", f"{SKEW}/config", UPDATE).status_code == 200
    assert ask(api, "POST", f"{SKEW}/config/NEWERUSDT", UPDATE).status_code == 403


def test_the_groups_of_the_migration():
    def verbs(name: str, label: str = "configuration") -> set[str]:
        granted = Group.objects.get(name=name).permissions.filter(content_type__app_label=label)
        return set(granted.values_list("codename", flat=True))

    assert verbs("Viewers") == {"view_strategyconfig", "view_historicalstrategyconfig"}
    everything = {f"{verb}_strategyconfig" for verb in ("view", "add", "change", "delete")}
    assert verbs("Risk managers") == verbs("Administrators") == everything | {"view_historicalstrategyconfig"}
    assert "add_user" in verbs("Administrators", "auth")
    assert "delete_authtoken" in verbs("Administrators", "knox")
    assert not verbs("Risk managers", "auth")
    assert not verbs("Risk managers", "knox")


def test_a_session_needs_the_token_against_forgery(manager: User):
    api = APIClient(enforce_csrf_checks=True)
    api.force_login(manager)
    response = ask(api, "POST", f"{SKEW}/config", UPDATE)
    assert response.status_code == 403
    assert json.loads(response.content)["error"]["code"] == "PERMISSION_DENIED"
    assert ask(api, "GET", f"{SKEW}/config", None).status_code == 200


def test_expired_and_revoked_tokens(manager: User):
    expired = AuthToken.objects.create(manager, expiry=timedelta(seconds=-1))[1]
    row, revoked = AuthToken.objects.create(manager)
    row.delete()
    for token in (expired, revoked):
        api = APIClient()
        api.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        assert api.get("/api/v1/strategies").status_code == 401


def test_expired_tokens_stay_in_the_list_whoever_asks(manager: User):
    expired = AuthToken.objects.create(manager, expiry=timedelta(seconds=-1))[0]
    assert token_client(manager).get("/api/v1/strategies").status_code == 200
    assert AuthToken.objects.filter(pk=expired.pk).exists()


def test_an_inactive_account(manager: User):
    api = token_client(manager)
    manager.is_active = False
    manager.save()
    assert api.get("/api/v1/strategies").status_code == 401


def test_too_many_writes_learn_when_to_come_back(manager: User, settings):
    settings.CONFIG_WRITE_RATE = "2/min"
    caches["writes"].delete(f"throttle_configuration_write_{manager.pk}")
    api = token_client(manager)
    statuses = [ask(api, "POST", f"{SKEW}/config", UPDATE).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    response = ask(api, "POST", f"{SKEW}/config", UPDATE)
    assert 0 < int(response["Retry-After"]) <= 60
    assert json.loads(response.content)["error"]["code"] == "THROTTLED"
    assert api.get(f"{SKEW}/config").status_code == 200
    caches["writes"].delete(f"throttle_configuration_write_{manager.pk}")


def test_writes_do_not_need_the_cache(manager: User, settings, caplog: pytest.LogCaptureFixture):
    settings.CACHES = {
        "writes": settings.CACHES["writes"] | {"LOCATION": f"redis://127.0.0.1:{free_port()}/0"}
    }
    assert ask(token_client(manager), "POST", f"{SKEW}/config", UPDATE).status_code == 200
    assert "configuration.throttle_unavailable" in caplog.text


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*", "nonsense"])
def test_answers_are_json_whatever_is_asked_for(manager: User, accept: str):
    response = token_client(manager).get(f"{SKEW}/config", headers={"Accept": accept})
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"


def test_an_unknown_method(manager: User):
    response = token_client(manager).put(f"{SKEW}/config", {}, format="json")
    assert response.status_code == 405
    assert json.loads(response.content)["error"]["code"] == "METHOD_NOT_ALLOWED"
