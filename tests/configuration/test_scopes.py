"""What a token was made for is all that it may, and never more than its account may."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from configuration import services, token_uses
from configuration.models import Source, StrategyConfig
from configuration.scopes import SCOPES, in_words, within_rights
from configuration.service_accounts import new_service_account, new_token, set_rights
from configuration.services import Author
from login.models import TokenGrant
from tests.people import Caller

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("nobody_remembered")]
SKEW = "/strategies/orderbook_skew"
DAY = timedelta(days=1)
WHY = {"reason": "tests"}
ENDPOINTS = [
    ("GET", "/whoami", None, None),
    ("GET", "/strategies", None, "read"),
    ("GET", f"{SKEW}/audit", None, "read"),
    ("GET", "/config/events?symbol=BTCUSDT", None, "read"),
    ("POST", "/config/validate", {"strategy_id": "orderbook_skew", "parameters": {"top_levels": 7}}, "read"),
    ("POST", f"{SKEW}/config/BTCUSDT", {"parameters": {"top_levels": 7}}, "change"),
    ("POST", f"{SKEW}/config/NEWUSDT", {"parameters": {"top_levels": 7}}, "change"),
    ("DELETE", f"{SKEW}/config/BTCUSDT", None, "change"),
    ("POST", f"{SKEW}/rollback/BTCUSDT", {}, "change"),
    ("POST", f"{SKEW}/halt", WHY, "halt"),
    ("POST", f"{SKEW}/resume", WHY, "resume"),
    ("POST", f"{SKEW}/config", {"parameters": {"enabled": False}}, "halt"),
    ("POST", f"{SKEW}/config", {"parameters": {"enabled": True}}, "resume"),
]


@pytest.fixture(autouse=True)
def _something_to_change(nothing_set: None) -> None:
    for levels in (3, 4):
        author = Author(source=Source.COMMAND, name="setup")
        services.write("orderbook_skew", "BTCUSDT", {"top_levels": levels}, author=author)


def bearer(account: User, *scopes: str) -> Caller:
    _, secret = new_token(account, scopes, purpose="tests", made_by="ada", life=DAY)
    return Caller(Client(), {"Authorization": f"Token {secret}"})


@pytest.mark.parametrize("account", ["service account", "superuser"])
@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(
    ("method", "path", "body", "needs"), ENDPOINTS, ids=[f"{row[0]} {row[1]} {row[3]}" for row in ENDPOINTS]
)
def test_matrix(account: str, scope: str, method: str, path: str, body: Any, needs: str | None):
    owner = (
        new_service_account("bot", SCOPES)
        if account == "service account"
        else User.objects.create_superuser("root")
    )
    who, changes = bearer(owner, scope), StrategyConfig.history.count()
    answer = who(method, path, body)
    if needs in (None, scope):
        assert who.status < 400, answer
        return
    assert (who.status, answer["error"]["code"]) == (403, "PERMISSION_DENIED")
    assert answer["error"]["details"] == {"scope": needs}
    assert f"it takes the scope {needs} (" in answer["error"]["message"]
    assert StrategyConfig.history.count() == changes


def test_a_token_may_no_more_than_its_account(make_user: Callable[[str], User]):
    viewer = make_user("viewer")
    who = bearer(viewer, *SCOPES)
    who.get("/strategies")
    assert who.status == 200
    refused = who.post(f"{SKEW}/config/BTCUSDT", {"parameters": {"top_levels": 7}})["error"]
    assert who.status == 403
    assert refused["details"] == {"right": "change"}
    assert refused["message"] == (
        f"The account {viewer.username} may not do this (change configuration). An administrator can grant it."
    )
    assert [scope.name for scope in within_rights(viewer)] == ["metrics", "read", "alerts"]


def test_a_token_is_answered_with_whose_it_is_what_it_is_good_for_and_until_when(
    make_user: Callable[[str], User],
):
    bot = new_service_account("bot", ["read", "halt"])
    reported = bearer(bot, "read", "change").get("/whoami")["data"]
    assert (reported["account"], reported["scopes"]) == ("bot", ["read"])
    assert reported["expires_at"].endswith("Z")
    _, everything = AuthToken.objects.create(make_user("viewer"), expiry=None)
    reported = Caller(Client(), {"Authorization": f"Token {everything}"}).get("/whoami")["data"]
    assert (reported["scopes"], reported["expires_at"]) == (["metrics", "read", "alerts"], None)


def test_what_is_changed_with_a_token_stands_under_its_account():
    bot = new_service_account("bot", ["read", "change"])
    who = bearer(bot, "change")
    who.post(f"{SKEW}/config/BTCUSDT", {"parameters": {"top_levels": 7}})
    assert StrategyConfig.history.first().actor == "bot"


def test_a_token_without_scopes_may_what_its_account_may(make_user: Callable[[str], User]):
    manager = make_user("manager")
    _, plain = AuthToken.objects.create(manager)
    _, granted = new_token(manager, None, purpose="", made_by="", life=DAY)
    for secret in (plain, granted):
        who = Caller(Client(), {"Authorization": f"Token {secret}"})
        who.post(f"{SKEW}/config/BTCUSDT", {"parameters": {"top_levels": 7}})
        assert who.status == 200
    assert in_words(None) == "all its account may"


def test_where_the_market_is_for_people_who_are_known_a_token_reads_it_that_was_made_for_it(
    settings: Any, store: Any
):
    settings.METRICS_REQUIRE_LOGIN = True
    bot = new_service_account("bot", SCOPES)
    for scope in SCOPES:
        answer = Client().get("/api/v1/metrics/summary", headers=bearer(bot, scope).headers)
        if scope == "metrics":
            assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE  # there is no feed
        else:
            assert answer.status_code == HTTPStatus.FORBIDDEN
            refused = answer.json()["error"]
            assert (refused["code"], refused["details"]) == ("PERMISSION_DENIED", {"scope": "metrics"})
            assert "scope metrics" in refused["message"]


def test_a_service_account_is_no_staff_and_keeps_what_is_none_of_the_scopes():
    bot = new_service_account("bot", ["read", "halt"])
    assert not bot.is_staff
    assert not bot.has_usable_password()
    assert bot.get_all_permissions() == {"configuration.view_strategyconfig", "halts.halt_strategies"}
    set_rights(bot, ["read", "change"])
    assert {scope.name for scope in within_rights(User.objects.get(pk=bot.pk))} == {
        "metrics",
        "read",
        "change",
    }


def test_last_use_is_written_once_a_minute(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(token_uses, "uses", token_uses.Uses())
    uses, now = token_uses.Uses(), timezone.now()
    bot = new_service_account("bot", ["read"])
    token, _ = new_token(bot, ["read"], purpose="", made_by="", life=DAY)
    written = []
    for seconds in (0, 1, 59, 60, 61, 119, 121):
        token = AuthToken.objects.select_related("grant").get()
        uses.record(token, now + timedelta(seconds=seconds))
        used_at = TokenGrant.objects.get().used_at
        assert used_at
        written.append(round((used_at - now).total_seconds()))
    assert written == [0, 0, 0, 60, 60, 60, 121]


def test_last_use_of_a_token_from_before_there_were_grants_is_written_too(make_user: Callable[[str], User]):
    _, secret = AuthToken.objects.create(make_user("viewer"))
    Client().get("/api/v1/strategies", headers={"Authorization": f"Token {secret}"})
    grant = TokenGrant.objects.get()
    assert grant.scopes is None
    assert grant.used_at


def test_a_role_gives_a_service_account_what_it_gives_a_person():
    bot = User.objects.create_user("bot")
    bot.groups.add(Group.objects.get(name="Viewers"))
    who = bearer(bot, "read")
    who.get("/strategies")
    assert who.status == 200
