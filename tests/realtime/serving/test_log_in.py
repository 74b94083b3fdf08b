"""Where a log-in is required: sessions and tokens open sockets, and nothing else does."""

import json
import os
import subprocess
import sys

import httpx
import pytest

from realtime.stack.servers import LOCALHOST
from tests.realtime.serving.sockets import CONFIGURATION, MARKET, handshake, raw_connect, receive
from tests.servers import ROOT, running, web

MAKE_CREDENTIALS = """
import json
from datetime import timedelta
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from knox.models import AuthToken
call_command("migrate", verbosity=0)
user, viewer, gone = (User.objects.create(username=name) for name in ("risk", "viewer", "gone"))
viewer.groups.add(Group.objects.get(name="Viewers"))
session = SessionStore()
session[SESSION_KEY] = str(user.pk)
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
accounts = {
    "session": session.session_key,
    "risk": AuthToken.objects.create(user)[1],
    "viewer": AuthToken.objects.create(viewer)[1],
    "gone": AuthToken.objects.create(gone)[1],
    "expired": AuthToken.objects.create(user, expiry=timedelta(seconds=-1))[1],
}
User.objects.filter(pk=gone.pk).update(is_active=False)
print("accounts:" + json.dumps(accounts))
"""


@pytest.fixture(scope="module")
def closed_desk(tmp_path_factory):
    """A web process where a log-in is required, its address, and credentials by name."""
    directory = tmp_path_factory.mktemp("closed")
    environment = {"METRICS_REQUIRE_LOGIN": "true", "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}"}
    make = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", MAKE_CREDENTIALS]
    reported = subprocess.check_output(make, cwd=ROOT, env=os.environ | environment, text=True, timeout=120)
    with running(web(directory / "web.log", environment=environment)) as server:
        yield f"{LOCALHOST}:{server.port}", json.loads(reported.rpartition("accounts:")[2])
        assert "Traceback" not in server.log.read_text()


def test_where_a_log_in_is_required_a_session_opens_the_socket(closed_desk, store):
    page, known = closed_desk
    for cookie in ("", "sessionid=nonsense"):
        assert handshake(page, "/ws/pressure/", {"Cookie": cookie}) == 403
        assert httpx.get(f"http://{page}/api/v1/metrics/all", headers={"Cookie": cookie}).status_code == 401
    headers = {"Cookie": f"sessionid={known['session']}"}
    with raw_connect(f"ws://{page}/ws/pressure/", headers=headers) as browser:
        assert receive(browser, "snapshot")["symbols"] == {}
    assert httpx.get(f"http://{page}/api/v1/feed", headers=headers).status_code == 200


def test_so_does_a_token(closed_desk, store):
    page, known = closed_desk
    risk, viewer = ({"Authorization": f"Token {known[name]}"} for name in ("risk", "viewer"))
    assert [handshake(page, path, risk) for path in (*MARKET, CONFIGURATION)] == [101, 101, 403]
    assert handshake(page, CONFIGURATION, viewer) == 101


@pytest.mark.parametrize("path", [*MARKET, CONFIGURATION])
def test_token_that_is_not_good_opens_nothing(closed_desk, store, path):
    page, known = closed_desk
    good = known["viewer"]
    for header, status in {
        f"Token {known['expired']}": 401,
        f"Token {known['gone']}": 401,
        f"Token {good[:-1]}": 401,
        f"Token {good} {good}": 401,
        f"Token {good}\xe9": 401,
        "Token": 401,
        f"Bearer {good[:-1]}": 401,
        f"Basic {good}": 403,
    }.items():
        assert handshake(page, path, {"Authorization": header}) == status, header
    assert handshake(page, f"{path}?token={good}", {}) == 403
    assert handshake(page, path, {"Authorization": f"Token {good}"}, "https://evil.example.com") == 403


def test_a_wrong_token_is_refused_whoever_is_logged_in(closed_desk, store):
    """As in REST: what is sent counts."""
    page, known = closed_desk
    session = {"Cookie": f"sessionid={known['session']}"}
    assert handshake(page, "/ws/pressure/", session | {"Authorization": "Token nonsense"}) == 401
    assert handshake(page, "/ws/pressure/", session | {"Authorization": "Basic of-a-proxy"}) == 101


def test_whom_an_absent_database_knows_may_come_back_later(tmp_path, store):
    environment = {"DATABASE_URL": f"sqlite:///{tmp_path / 'absent' / 'db.sqlite3'}"}
    with running(web(tmp_path / "web.log", environment=environment)) as server:
        for sent in ({"Cookie": "sessionid=" + "x" * 32}, {"Authorization": "Token " + "x" * 64}):
            assert handshake(f"{LOCALHOST}:{server.port}", CONFIGURATION, sent) == 503
    assert "Traceback" not in server.log.read_text()
