"""Of all that X-Forwarded-For has, what the proxies have added: any client in front of any proxies."""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, NamedTuple

import pytest
from asgiref.sync import async_to_sync
from hypothesis import given
from hypothesis import strategies as st

from realtime.forwarding import client_address, forwarded, forwarded_wsgi

INSIDE = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
proxies = st.sampled_from(["10.0.0.1", "10.9.9.9", "fd00::1"])
clients = st.one_of(
    st.ip_addresses(v=4, network="203.0.113.0/24").map(str),
    st.ip_addresses(v=6, network="2001:db8::/32").map(str),
)
inventions = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "unknown",
            "10.0.0.1",
            "127.0.0.1",
            "_hidden",
            "for=1.2.3.4",
            "1.2.3",
            "[::1",
            ":",
            "%",
            "a\tb",
        ]
    ),
    st.ip_addresses().map(str),
    st.text(st.characters(codec="latin-1", exclude_characters=",\r\n"), max_size=20),
)


@st.composite
def written(draw: Any, addresses: Any) -> str:
    """An address as this proxy or that writes it."""
    address = draw(addresses)
    if isinstance(ip_address(address), IPv6Address):
        forms = ["{}", "[{}]", "[{}]:4711", "{}%eth0", "[{}%eth0]:1"]
    else:
        forms = ["{}", "{}:4711", "::ffff:{}", "[::ffff:{}]:4711"]
    return draw(st.sampled_from(forms)).format(address)


class Way(NamedTuple):
    """How a request came: who sent it, what he claims, and the proxies it passed, the last one is connected to us."""

    client: str
    invented: list[str]
    passed: list[str]
    written: list[str]

    @property
    def peer(self) -> str:
        return self.passed[-1] if self.passed else self.client

    @property
    def entries(self) -> list[str]:
        return [*self.invented, *self.written]


@st.composite
def ways(draw: Any, least: int = 0) -> Way:
    client = draw(clients)
    passed = draw(st.lists(proxies, min_size=least, max_size=4))
    asked_from = [client, *passed][: len(passed)]
    stated = [draw(written(st.just(each))) for each in asked_from]
    return Way(client, draw(st.lists(inventions, max_size=4)), passed, stated)


@given(ways())
def test_behind_so_many_proxies_it_is_who_asked_the_first(way: Way):
    assert client_address(way.peer, way.entries, len(way.passed)) == way.client


@given(ways())
def test_behind_known_proxies_it_is_who_asked_the_first_of_them(way: Way):
    assert client_address(way.peer, way.entries, INSIDE) == way.client


@given(ways())
def test_without_proxies_it_is_who_is_connected(way: Way):
    assert client_address(way.peer, way.entries, 0) == way.peer


@given(ways(), st.lists(inventions, max_size=6))
def test_nothing_that_a_client_claims_changes_who_he_is(way: Way, others: list[str]):
    otherwise = way._replace(invented=others)
    for known in (len(way.passed), INSIDE):
        assert client_address(way.peer, way.entries, known) == client_address(
            otherwise.peer, otherwise.entries, known
        )


@given(ways(least=2), st.sampled_from(["", "unknown", "_gazonk", "1.2.3", "unix:"]), st.data())
def test_what_is_no_address_is_nobody_whom_the_client_has_invented(way: Way, nonsense: str, data: Any):
    """A proxy that hides whom it was asked by."""
    hidden = data.draw(st.integers(0, len(way.written) - 1))
    entries = [*way.invented, *way.written[:hidden], nonsense, *way.written[hidden + 1 :]]
    assert client_address(way.peer, entries, len(way.passed)) == (way.client if hidden else way.peer)
    assert client_address(way.peer, entries, INSIDE) == way.passed[hidden]


@given(ways(least=1), st.integers(1, 9))
def test_who_goes_around_the_first_proxies_is_who_he_is(way: Way, more: int):
    """Unless he invents entries, for which addresses must be given instead of a number."""
    assert client_address(way.peer, way.written, len(way.passed) + more) == way.client


@pytest.mark.parametrize(
    ("peer", "entries", "known", "seen"),
    [
        (None, ["192.0.2.7"], 1, "192.0.2.7"),
        (None, [], 1, None),
        (None, ["192.0.2.7"], INSIDE, None),
        (None, ["192.0.2.7"], 0, None),
        ("/run/desk.sock", ["192.0.2.7"], INSIDE, None),
        ("::ffff:10.0.0.1", ["192.0.2.7"], INSIDE, "192.0.2.7"),
        ("::ffff:192.0.2.9", ["192.0.2.7"], INSIDE, "192.0.2.9"),
        ("10.0.0.1", ["10.0.0.2", "10.0.0.3"], INSIDE, "10.0.0.2"),
        ("10.0.0.1", [], INSIDE, "10.0.0.1"),
    ],
)
def test_sockets_without_an_address_are_trusted_by_number_only(peer, entries, known, seen):
    assert client_address(peer, entries, known) == seen


def scope_behind(known: Any, headers: list[tuple[bytes, bytes]], kind: str, times: int) -> dict[str, Any]:
    """What an application gets that is wrapped so many times."""
    found: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        found.append(scope)

    wrapped: Callable[..., Any] = application
    for _ in range(times):
        wrapped = forwarded(wrapped, known)
    scheme = "http" if kind == "http" else "ws"
    scope = {"type": kind, "client": ("10.0.0.1", 4711), "scheme": scheme, "headers": headers}
    async_to_sync(wrapped)(scope, None, None)
    assert scope["client"] == ("10.0.0.1", 4711)
    return found[0]


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize(("kind", "scheme"), [("http", "https"), ("websocket", "wss")])
@pytest.mark.parametrize("known", [1, INSIDE])
def test_what_was_read_is_gone_so_that_nobody_reads_it_differently(known, kind, scheme, times):
    stated = [(b"x-forwarded-for", b"192.0.2.7"), (b"host", b"x"), (b"x-forwarded-proto", b"https")]
    reported = scope_behind(known, stated, kind, times)
    assert reported["client"] == ("192.0.2.7", 0)
    assert reported["scheme"] == scheme
    assert reported["headers"] == [(b"host", b"x")]


@pytest.mark.parametrize("known", [0, (ip_network("192.0.2.0/24"),)])
def test_of_a_stranger_nothing_is_believed(known):
    stated = [(b"x-forwarded-for", b"192.0.2.7"), (b"x-forwarded-proto", b"https")]
    reported = scope_behind(known, stated, "http", 1)
    assert (reported["client"], reported["scheme"], reported["headers"]) == (("10.0.0.1", 4711), "http", [])


@pytest.mark.parametrize(
    ("known", "seen"),
    [(0, ("10.0.0.1", "http")), (1, ("192.0.2.7", "https")), (INSIDE, ("192.0.2.7", "https"))],
)
def test_under_wsgi_it_is_the_same(known, seen):
    def application(environ: dict[str, Any], start: Any) -> list[Any]:
        return [environ]

    stated = {"HTTP_X_FORWARDED_FOR": "8.8.8.8, 192.0.2.7", "HTTP_X_FORWARDED_PROTO": "http, https"}
    environ = {"REMOTE_ADDR": "10.0.0.1", "wsgi.url_scheme": "http", **stated}
    [reported] = forwarded_wsgi(application, known)(environ, None)
    assert (reported["REMOTE_ADDR"], reported["wsgi.url_scheme"]) == seen
    assert not set(stated) & set(reported)
