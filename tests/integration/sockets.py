"""What WebSockets are told first, from the same store that REST reads."""

import json
from collections.abc import Awaitable, Callable, Collection
from typing import Any
from unittest.mock import patch

from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator

from metrics.push import consumers
from metrics.push.hub import MarketHub
from metrics.push.routing import websocket_urlpatterns
from metrics.store.reader import StoreReader
from tests.factories import Clock

Frame = dict[str, Any]
Run = Callable[[Callable[[], Awaitable[Any]]], Any]


def first_frames(run: Run, reader: StoreReader, clock: Clock, paths: Collection[str]) -> list[Frame]:
    """The first frame of each path, in a web process that has just begun."""

    async def told() -> list[Frame]:
        hub = MarketHub(reader, clock)
        await hub.join_feeds()
        frames = []
        # Channels closes old database connections around every message; its own communicator forbids it too.
        with (
            patch.object(consumers, "get_hub", lambda: hub),
            patch("channels.db.close_old_connections", lambda: None),
        ):
            for path in paths:
                socket = WebsocketCommunicator(URLRouter(websocket_urlpatterns), path)
                await socket.connect()
                frames.append(json.loads(await socket.receive_from(timeout=10)))
                await socket.disconnect()
        return frames

    found: list[Frame] = run(told)
    return found
