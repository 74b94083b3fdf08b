"""Who is sent which rows, over the real store and channel layer."""

import asyncio

import pytest

from tests.metrics.push.conftest import BTC, ETH, SELLERS, XRP, kinds, sent


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
