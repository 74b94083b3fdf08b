"""Who may do what: every page of the configuration, each group; and that nothing else writes."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import NoReverseMatch, reverse

from configuration import services
from configuration.models import StrategyConfig
from configuration.services import Author, Source
from desk import urls
from tests.configuration.written import made
from tests.desk.conftest import SKEW, SignIn, address, send, text_of

pytestmark = pytest.mark.django_db

READERS = {"Viewers", "Risk managers", "Administrators"}
WRITERS = {"Risk managers", "Administrators"}
BATCH = "0b0f6a52-7a55-4c8f-9d0e-3c3d1a0f4a11"
EVERYBODY = [*sorted(READERS), "Nobody's"]


@pytest.fixture
def newest(db: None) -> int:
    """Two versions of both levels; the id of the newest change, of BTCUSDT."""
    author = Author(source=Source.COMMAND, name="tests", reason="to work on")
    for symbol in (None, "BTCUSDT"):
        for levels in (3, 4):
            batch = UUID(BATCH) if (symbol, levels) == ("BTCUSDT", 4) else None
            by = replace(author, batch=batch)
            written = services.write(SKEW, symbol, {"top_levels": levels}, author=by)
    return int(made(written).history_id)


READS: dict[str, Callable[[int], str]] = {
    "strategies": lambda _: "/admin/strategies/",
    "strategy": lambda _: f"/admin/strategies/{SKEW}/",
    "global": lambda _: address(),
    "symbol": lambda _: address("BTCUSDT"),
    "history": lambda _: "/admin/history/",
    "history-csv": lambda _: "/admin/history/export.csv",
}
DEEDS: dict[str, Callable[[int], tuple[str, dict[str, Any]]]] = {
    "global": lambda _: (address(), {"_opened": "own:2", "top_levels": "9"}),
    "symbol": lambda _: (address("BTCUSDT"), {"_opened": "own:2", "top_levels": "9"}),
    "symbol, new": lambda _: (address("ETHUSDT"), {"_opened": "own:0", "top_levels": "9"}),
    "remove-global": lambda _: (address(None, "remove/"), {"opened-global": "own:2"}),
    "remove-symbol": lambda _: (address("BTCUSDT", "remove/"), {"opened-BTCUSDT": "own:2"}),
    "copy": lambda _: (address("BTCUSDT", "copy/"), {"symbols": "ETHUSDT", "opened-ETHUSDT": "own:0"}),
    "revert-batch": lambda _: (f"/admin/history/batches/{BATCH}/revert/", {}),
    "revert": lambda newest: (f"/admin/history/{newest}/revert/", {"opened-BTCUSDT": "own:2"}),
}
HALTS = {"halt", "resume"}  # see test_halting.py
WAYS = {"open-override": f"/admin/strategies/{SKEW}/override/?symbol=ETHUSDT"}


def test_the_matrix_has_every_page():
    named = {pattern.name for pattern in urls.urlpatterns}
    assert named == {*READS, *(deed.split(",")[0] for deed in DEEDS), *WAYS, *HALTS}


@pytest.mark.parametrize("group", EVERYBODY)
@pytest.mark.parametrize("name", READS)
def test_reading(sign_in: SignIn, newest: int, group: str, name: str):
    status = sign_in(group).get(READS[name](newest)).status_code
    assert status == (200 if group in READERS else 403)


@pytest.mark.parametrize("group", EVERYBODY)
@pytest.mark.parametrize("name", DEEDS)
def test_writing_leaves_one_audit_row_or_is_refused(sign_in: SignIn, newest: int, group: str, name: str):
    client, before = sign_in(group), StrategyConfig.history.count()
    where, fields = DEEDS[name](newest)
    response = client.post(where, {"_step": "save", "_reason": "because", **fields})
    written = StrategyConfig.history.count() - before
    if group not in WRITERS:
        assert (response.status_code, written) == (403, 0)
        return
    assert (response.status_code, written) == (302, 1)
    change = StrategyConfig.history.order_by("-history_id").first()
    assert change.actor == group.lower().replace(" ", "-")
    assert change.source == (Source.ROLLBACK if name.startswith("revert") else Source.ADMIN)
    origin = "Copied from BTCUSDT: " if name.startswith("copy") else ""
    assert change.history_change_reason == f"{origin}because"


@pytest.mark.parametrize("group", EVERYBODY)
@pytest.mark.parametrize("name", ["remove-global", "remove-symbol", "copy", "revert"])
def test_pages_that_only_lead_to_a_change(sign_in: SignIn, newest: int, group: str, name: str):
    where, _ = DEEDS[name](newest)
    assert sign_in(group).get(where).status_code == (200 if group in WRITERS else 403)


@pytest.mark.parametrize("group", EVERYBODY)
def test_the_way_to_a_new_override(sign_in: SignIn, newest: int, group: str):
    response = sign_in(group).get(WAYS["open-override"])
    assert response.status_code == (302 if group in WRITERS else 403)
    if group in WRITERS:
        assert response["Location"] == address("ETHUSDT")


@pytest.mark.parametrize("is_staff", [None, False], ids=["nobody", "not staff"])
def test_without_the_admin_everything_leads_to_the_log_in(newest: int, is_staff: bool | None):
    client = Client()
    if is_staff is not None:
        client.force_login(
            User.objects.create_user("guest", is_staff=is_staff), "django.contrib.auth.backends.ModelBackend"
        )
    before = StrategyConfig.history.count()
    pages = [where(newest) for where in READS.values()] + list(WAYS.values())
    for where in pages:
        response = client.get(where)
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")
    for deed in DEEDS.values():
        where, fields = deed(newest)
        assert client.post(where, fields).status_code == 302
    assert StrategyConfig.history.count() == before


@pytest.mark.parametrize("group", EVERYBODY)
def test_the_menu_follows_permissions(sign_in: SignIn, group: str):
    page = sign_in(group).get("/admin/").content.decode()
    menu = page.partition('<nav aria-label="Main">')[2].partition("</nav>")[0]
    shown = set(re.findall(r">([^<]+)</a>", menu))
    expected = {"Markets", "Signals", "Home", "API", "API tokens"}
    expected |= {"Strategies", "History", "Alerts"} if group in READERS else set()
    expected |= {"People", "Roles", "Refused log-ins"} if group == "Administrators" else set()
    assert shown == expected


@pytest.mark.parametrize("group", ["Viewers", "Nobody's"])
def test_nothing_to_press_for_those_who_may_not(sign_in: SignIn, newest: int, group: str):
    client = sign_in(group)
    for where in READS.values():
        page = client.get(where(newest)).content.decode()
        content = page.partition('id="content"')[2]
        assert 'method="post"' not in content
        for word in ("Save", "Override</button>", "Revert", "Restore", "Copy", "Remove", "Edit"):
            assert word not in content, word


def test_a_csrf_token_is_demanded(rita: Client):
    client = Client(enforce_csrf_checks=True)
    client.cookies = rita.cookies
    assert send(client, None, {"top_levels": "9"}).status_code == 403
    assert not StrategyConfig.history.exists()


def test_no_generic_admin_can_touch_configuration_or_its_history():
    registered = {model._meta.label for model in admin.site._registry}
    for model in apps.get_app_config("configuration").get_models():
        assert model._meta.label not in registered
        for action in ("changelist", "add", "change", "delete", "history"):
            with pytest.raises(NoReverseMatch):
                reverse(f"admin:configuration_{model._meta.model_name}_{action}", args=[])


@pytest.mark.parametrize("group", EVERYBODY)
def test_nobody_is_granted_a_change_of_the_history(sign_in: SignIn, group: str):
    sign_in(group)
    user = User.objects.get()
    assert not any(
        "historical" in permission and not permission.startswith("configuration.view_")
        for permission in user.get_all_permissions()
    )


@pytest.mark.parametrize(
    ("method", "page"),
    [(method, page) for method in ("put", "patch", "delete") for page in ("history/", "strategies/")],
)
def test_other_methods_change_nothing(rita: Client, newest: int, method: str, page: str):
    before = list(StrategyConfig.history.values_list("pk", "version", "parameters"))
    getattr(rita, method)(f"/admin/{page}")
    rita.post(f"/admin/{page}", {"action": "delete_selected", "_selected_action": [newest]})
    assert list(StrategyConfig.history.values_list("pk", "version", "parameters")) == before


def test_a_risk_manager_may_not_manage_accounts(rita: Client):
    for where in ("auth/user/", "auth/group/", "login/passwordcount/"):
        assert rita.get(f"/admin/{where}").status_code == 403


def test_refusals_are_reported_in_the_admin(sign_in: SignIn):
    response = sign_in("Nobody's").get("/admin/strategies/")
    assert (
        "You may not read configuration and its history. Ask an administrator for a role that may."
        in text_of(response)
    )


def test_taking_the_last_value_away_needs_the_right_to_remove(sign_in: SignIn, newest: int):
    """Somebody who may change but not delete."""
    group = Group.objects.get(name="Risk managers")
    group.permissions.remove(group.permissions.get(codename="delete_strategyconfig"))
    assert send(sign_in("Risk managers"), "BTCUSDT", {"top_levels": ""}).status_code == 403
    assert StrategyConfig.objects.filter(symbol="BTCUSDT").exists()
