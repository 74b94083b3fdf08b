"""The web process itself: its sockets as a client finds them, slow readers, its end."""

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from io import BytesIO
from itertools import pairwise

import httpx
import pytest
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.protocol import State
from websockets.sync.client import connect
from websockets.uri import parse_uri

from realtime.serving import BoundedRequest
from realtime.stack.servers import LOCALHOST
from tests.factories import spot_book
from tests.servers import ROOT, command, running, web

SYMBOLS = [f"S{number:03}USDT" for number in range(400)]


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return tmp_path_factory.mktemp("web") / "web.log"


@pytest.fixture(scope="module")
def server(log):
    with running(web(log, environment={"WEBSOCKET_ALLOWED_ORIGINS": "https://wall.example.com"})) as server:
        yield server


@pytest.fixture
def page(server) -> str:
    return f"{LOCALHOST}:{server.port}"


@pytest.fixture
def quote(publish, clock):
    """Publish books, now."""
    update_id = 0

    def quote(*symbols: str) -> None:
        nonlocal update_id
        update_id += 1
        clock.now = time.time()
        publish(*(spot_book(symbol, update_id=update_id) for symbol in symbols))

    return quote


def receive(browser, kind: str = "update"):
    """The next frame of this kind."""
    while (frame := json.loads(browser.recv(timeout=20)))["type"] != kind:
        pass
    return frame


def receive_numbered(browser):
    """The next frame that has a number of its own."""
    while (frame := json.loads(browser.recv(timeout=20)))["type"] == "heartbeat":
        pass
    return frame


def close_code(browser) -> int | None:
    """Read to the end; the code the server closed with, None where the connection just ended."""
    try:
        while True:
            browser.recv(timeout=20)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


# -- Handshakes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.example.com", None),
        ("null", None),
        ("http://[::1", None),
        (None, "evil.example.com"),
        ("http://evil.example.com", "evil.example.com"),
    ],
)
@pytest.mark.parametrize("path", ["/ws/pressure/", "/ws/depth/BTCUSDT/"])
def test_foreign_page_is_refused_at_the_handshake(page, origin, host, path):
    headers = {"Host": host} if host else {}
    with pytest.raises(InvalidStatus) as refusal, raw_connect(f"ws://{page}{path}", origin, headers):
        pytest.fail("connected")
    assert refusal.value.response.status_code in (400, 403)


@pytest.mark.parametrize("origin", [None, "own", "https://wall.example.com"])
def test_own_and_listed_pages_and_programs_may_connect(page, store, origin):
    with raw_connect(f"ws://{page}/ws/pressure/", f"http://{page}" if origin == "own" else origin) as browser:
        assert receive(browser, "snapshot")["type"] == "snapshot"


def raw_connect(address, origin=None, headers=None):
    return connect(address, origin=origin, additional_headers=headers or {}, open_timeout=20, max_size=None)


@pytest.mark.parametrize("path", ["/ws/nothing/", "/ws/", "/elsewhere", "/ws/depth/a/b"])
def test_unknown_address_is_not_found(page, log, path):
    with pytest.raises(InvalidStatus) as refusal, raw_connect(f"ws://{page}{path}"):
        pytest.fail("connected")
    assert refusal.value.response.status_code == 404
    assert "Traceback" not in log.read_text()


# -- Limits ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("messages", "code"),
    [(["x" * 4097], 1009), (["x" * 70_000], 1009), ([b"x" * 4097], 1009), (["{}"] * 21, 1008)],
)
def test_too_much_is_closed_with_its_code(page, messages, code):
    with raw_connect(f"ws://{page}/ws/pressure/") as browser:
        for message in messages:
            browser.send(message)
        assert close_code(browser) == code


@pytest.mark.parametrize("piece", ["x" * 1000, b"x" * 1000])
def test_message_in_pieces_is_closed_as_soon_as_it_is_too_much(page, piece):
    codes = []

    def pieces(browser):
        yield from [piece] * 5
        codes.append(close_code(browser))  # before the last piece

    with raw_connect(f"ws://{page}/ws/pressure/") as browser, suppress(ConnectionClosed):
        browser.send(pieces(browser))
    assert codes == [1009]


def test_message_of_exactly_the_limit_is_read_in_pieces_too(page, store):
    text = json.dumps({"type": "x" * 4000})
    text += " " * (4096 - len(text))
    with raw_connect(f"ws://{page}/ws/pressure/") as browser:
        browser.send(text)
        assert receive(browser, "error")["code"] == "UNKNOWN_TYPE"
        browser.send(iter([text[:1000], text[1000:]]))
        assert receive(browser, "error")["code"] == "UNKNOWN_TYPE"


