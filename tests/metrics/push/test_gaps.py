"""What is missing is never papered over: a lost batch, another run of the feed, a store that was away."""

from tests.metrics.push.conftest import BTC, ETH, SELLERS, away, kinds, sent


def test_lost_batch_begins_a_new_epoch_with_a_snapshot_of_the_truth(play):
    async def story(desk):
        await desk.publish(BTC, ETH)
        socket = await desk.connect()
        (before,) = sent(socket)
        await desk.lose_batch(ETH, **SELLERS)
        assert sent(socket) == []
        await desk.publish(BTC)
        (snapshot,) = sent(socket)
        assert snapshot["type"] == "snapshot"
        assert snapshot["epoch"] != before["epoch"]
        assert snapshot["symbols"][ETH]["net_pressure"] == -50.0  # what the lost batch was about
        await desk.publish(BTC)
        (update,) = sent(socket)
        assert (update["epoch"], update["seq"]) == (snapshot["epoch"], snapshot["seq"] + 1)

    play(story)


def test_lost_batch_is_noticed_by_a_sign_of_life(play):
    async def story(desk):
        await desk.publish(BTC, ETH)
        socket = await desk.joined()
        await desk.lose_batch(ETH, **SELLERS)
        desk.clock.advance(1)
        await desk.publish()
        (snapshot,) = sent(socket)
        assert snapshot["symbols"][ETH]["net_pressure"] == -50.0

    play(story)


def test_restarted_feed_begins_a_new_epoch(play):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.connect()
        (before,) = sent(socket)
        desk.feed.epoch = "the next run"
        await desk.publish(BTC)
        (snapshot,) = sent(socket)
        assert (snapshot["type"], snapshot["epoch"] == before["epoch"]) == ("snapshot", False)

    play(story)


def test_symbol_removed_in_a_lost_batch_is_gone(play):
    async def story(desk):
        await desk.publish(BTC)
        desk.clock.advance(50)
        await desk.publish(ETH)
        socket, ladder = await desk.connect(), await desk.connect(f"/ws/depth/{BTC}/")
        sent(socket), sent(ladder)
        desk.clock.advance(11)
        desk.feed.analyzer.expire(desk.clock())
        await desk.lose_batch(ETH)
        await desk.publish(ETH)
        (snapshot,) = sent(socket)
        assert list(snapshot["symbols"]) == [ETH]
        assert sent(ladder) == [{"type": "removed", "symbol": BTC}]

    play(story)


def test_gap_while_the_store_is_away_is_mended_once_it_is_back(play, monkeypatch):
    async def story(desk):
        await desk.publish(BTC, ETH)
        socket = await desk.connect()
        (before,) = sent(socket)
        await desk.lose_batch(ETH, **SELLERS)
        with monkeypatch.context() as patch:
            patch.setattr(desk.hub._reader, "markets", away)
            await desk.publish(BTC, **SELLERS)
            (update,) = sent(socket)  # what is known goes on
            assert (update["epoch"], list(update["symbols"])) == (before["epoch"], [BTC])
            await desk.hub.pass_time()
            assert sent(socket) == []
        await desk.hub.pass_time()
        (snapshot,) = sent(socket)
        assert snapshot["epoch"] != before["epoch"]
        assert snapshot["symbols"][ETH]["net_pressure"] == -50.0

    play(story)


def test_socket_that_comes_before_the_store_is_told_the_feed_is_silent_then_everything(
    reader, clock, desk, run, monkeypatch
):
    async def story():
        hub = desk.hub
        socket = await desk.connect()
        assert sent(socket) == []
        clock.advance(5)
        await hub.pass_time()
        assert [(frame["type"], frame["feed"]) for frame in sent(socket)] == [("heartbeat", "silent")]
        await socket.send_json_to({"type": "resync"})
        assert await socket.receive_nothing(0.05)
        await hub.join_feeds()
        assert kinds(sent(socket)) == ["snapshot"]
        await socket.disconnect()

    run(story)
