"""A store that is away is told by that name: the feeds are only heard through it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from metrics.push.frames import BATCH_OVERDUE_AFTER_SECONDS
from metrics.store.reader import StoreReader
from tests.metrics.push.conftest import BTC, away, kinds, sent

PATHS = ("/ws/pressure/", f"/ws/depth/{BTC}/")


@contextmanager
def failing(reader: StoreReader, question: str) -> Iterator[None]:
    """One question of the web process fails, and all others are answered: what no server can be made to do.

    A server that is stopped is in tests/browser/test_outages.py.
    """
    with pytest.MonkeyPatch.context() as outage:
        outage.setattr(reader, question, away)
        yield


async def fall_silent(desk) -> None:
    desk.clock.advance(BATCH_OVERDUE_AFTER_SECONDS + 1)
    await tick(desk)


async def tick(desk) -> None:
    await desk.hub.look_for_store()
    await desk.hub.pass_time()


@pytest.mark.parametrize("path", PATHS)
def test_told_at_once_and_taken_back_with_the_next_batch(play, reader: StoreReader, path):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.joined(path)
        with failing(reader, "ping"):
            await fall_silent(desk)
            *_, frame = sent(socket)
            assert (frame["type"], frame["feed"]) == ("heartbeat", "silent")
            assert frame["store_away_since"] == frame["sent_at"] == "2023-11-14T22:14:04.000Z"
            desk.clock.advance(1)
            await tick(desk)
            assert sent(socket) == []  # once is enough
        await desk.publish(BTC)
        await desk.hub.pass_time()
        assert all("store_away_since" not in frame for frame in sent(socket))

    play(story)


def test_taken_back_at_once_where_the_store_answers_and_no_feed_is_heard(play, reader: StoreReader):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.joined()
        with failing(reader, "ping"):
            await fall_silent(desk)
            sent(socket)
        await tick(desk)
        (frame,) = sent(socket)
        assert (kinds([frame]), frame["feed"]) == (["heartbeat"], "silent")
        assert "store_away_since" not in frame

    play(story)


def test_a_feed_that_is_heard_tells_everything_whatever_cannot_be_read(play, reader: StoreReader):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.joined()
        with failing(reader, "markets"):
            await desk.lose_batch(BTC)
            await desk.publish(BTC)
            await desk.hub.pass_time()
            assert desk.hub.frames.store_away_since is not None
            assert all("store_away_since" not in frame for frame in sent(socket))

    play(story)


def test_silence_of_the_feeds_alone_is_no_outage_of_the_store(play):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.joined()
        await fall_silent(desk)
        assert all("store_away_since" not in frame for frame in sent(socket))

    play(story)


def test_a_store_that_answers_and_cannot_be_read_is_told_once(play, reader: StoreReader):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.joined()
        with failing(reader, "markets"):
            await desk.lose_batch(BTC)
            await desk.publish(BTC)
            await fall_silent(desk)
            *_, frame = sent(socket)
            since = frame["store_away_since"]
            for _ in range(6):
                desk.clock.advance(1)
                await tick(desk)
            assert [frame["store_away_since"] for frame in sent(socket)] == [since]  # the usual sign of life

    play(story)