def test_text_that_is_not_utf8_is_closed(page):
    with raw_connect(f"ws://{page}/ws/pressure/") as browser:
        browser.send(b"\xff\xfe", text=True)
        assert close_code(browser) == 1007


# -- Bodies ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain"]
)
@pytest.mark.parametrize("size", [2_621_441, 8_000_000])
def test_body_that_is_too_large_is_refused_by_its_length(page, log, content_type, size):
    address = f"http://{page}/api/v1/strategies/orderbook_skew/config"
    answer = httpx.post(address, content=b"x" * size, headers={"Content-Type": content_type}, timeout=20)
    assert answer.status_code == 413
    assert answer.json()["error"] == {
        "code": "BODY_TOO_LARGE",
        "message": f"A body has at most 2621440 bytes, got {size}.",
        "details": None,
    }
    assert "Traceback" not in log.read_text()


def test_body_of_untold_length_is_refused(page):
    address = f"http://{page}/api/v1/strategies/orderbook_skew/config"
    answer = httpx.post(address, content=iter([b"{", b"x" * 4_000_000]), timeout=20)
    assert (answer.status_code, answer.json()["error"]["code"]) == (411, "LENGTH_REQUIRED")


@pytest.mark.parametrize("start", [b"", b"--x\r\nnonsense"])
def test_form_that_is_faulty_is_answered_like_any_other(page, start):
    address = f"http://{page}/api/v1/strategies/orderbook_skew/config"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = httpx.post(address, content=start + b"x" * 200, headers=headers, timeout=20)
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_what_is_beyond_the_limit_of_a_body_is_dropped(monkeypatch):
    monkeypatch.setattr(BoundedRequest, "room", 10)
    request = BoundedRequest.__new__(BoundedRequest)
    request.content = BytesIO()
    for _ in range(3):
        request.handleContentChunk(b"1234567")
    assert request.content.getvalue() == b"1234567123"


def test_form_of_the_pages_is_still_read(page):
    with httpx.Client(base_url=f"http://{page}") as browser:
        browser.get("/admin/login/")
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "username": "", "password": ""}
        answer = browser.post("/admin/login/", data=form, headers={"Referer": f"http://{page}/"})
        assert answer.status_code == 200
        assert "This field is required" in answer.text


def test_page_that_is_sent_too_much_answers_with_a_page(page):
    answer = httpx.post(f"http://{page}/admin/login/", content=b"x" * 3_000_000, timeout=20)
    assert (answer.status_code, answer.headers["Content-Type"]) == (413, "text/html; charset=utf-8")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


# -- Slow readers ----------------------------------------------------------------------------


def test_reader_that_does_not_read_costs_nobody_anything_and_catches_up(page, store, quote):
    quote(*SYMBOLS)
    address = f"ws://{page}/ws/pressure/"
    with (
        raw_connect(address) as fast,
        connect(address, max_size=None, max_queue=1, open_timeout=20) as slow,
    ):
        seen = [receive(fast, "snapshot")["seq"]]
        for _ in range(60):  # 100 kB each: more than all buffers between server and client hold
            quote(*SYMBOLS)
            seen.append(receive(fast)["seq"])
        assert seen == list(range(seen[0], seen[0] + 61))

        frames = [receive_numbered(slow)]
        while frames[-1]["seq"] < seen[-1]:
            frames.append(receive_numbered(slow))
        assert len(frames) < len(seen), "nothing was left out: the reader was not slow enough"
        for before, frame in pairwise(frames):
            assert frame["type"] == "snapshot" or frame["seq"] == before["seq"] + 1
        assert "snapshot" in [frame["type"] for frame in frames[1:]]
        assert frames[-1]["symbols"].keys() == set(SYMBOLS)
        quote(SYMBOLS[0])
        assert receive(slow) == receive(fast)


def test_market_of_any_size_is_sent_whole(page, store, quote):
    quote(*(f"M{number:04}USDT" for number in range(5000)))
    with raw_connect(f"ws://{page}/ws/pressure/") as browser:
        text = browser.recv(timeout=20)
        assert len(text) > 1_000_000
        assert len(json.loads(text)["symbols"]) == 5000


@pytest.mark.parametrize("last_words", [["{}"] * 21, [None]])
def test_client_that_is_half_gone_costs_nobody_anything(page, store, quote, last_words):
    """It was sent away, or has said good-bye, and keeps its end of the connection open."""
    quote("BTCUSDT")
    with raw_connect(f"ws://{page}/ws/pressure/") as other, half_gone(page, last_words) as transport:
        while receive(other, "snapshot")["symbols"].keys() != {"BTCUSDT"}:
            pass  # the server still has the market of the test before in mind
        for _ in range(3):
            quote("BTCUSDT")
            assert list(receive(other)["symbols"]) == ["BTCUSDT"]
        assert transport.fileno() > 0


