"""A feed that lost NATS says so in its batches, and the sockets hear of it before any book has grown stale."""

import pytest

from tests.metrics.push.conftest import BTC, kinds, sent

AWAY_AT = "2023-11-14T22:14:01.000Z"
PATHS = ("/ws/pressure/", f"/ws/depth/{BTC}/")


async def lose_nats(desk) -> None:
    """Two beats: one that finds it gone, one a second later that tells."""
    desk.feed.is_connected = lambda: False
    for _ in range(2):
        desk.clock.advance(1)
        await desk.publish()
    await desk.hub.pass_time()


@pytest.mark.parametrize("path", PATHS)
def test_told_at_once_and_taken_back_at_once(play, path):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.joined(path)
        await lose_nats(desk)
        (frame,) = sent(socket)
        assert (frame["type"], frame["feed"], frame["nats_away_since"]) == ("heartbeat", "live", AWAY_AT)
        await desk.hub.pass_time()
        assert sent(socket) == []  # once is enough
        desk.feed.is_connected = lambda: True
        desk.clock.advance(1)
        await desk.publish()
        await desk.hub.pass_time()
        (frame,) = sent(socket)
        assert kinds([frame]) == ["heartbeat"]
        assert "nats_away_since" not in frame

    play(story)


@pytest.mark.parametrize("path", PATHS)
def test_every_snapshot_says_it(play, path):
    async def story(desk):
        await desk.publish(BTC)
        await lose_nats(desk)
        (snapshot,) = sent(await desk.connect(path))
        assert snapshot["nats_away_since"] == AWAY_AT

    play(story)


def test_a_new_web_process_knows_it_from_the_reports(play):
    async def story(desk):
        desk.quote(BTC)
        await desk.feed.publish_once()
        await desk.hub.receive()  # the batch went to nobody
        desk.feed.is_connected = lambda: False
        desk.feed.report(desk.clock(), [])
        desk.clock.advance(2)
        await desk.feed.record_once()
        await desk.hub.join_feeds()
        (snapshot,) = sent(await desk.connect())
        assert (snapshot["feed"], snapshot["nats_away_since"]) == ("live", "2023-11-14T22:14:00.000Z")

    play(story)


def test_a_feed_that_is_not_heard_itself_says_nothing_of_nats(play):
    async def story(desk):
        await desk.publish(BTC)
        await lose_nats(desk)
        desk.clock.advance(4)
        (snapshot,) = sent(await desk.connect())
        assert snapshot["feed"] == "silent"
        assert "nats_away_since" not in snapshot

    play(story)
