"""What happens to a market nobody hears of: stale, gone, and signs of life meanwhile."""

from tests.metrics.push.conftest import BTC, ETH, kinds, sent


def test_stale_by_time_alone(play):
    async def story(desk):
        await desk.publish(BTC, ETH)
        socket = await desk.joined()
        desk.clock.advance(3)
        await desk.publish(ETH)
        sent(socket)
        desk.clock.advance(2.5)
        await desk.hub.pass_time()
        (update,) = sent(socket)
        assert {name: row["state"] for name, row in update["symbols"].items()} == {BTC: "stale"}
        assert update["summary"]["symbols_excluded"] == {"stale": 1}
        assert update["symbols"][BTC]["age_ms"] == 5500

    play(story)


def test_expired_symbol_is_removed_by_time_alone(play):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.connect()
        desk.clock.advance(60.5)
        await desk.hub.pass_time()
        update = sent(socket)[-1]
        assert (update["type"], update["symbols"], update["removed"]) == ("update", {}, [BTC])
        assert update["summary"]["symbols_tracked"] == 0

    play(story)


def test_removed_by_the_feed(play):
    async def story(desk):
        await desk.publish(BTC, ETH)
        socket = await desk.joined()
        desk.feed.analyzer.expire(desk.clock() + 100)
        await desk.publish()
        (update,) = sent(socket)
        assert (update["symbols"], update["removed"]) == ({}, [BTC, ETH])

    play(story)


def test_heartbeat_after_five_quiet_seconds_says_whether_the_feed_is_heard(play):
    async def story(desk):
        sockets = await desk.connect(), await desk.connect(f"/ws/depth/{BTC}/")
        for socket in sockets:
            sent(socket)
        for _ in range(4):
            desk.clock.advance(1)
            await desk.publish()
            await desk.hub.pass_time()
        assert [sent(socket) for socket in sockets] == [[], []]
        for feed in ("live", "silent"):
            desk.clock.advance(1 if feed == "live" else 5)
            await desk.hub.pass_time()
            for socket in sockets:
                assert [(frame["type"], frame["feed"]) for frame in sent(socket)] == [("heartbeat", feed)]

    play(story)


def test_watcher_of_a_quiet_symbol_hears_a_heartbeat_in_a_busy_market(play):
    async def story(desk):
        await desk.publish(BTC, ETH)
        ladder = await desk.joined("/ws/depth/NOSUCH/")
        for _ in range(5):
            desk.clock.advance(1)
            await desk.publish(ETH)
            await desk.hub.pass_time()
        assert kinds(sent(ladder)) == ["heartbeat"]

    play(story)
