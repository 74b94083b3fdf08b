"""Who is behind the proxy in front."""

from io import BytesIO
from ipaddress import ip_network

import httpx
import pytest
from django.core.handlers.asgi import ASGIRequest

from tests.realtime.serving.house import answer, read_body, serving


async def application(scope, receive, send):
    await read_body(receive)
    await answer(send, f"{scope['client'][0]} {scope['scheme']}".encode())


@pytest.fixture(scope="module")
def proxied():
    with serving(application, proxies=1) as (host, port):
        yield f"http://{host}:{port}"


@pytest.fixture(scope="module")
def bare():
    with serving(application) as (host, port):
        yield f"http://{host}:{port}"


FORWARDED = "X-Forwarded-For"


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ([], "127.0.0.1 http"),
        ([(FORWARDED, "")], "127.0.0.1 http"),
        ([(FORWARDED, "192.0.2.7")], "192.0.2.7 http"),
        ([(FORWARDED, "2001:db8::7"), ("X-Forwarded-Proto", "https")], "2001:db8::7 https"),
        ([("X-Forwarded-Proto", "gopher")], "127.0.0.1 http"),
    ],
)
def test_the_proxy_is_believed(proxied, headers, seen):
    assert httpx.get(proxied, headers=headers).text == seen


@pytest.mark.parametrize(
    "headers",
    [
        [(FORWARDED, "10.0.0.1, 10.0.0.2, 192.0.2.7")],
        [(FORWARDED, "10.0.0.1"), (FORWARDED, "10.0.0.2, 192.0.2.7")],
    ],
)
def test_what_the_client_claims_of_itself_is_not(proxied, headers):
    assert httpx.get(proxied, headers=headers).text == "192.0.2.7 http"


def test_without_a_proxy_nobody_is_believed(bare):
    headers = {FORWARDED: "192.0.2.7", "X-Forwarded-Proto": "https"}
    assert httpx.get(bare, headers=headers).text == "127.0.0.1 http"


@pytest.fixture(scope="module")
def known():
    with serving(application, proxies=(ip_network("127.0.0.0/8"), ip_network("192.0.2.0/24"))) as (
        host,
        port,
    ):
        yield f"http://{host}:{port}"


def test_proxies_that_are_known_by_their_addresses_are_believed_each(known):
    stated = "10.0.0.1, 198.51.100.4, 192.0.2.7"
    headers = {FORWARDED: stated, "X-Forwarded-Proto": "https"}
    assert httpx.get(known, headers=headers).text == "198.51.100.4 https"


@pytest.mark.parametrize(
    ("stated", "is_secure"),
    [
        (["https"], b"True"),
        (["http"], b"False"),
        (["https, http"], b"False"),
        (["https", "http"], b"False"),
        (["http, https"], b"True"),
        (["https, gopher"], b"False"),
    ],
)
def test_django_takes_the_scheme_that_the_proxy_has_stated(stated, is_secure):
    async def application(scope, receive, send):
        body = await read_body(receive)
        await answer(send, str(ASGIRequest(scope, BytesIO(body)).is_secure()).encode())

    with serving(application, proxies=1) as (host, port):
        headers = [("X-Forwarded-Proto", each) for each in stated]
        assert httpx.get(f"http://{host}:{port}", headers=headers).content == is_secure
