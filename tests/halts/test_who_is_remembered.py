"""Who may halt over REST and in the admin while the database is away: whoever it knew here in the last hours."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from rest_framework.test import APIClient

from configuration.api import authentication
from halts.emergency_file import emergency_file
from tests.configuration.conftest import token_client
from tests.configuration.outage import database_away, database_ill
from tests.factories import Clock

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
HALT = "/api/v1/strategies/halt"
WHY = {"reason": "all is away"}
HOURS = 3600.0


@pytest.fixture(autouse=True)
def _own_file(settings: Any, tmp_path: Any, nobody_remembered: None) -> None:
    settings.STATE_DIR = tmp_path


@pytest.fixture
def time_passes(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(authentication.memory, "_clock", clock)
    return clock


def issued() -> list[str]:
    file = emergency_file()
    file.refresh()
    return [f"{record.actor}: {record.reason}" for record in file.records]


@pytest.mark.parametrize("trouble", [database_away, database_ill])
def test_a_token_that_was_known_today_halts(
    make_user: Callable[[str], User], time_passes: Clock, trouble: Callable[[], Any]
):
    client = token_client(make_user("manager"))
    client.get("/api/v1/strategies")
    time_passes.advance(11 * HOURS)
    with trouble():
        answer = client.post(HALT, WHY, format="json")
        assert client.post("/api/v1/strategies/resume", WHY, format="json").status_code == 503
    assert answer.status_code == 202
    assert answer.json()["metadata"]["ways"] == ["file", "NATS"]
    assert answer.json()["data"]["state"] == "HALTED"
    assert issued() == ["manager: all is away"]


def test_a_token_that_was_last_seen_yesterday_does_not(make_user: Callable[[str], User], time_passes: Clock):
    client = token_client(make_user("manager"))
    client.get("/api/v1/strategies")
    time_passes.advance(13 * HOURS)
    with database_away():
        assert client.post(HALT, WHY, format="json").status_code == 503
    assert issued() == []


def test_nor_does_who_was_never_seen_or_may_not(make_user: Callable[[str], User]):
    stranger = token_client(make_user("manager"))
    viewer = token_client(make_user("viewer"))
    viewer.get("/api/v1/strategies")
    with database_away():
        assert stranger.post(HALT, WHY, format="json").status_code == 503
        assert viewer.post(HALT, WHY, format="json").status_code == 403
    assert issued() == []


def test_a_session_needs_its_token_against_forged_requests_all_the_same(make_user: Callable[[str], User]):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(make_user("manager"))
    client.get("/api/v1/strategies")
    with database_away():
        assert client.post(HALT, WHY, format="json").status_code == 403
    assert issued() == []


@pytest.fixture
def rita(make_user: Callable[[str], User]) -> Client:
    client = Client()
    user = make_user("viewer")
    user.user_permissions.add(Permission.objects.get(codename="halt_strategies"))
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_a_browser_that_was_served_today_halts_on_a_page_of_its_own(rita: Client):
    assert rita.get("/admin/strategies/").status_code == 200
    with database_away():
        asked = rita.get("/admin/halt/?symbol=BTCUSDT")
        nothing = rita.post("/admin/halt/", {"symbol": "btcusdt", "_reason": " "})
        wrong = rita.post("/admin/halt/", {"symbol": "B", "_reason": "odd"})
        done = rita.post("/admin/halt/", {"symbol": "btcusdt", "_reason": "odd books"})
    assert asked.status_code == 503
    assert 'value="BTCUSDT"' in asked.content.decode()
    assert (nothing.status_code, wrong.status_code) == (400, 400)
    assert done.status_code == 202
    assert "all strategies on BTCUSDT" in done.content.decode()
    assert issued() == ["viewer: odd books"]


def test_a_browser_of_nobody_learns_that_the_database_is_away():
    stranger = Client(raise_request_exception=False)
    stranger.cookies["sessionid"] = "a" * 32
    with database_away():
        assert stranger.get("/admin/halt/").status_code == 503
        answer = stranger.post("/admin/halt/", {"_reason": "odd"})
    assert answer.status_code == 503
    assert "manage.py halt" in answer.content.decode()
    assert issued() == []


def test_a_browser_that_logged_out_is_forgotten(rita: Client):
    rita.raise_request_exception = False
    assert rita.get("/admin/strategies/").status_code == 200
    session = rita.cookies["sessionid"].value
    rita.post("/admin/logout/")
    rita.cookies["sessionid"] = session
    with database_away():
        assert rita.post("/admin/halt/", {"_reason": "odd"}).status_code == 503
    assert issued() == []
