"""What a client may send over its socket, and how much."""

import json
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from tests.realtime.serving.sockets import close_code, raw_connect, receive


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


def test_what_comes_with_the_text_that_closes_is_not_answered(page, log):
    frames = Frame(Opcode.TEXT, b"\xff").serialize(mask=True) + Frame(Opcode.PING, b"").serialize(mask=True)
    before = log.read_text()
    with raw_connect(f"ws://{page}/ws/pressure/") as browser:
        browser.socket.sendall(frames)
        assert close_code(browser) == 1007
    assert log.read_text() == before


def test_text_that_is_not_utf8_is_closed(page):
    with raw_connect(f"ws://{page}/ws/pressure/") as browser:
        browser.send(b"\xff\xfe", text=True)
        assert close_code(browser) == 1007
