"""Messages from a real NATS into a feed."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from nats.aio.client import Client

from metrics.feed import bus
from metrics.feed.runner import DepthFeed
from metrics.feed.source import receive
from tests.factories import frame, spot_book, trade
from tests.servers import Server, nats, nats_url, running

Run = Callable[..., Any]


@pytest.fixture
def server() -> Iterator[Server]:
    with running(nats()) as server:
        yield server


def received(
    feed: DepthFeed, run: Run, server: Server, talk: Callable[[Client], Any], pending: int = 65_536
) -> None:
    """Receive while `talk` publishes; what it has flushed before it returns is drained."""

    async def scenario() -> None:
        stop = asyncio.Event()
        receiving = asyncio.create_task(receive(feed, nats_url(server.port), pending, stop))
        async with bus.connected(nats_url(server.port), "publisher") as client:
            while not feed.messages:  # until the subscription is there
                await client.publish(feed.subjects[0], trade())
                await asyncio.sleep(0.01)
            await talk(client)
            await bus.flush(client)
            stop.set()
            await asyncio.wait_for(receiving, 10)

    run(scenario)


def test_every_subject__heard_with_its_venue(feed: DepthFeed, run: Run, server: Server):
    feed.subjects = ["legacy", "market.*.depth.*"]

    async def talk(client: Client) -> None:
        await client.publish("legacy", spot_book("AAAUSDT"))
        await client.publish("market.kraken.depth.BBBUSDT", spot_book("BBBUSDT"))
        await client.publish("market.kraken.trade.BBBUSDT", trade("BBBUSDT"))

    received(feed, run, server, talk)
    markets = {symbol: state.market for symbol, state in feed.analyzer.states.items()}
    assert markets == {"AAAUSDT": "binance/spot", "BBBUSDT": "kraken/spot"}


def test_stop__what_was_sent_before_is_still_taken_in(feed: DepthFeed, run: Run, server: Server):
    async def talk(client: Client) -> None:
        for number in range(5_000):
            await client.publish(feed.subjects[0], spot_book(update_id=number + 1))

    received(feed, run, server, talk)
    assert feed.analyzer.accepted == 5_000
    assert feed.slow_consumer_drops == 0


def test_faster_than_they_are_processed__drops_are_counted_one_by_one(
    feed: DepthFeed, run: Run, server: Server
):
    before = 0

    async def talk(client: Client) -> None:
        nonlocal before
        before = feed.messages
        for number in range(5_000):
            await client.publish(feed.subjects[0], spot_book(update_id=number + 1))

    received(feed, run, server, talk, pending=5)
    assert feed.slow_consumer_drops > 0
    assert feed.messages - before + feed.slow_consumer_drops == 5_000
    assert feed.report(feed.clock() + 1).slow_consumer_drops == feed.slow_consumer_drops
    assert not feed.errors


def test_nonsense__costs_nothing_but_its_count(feed: DepthFeed, run: Run, server: Server):
    async def talk(client: Client) -> None:
        await client.publish(feed.subjects[0], b"\xff\xfe")
        await client.publish(feed.subjects[0], b"")
        await client.publish(feed.subjects[0], frame("x" * 900_000 + "@depth20", {}))
        await client.publish(feed.subjects[0], spot_book())

    received(feed, run, server, talk)
    assert feed.refused == {"not_json": 2, "bad_symbol": 1}
    assert feed.analyzer.accepted == 1
    assert not feed.errors


def test_server_restarts__the_feed_goes_on_by_itself(feed: DepthFeed, run: Run, server: Server):
    async def talk(client: Client) -> None:
        server.stop()
        while feed.is_connected():
            await asyncio.sleep(0.01)
        server.start()
        while not feed.analyzer.accepted:
            if client.is_connected:
                await client.publish(feed.subjects[0], spot_book())
            await asyncio.sleep(0.02)

    received(feed, run, server, talk)
    assert feed.is_connected() is False  # drained and closed in the end
    assert not feed.errors


def test_stop__while_no_server_has_ever_answered(feed: DepthFeed, run: Run, server: Server):
    server.stop()

    async def scenario() -> None:
        stop = asyncio.Event()
        receiving = asyncio.create_task(receive(feed, nats_url(server.port), 10, stop))
        await asyncio.sleep(0.3)
        assert not receiving.done()
        stop.set()
        await asyncio.wait_for(receiving, 5)

    run(scenario)


def test_server_that_starts_late__is_found(feed: DepthFeed, run: Run, server: Server):
    server.stop()

    async def scenario() -> None:
        stop = asyncio.Event()
        receiving = asyncio.create_task(receive(feed, nats_url(server.port), 10, stop))
        await asyncio.sleep(0.3)
        server.start()
        while not feed.is_connected():
            await asyncio.sleep(0.02)
        stop.set()
        await asyncio.wait_for(receiving, 5)

    run(scenario)
