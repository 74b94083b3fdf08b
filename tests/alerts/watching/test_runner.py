"""What a process that watches says of itself to whoever asks whether it is ready."""

import pytest
import redis
from asgiref.sync import async_to_sync

from alerts.announcements import channel
from alerts.delivery.heartbeat import Heartbeat
from alerts.delivery.sender import Sender
from alerts.watching.publishing import Publisher
from alerts.watching.runner import WatchRunner
from alerts.watching.watcher import Watcher
from metrics.store.reader import StoreReader, get_reader
from tests.alerts.factories import saved
from tests.alerts.watching.watchers import TICK, Market, watcher
from tests.factories import Clock


def runner_of(one: Watcher, clock: Clock) -> WatchRunner:
    """With nobody to be told."""
    heartbeat = Heartbeat("", lambda: True)
    return WatchRunner(one, Publisher("alerts", clock), Sender(30, clock), heartbeat, TICK, clock)


@pytest.mark.django_db(transaction=True)
def test_a_process_without_nats_says_since_when_and_watches_on(reader, clock):
    one = watcher(reader, clock)
    runner = runner_of(one, clock)
    assert runner.missing() == {}
    for _ in range(2):
        async_to_sync(runner.tick)()
        clock.advance(2)
    assert one.is_watching
    (sentence,) = runner.missing().values()
    assert sentence.startswith("There is no connection to NATS since 2023-11-14 22:14:00 UTC")


@pytest.mark.django_db(transaction=True)
def test_a_process_without_redis_says_so(own_store, clock, monkeypatch):
    monkeypatch.setattr(get_reader(), "clock", clock)
    own_store.stop()
    runner = runner_of(watcher(get_reader(), clock), clock)
    async_to_sync(runner.tick)()
    assert list(runner.missing()) == ["store"]


@pytest.mark.django_db(transaction=True)
def test_what_is_written_is_announced_to_those_who_show_it(
    reader: StoreReader, clock: Clock, market: Market, store: redis.Redis
):
    messages = store.pubsub(ignore_subscribe_messages=True)
    messages.subscribe(channel())
    messages.get_message(timeout=5)  # that it listens
    runner = runner_of(watcher(reader, clock), clock)
    saved(for_seconds=0)
    market.spread(5.0)
    async_to_sync(runner.tick)()
    assert messages.get_message(timeout=0.1) is None
    market.spread(20.0)
    async_to_sync(runner.tick)()
    assert messages.get_message(timeout=5)
    messages.close()
