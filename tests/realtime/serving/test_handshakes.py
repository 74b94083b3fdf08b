"""Who may open a socket, and where there is one."""

import pytest
from websockets.exceptions import InvalidStatus

from tests.realtime.serving.sockets import raw_connect, receive


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


@pytest.mark.parametrize("path", ["/ws/nothing/", "/ws/", "/elsewhere", "/ws/depth/a/b"])
def test_unknown_address_is_not_found(page, log, path):
    with pytest.raises(InvalidStatus) as refusal, raw_connect(f"ws://{page}{path}"):
        pytest.fail("connected")
    assert refusal.value.response.status_code == 404
    assert "Traceback" not in log.read_text()
