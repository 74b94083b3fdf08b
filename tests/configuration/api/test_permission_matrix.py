"""Who may do what: every endpoint, by session and by token, for every role."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from configuration import services
from configuration.api.urls import urlpatterns
from configuration.models import Source, StrategyConfig
from configuration.services import Author
from desk.api import urls as desk_urls
from halts.api.urls import LEVELS

pytestmark = pytest.mark.django_db
SKEW = "/strategies/orderbook_skew"
UPDATE = {"parameters": {"top_levels": 7}}
SETUP = Author(source=Source.COMMAND, name="setup")

BATCH = "BATCH-ID"  # in its place stands the id of what `_something_to_change` makes

# method, path, body, what the permission is called, status for those who may
ENDPOINTS = [
    ("GET", "/whoami", None, "be known"),
    ("GET", "/strategies", None, "view"),
    ("GET", f"{SKEW}/schema", None, "view"),
    ("GET", f"{SKEW}/defaults", None, "view"),
    ("GET", f"{SKEW}/config", None, "view"),
    ("GET", f"{SKEW}/config/BTCUSDT", None, "view"),
    ("GET", f"{SKEW}/audit", None, "view"),
    ("GET", f"{SKEW}/explain", None, "view"),
    ("GET", f"{SKEW}/explain/BTCUSDT", None, "view"),
    ("POST", "/config/validate", {"strategy_id": "orderbook_skew", **UPDATE}, "view"),
    ("GET", "/config/events?symbol=BTCUSDT", None, "view"),
    ("POST", f"{SKEW}/config", UPDATE, "change"),
    ("POST", f"{SKEW}/config/BTCUSDT", UPDATE, "change"),
    ("POST", f"{SKEW}/config/NEWUSDT", UPDATE, "add"),
    ("POST", f"{SKEW}/config/NEWUSDT", {**UPDATE, "validate_only": True}, "add"),
    ("DELETE", f"{SKEW}/config", None, "delete"),
    ("DELETE", f"{SKEW}/config/BTCUSDT", None, "delete"),
    ("POST", f"{SKEW}/rollback", {}, "change"),
    ("POST", f"{SKEW}/rollback/BTCUSDT", {}, "change"),
    ("POST", f"{SKEW}/rollback?symbol=BTCUSDT", {}, "change"),
    ("POST", f"{SKEW}/restore", {}, "change"),
    ("POST", f"{SKEW}/restore/BTCUSDT", {}, "change"),
    ("GET", f"/batches/{BATCH}", None, "view"),
    ("POST", f"/batches/{BATCH}/revert", {}, "delete"),
    ("POST", "/strategies/cache/refresh", None, "change"),
]
MAY = {
    None: set(),
    "stranger": {"be known"},
    "viewer": {"be known", "view"},
    "manager": {"be known", "view", "add", "change", "delete"},
    "administrator": {"be known", "view", "add", "change", "delete"},
}


@pytest.fixture(autouse=True)
def _something_to_change():
    for symbol in (None, "BTCUSDT"):
        for levels in (3, 4):
            services.write("orderbook_skew", symbol, {"top_levels": levels}, author=SETUP)
    two: dict[str | None, dict[str, Any]] = {"SOLUSDT": {"top_levels": 5}, "ADAUSDT": {"top_levels": 5}}
    services.write_levels({"orderbook_skew": two}, author=SETUP)


def addressed(path: str) -> str:
    """The path with the id of the batch there is."""
    [batch] = StrategyConfig.history.exclude(batch=None).order_by().values_list("batch", flat=True).distinct()
    return path.replace(BATCH, str(batch))


@pytest.mark.parametrize("by", ["token", "session"])
@pytest.mark.parametrize("role", MAY)
@pytest.mark.parametrize(
    ("method", "path", "body", "needs"), ENDPOINTS, ids=[f"{row[0]} {row[1]} {row[3]}" for row in ENDPOINTS]
)
def test_matrix(caller, role, by, method, path, body, needs):
    changes = StrategyConfig.history.count()
    who = caller(role, by)
    answer = who(method, addressed(path), body)
    if role is None:
        assert (who.status, answer["error"]["code"]) == (401, "NOT_AUTHENTICATED")
        assert who.response["WWW-Authenticate"] == "Token"
    elif needs not in MAY[role]:
        assert (who.status, answer["error"]["code"]) == (403, "PERMISSION_DENIED")
        assert answer["error"]["details"] == {"right": "read" if needs == "view" else "change"}
    else:
        assert who.status == 200, answer
        return
    assert StrategyConfig.history.count() == changes


def test_the_matrix_covers_every_address():
    def answers(view: Any, method: str) -> bool:
        return hasattr(view.cls, method.lower())

    def shape(path: str) -> str:
        path = path.partition("?")[0].lstrip("/")
        for name, sample in (("strategy_id", "orderbook_skew"), ("symbol", "BTCUSDT"), ("symbol", "NEWUSDT")):
            path = path.replace(sample, f"<str:{name}>")
        return path.replace(BATCH, "<str:batch>")

    covered = {(method, shape(path)) for method, path, *_ in ENDPOINTS}
    declared = {
        (method, str(entry.pattern))
        for entry in [*urlpatterns, *LEVELS, *desk_urls.urlpatterns]
        for method in ("GET", "POST", "DELETE")
        if answers(entry.callback, method)
    }
    assert declared == covered


WRITES = [row for row in ENDPOINTS if row[3] not in ("view", "be known")]


@pytest.fixture
def holder(caller):
    """A caller with the permissions named, and no other."""

    def make(*verbs: str):
        user = User.objects.create_user("holder")
        codenames = [f"{verb}_strategyconfig" for verb in verbs]
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        _, token = AuthToken.objects.create(user)
        who = caller(None)
        who.headers = {"Authorization": f"Token {token}"}
        return who

    return make


@pytest.mark.parametrize("verb", ["view", "add", "change", "delete"])
@pytest.mark.parametrize(
    ("method", "path", "body", "needs"), WRITES, ids=[f"{row[0]} {row[1]} {row[3]}" for row in WRITES]
)
def test_one_permission_does_not_bring_another(holder, verb, method, path, body, needs):
    who = holder("view", verb)
    answer = who(method, addressed(path), body)
    assert who.status == (200 if needs == verb else 403), answer


def test_a_rollback_needs_the_permission_of_what_it_does(holder):
    services.delete("orderbook_skew", "BTCUSDT", author=SETUP)
    undo_deletion, redo_deletion = {"target_version": 2}, {"target_version": 3}
    who, path = holder("view", "change"), f"{SKEW}/rollback/BTCUSDT"
    user = User.objects.get(username="holder")

    def grant(*verbs: str) -> None:
        codenames = [f"{verb}_strategyconfig" for verb in verbs]
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))

    who.post(path, undo_deletion)
    assert who.status == 403
    grant("view", "add")
    assert who.post(path, undo_deletion)["metadata"]["restored_version"] == 2
    who.post(path, redo_deletion)
    assert who.status == 403
    grant("view", "delete")
    who.post(path, redo_deletion)
    assert who.status == 200
    assert not StrategyConfig.objects.filter(symbol="BTCUSDT").exists()


def test_a_session_needs_the_csrf_token(make_user):
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("manager"), backend="django.contrib.auth.backends.ModelBackend")
    path = f"/api/v1{SKEW}/config"
    refused = client.post(path, UPDATE, content_type="application/json")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "PERMISSION_DENIED")

    client.cookies["csrftoken"] = token = "a" * 32
    accepted = client.post(path, UPDATE, content_type="application/json", headers={"X-CSRFToken": token})
    assert accepted.status_code == 200


@pytest.mark.parametrize(
    "header", ["Token nonsense", "Token", "Token a b", "Bearer abc", "Basic YTpi", "Token \xff"]
)
def test_a_wrong_credential_is_no_credential(caller, header: str):
    who = caller(None)
    answer = who.get("/strategies", Authorization=header)
    assert (who.status, answer["error"]["code"]) == (401, "NOT_AUTHENTICATED")


def test_an_expired_or_revoked_token_and_a_disabled_account_are_refused(make_user, caller):
    user = make_user("manager")
    instance, token = AuthToken.objects.create(user)
    who = caller(None)

    def status() -> int:
        who.get("/strategies", Authorization=f"Token {token}")
        return who.status

    assert status() == 200
    User.objects.update(is_active=False)
    assert status() == 401
    User.objects.update(is_active=True)
    assert status() == 200
    AuthToken.objects.update(expiry=timezone.now())
    assert status() == 401
    instance, token = AuthToken.objects.create(user)
    assert status() == 200
    instance.delete()
    assert status() == 401


def test_a_token_is_not_kept_in_the_clear(make_user):
    instance, token = AuthToken.objects.create(make_user("manager"))
    stored = {str(value) for value in AuthToken.objects.values_list()[0]}
    assert not any(token in value for value in stored)
    assert token[:15] == instance.token_key
