"""A feed that died and was started again says so in its batches, and every frame tells it on."""

import pytest

from metrics.feed.runner import DepthFeed
from tests.metrics.push.conftest import BTC, ETH, sent

STARTED_AT = "2023-11-14T22:14:05.000Z"
PATHS = ("/ws/pressure/", f"/ws/depth/{BTC}/")


def start_again(desk, feed: DepthFeed, times: int) -> None:
    """The feed dies, and another takes its place."""
    desk.clock.advance(5)
    desk.feed = DepthFeed(
        instance=feed.instance, subjects=feed.subjects, decoder=feed.decoder, analyzer=feed.analyzer,
        writer=feed.writer, layer=feed.layer, minute_writer=feed.minute_writer, interval=feed.interval,
        restarts=times, clock=feed.clock,
    )  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_sockets_hear_of_it_with_the_first_batch_of_the_new_run(play, path):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.joined(path)
        start_again(desk, desk.feed, 1)
        await desk.publish(BTC)
        await desk.hub.pass_time()
        frames = sent(socket)
        assert frames
        assert {(frame["feed_restarts"], frame["feed_restarted_at"]) for frame in frames} == {(1, STARTED_AT)}
        desk.clock.advance(6)
        await desk.publish(ETH)
        await desk.hub.pass_time()
        (last, *_) = reversed(sent(socket))
        assert last["feed_restarts"] == 1

    play(story)


def test_a_feed_that_never_died_says_nothing(play):
    async def story(desk):
        await desk.publish(BTC)
        (snapshot,) = sent(await desk.connect())
        assert not {"feed_restarts", "feed_restarted_at"} & snapshot.keys()

    play(story)


def test_a_new_web_process_knows_it_from_the_reports(play):
    async def story(desk):
        start_again(desk, desk.feed, 2)
        desk.quote(BTC)
        await desk.feed.publish_once()
        await desk.hub.receive()  # the batch went to nobody
        await desk.feed.record_once()
        await desk.hub.join_feeds()
        (snapshot,) = sent(await desk.connect())
        assert (snapshot["feed_restarts"], snapshot["feed_restarted_at"]) == (2, STARTED_AT)

    play(story)


def test_the_number_is_that_of_the_run_that_is_heard_last(play):
    async def story(desk):
        first = desk.feed
        await desk.publish(BTC)
        for times in (1, 2):
            start_again(desk, first, times)
            await desk.publish(BTC)
        (snapshot,) = sent(await desk.connect())
        assert snapshot["feed_restarts"] == 2

    play(story)
