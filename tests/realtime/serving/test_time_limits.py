"""Whoever does not finish what he began is cut off, and holds up nobody who does."""

import asyncio
import gc
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from realtime.serving.requests import PATIENCE_SECONDS
from realtime.serving.sockets import Sockets
from tests.realtime.serving.house import HANDSHAKE, answer, read_body, serving, until_gone
from tests.servers import until

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HASTY = 0.3
"""Seconds the server waits for the rest of a request."""
LARGE = 50_000_000
"""More than all buffers between server and client hold."""


async def application(scope, receive, send):
    if scope["type"] == "websocket":  # which waits for ever
        await until_gone(receive)
        return
    if scope["path"] == "/slow":
        await asyncio.sleep(2 * HASTY)
    elif scope["path"] == "/large":
        await answer(send, b"x" * LARGE)
        return
    await answer(send, await read_body(receive))


@pytest.fixture(scope="module")
def address():
    with serving(application, patience=HASTY) as address:
        yield address


@contextmanager
def dripping(address, pieces: Iterable[bytes]) -> Iterator[socket.socket]:
    """A connection on which these are sent, twenty a second, for as long as the server takes them."""

    def drip() -> None:
        for piece in pieces:
            try:
                connection.sendall(piece)
            except OSError:
                return
            time.sleep(0.05)

    with socket.create_connection(address, timeout=10) as connection:
        hand = threading.Thread(target=drip)
        hand.start()
        yield connection
        hand.join()


def read_to_the_end(connection: socket.socket) -> bytes:
    """Everything the server says before it hangs up."""
    text = b""
    try:
        while piece := connection.recv(65536):
            text += piece
    except ConnectionResetError:
        pass
    return text


UNFINISHED: dict[str, tuple[Iterable[bytes], int]] = {
    "nothing": ([], 0),
    "one head": (chain([b"GET / HTTP/1.1\r\n"], repeat(b"X")), 0),
    "one body": (
        chain([b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n"], repeat(b"x")),
        0,
    ),
    "the second head": (chain([HEAD, b"GET /"], repeat(b"x")), 1),
    "the head that came along with a whole one": (chain([HEAD + b"GET /"], repeat(b"x")), 1),
    "empty lines": (chain([HEAD], repeat(b"\r\n")), 1),
    "half a handshake": (chain([b"GET /ws/ HTTP/1.1\r\nUpgrade: websocket\r\n"], repeat(b"X")), 0),
}


@pytest.mark.parametrize("what", UNFINISHED)
def test_who_sends_piece_by_piece_is_cut_off(address, what):
    pieces, answers = UNFINISHED[what]
    began = time.monotonic()
    with dripping(address, pieces) as connection:
        assert read_to_the_end(connection).count(b"HTTP/1.1 200") == answers
    assert time.monotonic() - began < 5


def test_a_body_has_as_long_as_its_head_had():
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\nConnection: close\r\n\r\n"
    pieces = [head[start : start + 6] for start in range(0, len(head), 6)]  # 0.6 s, and as much for the body
    with (
        serving(application, patience=1) as address,
        dripping(address, [*pieces, *[b"x"] * 12]) as connection,
    ):
        assert read_to_the_end(connection).endswith(b"x" * 12)


def test_an_answer_may_take_longer(address):
    host, port = address
    assert httpx.get(f"http://{host}:{port}/slow").status_code == 200


@pytest.mark.parametrize(
    "behind",
    [b"\r\n", b"GET /", b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx"],
    ids=["an empty line", "half a head", "half a body"],
)
def test_an_answer_is_not_cut_off_for_what_stands_behind_its_request(address, behind):
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(HEAD.replace(b"/", b"/slow", 1))
        time.sleep(HASTY / 3)
        connection.sendall(behind)
        assert read_to_the_end(connection).count(b"HTTP/1.1 200") == 1


def test_a_connection_is_kept_for_the_next_request(address):
    host, port = address
    with httpx.Client(base_url=f"http://{host}:{port}") as client:
        used = set()
        for _ in range(4):
            used.add(client.get("/").extensions["network_stream"].get_extra_info("client_addr"))
            time.sleep(HASTY / 2)
    assert len(used) == 1


def test_a_handshake_nobody_answers_is_refused(address):
    host, port = address
    with pytest.raises(InvalidStatus) as refusal, connect(f"ws://{host}:{port}/", open_timeout=10):
        pytest.fail("connected")
    assert refusal.value.response.status_code == 503


def test_nothing_is_kept_of_a_socket_that_is_gone():
    def is_kept() -> bool:
        gc.collect()
        return any(
            issubclass(type(each), Sockets) for each in gc.get_objects()
        )  # not of what a proxy stands for

    with serving(application) as address:
        with socket.create_connection(address) as connection:
            connection.sendall(HANDSHAKE)
            until(is_kept, "a socket")
        until(lambda: not is_kept(), "the end of the socket", PATIENCE_SECONDS / 2)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="the kernel does not keep this time")
def test_who_does_not_take_what_he_asked_for_is_cut_off():
    with serving(application, unread_seconds=1) as address, socket.create_connection(address) as reader:
        reader.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        time.sleep(3)
        assert len(read_to_the_end(reader)) < LARGE
