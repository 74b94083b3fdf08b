"""Where a token may stand: after `Token` or `Bearer`, and in the headers that AUTH_HEADERS names."""

import json
import logging
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import caches
from django.test import Client
from knox.models import AuthToken

from tests.configuration.api.envelope import SKEW
from tests.configuration.outage import database_away
from tests.factories import spot_book

pytestmark = [pytest.mark.database, pytest.mark.django_db]
HOUSE = "X-Petrosa-Internal-Token"
GATEWAY = "X-Desk"
ADDRESS = f"{SKEW}/config"


@pytest.fixture(autouse=True)
def _headers(settings: Any) -> None:
    settings.AUTH_HEADERS = [HOUSE, GATEWAY]


@pytest.fixture
def token(manager: User) -> str:
    made: str = AuthToken.objects.create(manager)[1]
    return made


def status(headers: dict[str, str], address: str = ADDRESS, client: Client | None = None) -> int:
    return (client or Client()).get(address, headers=headers).status_code


@pytest.mark.parametrize("word", ["Token", "token", "Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("name", ["Authorization", HOUSE, GATEWAY, HOUSE.lower()])
def test_a_token_comes_after_either_word_in_any_of_them(token: str, name: str, word: str):
    assert status({name: f"{word} {token}"}) == 200
    assert status({name: f" {word}  {token} "}) == 200


def test_by_itself_it_comes_in_the_headers_of_the_house_only(token: str):
    assert status({HOUSE: token}) == status({GATEWAY: token}) == 200
    assert status({"Authorization": token}) == 401


def test_a_header_that_is_not_named_means_nothing(token: str, settings: Any):
    settings.AUTH_HEADERS = []
    assert status({HOUSE: token}) == status({HOUSE: "nonsense"}) == 401
    assert status({"Authorization": f"Token {token}", HOUSE: "nonsense"}) == 200


@pytest.mark.parametrize(
    "sent",
    ["nonsense", "Token nonsense", "Bearer nonsense", "Token", "Bearer", "a b", "Basic YTpi", "\xff", "a,b"],
)
@pytest.mark.parametrize("name", ["Authorization", HOUSE])
def test_a_wrong_one_is_401_and_learns_which_scheme_we_take(name: str, sent: str):
    for method in ("get", "post", "delete"):
        answer = getattr(Client(), method)(ADDRESS, headers={name: sent}, content_type="application/json")
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Token"
        assert answer["Cache-Control"] == "no-store"
        assert answer.json()["error"]["code"] == "NOT_AUTHENTICATED"


@pytest.mark.parametrize("name", [HOUSE, "Authorization"])
def test_a_wrong_one_is_refused_although_a_session_is_good(name: str, manager: User):
    client = Client()
    client.force_login(manager, "django.contrib.auth.backends.ModelBackend")
    assert status({name: "Bearer nonsense"}, client=client) == 401
    assert status({}, client=client) == status({name: ""}, client=client) == 200


def test_nothing_in_a_header_is_nothing(token: str):
    assert status({HOUSE: ""}) == status({HOUSE: "  "}) == 401
    assert status({HOUSE: "", "Authorization": f"Token {token}"}) == 200


def test_another_scheme_beside_it_is_for_whoever_stands_in_front(token: str):
    assert status({HOUSE: token, "Authorization": "Basic YTpi"}) == 200
    assert status({HOUSE: token, "Authorization": "Negotiate a b"}) == 200


def test_two_tokens_in_one_request_are_refused_even_of_one_account_and_one_twice_is_one(
    token: str, manager: User
):
    other = AuthToken.objects.create(manager)[1]
    for second in (other, "nonsense"):
        for headers in ({HOUSE: token, GATEWAY: second}, {HOUSE: second, "Authorization": f"Bearer {token}"}):
            answer = Client().get(ADDRESS, headers=headers)
            assert answer.status_code == 401
            assert answer.json()["error"]["message"] == "Several headers bring a token each, and they differ."
    assert status({HOUSE: token, GATEWAY: f"Bearer {token}", "Authorization": f"Token {token}"}) == 200


def test_writes_are_counted_by_account_whichever_header_names_it(token: str, manager: User, settings: Any):
    settings.CONFIG_WRITE_RATE = "2/min"
    key = f"throttle_configuration_write_{manager.pk}"
    caches["writes"].delete(key)
    change = {"parameters": {"top_levels": 7}}
    sent = [{HOUSE: token}, {"Authorization": f"Bearer {token}"}, {GATEWAY: f"Token {token}"}]
    answers = [Client().post(ADDRESS, change, "application/json", headers=each) for each in sent]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    caches["writes"].delete(key)


@pytest.mark.django_db(transaction=True)
def test_who_was_known_is_known_in_any_of_them_while_the_database_is_away(token: str):
    assert status({HOUSE: token}) == 200
    with database_away():
        assert status({"Authorization": f"Bearer {token}"}) == 200
        assert status({HOUSE: "nonsense"}) == 503


def test_what_is_read_with_one_is_kept_nowhere(token: str):
    assert Client().get(ADDRESS, headers={HOUSE: token})["Cache-Control"] == "no-store"
    signals = Client().get("/api/v1/signals", headers={HOUSE: token})
    assert (signals.status_code, signals["Cache-Control"]) == (200, "no-store")


def test_signals_state_to_caches_that_they_differ_by_who_asks(store: Any):
    differs = {name.strip() for name in Client().get("/api/v1/signals")["Vary"].split(",")}
    assert differs >= {"Authorization", "Cookie", HOUSE, GATEWAY}


@pytest.mark.parametrize("address", ["/api/v1/metrics/depth/BTCUSDT", "/api/v1/metrics/all", "/api/v1/feed"])
def test_numbers_that_need_a_log_in_take_it_too(
    token: str, publish: Any, reader: Any, settings: Any, address: str
):
    settings.METRICS_REQUIRE_LOGIN = True
    publish(spot_book())
    for good in ({HOUSE: token}, {"Authorization": f"Bearer {token}"}):
        assert status(good, address) == 200
    for bad in (
        {HOUSE: "nonsense"},
        {"Authorization": "Bearer x"},
        {"Authorization": "Token \xff"},
        {HOUSE: ""},
    ):
        answer = Client().get(address, headers=bad)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")


def test_public_numbers_refuse_a_wrong_one_from_there_too(token: str, publish: Any, reader: Any):
    publish(spot_book())
    assert status({HOUSE: "nonsense"}, "/api/v1/metrics/all") == 401
    assert status({HOUSE: token}, "/api/v1/metrics/all") == status({HOUSE: ""}, "/api/v1/metrics/all") == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", ["/api/schema", "/openapi.json", "/docs"])
def test_neither_do_the_documents_which_are_everybodys(address: str):
    for name in ("Authorization", HOUSE):
        assert status({name: "Bearer of somebody else"}, address) == 200
    with database_away():
        assert status({HOUSE: "nonsense"}, address) == 200


def test_a_token_appears_in_no_log_and_no_answer(token: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    for address in (ADDRESS, "/info", "/api/v1/nothing", "/api/v1/signals"):
        for headers in (
            {HOUSE: token},
            {HOUSE: wrong},
            {HOUSE: f"a {wrong}"},
            {HOUSE: token, GATEWAY: wrong},
        ):
            answer = Client().get(address, headers=headers)
            assert token[:-1] not in answer.content.decode() + json.dumps(dict(answer.items()))
    assert token[:-1] not in caplog.text
    assert HOUSE not in Client().get("/info").content.decode()
