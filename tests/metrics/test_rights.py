"""The page of a symbol is for everybody; what people decided about it is for those who may see configuration."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from configuration.ledger import Author
from configuration.models import Source
from halts import services
from halts.domain import Scope
from metrics.marks import Mark
from tests.configuration.outage import database_away
from tests.factories import spot_book

pytestmark = [
    pytest.mark.database,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("reader"),
]
PAGE = "/symbols/BTCUSDT/"


@pytest.fixture(autouse=True)
def market(publish: Callable[..., None]) -> None:
    publish(spot_book())


def logged_in(*permissions: str) -> Client:
    user = User.objects.create_user("somebody")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def shows_decisions(client: Client) -> bool:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    html = answer.content.decode()
    assert ('id="decisions"' in html) == ("/api/v1/config/events" in html) == ("halt, <span" in html)
    day = client.get(f"{PAGE}day/?bare").content.decode()
    assert ('id="decisions"' in html) == ("data-decisions" in day) == ("halt, <span" in day)
    return 'id="decisions"' in html


def test_nobody_and_anybody_see_none():
    assert not shows_decisions(Client())
    assert not shows_decisions(logged_in("view_haltchange"))


def test_who_may_see_configuration_sees_them():
    assert shows_decisions(logged_in("view_strategyconfig"))


def test_that_a_symbol_is_halted_is_for_everybody_and_who_did_it_and_why_is_not(mark):
    author = Author(source=Source.API, name="rita", reason="odd books")
    services.halt(Scope("", "BTCUSDT"), author=author)
    services.halt(Scope("", "ETHUSDT"), author=author)
    mark(BTCUSDT=Mark(True, 1.0, "Signals halted since 00:00 UTC.", "No strategy sends any about BTCUSDT."))
    for client, is_told in ((Client(), False), (logged_in("view_strategyconfig"), True)):
        html = client.get(PAGE).content.decode()
        assert "<title>Halted · BTCUSDT" in html
        assert "Signals halted since 00:00 UTC." in html
        assert ("odd books" in html) == ("rita" in html) == is_told
        # What else is halted stands on top; here strangers know no mark of it.
        assert ("ETHUSDT" in html) == is_told


@pytest.mark.parametrize("path", [PAGE, "/signals/"])
def test_a_public_page_stays_public_while_the_database_is_away(path: str):
    client = logged_in("view_strategyconfig")
    with database_away():
        answer = client.get(path)
    assert answer.status_code == 200
    assert 'id="decisions"' not in answer.content.decode()


@pytest.mark.parametrize("path", ["/", PAGE])
def test_halting_is_offered_to_those_who_may_and_to_nobody_else(path: str):
    assert offered(Client(), path) == set()
    assert offered(logged_in("view_strategyconfig"), path) == set()


@pytest.mark.parametrize(
    ("permissions", "verbs"),
    [
        (("halt_strategies",), {"halt"}),
        (("resume_strategies",), {"resume"}),
        (("halt_strategies", "resume_strategies"), {"halt", "resume"}),
    ],
)
def test_halting_and_resuming_are_offered_apart(permissions: tuple[str, ...], verbs: set[str]):
    client = logged_in(*permissions)
    assert offered(client, "/") == offered(client, PAGE) == verbs


@pytest.mark.parametrize("path", ["/", PAGE])
def test_while_the_database_is_away_nobody_is_known_to_be_allowed_to_halt(path: str):
    client = logged_in("halt_strategies", "resume_strategies")
    with database_away():
        assert offered(client, path) == set()


def offered(client: Client, path: str) -> set[str]:
    """What the page has buttons for."""
    answer = client.get(path)
    assert answer.status_code == 200
    html = answer.content.decode()
    ids = {"halt": ('id="halt-any"', 'id="halt-this"'), "resume": ('id="resume-picked"', 'id="resume-this"')}
    verbs = {verb for verb, either in ids.items() if any(each in html for each in either)}
    parts = ("halt-dialog", "static/halts/")
    assert all((part in html) == bool(verbs) for part in parts)
    assert ("data-pick" in html) == (bool(verbs) and path == "/")
    return verbs
