"""What an answer says of who gives it, and the log of who asked."""

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.realtime.serving.sockets import raw_connect


def test_no_answer_names_the_server(page):
    assert "Server" not in httpx.get(f"http://{page}/healthz").headers
    with raw_connect(f"ws://{page}/ws/pressure/") as browser:
        assert browser.response is not None
        assert "Server" not in browser.response.headers
    with pytest.raises(InvalidStatus) as refusal, raw_connect(f"ws://{page}/ws/nothing/"):
        pytest.fail("connected")
    assert "Server" not in refusal.value.response.headers


def test_what_anybody_can_cause_leaves_no_line_in_the_log(page, log):
    before = log.read_text()
    httpx.get(f"http://{page}/healthz", headers={"Connection": "Upgrade", "Upgrade": "nonsense"})
    httpx.request("NONSENSE", f"http://{page}/healthz")
    with raw_connect(f"ws://{page}/ws/pressure/"):
        pass
    assert log.read_text() == before
