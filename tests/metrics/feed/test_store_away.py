"""The store goes away and comes back; the feed goes on, and nothing of its history is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from asgiref.sync import async_to_sync
from channels_redis.pubsub import RedisPubSubChannelLayer
from django.conf import settings
from redis.asyncio import Redis

from metrics.domain.market import Expiry
from metrics.feed.minute_writer import MinuteWriter
from metrics.feed.runner import DepthFeed
from metrics.feed.wire import WireDecoder
from metrics.store.keys import Keys
from metrics.store.reader import StoreReader
from metrics.store.writer import StoreWriter
from tests.factories import START, Clock, depth_analyzer, market_id, spot_book
from tests.servers import Server, redis_url, running, valkey


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running(valkey(tmp_path)) as server:
        yield server


@pytest.fixture
def feed(server: Server, clock: Clock) -> DepthFeed:
    url = redis_url(server.port)
    return DepthFeed(
        instance="test/0/1",
        subjects=[],
        decoder=WireDecoder(),
        analyzer=depth_analyzer(),
        writer=StoreWriter(Redis.from_url(url, socket_timeout=0.2), Keys(settings.STORE_PREFIX), 60),
        layer=RedisPubSubChannelLayer(hosts=[url], prefix=settings.STORE_PREFIX),
        minute_writer=MinuteWriter(),
        interval=0.25,
        clock=clock,
    )


@pytest.fixture
def reader(server: Server, clock: Clock) -> StoreReader:
    client = redis.Redis.from_url(redis_url(server.port))
    return StoreReader(client, Keys(settings.STORE_PREFIX), Expiry(), clock)


def test_stopped_and_restarted__everything_arrives_late_but_whole(
    feed: DepthFeed, reader: StoreReader, server: Server, clock: Clock, caplog: pytest.LogCaptureFixture
):
    caplog.set_level("INFO", "metrics.feed.runner")

    async def second(*symbols: str) -> None:
        for symbol in symbols:
            feed.process(spot_book(symbol, update_id=int(clock() - START) + 1))
        await feed.publish_once()
        await feed.record_once()
        clock.advance(1)

    async def scenario() -> None:
        await second("AAAUSDT", "BBBUSDT", "OLDUSDT")
        server.stop()
        for _ in range(70):
            await second("AAAUSDT")
            if clock() == START + 2:
                feed.process(spot_book("BBBUSDT", update_id=50, bids=[(100.0, 7.0)]))
        assert feed.errors["store_away"] > 100
        server.start()
        feed.process(spot_book("BBBUSDT", update_id=51, bids=[(100.0, 8.0)]))
        await feed.publish_once()
        feed.process(spot_book("AAAUSDT", update_id=1000))
        await second()
        await second()
        await feed.writer.close()

    async_to_sync(scenario)()
    times, _ = reader.history(market_id("AAAUSDT"), START - 1, START + 100)
    assert times.tolist() == [START + offset for offset in range(72)]
    book = reader.book("BBBUSDT")
    assert book is not None
    assert book.ladder.bids == [(100.0, 8.0)]
    assert list(reader.rows()) == ["AAAUSDT", "BBBUSDT"]
    client = redis.Redis.from_url(redis_url(server.port))
    assert sorted(client.hkeys(Keys(settings.STORE_PREFIX).rows)) == [b"AAAUSDT", b"BBBUSDT"]
    told = [record.getMessage().split()[0] for record in caplog.records]
    assert told == ["store_away", "store_back"]


def test_book_that_did_not_arrive__is_handed_out_again_without_a_new_one(
    feed: DepthFeed, reader: StoreReader, server: Server
):
    async def scenario() -> None:
        server.stop()
        feed.process(spot_book())
        await feed.publish_once()
        server.start()
        await feed.publish_once()
        await feed.publish_once()
        await feed.writer.close()

    async_to_sync(scenario)()
    assert list(reader.rows()) == ["BTCUSDT"]


def test_symbol_that_expired_meanwhile__is_removed_once_the_store_is_back(
    feed: DepthFeed, server: Server, clock: Clock
):
    async def scenario() -> None:
        feed.process(spot_book("OLDUSDT"))
        await feed.publish_once()
        clock.advance(61)
        feed.analyzer.expire(clock())
        server.stop()
        await feed.publish_once()
        server.start()
        await feed.publish_once()
        await feed.publish_once()
        await feed.writer.close()

    async_to_sync(scenario)()
    with redis.Redis.from_url(redis_url(server.port)) as client:
        assert client.hkeys(Keys(settings.STORE_PREFIX).rows) == []


def test_frozen_store__written_once_when_it_answers_again(
    feed: DepthFeed, reader: StoreReader, server: Server, clock: Clock
):
    """A store that takes a write and then says nothing must not be given it again and again meanwhile."""

    async def scenario() -> None:
        await feed.record_once()  # connected
        server.freeze()
        for offset in range(3):
            clock.now = START + offset
            feed.process(spot_book(update_id=offset + 1))
            await feed.publish_once()
            await feed.record_once()
        server.thaw()
        clock.now = START + 3
        feed.process(spot_book(update_id=4))
        for _ in range(3):
            await feed.publish_once()
            await feed.record_once()
        await feed.writer.close()

    async_to_sync(scenario)()
    times, _ = reader.history(market_id(), START - 1, START + 60)
    assert sorted(set(times.tolist())) == [START + offset for offset in range(4)]
    assert len(times) <= 5  # a lone point whose receipt was lost may stand twice
