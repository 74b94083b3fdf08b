"""The page of a symbol is for everybody; what people decided about it is for those who may see configuration."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

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
    return 'id="decisions"' in html


def test_nobody_and_anybody_see_none():
    assert not shows_decisions(Client())
    assert not shows_decisions(logged_in("view_haltchange"))


def test_who_may_see_configuration_sees_them():
    assert shows_decisions(logged_in("view_strategyconfig"))


@pytest.mark.parametrize("path", [PAGE, "/signals/"])
def test_a_public_page_stays_public_while_the_database_is_away(path: str):
    client = logged_in("view_strategyconfig")
    with database_away():
        answer = client.get(path)
    assert answer.status_code == 200
    assert 'id="decisions"' not in answer.content.decode()
