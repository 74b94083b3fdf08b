"""The shipped NATS configuration shares the symbols among four feeds."""

from collections import defaultdict
from random import Random

import pytest
from asgiref.sync import async_to_sync

from metrics.feed import bus
from metrics.simulation.listings import listings
from realtime.stack.servers import LOCALHOST, nats_command
from tests.servers import ROOT, Server, running

SHARES = 4


@pytest.fixture
def url():
    configured = Server(lambda port: [*nats_command(port), "-c", str(ROOT / "deploy/nats.conf")])
    with running(configured) as server:
        yield f"nats://{LOCALHOST}:{server.port}"


def test_every_symbol_reaches_exactly_one_share_whatever_its_venue(url: str):
    symbols = [listing.symbol for listing in listings(60, "spot", Random(1))]
    heard: dict[str, list[tuple[int, str]]] = defaultdict(list)

    async def run() -> None:
        async with bus.connected(url, "test") as client:
            for share in range(SHARES):

                async def hear(message, share=share) -> None:
                    words = message.subject.split(".")
                    heard[words[-1]].append((share, words[1]))

                await client.subscribe(f"market.*.depth.{share}.*", cb=hear)
            for symbol in symbols:
                for venue in ("binance", "kraken"):
                    await client.publish(f"market.{venue}.depth.{symbol}", b"{}")
                await client.publish(f"market.binance.trade.{symbol}", b"{}")
            await bus.flush(client)

    async_to_sync(run)()
    assert set(heard) == set(symbols)
    for symbol, places in heard.items():
        assert sorted(venue for _, venue in places) == ["binance", "kraken"], symbol
        assert len({share for share, _ in places}) == 1, symbol
    assert {share for places in heard.values() for share, _ in places} == set(range(SHARES))


def test_a_subject_for_everything_is_left_alone(url: str):
    heard: list[bytes] = []

    async def run() -> None:
        async with bus.connected(url, "test") as client:

            async def hear(message) -> None:
                heard.append(message.data)

            await client.subscribe("binance.websocket.data", cb=hear)
            await client.publish("binance.websocket.data", b"{}")
            await bus.flush(client)

    async_to_sync(run)()
    assert heard == [b"{}"]
