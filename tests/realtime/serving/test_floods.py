"""However much a client sends at once, it learns that it is too much, and nobody else waits for it."""

import socket
import threading
import time
from contextlib import suppress

import httpx
import pytest
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.sync.client import connect
from websockets.uri import parse_uri

from realtime.serving.requests import LARGEST_HEAD_BYTES, MOST_HEADERS, MOST_WAITING
from realtime.serving.sockets import FRAMES_PER_SECOND
from tests.realtime.serving.house import HANDSHAKE, answer, read_body, serving
from tests.realtime.serving.sockets import close_code

MESSAGES = Frame(Opcode.TEXT, b"x").serialize(mask=True) * 10_000
ENDLESS = 100_000_000
"""More bytes than all buffers between client and server hold."""
BEGIN = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


async def application(scope, receive, send):
    """Echoes bodies and messages."""
    if scope["type"] == "http":
        await answer(send, await read_body(receive))
        return
    while (message := await receive())["type"] != "websocket.disconnect":
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "websocket.send", "text": message.get("text"), "bytes": message.get("bytes")})


@pytest.fixture(scope="module")
def address():
    with serving(application) as address:
        yield address


@pytest.fixture(scope="module")
def url(address):
    return "ws://{}:{}/".format(*address)


def answered(address, sent: bytes) -> bytes:
    """All that is answered to this."""
    with socket.create_connection(address, timeout=10) as connection:
        with suppress(ConnectionError):
            connection.sendall(sent)
        text = b""
        with suppress(ConnectionError):
            while piece := connection.recv(65536):
                text += piece
        return text


@pytest.mark.parametrize(
    "sent",
    [
        BEGIN + b"X: " + b"x" * LARGEST_HEAD_BYTES,
        b"GET /" + b"x" * LARGEST_HEAD_BYTES,
        BEGIN + b"X: x\r\n" * MOST_HEADERS + b"\r\n",
        (BEGIN + b"\r\n") * (MOST_WAITING + 2),
        b"\r\n" * LARGEST_HEAD_BYTES,
    ],
    ids=["one header", "address", "headers", "requests at once", "empty lines"],
)
def test_too_much_before_a_body_is_a_bad_request(address, sent):
    assert b"HTTP/1.1 400 Bad Request" in answered(address, sent)


def test_requests_sent_at_once_are_answered_in_turn(address):
    posts = [b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n%d" % number for number in range(9)]
    last = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nConnection: close\r\n\r\n9"
    answers = answered(address, b"".join([*posts, last])).split(b"\r\n\r\n")
    assert [each[:1] for each in answers[1:]] == [b"%d" % number for number in range(10)]


FLOODS = {
    "pings": [Frame(Opcode.PING, b"")],
    "pongs": [Frame(Opcode.PONG, b"")],
    "pieces of nothing": [Frame(Opcode.TEXT, b"", fin=False), *[Frame(Opcode.CONT, b"", fin=False)] * 300],
}


@pytest.mark.parametrize("what", FLOODS)
def test_too_many_frames_are_closed_with_their_code(url, what):
    begun, *rest = FLOODS[what]
    frames = [begun, *(rest or [begun] * FRAMES_PER_SECOND)]
    with connect(url, open_timeout=10) as browser:
        with suppress(ConnectionError):
            browser.socket.sendall(b"".join(frame.serialize(mask=True) for frame in frames))
        assert close_code(browser) == 1008


def sent_after_its_end(connection: socket.socket, piece: bytes) -> int:
    """Of at most ENDLESS bytes as many as are taken before the connection is gone."""
    sent = 0
    with suppress(ConnectionError):
        while sent < ENDLESS:
            connection.sendall(piece)
            sent += len(piece)
    return sent


@pytest.mark.parametrize("code", [1008, 1009])
def test_nothing_is_read_any_more_of_whom_the_application_turns_away(code):
    async def strict(scope, receive, send):
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": code})
        heard.append((await receive())["type"])
        heard.append((await receive())["type"])

    heard: list[str] = []
    with serving(strict, last_words=1) as (host, port):
        with connect(f"ws://{host}:{port}/", open_timeout=10) as browser:
            assert close_code(browser) == code
        with socket.create_connection((host, port), timeout=10) as connection:
            connection.sendall(HANDSHAKE)
            words = b""
            while not words.endswith(code.to_bytes(2)):
                words += connection.recv(65536)
            assert sent_after_its_end(connection, MESSAGES) < ENDLESS
    assert "websocket.receive" not in heard


def test_nothing_is_read_any_more_of_whom_the_server_turns_away(address):
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(HANDSHAKE)
        assert b" 101 " in connection.recv(65536)
        assert sent_after_its_end(connection, MESSAGES) < ENDLESS


def test_nobody_else_waits_for_a_flood(url):
    """However fast it comes, and however often who sends it comes back."""
    pings = Frame(Opcode.PING, b"").serialize(mask=True) * 40_000
    is_over = threading.Event()

    def flood() -> None:
        while not is_over.is_set():
            with suppress(ConnectionError, ConnectionClosed), connect(url, open_timeout=10) as browser:
                browser.socket.sendall(pings)

    crowd = [threading.Thread(target=flood) for _ in range(3)]
    with connect(url, open_timeout=10) as browser:
        for each in crowd:
            each.start()
        for number in range(50):
            browser.send(str(number))
            assert browser.recv(timeout=10) == str(number)
        is_over.set()
    for each in crowd:
        each.join()


def test_a_usual_number_of_frames_is_none_of_them(url):
    with connect(url, open_timeout=10) as browser:
        for _ in range(FRAMES_PER_SECOND // 2):
            browser.ping()
        browser.send("still there")
        assert browser.recv(timeout=10) == "still there"


@pytest.mark.parametrize(
    "garbage",
    [b"\xff" * 100, Frame(Opcode.TEXT, b"too early").serialize(mask=True)],
    ids=["garbage", "a frame"],
)
def test_who_goes_on_before_the_handshake_is_over_harms_nobody(url, address, garbage, caplog):
    protocol = ClientProtocol(parse_uri(url))
    protocol.send_request(protocol.connect())
    with socket.create_connection(address, timeout=10) as connection, suppress(ConnectionError):
        connection.sendall(b"".join(protocol.data_to_send()))
        connection.sendall(garbage)
        while protocol.state is State.CONNECTING and (piece := connection.recv(65536)):
            protocol.receive_data(piece)
    assert httpx.get("http://{}:{}/".format(*address)).status_code == 200
    assert [each.message for each in caplog.records if each.levelname == "ERROR"] == []


def test_a_head_too_long_for_a_handshake_is_refused_at_once(url):
    began = time.monotonic()
    with (
        pytest.raises(InvalidStatus) as refusal,
        connect(url, additional_headers={"Cookie": "x" * 9000}, open_timeout=10),
    ):
        pytest.fail("connected")
    assert refusal.value.response.status_code == 431
    assert time.monotonic() - began < 5
