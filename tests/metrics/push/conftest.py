"""A desk: a feed, a hub and sockets, joined by the real store and channel layer, moved by hand."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from redis.exceptions import ConnectionError as StoreAway

from metrics.feed.runner import DepthFeed
from metrics.push import consumers
from metrics.push.hub import MarketHub
from metrics.push.routing import websocket_urlpatterns
from metrics.store.reader import StoreReader
from tests.factories import ASKS, BIDS, Clock, spot_book

Frame = dict[str, Any]

BTC, ETH, XRP = "BTCUSDT", "ETHUSDT", "XRPUSDT"
SELLERS = {"bids": [(100.0, 1.0)], "asks": [(100.5, 3.0)]}  # net pressure -50


class Desk:
    """`async with desk:` the hub has joined the feeds; on the way out every socket is closed."""

    def __init__(self, hub: MarketHub, feed: DepthFeed, clock: Clock) -> None:
        self.hub = hub
        self.feed = feed
        self.clock = clock
        self.sockets: list[WebsocketCommunicator] = []
        self._update_id = 0

    async def __aenter__(self) -> "Desk":
        await self.hub.join_feeds()
        return self

    async def __aexit__(self, *problem: Any) -> None:
        for socket in self.sockets:
            await socket.disconnect()

    def quote(self, *symbols: str, bids=BIDS, asks=ASKS, **envelope: Any) -> None:
        """New books arrive at the feed."""
        for symbol in symbols:
            self._update_id += 1
            self.feed.process(spot_book(symbol, bids, asks, self._update_id, **envelope))

    async def publish(self, *symbols: str, bids=BIDS, asks=ASKS, **envelope: Any) -> None:
        """New books arrive at the feed, which publishes, and the hub takes the batch."""
        self.quote(*symbols, bids=bids, asks=asks, **envelope)
        await self.feed.publish_once()
        await self.hub.take(await self.hub.receive())

    async def lose_batch(self, *symbols: str, bids=BIDS, asks=ASKS) -> None:
        """The feed publishes, and the batch never arrives."""
        self.quote(*symbols, bids=bids, asks=asks)
        await self.feed.publish_once()
        await self.hub.receive()

    async def connect(self, path: str = "/ws/pressure/", **scope: Any) -> WebsocketCommunicator:
        socket = WebsocketCommunicator(URLRouter(websocket_urlpatterns), path)
        socket.scope |= scope
        self.sockets.append(socket)
        connected, _ = await socket.connect()
        assert connected
        if path.startswith("/ws/depth/"):
            async with asyncio.timeout(5):  # the book is read in a thread
                while socket.output_queue.empty():
                    await asyncio.sleep(0.001)
        return socket

    async def joined(self, path: str = "/ws/pressure/", **scope: Any) -> WebsocketCommunicator:
        """A socket that has been told what it is told first."""
        socket = await self.connect(path, **scope)
        sent(socket)
        return socket


def away(*_: Any) -> None:
    """What a method of the reader is replaced with while the store is away."""
    raise StoreAway("connection refused")


def sent(socket: WebsocketCommunicator) -> list[Frame]:
    """Everything the socket was sent since the last call."""
    frames = []
    while not socket.output_queue.empty():
        message = socket.output_queue.get_nowait()
        frames.append(json.loads(message["text"]) if "text" in message else message)
    return frames


def kinds(frames: list[Frame]) -> list[str]:
    return [frame["type"] for frame in frames]


@pytest.fixture(autouse=True)
def no_old_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels closes old database connections around every message; its own communicator forbids it too."""
    monkeypatch.setattr("channels.db.close_old_connections", lambda: None)


@pytest.fixture
def desk(reader: StoreReader, feed: DepthFeed, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Desk:
    hub = MarketHub(reader, clock)
    feed.is_connected = lambda: True
    monkeypatch.setattr(consumers, "get_hub", lambda: hub)
    return Desk(hub, feed, clock)


@pytest.fixture
def play(desk: Desk, run: Callable[..., Any]) -> Callable[[Callable[[Desk], Any]], Any]:
    """Run a story on the desk."""

    async def on_desk(story: Callable[[Desk], Any]) -> Any:
        async with desk:
            return await story(desk)

    return lambda story: run(lambda: on_desk(story))
