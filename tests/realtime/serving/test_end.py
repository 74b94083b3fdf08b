"""The end of a web process, asked for or not."""

import asyncio
import socket
import time

import httpx
import pytest

from realtime.stack.servers import LOCALHOST
from tests.realtime.serving.house import HANDSHAKE, answer, read_body, serving, until_gone
from tests.realtime.serving.sockets import close_code, raw_connect, receive
from tests.servers import command, running, until, web

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


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
            assert close_code(browser) == 1012
    assert "Traceback" not in server.log.read_text()


def test_nobody_who_does_not_read_keeps_it_from_ending():
    async def application(scope, receive, send):
        await send({"type": "websocket.accept"})
        while not scope["is_congested"]():
            await send({"type": "websocket.send", "bytes": b"x" * 1_000_000})
        is_congested.append(True)
        await until_gone(receive)

    is_congested: list[bool] = []
    with socket.socket() as reader:
        with serving(application) as address:
            reader.connect(address)
            reader.sendall(HANDSHAKE)
            until(lambda: is_congested, "congestion")
            began = time.monotonic()
        assert time.monotonic() - began < 2


@pytest.mark.parametrize("behind", [b"", b"\r\n", b"GET /"], ids=["nothing", "an empty line", "half a head"])
def test_an_answer_under_way_is_given(behind):
    async def application(scope, receive, send):
        await read_body(receive)
        begun.append(True)
        await asyncio.sleep(0.5)
        await answer(send, b"done")

    begun: list[bool] = []
    with socket.socket() as connection:
        with serving(application) as address:
            connection.connect(address)
            connection.sendall(GET)
            until(lambda: begun, "the request")
            connection.sendall(behind)
        assert connection.recv(65536).endswith(b"done")


def test_who_would_have_to_wait_too_long_is_asked_to_come_back(caplog):
    async def application(scope, receive, send):
        await read_body(receive)
        begun.append(True)
        await asyncio.sleep(60)

    begun: list[bool] = []
    with socket.socket() as connection:
        with serving(application) as address:
            connection.connect(address)
            connection.sendall(GET)
            until(lambda: begun, "the request")
        text = connection.recv(65536)
        assert text.startswith(b"HTTP/1.1 503 ")
        assert b"connection: close" in text
    assert [each.message for each in caplog.records if each.exc_info] == []


def test_an_answer_nobody_reads_ends_without_a_traceback(caplog):
    async def application(scope, receive, send):
        begun.append(True)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"x" * 1_000_000, "more_body": True})

    begun: list[bool] = []
    with socket.socket() as connection, serving(application) as address:
        connection.connect(address)
        connection.sendall(GET)
        until(lambda: begun, "the request")
    assert [each.message for each in caplog.records if each.exc_info] == []


def test_taken_port_ends_it_with_a_reason(tmp_path, server):
    second = command("serve_web", "--port", str(server.port), log=tmp_path / "web.log")
    with running(second):
        assert second.wait() != 0
    assert str(server.port) in second.log.read_text()
    assert "Traceback" not in second.log.read_text()
