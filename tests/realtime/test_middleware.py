"""Addresses work with and without a trailing slash, hosts with and without the port their scheme has anyway."""

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from realtime.middleware import optional_trailing_slash

ADDRESSES = [
    "/api/v1/metrics/depth/BTCUSDT",
    "/api/v1/metrics/pressure/BTCUSDT",
    "/api/v1/metrics/liquidity/BTCUSDT",
    "/api/v1/metrics/liquidity",
    "/api/v1/metrics/heat/BTCUSDT",
    "/api/v1/metrics/impact/BTCUSDT",
    "/api/v1/metrics/history/BTCUSDT",
    "/api/v1/metrics/summary",
    "/api/v1/metrics/all",
    "/api/v1/metrics/sparklines",
    "/api/v1/feed",
    "/api/schema",
    "/docs",
    "/redoc",
    "/openapi.json",
    "/healthz",
    "/ready",
    "/info",
    "/metrics",
]


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_both_spellings_reach_the_same_view(client, store, address, method):
    plain, slashed = (getattr(client, method)(spelling) for spelling in (address, address + "/"))
    assert plain.status_code == slashed.status_code
    # What no view answers is a page of HTML; "unknown symbol" is JSON.
    assert plain.headers.get("Content-Type") == slashed.headers.get("Content-Type")
    assert (slashed.status_code, slashed.headers.get("Content-Type")) != (404, "text/html; charset=utf-8")


@pytest.mark.parametrize("address", ["/api/", "/api/v1/", "/api/v1/nothing", "/api/v1/nothing/", "/api//"])
def test_what_does_not_exist_is_not_found_either_way(client, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/", "/"),
        ("/admin/login/", "/admin/login/"),
        ("/metrics-of-others/", "/metrics-of-others/"),
        ("/docs/", "/docs"),
        ("/api/v1/feed/", "/api/v1/feed"),
    ],
)
def test_addresses_that_end_in_a_slash_keep_it(path, seen):
    request = RequestFactory().get(path)
    optional_trailing_slash(lambda request: HttpResponse())(request)
    assert request.path_info == seen


@pytest.mark.parametrize(
    ("is_secure", "host", "origin", "passes"),
    [
        (True, "testserver:443", "https://testserver", True),
        (True, "testserver", "https://testserver", True),
        (False, "testserver:80", "http://testserver", True),
        (True, "testserver:8443", "https://testserver:8443", True),
        (True, "testserver:443", "http://testserver", False),
        (True, "testserver:443", "https://evil.example.com", False),
        (True, "testserver:8443", "https://testserver", False),
        (False, "testserver:443", "https://testserver", False),
    ],
)
@pytest.mark.database
@pytest.mark.django_db
def test_a_form_comes_from_its_own_host_with_and_without_the_usual_port(is_secure, host, origin, passes):
    client = Client(enforce_csrf_checks=True)
    page = client.get("/admin/login/", secure=is_secure, headers={"Host": host})
    form = {"username": "nobody", "password": "x", "csrfmiddlewaretoken": page.context["csrf_token"]}
    headers = {"Host": host, "Origin": origin}
    answer = client.post("/admin/login/", form, secure=is_secure, headers=headers)
    assert answer.status_code == (200 if passes else 403)
