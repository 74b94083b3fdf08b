"""The end of a web process, asked for or not."""

import time

import httpx

from realtime.stack.servers import LOCALHOST
from tests.realtime.serving.sockets import close_code, raw_connect, receive
from tests.servers import command, running, web


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
