"""Two venues of one coin over NATS, Redis, feed and web: each keeps its numbers, and the symbol means a live one."""

from typing import Any

import pytest
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.test import Client

from metrics.domain.admission.following import GIVEN_BACK_SECONDS
from metrics.feed.runner import DepthFeed
from metrics.push import consumers
from metrics.push.hub import MarketHub
from metrics.push.routing import websocket_urlpatterns
from metrics.store.reader import StoreReader
from tests.factories import START, Clock, spot_book
from tests.integration.pipeline import Arrival, Pipeline
from tests.metrics.push.conftest import sent

FROZEN, BACK, END = 10, 20, 60
"""Seconds after START: Binance falls silent, is heard again, and everything ends."""
STALE_AFTER = 5
GIVEN_BACK = BACK + int(GIVEN_BACK_SECONDS)
MIDS = {"binance": 100.5, "okx": 200.5}


def books() -> list[Arrival]:
    """One a second of each venue."""
    heard = {"okx": range(1, END + 1), "binance": [*range(1, FROZEN + 1), *range(BACK, END + 1)]}
    return sorted(
        (
            START + second,
            spot_book(bids=[(mid - 0.5, 1.0)], asks=[(mid + 0.5, 1.0)], update_id=second, source=venue),
        )
        for venue, mid in MIDS.items()
        for second in heard[venue]
    )


class Watched(Pipeline):
    """With the hub of a web process, and a socket that is told of every symbol."""

    def __init__(self, feed: DepthFeed, clock: Clock, hub: MarketHub, look: Any) -> None:
        super().__init__(feed, clock, look=look)
        self.hub = hub
        self.frames: list[dict[str, Any]] = []

    async def _run(self, arrivals: list[Arrival], until: float | None) -> None:
        await self.hub.join_feeds()
        self.socket = WebsocketCommunicator(URLRouter(websocket_urlpatterns), "/ws/pressure/")
        await self.socket.connect()
        await super()._run(arrivals, until)
        await self.socket.disconnect()

    async def _carry_out(self, now: float) -> None:
        await super()._carry_out(now)
        await self.hub.take(await self.hub.receive())
        self.frames += [{**frame, "at": now - START} for frame in sent(self.socket)]


@pytest.mark.usefixtures("store")
def test_each_keeps_its_numbers_and_the_symbol_means_the_one_that_is_live(
    feed: DepthFeed, clock: Clock, reader: StoreReader, client: Client, monkeypatch: pytest.MonkeyPatch
):
    meant: dict[int, str] = {}

    def look() -> None:
        second = round(clock() - START)
        bare = client.get("/api/v1/metrics/depth/BTCUSDT").json()
        meant[second] = bare["venue"]
        assert (bare["state"], bare["spread"]["mid_price"]) == ("live", MIDS[bare["venue"]]) or (
            FROZEN < second <= FROZEN + STALE_AFTER + 1
        )
        for venue, mid in MIDS.items():
            body = client.get("/api/v1/metrics/depth/BTCUSDT", {"venue": venue}).json()
            assert (body["venue"], body["spread"]["mid_price"]) == (venue, mid)

    hub = MarketHub(reader, clock)
    monkeypatch.setattr(consumers, "get_hub", lambda: hub)
    monkeypatch.setattr("channels.db.close_old_connections", lambda: None)
    watched = Watched(feed, clock, hub, look)
    watched.run(books())
    assert [second for second, venue in meant.items() if venue == "okx"] == [
        *range(FROZEN + STALE_AFTER + 1, GIVEN_BACK)
    ]
    told = [
        (frame["at"], frame["symbols"]["BTCUSDT"]["venue"])
        for frame in watched.frames
        if "BTCUSDT" in frame.get("symbols", {})
    ]
    assert dict(told) == meant
    assert [(frame["at"], frame["removed"]) for frame in watched.frames if frame.get("removed")] == [
        (FROZEN + STALE_AFTER + 1, ["BTCUSDT"]),
        (GIVEN_BACK, ["BTCUSDT"]),
    ]
