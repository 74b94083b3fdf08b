"""Who may read, how, and what is said while the store is away."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from knox.models import AuthToken

from tests.configuration.outage import database_away
from tests.factories import spot_book
from tests.servers import until

ADDRESSES = [
    "/api/v1/metrics/depth/BTCUSDT",
    "/api/v1/metrics/pressure/BTCUSDT",
    "/api/v1/metrics/prices/BTCUSDT",
    "/api/v1/metrics/heat/BTCUSDT",
    "/api/v1/metrics/impact/BTCUSDT",
    "/api/v1/metrics/liquidity/BTCUSDT",
    "/api/v1/metrics/liquidity",
    "/api/v1/metrics/summary",
    "/api/v1/metrics/all",
    "/api/v1/metrics/sparklines",
    "/api/v1/feed",
]
HISTORY = "/api/v1/metrics/history/BTCUSDT"
EXPORT = "/api/v1/metrics/export"


@pytest.mark.parametrize("address", ADDRESSES)
def test_store_away_is_told_and_over_once_it_is_back(client, own_store, address):
    own_store.stop()
    answer = client.get(address)
    assert answer.status_code == 503
    assert answer.json() == {"error": "Store unavailable", "message": "Current metrics cannot be read."}
    own_store.start()
    # With nothing in it, only the lists have an answer; for the rest there is no feed.
    until(lambda: client.get(address).json().get("error") in (None, "No feed is running"), "recovery")


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize("address", [*ADDRESSES, HISTORY, EXPORT])
def test_where_a_log_in_is_required(client, reader, publish, settings, address):
    settings.METRICS_REQUIRE_LOGIN = True
    publish(spot_book())
    allowed = {200, 404} if address in (HISTORY, EXPORT) else {200}
    answer = client.get(address)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Token"
    assert answer.json()["error"]["code"] == "NOT_AUTHENTICATED"
    user = User.objects.create(username="risk")
    _, token = AuthToken.objects.create(user)
    assert client.get(address, headers={"Authorization": f"Token {token}"}).status_code in allowed
    assert client.get(address, headers={"Authorization": "Token nonsense"}).status_code == 401
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address).status_code in allowed


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "headers", [{}, {"Cookie": "sessionid=nonsense"}, {"Authorization": "Basic YTpi"}, {"Authorization": ""}]
)
def test_public_numbers_need_neither_token_nor_session_nor_database(
    client, reader, publish, address, headers
):
    """No database mark: any look-up of a user would fail this test."""
    publish(spot_book())
    assert client.get(address, headers=headers).status_code == 200


@pytest.fixture
def secrets() -> dict[str, str]:
    """Tokens that are good for nothing, by what became of them."""
    user, gone = User.objects.create(username="risk"), User.objects.create(username="gone", is_active=False)
    made = {"revoked": AuthToken.objects.create(user), "closed": AuthToken.objects.create(gone)}
    made["expired"] = AuthToken.objects.create(user, expiry=timedelta(seconds=-1))
    made["revoked"][0].delete()
    return {"invented": "a" * 64, **{fate: secret for fate, (_, secret) in made.items()}}


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize("address", [*ADDRESSES, HISTORY])
def test_a_token_that_is_none_opens_nothing_not_even_what_is_open_to_all(
    client, reader, publish, address, secrets
):
    publish(spot_book())
    for fate, secret in secrets.items():
        answer = client.get(address, headers={"Authorization": f"Token {secret}"})
        assert answer.status_code == 401, fate
        assert (answer.headers["WWW-Authenticate"], answer.headers["Cache-Control"]) == ("Token", "no-store")
        assert answer.json()["error"]["code"] == "NOT_AUTHENTICATED"
    _, good = AuthToken.objects.create(User.objects.get(username="risk"))
    allowed = {200, 404} if address == HISTORY else {200}
    assert client.get(address, headers={"Authorization": f"Token {good}"}).status_code in allowed


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ADDRESSES)
def test_while_nobody_can_tell_whether_a_token_is_good_public_numbers_are_told_all_the_same(
    client, reader, publish, address
):
    publish(spot_book())
    with database_away():
        assert client.get(address, headers={"Authorization": f"Token {'a' * 64}"}).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "text/html", "text/csv", "application/xml;q=0.5"]
)
def test_answers_are_json_whatever_is_accepted(client, reader, publish, address, accept):
    publish(spot_book())
    answer = client.get(address, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


@pytest.mark.parametrize("address", [*ADDRESSES, HISTORY])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_metrics_can_only_be_read(client, reader, address, method):
    for spelling in (address, address + "/"):
        answer = getattr(client, method)(spelling, data="{}", content_type="application/json")
        assert answer.status_code == 405
        assert list(answer.json()) == ["error", "message"]
