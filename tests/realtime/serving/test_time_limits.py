"""Whoever does not finish what he began is cut off, and holds up nobody who does."""

import asyncio
import gc
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain, repeat

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from realtime.serving.requests import PATIENCE_SECONDS, Requests
from realtime.serving.sockets import Sockets
from tests.realtime.serving.house import HANDSHAKE, answer, read_body, serving, until_gone
from tests.servers import until

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HASTY = 0.3
"""Seconds the server waits for the rest of a request."""
SHORT = 0.5
"""Seconds it waits for whoever reads too little, and keeps what nobody uses."""
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
    """Everything the server sends before it hangs up."""
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
    with serving(application) as address:
        with socket.create_connection(address) as connection:
            connection.sendall(HANDSHAKE)
            until(lambda: is_kept(Sockets), "a socket")
        until(lambda: not is_kept(Sockets), "the end of the socket", PATIENCE_SECONDS / 2)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="the kernel does not keep this time")
def test_who_does_not_take_what_he_asked_for_is_cut_off():
    with serving(application, unread_seconds=1) as address, socket.create_connection(address) as reader:
        reader.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        time.sleep(3)
        assert len(read_to_the_end(reader)) < LARGE


def trickled(reader: socket.socket, seconds: float) -> bytes:
    """What it answers meanwhile to who takes a little, again and again."""
    text, deadline = b"", time.monotonic() + seconds
    with suppress(ConnectionResetError):
        while time.monotonic() < deadline:
            text += reader.recv(100)
            time.sleep(0.02)
    return text


@pytest.mark.parametrize(
    "more", [b"Connection: close\r\n", b""], ids=["the last answer", "a kept connection"]
)
def test_who_takes_an_answer_drop_by_drop_is_cut_off(more):
    with serving(application, backlog=SHORT) as address, socket.create_connection(address) as reader:
        reader.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n" + more + b"\r\n")
        began = trickled(reader, 4 * SHORT)
        assert len(began) + len(read_to_the_end(reader)) < LARGE


def test_a_socket_that_is_read_drop_by_drop_is_cut_off():
    async def talkative(scope, receive, send):
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "bytes": b"x" * LARGE})
        await until_gone(receive)
        left.append(True)

    left: list[bool] = []
    with serving(talkative, backlog=SHORT) as address, socket.create_connection(address) as reader:
        reader.sendall(HANDSHAKE)
        trickled(reader, 4 * SHORT)
        until(lambda: left, "the end of the socket", PATIENCE_SECONDS / 2)


def test_a_connection_that_nobody_uses_is_closed():
    with (
        serving(application, kept_seconds=1) as address,
        socket.create_connection(address, timeout=10) as connection,
    ):
        connection.sendall(HEAD)
        began = time.monotonic()
        assert read_to_the_end(connection).count(b"HTTP/1.1 200") == 1
        assert 0.9 < time.monotonic() - began < 5


SIZES = range(4_000, 200_000, 14_000)
"""Bytes of answers: some the kernel takes, some wait here, and some are more than a transport holds by itself."""
SMALL = 4096


@pytest.mark.parametrize(
    "more", [b"Connection: close\r\n", b""], ids=["the last answer", "a kept connection"]
)
def test_nobody_keeps_a_connection_by_leaving_its_answer_unread(more):
    async def generous(scope, receive, send):
        size = int(scope["path"][1:])
        begun.append(size)
        await answer(send, b"x" * size)

    begun: list[int] = []
    with serving(generous, kept_seconds=1, backlog=SHORT, send_buffer=SMALL) as address, ExitStack() as stack:
        for size in SIZES:
            head = b"GET /%d HTTP/1.1\r\nHost: localhost\r\n" % size
            stack.enter_context(unread(address, head + more + b"\r\n"))
        until(lambda: len(begun) == len(SIZES), "the requests")
        until(lambda: not is_kept(Requests), "their end", PATIENCE_SECONDS / 2)


@pytest.mark.parametrize("code", [1000, 1008])
def test_nobody_keeps_a_socket_by_leaving_its_end_unread(code):
    async def generous(scope, receive, send):
        size = SIZES[len(begun)]
        begun.append(True)
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "bytes": b"x" * size})
        await send({"type": "websocket.close", "code": code})
        await until_gone(receive)

    begun: list[bool] = []
    with (
        serving(generous, patience=SHORT, last_words=SHORT, send_buffer=SMALL) as address,
        ExitStack() as stack,
    ):
        for _ in SIZES:
            stack.enter_context(unread(address, HANDSHAKE))
        until(lambda: len(begun) == len(SIZES), "the sockets")
        until(lambda: not is_kept(Sockets), "their end", PATIENCE_SECONDS / 2)


@contextmanager
def unread(address, sent: bytes) -> Iterator[None]:
    """A connection on which this is sent, and nothing is read."""
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        reader.connect(address)
        reader.sendall(sent)
        yield


def is_kept(protocol: type[Requests] | type[Sockets]) -> bool:
    """Is there any such connection?"""
    gc.collect()
    return any(
        issubclass(type(each), protocol) for each in gc.get_objects()
    )  # not of what a proxy stands for