@contextmanager
def half_gone(page, last_words):
    """A client that shakes hands, says its last words (None: the closing frame) and never reads on."""
    protocol = ClientProtocol(parse_uri(f"ws://{page}/ws/pressure/"))
    host, port = page.split(":")
    with socket.create_connection((host, int(port))) as transport:
        protocol.send_request(protocol.connect())
        transport.sendall(b"".join(protocol.data_to_send()))
        while protocol.state is State.CONNECTING:
            protocol.receive_data(transport.recv(65536))
        for word in last_words:
            protocol.send_close(1000) if word is None else protocol.send_text(word.encode())
        transport.sendall(b"".join(protocol.data_to_send()))
        yield transport


# -- Log-in ----------------------------------------------------------------------------------

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
told = {
    "session": session.session_key,
    "risk": AuthToken.objects.create(user)[1],
    "viewer": AuthToken.objects.create(viewer)[1],
    "gone": AuthToken.objects.create(gone)[1],
    "expired": AuthToken.objects.create(user, expiry=timedelta(seconds=-1))[1],
}
User.objects.filter(pk=gone.pk).update(is_active=False)
print("told:" + json.dumps(told))
"""


@pytest.fixture(scope="module")
def closed_desk(tmp_path_factory):
    """A web process where a log-in is required, its address, and credentials by name."""
    directory = tmp_path_factory.mktemp("closed")
    environment = {"METRICS_REQUIRE_LOGIN": "true", "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}"}
    make = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", MAKE_CREDENTIALS]
    told = subprocess.check_output(make, cwd=ROOT, env=os.environ | environment, text=True, timeout=120)
    with running(web(directory / "web.log", environment=environment)) as server:
        yield f"{LOCALHOST}:{server.port}", json.loads(told.rpartition("told:")[2])
        assert "Traceback" not in server.log.read_text()


MARKET = ["/ws/pressure/", "/ws/depth/BTCUSDT/"]
CONFIGURATION = "/ws/configuration/"


def handshake(page, path, headers, origin=None) -> int:
    """The status it is answered with: 101 is a socket."""
    try:
        with raw_connect(f"ws://{page}{path}", origin, headers) as browser:
            browser.recv(timeout=20)
            return 101
    except InvalidStatus as refusal:
        return refusal.response.status_code


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
        f"Bearer {good}": 403,
    }.items():
        assert handshake(page, path, {"Authorization": header}) == status, header
    assert handshake(page, f"{path}?token={good}", {}) == 403
    assert handshake(page, path, {"Authorization": f"Token {good}"}, "https://evil.example.com") == 403


def test_a_wrong_token_is_refused_whoever_is_logged_in(closed_desk, store):
    """As in REST: what is said is said."""
    page, known = closed_desk
    session = {"Cookie": f"sessionid={known['session']}"}
    assert handshake(page, "/ws/pressure/", session | {"Authorization": "Token nonsense"}) == 401
    assert handshake(page, "/ws/pressure/", session | {"Authorization": "Basic of-a-proxy"}) == 101


def test_whom_an_absent_database_knows_may_come_back_later(tmp_path, store):
    environment = {"DATABASE_URL": f"sqlite:///{tmp_path / 'absent' / 'db.sqlite3'}"}
    with running(web(tmp_path / "web.log", environment=environment)) as server:
        for said in ({"Cookie": "sessionid=" + "x" * 32}, {"Authorization": "Token " + "x" * 64}):
            assert handshake(f"{LOCALHOST}:{server.port}", CONFIGURATION, said) == 503
    assert "Traceback" not in server.log.read_text()


# -- Its end ---------------------------------------------------------------------------------


def test_ends_at_once_when_asked_to_whoever_is_connected(tmp_path, store):
    server = web(tmp_path / "web.log")
    with running(server), httpx.Client() as kept_alive:
        page = f"{LOCALHOST}:{server.port}"
        kept_alive.get(f"http://{page}/healthz")
        with raw_connect(f"ws://{page}/ws/pressure/") as browser:
            receive(browser, "snapshot")
            began = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - began < 8
            close_code(browser)
    assert "Traceback" not in server.log.read_text()


def test_taken_port_ends_it_with_a_reason(tmp_path, server):
    second = command("serve_web", "--port", str(server.port), log=tmp_path / "web.log")
    with running(second):
        assert second.wait() != 0
    assert str(server.port) in second.log.read_text()
    assert "Traceback" not in second.log.read_text()


def test_nothing_of_all_this_was_a_failure(page, log):
    """Last: the log of the server that served the tests above."""
    text = log.read_text()
    assert "Traceback" not in text
    assert " ERROR " not in text
