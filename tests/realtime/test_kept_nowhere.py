"""What is for those who are known only is kept by no browser and no proxy; what everybody may read may be."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from knox.models import AuthToken

from tests.factories import spot_book

pytestmark = [pytest.mark.database, pytest.mark.django_db, pytest.mark.usefixtures("nothing_set", "store")]
BACKEND = "django.contrib.auth.backends.ModelBackend"
CLOSED = [
    "/admin/",
    "/admin/strategies/",
    "/admin/auth/user/",
    "/admin/history/export.csv",
    "/admin/nothing/",
]
API = ["/api/v1/strategies", "/api/v1/strategies/orderbook_skew/audit", "/api/v1/strategies/nonsense/config"]
METRICS = "/api/v1/metrics/all"


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", password="secret enough for a test")


def is_kept_nowhere(client: Client, address: str, **headers: str) -> bool:
    return "no-store" in client.get(address, headers=headers).get("Cache-Control", "")


@pytest.mark.parametrize("address", [*CLOSED, *API])
def test_what_needs_a_log_in_is_kept_nowhere(root: User, address: str):
    by_session, nobody = Client(), Client()
    by_session.force_login(root, BACKEND)
    assert is_kept_nowhere(by_session, address)
    assert is_kept_nowhere(nobody, address)


@pytest.mark.parametrize("address", API)
def test_also_with_a_token_good_or_not(root: User, address: str):
    _, token = AuthToken.objects.create(root)
    assert is_kept_nowhere(Client(), address, Authorization=f"Token {token}")
    assert is_kept_nowhere(Client(), address, Authorization="Token nonsense")


@pytest.mark.parametrize("address", [METRICS, "/healthz", "/info", "/api/v1/metrics/summary", "/api/v1/feed"])
def test_what_is_for_everybody_may_be_kept_whoever_asks(root: User, address: str):
    by_session = Client()
    by_session.force_login(root, BACKEND)
    assert not is_kept_nowhere(Client(), address)
    assert not is_kept_nowhere(by_session, address)


def test_numbers_are_kept_nowhere_where_they_need_a_log_in(root: User, settings, publish, reader):
    publish(spot_book())
    settings.METRICS_REQUIRE_LOGIN = True
    client = Client()
    client.force_login(root, BACKEND)
    first = client.get(METRICS)
    again = client.get(METRICS, headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    for answer in (first, again, Client().get(METRICS)):
        assert "no-store" in answer["Cache-Control"]
