"""The same doors behind both servers that there are: our own, and Daphne as it comes."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from django.urls import URLPattern, get_resolver

from login.domain import ALLOWED
from realtime.stack.servers import LOCALHOST
from tests.servers import ROOT, Server, command, running

PREPARE = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from knox.models import AuthToken
call_command("migrate", verbosity=0)
groups = {"stranger": None, "viewer": "Viewers", "manager": "Risk managers", "administrator": "Administrators"}
accounts = {}
for name, group in groups.items():
    user = User.objects.create_user(name, password="violet harbour 93", is_staff=True)
    if group:
        user.groups.add(Group.objects.get(name=group))
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    accounts[name] = {"session": session.session_key, "token": AuthToken.objects.create(user)[1]}
print("accounts:" + json.dumps(accounts))
"""
Start = Callable[[Path, dict[str, str]], Server]
VALUES = {"strategy_id": "orderbook_skew", "symbol": "BTCUSDT"}
OPEN = re.compile(
    r"/(|symbols|symbols/BTCUSDT/|symbols/.*|compare/|signals/?|find|halted|docs|redoc|openapi.json|healthz|ready|info|metrics"
    r"|admin/(login|logout|jsi18n)/|admin/welcome/.*|api/schema|api/v1/(feed|signals(/.*)?|metrics/.*))"
)
"""Addresses that need no log-in."""
Person = tuple[str | None, str]
NOBODY: Person = (None, "")
STRANGERS: list[Person] = [NOBODY, ("stranger", "token"), ("viewer", "session")]
ASKING: dict[str, list[Person]] = {
    "GET": [*STRANGERS, ("manager", "token"), ("administrator", "session")],
    "HEAD": STRANGERS[:2],
    "OPTIONS": STRANGERS[:2],
    "POST": STRANGERS,
    "DELETE": STRANGERS,
    "PUT": [NOBODY],
    "PATCH": [NOBODY],
}
"""Whoever may write only reads here: what was asked once is asked again."""


def own(log: Path, environment: dict[str, str]) -> Server:
    return command("serve_web", "--port", "{port}", log=log, listens=True, environment=environment)


def own_proxied(log: Path, environment: dict[str, str]) -> Server:
    arguments = ("--port", "{port}", "--proxied")
    return command("serve_web", *arguments, log=log, listens=True, environment=environment)


def daphne(log: Path, environment: dict[str, str]) -> Server:
    start = [sys.executable, "-W", "ignore", "-m", "daphne", "-v", "0", "-p"]
    return Server(lambda port: [*start, str(port), "realtime.asgi:application"], log, environment=environment)


def daphne_proxied(log: Path, environment: dict[str, str]) -> Server:
    return daphne(log, environment | {"FORWARDED_BY": "1"})


class House(NamedTuple):
    """A server, and what its people identify themselves with."""

    url: str
    people: dict[str, dict[str, str]]

    def statuses(self, asked: list[tuple[str, str, str | None, str]]) -> dict[Any, int]:
        """Of requests without a body: method, address, who, and by what."""
        with httpx.Client(base_url=self.url, timeout=60) as client:
            return {
                each: client.request(each[0], each[1], headers=self.header(*each[2:])).status_code
                for each in asked
            }

    def header(self, who: str | None, by: str) -> dict[str, str]:
        if who is None:
            return {}
        sent = self.people[who][by]
        return {"Authorization": f"Token {sent}"} if by == "token" else {"Cookie": f"sessionid={sent}"}

    def guess(self, address: str, password: str, account: str = "manager") -> int:
        """Log in from behind a proxy that says it was asked from `address`."""
        with httpx.Client(base_url=self.url, headers={"X-Forwarded-For": address}, timeout=60) as client:
            client.get("/admin/login/")
            token = client.cookies["csrftoken"]
            form = {"username": account, "password": password, "csrfmiddlewaretoken": token}
            return client.post("/admin/login/", data=form).status_code


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Start], House]]:
    """Builds one, with a database of its own."""
    open_houses: list[Any] = []

    def build(start: Start) -> House:
        directory = tmp_path_factory.mktemp(start.__name__)
        environment = {
            "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}",
            "STATE_DIR": str(directory),
            "STORE_PREFIX": directory.name,
        }
        make = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", PREPARE]
        reported = subprocess.check_output(
            make, cwd=ROOT, env=os.environ | environment, text=True, timeout=120
        )
        server = running(start(directory / "web.log", environment))
        open_houses.append(server)
        return House(
            f"http://{LOCALHOST}:{server.__enter__().port}", json.loads(reported.rpartition("accounts:")[2])
        )

    yield build
    for server in open_houses:
        server.__exit__(None, None, None)


