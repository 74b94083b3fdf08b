"""A server of a small application, in this process, so that its limits can be short."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from realtime.origins import Application
from realtime.serving.application import Receive
from realtime.serving.at_once import AtHand, nothing
from realtime.serving.requests import BACKLOG_SECONDS, PATIENCE_SECONDS, Requests
from realtime.serving.server import KEPT_SECONDS, UNREAD_SECONDS, listening, options
from realtime.serving.sockets import LAST_WORDS_SECONDS, Sockets
from realtime.stack.servers import LOCALHOST
from realtime.variables import Proxies

Address = tuple[str, int]
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def read_body(receive: Receive) -> bytes:
    """All of it."""
    body, is_whole = b"", False
    while not is_whole:
        message = await receive()
        body += message.get("body", b"")
        is_whole = not message.get("more_body", False)
    return body


async def until_gone(receive: Receive) -> None:
    """Return when the client of a WebSocket has left."""
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def answer(send: Any, body: bytes) -> None:
    """200, with this body."""
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@contextmanager
def serving(
    application: Application,
    *,
    at_hand: AtHand = nothing,
    proxies: Proxies = 0,
    patience: float = PATIENCE_SECONDS,
    unread_seconds: float = UNREAD_SECONDS,
    backlog: float = BACKLOG_SECONDS,
    last_words: float = LAST_WORDS_SECONDS,
    kept_seconds: int = KEPT_SECONDS,
    send_buffer: int | None = None,
) -> Iterator[Address]:
    """Its address, for the time of the block."""

    class HouseRequests(Requests):
        patience_seconds = patience
        backlog_seconds = backlog

    class HouseSockets(Sockets):
        patience_seconds = patience
        backlog_seconds = backlog
        last_words_seconds = last_words

    listener = listening(LOCALHOST, 0, unread_seconds)
    if send_buffer is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)  # connections inherit it
    config = options(
        application, at_hand=at_hand, proxies=proxies, requests=HouseRequests, sockets=HouseSockets
    )
    config.timeout_keep_alive = kept_seconds
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    address = listener.getsockname()
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield address
    finally:
        server.should_exit = True
        thread.join(20)
