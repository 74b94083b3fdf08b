"""A client at the sockets of the web process."""

import json

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

MARKET = ["/ws/pressure/", "/ws/depth/BTCUSDT/"]
CONFIGURATION = "/ws/configuration/"


def receive(browser, kind: str = "update"):
    """The next frame of this kind."""
    while (frame := json.loads(browser.recv(timeout=20)))["type"] != kind:
        pass
    return frame


def receive_numbered(browser):
    """The next frame that has a number of its own."""
    while (frame := json.loads(browser.recv(timeout=20)))["type"] == "heartbeat":
        pass
    return frame


def close_code(browser) -> int | None:
    """Read to the end; the code the server closed with, None where the connection just ended."""
    try:
        while True:
            browser.recv(timeout=20)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


def raw_connect(address, origin=None, headers=None):
    return connect(address, origin=origin, additional_headers=headers or {}, open_timeout=20, max_size=None)


def handshake(page, path, headers, origin=None) -> int:
    """The status it is answered with: 101 is a socket."""
    try:
        with raw_connect(f"ws://{page}{path}", origin, headers) as browser:
            browser.recv(timeout=20)
            return 101
    except InvalidStatus as refusal:
        return refusal.response.status_code