def addresses(patterns: list[Any], before: str = "/") -> Iterator[str]:
    """Of every view that has a plain one; what stands in its place is what there is of each."""
    for each in patterns:
        route = str(each.pattern)
        if "^" in route or "(?P" in route:
            continue
        here = before + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: VALUES.get(found[1], "1"), route)
        if isinstance(each, URLPattern):
            yield here
        else:
            yield from addresses(each.url_patterns, here)


ADDRESSES = sorted(set(addresses(get_resolver().url_patterns)) - {"/admin/logout/"})


@pytest.mark.timeout(300)
def test_every_address_and_method_opens_to_the_same_people_under_both_servers(house: Any):
    assert len(ADDRESSES) > 80
    asked = [
        (method, address, *who)
        for method, people in ASKING.items()
        for address, who in product(ADDRESSES, people)
        if address != "/api/schema" or method == "GET"  # it takes half a second
    ]
    houses = [house(start) for start in (own, daphne)]
    with ThreadPoolExecutor(2) as both:
        ours, theirs = both.map(lambda each: each.statuses(asked), houses)
    assert {each: (ours[each], theirs[each]) for each in asked if ours[each] != theirs[each]} == {}
    passed = [each for each in asked if each[2] in (None, "stranger") and ours[each] in range(200, 300)]
    assert {address for _, address, who, _ in passed if who is None and not OPEN.fullmatch(address)} == set()
    assert [
        each for each in passed if each[0] not in ("GET", "HEAD", "OPTIONS") and not OPEN.fullmatch(each[1])
    ] == []
    assert not [each for each in asked if ours[each] == 500]
    for each in (
        ("GET", "/api/v1/strategies/orderbook_skew/config", "manager", "token"),
        ("GET", "/admin/strategies/", "viewer", "session"),
        ("GET", "/admin/auth/user/", "administrator", "session"),
    ):
        assert ours[each] == 200


@pytest.mark.parametrize("start", [own_proxied, daphne_proxied])
def test_guesses_with_changing_entries_before_the_proxys_own_are_stopped(house: Any, start: Start):
    desk = house(start)
    guesses = [desk.guess(f"10.0.{number}.1, 203.0.113.{number}, 192.0.2.7", "wrong") for number in range(20)]
    assert guesses[: ALLOWED.together] == [200] * ALLOWED.together
    assert guesses.count(429) >= 20 - ALLOWED.together - 3  # one more is tried after 5, 10 and 20 s
    assert desk.guess("198.51.100.4", "violet harbour 93") == 302


@pytest.mark.parametrize("start", [own, daphne])
def test_without_a_proxy_nobody_chooses_his_address(house: Any, start: Start):
    desk = house(start)
    guesses = [desk.guess(f"192.0.2.{number}", "wrong") for number in range(ALLOWED.together + 3)]
    assert 429 in guesses


@pytest.mark.parametrize(
    ("start", "statuses"),
    [(own, [301, 301]), (daphne, [301, 301]), (own_proxied, [301, 200]), (daphne_proxied, [301, 200])],
)
def test_that_tls_is_there_only_a_proxy_can_state(tmp_path: Path, start: Start, statuses: list[int]):
    with running(start(tmp_path / "web.log", {"HTTPS": "true"})) as server:
        where = f"http://{LOCALHOST}:{server.port}/info"
        sent = [httpx.get(where, headers={"X-Forwarded-Proto": scheme}) for scheme in ("http", "https")]
    assert [answer.status_code for answer in sent] == statuses
