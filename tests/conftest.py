"""Fixtures every test may use: a clean store, a clock that only moves when told, a feed between them."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from hypothesis import settings as hypothesis_settings
from redis.asyncio import Redis

from metrics.domain.analyzer import DepthAnalyzer
from metrics.domain.market import Expiry
from metrics.feed.rollups import RollupWriter
from metrics.feed.runner import DepthFeed
from metrics.feed.wire import WireDecoder
from metrics.store.keys import Keys
from metrics.store.reader import StoreReader, get_reader
from metrics.store.writer import StoreWriter
from tests.factories import Clock
from tests.servers import Server, redis_url, running, valkey

# A busy machine is slow now and then, and no example is wrong for that.
hypothesis_settings.register_profile("suite", deadline=None)
hypothesis_settings.load_profile("suite")

Step = Callable[[], Awaitable[Any]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> Iterator[redis.Redis]:
    """The real store, empty."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture
def own_store(tmp_path: Path, settings: Any) -> Iterator[Server]:
    """A store that is running, is the one the views read, and may be stopped."""
    with running(valkey(tmp_path)) as server:
        settings.REDIS_URL = redis_url(server.port)
        get_reader.cache_clear()
        yield server
        get_reader.cache_clear()


@pytest.fixture
def reader(store: redis.Redis, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> StoreReader:
    """The reader that views and pages use, over the clean store and on the injected clock."""
    reader = get_reader()
    monkeypatch.setattr(reader, "clock", clock)
    return reader


@pytest.fixture
def writer(store: redis.Redis) -> StoreWriter:
    client = Redis.from_url(settings.REDIS_URL, socket_timeout=5)
    return StoreWriter(client, Keys(settings.STORE_PREFIX), settings.METRICS_TTL_SECONDS)


@pytest.fixture
def make_feed(writer: StoreWriter, clock: Clock) -> Callable[[], DepthFeed]:
    """Feeds over the clean store that are driven by hand; nothing in them moves by itself."""
    return lambda: DepthFeed(
        instance="test/0/1",
        subjects=settings.NATS_CONSUMER_TOPIC,
        decoder=WireDecoder(),
        analyzer=DepthAnalyzer(expiry=Expiry(settings.STALE_AFTER_SECONDS, settings.METRICS_TTL_SECONDS)),
        writer=writer,
        layer=get_channel_layer(),
        rollups=RollupWriter(),
        interval=0.25,
        clock=clock,
    )


@pytest.fixture
def feed(make_feed: Callable[[], DepthFeed]) -> DepthFeed:
    return make_feed()


@pytest.fixture
def run(writer: StoreWriter) -> Callable[[Step], Any]:
    """Run one coroutine function to its end, database work in this thread: `run(feed.publish_once)`."""

    async def then_disconnect(step: Step) -> Any:
        try:
            return await step()
        finally:
            await writer.close()  # connections belong to the event loop of this call

    return lambda step: async_to_sync(then_disconnect)(step)


@pytest.fixture
def publish(feed: DepthFeed, run: Callable[[Step], Any]) -> Callable[..., None]:
    """Take frames in and carry everything out to the store: `publish(spot_book(), usdm_book("ETHUSDT"))`."""

    async def carry_out() -> None:
        await feed.publish_once()
        await feed.record_once()

    def publish(*frames: bytes) -> None:
        for raw in frames:
            feed.process(raw)
        run(carry_out)

    return publish
