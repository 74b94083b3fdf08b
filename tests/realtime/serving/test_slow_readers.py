"""Readers who are slow or half gone, and markets of any size."""

import json
import socket
from contextlib import contextmanager
from itertools import pairwise

import pytest
from websockets.client import ClientProtocol
from websockets.protocol import State
from websockets.sync.client import connect
from websockets.uri import parse_uri

from tests.realtime.serving.sockets import raw_connect, receive, receive_numbered

SYMBOLS = [f"S{number:03}USDT" for number in range(400)]


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
    """It was sent away, or has closed its side, and keeps its end of the connection open."""
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
    """A client that shakes hands, sends its last words (None: the closing frame) and never reads on."""
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


def test_nothing_of_all_this_was_a_failure(page, log):
    """Last of this folder: the log of the server that served it."""
    text = log.read_text()
    assert "Traceback" not in text
    assert " ERROR " not in text
