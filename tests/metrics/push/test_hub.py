"""The hub over the real store and channel layer: who is sent which rows, and what if something is missing."""

import asyncio

import pytest

from tests.metrics.push.conftest import BTC, ETH, SELLERS, XRP, away, kinds, sent

# -- Rows -------------------------------------------------------------------------------------


def test_snapshot_on_connect(play):
    async def story(desk):
        await desk.publish(BTC, ETH)
        (snapshot,) = sent(await desk.connect())
        assert (snapshot["type"], snapshot["epoch"]) == ("snapshot", desk.hub.frames.epoch)
        assert snapshot["interval_ms"] == 250
        assert {name: row["net_pressure"] for name, row in snapshot["symbols"].items()} == {
            BTC: 32.35,
            ETH: 32.35,
        }
        assert snapshot["feed"] == "live"

    play(story)


def test_snapshot_of_a_market_nobody_feeds(play):
    async def story(desk):
        (snapshot,) = sent(await desk.connect())
        assert (snapshot["type"], snapshot["symbols"], snapshot["feed"]) == ("snapshot", {}, "silent")

    play(story)


def test_first_snapshot_of_a_new_web_process_knows_that_the_feed_is_alive(play):
    async def story(desk):
        desk.quote(BTC)
        await desk.feed.publish_once()
        await desk.feed.record_once()
        await desk.hub.receive()  # the batch went to nobody
        await desk.hub.join_feeds()
        (snapshot,) = sent(await desk.connect())
        assert snapshot["feed"] == "live"
        (book,) = sent(await desk.connect(f"/ws/depth/{BTC}/"))
        assert book["feed"] == "live"
        desk.clock.advance(4)
        (snapshot,) = sent(await desk.connect("/ws/pressure/?symbols=XRPUSDT"))
        assert snapshot["feed"] == "silent"

    play(story)


def test_snapshot_holds_what_was_stored_before_this_process_began(play, publish, reader):
    publish()  # a feed that ran before us

    async def story(desk):
        desk.quote(BTC)
        await desk.feed.publish_once()
        await desk.hub.receive()
        await desk.hub.join_feeds()
        (snapshot,) = sent(await desk.connect())
        assert list(snapshot["symbols"]) == [BTC]

    play(story)


def test_updates_hold_what_changed_and_are_numbered_without_a_gap(play):
    async def story(desk):
        await desk.publish(BTC, ETH)
        socket = await desk.connect()
        (snapshot,) = sent(socket)
        for symbols in ([BTC], [ETH], [BTC, XRP]):
            await desk.publish(*symbols, **SELLERS)
        updates = sent(socket)
        assert kinds(updates) == ["update"] * 3
        assert [list(update["symbols"]) for update in updates] == [[BTC], [ETH], [BTC, XRP]]
        assert [update["seq"] for update in updates] == [snapshot["seq"] + n for n in (1, 2, 3)]
        assert {update["epoch"] for update in updates} == {snapshot["epoch"]}
        assert updates[0]["symbols"][BTC]["net_pressure"] == -50.0
        assert updates[2]["summary"]["symbols_tracked"] == 3

    play(story)


def test_batch_without_news_is_no_frame(play):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.joined()
        desk.clock.advance(1)
        await desk.publish()  # a feed's sign of life
        assert sent(socket) == []

    play(story)


def test_everybody_gets_the_same_frame_object(play):
    async def story(desk):
        await desk.publish(BTC)
        sockets = [await desk.connect() for _ in range(3)]
        for socket in sockets:
            sent(socket)
        await desk.publish(BTC)
        texts = [socket.output_queue.get_nowait()["text"] for socket in sockets]
        assert texts[0] is texts[1] is texts[2]

    play(story)


@pytest.mark.parametrize(
    "path", ["/ws/pressure/?symbols=btcusdt, ETHUSDT", "/ws/pressure?symbols=BTCUSDT,ETHUSDT,"]
)
def test_filter_in_the_address(play, path):
    async def story(desk):
        await desk.publish(BTC, ETH, XRP)
        socket = await desk.connect(path)
        (snapshot,) = sent(socket)
        assert list(snapshot["symbols"]) == [BTC, ETH]
        await desk.publish(XRP)
        await desk.publish(XRP, ETH)
        quiet, update = sent(socket)
        assert (quiet["symbols"], list(update["symbols"])) == ({}, [ETH])
        assert [quiet["seq"], update["seq"]] == [snapshot["seq"] + 1, snapshot["seq"] + 2]

    play(story)


def test_subscribe_narrows_and_widens(play):
    async def story(desk):
        await desk.publish(BTC, ETH)
        socket = await desk.joined()
        await socket.send_json_to({"type": "subscribe", "symbols": ["ethusdt"]})
        snapshot = await socket.receive_json_from()
        assert (snapshot["type"], list(snapshot["symbols"])) == ("snapshot", [ETH])
        await desk.publish(BTC, ETH)
        assert [list(update["symbols"]) for update in sent(socket)] == [[ETH]]
        await socket.send_json_to({"type": "subscribe", "symbols": []})
        assert list((await socket.receive_json_from())["symbols"]) == [BTC, ETH]

    play(story)


def test_resync_gives_a_snapshot_the_next_update_follows(play):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.connect()
        await desk.publish(BTC)
        sent(socket)
        await socket.send_json_to({"type": "resync"})
        snapshot = await socket.receive_json_from()
        await desk.publish(BTC)
        (update,) = sent(socket)
        assert (snapshot["type"], update["type"]) == ("snapshot", "update")
        assert (update["epoch"], update["seq"]) == (snapshot["epoch"], snapshot["seq"] + 1)

    play(story)


@pytest.mark.parametrize("path", ["/ws/pressure/", f"/ws/depth/{BTC}/"])
def test_socket_that_joins_in_the_middle_of_a_batch_is_served_once(play, path):
    async def story(desk):
        await desk.publish(BTC)
        async with desk.hub._turn:
            joining = asyncio.create_task(desk.connect(path))
            async with asyncio.timeout(5):
                while not (desk.hub.pressure_sockets or desk.hub.ladders.watches):
                    await asyncio.sleep(0)
            await desk.hub._catch_up()
            desk.hub.ladders.mark_due([BTC])
            await desk.hub.ladders.send_due()
        socket = await joining
        await asyncio.sleep(0.01)
        assert kinds(sent(socket)) == ["snapshot"]

    play(story)


# -- Gaps -------------------------------------------------------------------------------------


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
            patch.setattr(desk.hub._reader, "rows", away)
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


# -- Time -------------------------------------------------------------------------------------


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
