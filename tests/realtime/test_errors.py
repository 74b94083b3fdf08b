"""What is answered where no view answers: programs get JSON in the shape of their section, people a page."""

import re

import pytest
from django.test import Client

ENVELOPE = ["success", "data", "error", "metadata"]
METHODS = ["get", "head", "post", "put", "patch", "delete", "options"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("address", ["/api", "/api/", "/api/v1", "/api/v2/strategies", "/api/v1/nothing/x"])
def test_unknown_address_of_the_api_has_the_envelope(client, settings, address, method):
    for settings.DEBUG in (False, True):
        answer = getattr(client, method)(address)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
        if method != "head":
            assert list(answer.json()) == ENVELOPE
            message = f"No such address: {address.rstrip('/')}"
            assert answer.json()["error"] == {"code": "NOT_FOUND", "message": message, "details": None}


@pytest.mark.parametrize(
    "address", ["/api/v1/metrics", "/api/v1/metrics/depth", "/api/v1/feed/x", "/api/v1/signals/x"]
)
def test_unknown_address_among_the_metrics_has_no_envelope(client, address):
    answer = client.get(address)
    assert answer.status_code == 404
    assert answer.json() == {"error": "Not found", "message": f"No such address: {address}"}


@pytest.mark.database
@pytest.mark.django_db
def test_a_wrong_token_is_refused_in_one_shape_at_every_address(client, settings):
    refused = {"code": "NOT_AUTHENTICATED", "message": "Invalid token.", "details": None}
    for settings.METRICS_REQUIRE_LOGIN in (False, True):
        for address in (
            "metrics/summary",
            "metrics/history/BTCUSDT",
            "metrics/history/BTCUSDT.csv",
            "feed",
            "signals",
            "strategies",
            "strategies/orderbook_skew/config",
            "halts",
            "config/events?symbol=BTCUSDT",
            "whoami",
        ):
            answer = client.get(f"/api/v1/{address}", headers={"Authorization": "Token nonsense"})
            assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token"), address
            assert answer.json() == {"success": False, "data": None, "error": refused, "metadata": None}


def test_what_an_answer_repeats_of_an_address_is_bounded(client):
    assert len(client.get("/api/v1/" + "x" * 5000).json()["error"]["message"]) < 200


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_schema_can_only_be_read(client, method):
    answer = getattr(client, method)("/api/schema", headers={"Accept": "application/json"})
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "METHOD_NOT_ALLOWED"


def test_foreign_host_is_refused_in_the_shape_of_the_address(client):
    answer = client.get("/api/v1/strategies", headers={"Host": "evil.example.com"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")
    page = client.get("/", headers={"Host": "evil.example.com"})
    assert (page.status_code, page["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "Realtime Strategies" in page.content.decode()


@pytest.mark.parametrize(
    ("address", "reported"),
    [
        ("/api/v1/metrics/summary", {"error": "Internal error"}),
        ("/api/v1/feed", {"error": "Internal error"}),
    ],
)
def test_failure_of_ours_is_reported_to_programs(client, monkeypatch, caplog, address, reported):
    def broken():
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("metrics.api.base.get_reader", broken)
    client.raise_request_exception = False
    answer = client.get(address)
    assert answer.status_code == 500
    assert answer.json() == reported | {"message": "Something broke on our side; it has been logged."}
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.database
@pytest.mark.django_db
def test_failure_of_ours_keeps_the_envelope(admin_client, monkeypatch):
    def broken():
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("desk.api.strategies.last_known", broken)
    admin_client.raise_request_exception = False
    answer = admin_client.get("/api/v1/strategies")
    assert (answer.status_code, list(answer.json())) == (500, ENVELOPE)
    assert answer.json()["error"]["code"] == "INTERNAL_ERROR"


def test_unknown_page_looks_like_the_product(client):
    page = client.get("/nothing")
    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is no such page" in page.content.decode()


@pytest.mark.parametrize("address", ["/symbols", "/symbols/"])
def test_symbols_without_a_symbol_are_all_of_them(client, address):
    answer = client.get(address)
    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.database
@pytest.mark.django_db
def test_form_without_its_token_is_refused_on_a_page_of_the_product():
    page = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "x"})
    assert page.status_code == 403
    assert "This page was open for too long" in page.content.decode()
    assert "load the page again" in page.content.decode()


@pytest.mark.database
@pytest.mark.django_db
def test_what_is_refused_inside_the_admin_stays_in_the_admin(client, admin_client, django_user_model):
    missing = admin_client.get("/admin/nowhere/")
    assert missing.status_code == 404
    client.force_login(
        django_user_model.objects.create_user("vera", is_staff=True),
        "django.contrib.auth.backends.ModelBackend",
    )
    forbidden = client.get("/admin/auth/user/")
    assert forbidden.status_code == 403
    words = forbidden.content.decode()
    assert "<h1>You may not open People</h1>" in words
    assert (
        "It takes the right to manage people and roles. Ask an administrator for a role that has it." in words
    )
    for answer in (missing, forbidden):
        page = answer.content.decode()
        assert '<a class="button" href="/admin/">Home</a>' in page
        assert '<a class="way" href="/admin/">Home</a>' in page


@pytest.mark.database
@pytest.mark.django_db
def test_what_breaks_inside_the_admin_stays_in_the_admin(admin_client, monkeypatch):
    def broken():
        raise ZeroDivisionError

    monkeypatch.setattr("desk.strategies.halts_now", broken)
    admin_client.raise_request_exception = False
    answer = admin_client.get("/admin/strategies/")
    assert answer.status_code == 500
    assert '<a class="button" href="/admin/">Home</a>' in answer.content.decode()


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/admin/strategies", "/admin/auth/user", "/admin/history?symbol=BTCUSDT"]
)
def test_a_page_without_its_slash_is_found(admin_client, address):
    answer = admin_client.get(address)
    path, _, query = address.partition("?")
    assert (answer.status_code, answer["Location"]) == (302, f"{path}/{'?' * bool(query)}{query}")


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/admin/nowhere", "/nowhere"])
def test_what_is_nowhere_with_a_slash_either_is_not_found(admin_client, address):
    assert admin_client.get(address).status_code == 404


@pytest.mark.database
@pytest.mark.django_db
def test_a_form_that_is_sent_to_an_address_without_its_slash_is_not_lost_on_the_way(admin_client):
    assert admin_client.post("/admin/halt", {"reason": "x"}).status_code == 404


MISSING = {
    "auth/user/999/change/": ("There is no such person", "/admin/auth/user/", "People"),
    "auth/user/x/delete/": ("There is no such person", "/admin/auth/user/", "People"),
    "auth/user/999/history/": ("There is no such person", "/admin/auth/user/", "People"),
    "auth/user/999/password/": ("There is no such person", "/admin/auth/user/", "People"),
    "auth/user/999/link/": ("There is no such person", "/admin/auth/user/", "People"),
    "auth/group/999/change/": ("There is no such role", "/admin/auth/group/", "Roles"),
    "auth/group/999/history/": ("There is no such role", "/admin/auth/group/", "Roles"),
    "knox/authtoken/1f/history/": ("There is no such API token", "/admin/knox/authtoken/", "API tokens"),
    "knox/authtoken/1f/change/": ("There is no such API token", "/admin/knox/authtoken/", "API tokens"),
    "login/passwordcount/999/change/": (
        "There is no such refused log-in",
        "/admin/login/passwordcount/",
        "Refused log-ins",
    ),
    "strategies/nope/": ("Strategy not found: nope", "/admin/strategies/", "Strategies"),
    "strategies/nope/global/": ("Strategy not found: nope", "/admin/strategies/", "Strategies"),
    "history/999/revert/": ("There is no such change", "/admin/history/", "History"),
    "nowhere/": ("There is no such page", "/admin/", "Home"),
}


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize("address", MISSING)
def test_what_there_is_not_in_the_admin_is_named_and_leads_to_what_there_is(admin_client, address):
    words, way_on, title = MISSING[address]
    answer = admin_client.get(f"/admin/{address}")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "<title>Not found · Realtime Strategies</title>" in page
    assert words in page
    assert re.search(rf'<a class="button[^"]*" href="{way_on}">{title}</a>', page)


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize("action", ["change", "delete", "history", "password", "link"])
def test_who_may_see_no_people_does_not_learn_who_there_is(client, django_user_model, action):
    vera = django_user_model.objects.create_user("vera", is_staff=True)
    client.force_login(vera, "django.contrib.auth.backends.ModelBackend")
    for person in (vera.pk, 999):
        assert client.get(f"/admin/auth/user/{person}/{action}/").status_code == 403
