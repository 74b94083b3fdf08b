"""The hub as it runs by itself: started by the first socket, following the feed, replaced when it fails."""

import asyncio
from time import time

import msgspec
import pytest
from channels.layers import get_channel_layer
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.conf import settings

from metrics.push import hub as hub_module
from metrics.push.hub import get_hub
from metrics.push.routing import websocket_urlpatterns
from metrics.store.keys import MARKET_GROUP
from tests.factories import market_row, spot_book


@pytest.fixture(autouse=True)
def forget_hub(monkeypatch):
    monkeypatch.setattr(hub_module, "_hub", None)


async def connected(path: str = "/ws/pressure/") -> WebsocketCommunicator:
    socket = WebsocketCommunicator(URLRouter(websocket_urlpatterns), path)
    assert (await socket.connect())[0]
    return socket


def test_first_socket_starts_the_hub_that_serves_all(store, feed, run):
    async def story():
        first, second = await connected(), await connected()
        assert [(await socket.receive_json_from(5))["type"] for socket in (first, second)] == ["snapshot"] * 2
        hub = get_hub()
        assert len(hub.pressure_sockets) == 2
        assert hub is get_hub()
        feed.process(spot_book())
        await feed.publish_once()
        for socket in (first, second):
            update = await socket.receive_json_from(5)
            assert (update["type"], list(update["symbols"])) == ("update", ["BTCUSDT"])
            await socket.disconnect()

    run(story)


def test_time_passes_by_itself(store, run, monkeypatch):
    monkeypatch.setattr(hub_module, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(hub_module, "HEARTBEAT_SECONDS", 0.05)

    async def story():
        socket = await connected()
        assert (await socket.receive_json_from(5))["type"] == "snapshot"
        assert [(await socket.receive_json_from(5))["type"] for _ in range(2)] == ["heartbeat"] * 2
        await socket.disconnect()

    run(story)


def test_what_came_while_the_process_was_held_up_is_told_once_as_far_as_it_has_arrived(store, run):
    """It comes over the wire a part at a time; before, each was told by itself, every number older than the next."""
    batches, symbols = 100, 100

    def publish(seq: int, sent_at: float) -> None:
        row = {"received_at": sent_at, "mid_price": float(seq)}
        rows = [msgspec.msgpack.encode([market_row(symbol=f"S{n}USDT", **row)]) for n in range(symbols)]
        batch = {"feed": "f", "epoch": "e", "seq": seq, "sent_at": sent_at, "rows": rows, "removed": []}
        store.publish(f"{settings.STORE_PREFIX}__group__{MARKET_GROUP}", msgspec.msgpack.encode(batch))

    async def story():
        socket = await connected()
        await socket.receive_json_from(5)
        for seq in range(1, batches + 1):
            publish(seq, time() - 1)  # nothing else runs here meanwhile
        prices = []
        while batches not in prices:
            update = await socket.receive_json_from(5)
            (price,) = {row["mid_price"] for row in update["symbols"].values()}
            prices.append(price)
        assert len(prices) <= 2
        await socket.disconnect()

    run(story)


def test_hub_that_fails_lets_every_socket_go_and_is_replaced(store, run, caplog, monkeypatch):
    def fail(*_):
        raise RuntimeError("a mistake of ours")

    async def story():
        sockets = await connected(), await connected("/ws/depth/BTCUSDT/")
        for socket in sockets:
            await socket.receive_json_from(5)
        hub = get_hub()
        monkeypatch.setattr(hub.frames, "apply", fail)
        batch = {"feed": "f", "epoch": "e", "seq": 1, "rows": [], "removed": []}
        await get_channel_layer().group_send(MARKET_GROUP, {"type": "market.batch", **batch})
        for socket in sockets:
            assert await socket.receive_output(5) == {"type": "websocket.close", "code": 1011}
        async with asyncio.timeout(5):
            while hub.is_running:
                await asyncio.sleep(0.001)
        assert get_channel_layer().groups == {}, "batches are kept for a hub that is no more"
        assert "hub_failed" in caplog.text
        again = await connected()
        assert (await again.receive_json_from(5))["type"] == "snapshot"
        assert get_hub() is not hub
        await again.disconnect()

    run(story)
