"""Several requests on one connection: each has its turn, and nobody speaks into the answer of another."""

import asyncio
import socket
import struct
import time

import pytest

from realtime.serving.requests import MOST_WAITING
from tests.realtime.serving.house import HANDSHAKE, answer, read_body, serving
from tests.servers import until

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
RESET = struct.pack("ii", 1, 0)
"""Option of a socket that hangs up without a word."""


async def slow(scope, receive, send):
    await read_body(receive)
    await asyncio.sleep(0.3)
    await answer(send, b"slow")


def read_to_the_end(connection: socket.socket) -> bytes:
    text = b""
    while piece := connection.recv(65536):
        text += piece
    return text


def errors(caplog) -> list[str]:
    return [each.message for each in caplog.records if each.levelname == "ERROR"]


@pytest.mark.parametrize("requests", [1, 2, MOST_WAITING + 2])
def test_who_leaves_before_his_turn_leaves_nothing_in_the_log(requests, caplog):
    with serving(slow) as address:
        with socket.create_connection(address) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            connection.sendall(GET * requests)
            time.sleep(0.1)
        time.sleep(0.5)
    assert errors(caplog) == []


def test_too_many_requests_at_once_leave_nothing_in_the_log(caplog):
    with serving(slow) as address:
        with socket.create_connection(address) as connection:
            connection.sendall(GET * (MOST_WAITING + 2))
            assert read_to_the_end(connection).count(b"HTTP/1.1 ") == 1
        time.sleep(0.5)
    assert errors(caplog) == []


def test_the_request_whose_turn_it_is_hears_that_the_client_has_left():
    async def application(scope, receive, send):
        begun.append(True)
        await read_body(receive)
        heard.append((await receive())["type"])

    begun: list[bool] = []
    heard: list[str] = []
    with serving(application) as address:
        with socket.create_connection(address) as connection:
            connection.sendall(GET * 2)
            until(lambda: begun, "the first request")
        until(lambda: heard, "word that the client has left")
    assert heard == ["http.disconnect"]


def test_a_handshake_behind_a_request_is_refused(caplog):
    with serving(slow) as address, socket.create_connection(address) as connection:
        connection.sendall(GET + HANDSHAKE)
        text = read_to_the_end(connection)
    assert text.startswith(b"HTTP/1.1 400 ")
    assert text.count(b"HTTP/1.1 ") == 1
    assert errors(caplog) == []


def test_a_handshake_after_an_answer_is_taken():
    with serving(slow) as address, socket.create_connection(address) as connection:
        connection.sendall(GET)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(HANDSHAKE)
        assert not connection.recv(65536).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("sent", [b"nonsense\r\n\r\n", HANDSHAKE], ids=["nonsense", "handshake"])
def test_nothing_is_written_into_an_answer_that_has_begun(sent):
    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"begun", "more_body": True})
        await read_body(receive)
        await receive()

    with serving(application) as address, socket.create_connection(address) as connection:
        connection.sendall(GET)
        text = b""
        while not text.endswith(b"begun\r\n"):
            text += connection.recv(65536)
        connection.sendall(sent)
        assert read_to_the_end(connection) == b""
