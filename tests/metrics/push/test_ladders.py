"""Books of watched symbols over the real store and channel layer."""

from metrics.answers.liquidity import liquidity_answer
from tests.factories import ASKS, BIDS
from tests.metrics.push.conftest import BTC, ETH, SELLERS, away, kinds, sent


def test_depth_snapshot_then_updates_numbered_per_symbol(play):
    async def story(desk):
        await desk.publish(BTC, ETH)
        socket = await desk.connect("/ws/depth/btcusdt/")
        (snapshot,) = sent(socket)
        assert (snapshot["type"], snapshot["symbol"]) == ("snapshot", BTC)
        assert snapshot["metrics"]["pressure"]["net_pressure"] == 32.35
        assert snapshot["ladder"] == {
            "bids": [list(level) for level in BIDS],
            "asks": [list(level) for level in ASKS],
        }
        await desk.publish(ETH)
        await desk.publish(BTC, **SELLERS)
        await desk.publish(BTC, ETH)
        first, second = sent(socket)
        assert kinds([first, second]) == ["update", "update"]
        assert [first["seq"], second["seq"]] == [snapshot["seq"] + 1, snapshot["seq"] + 2]
        assert first["epoch"] == second["epoch"] == snapshot["epoch"]
        assert first["ladder"] == {"bids": [[100.0, 1.0]], "asks": [[100.5, 3.0]]}

    play(story)


def test_late_watcher_joins_the_numbering(play):
    async def story(desk):
        await desk.publish(BTC)
        first = await desk.connect(f"/ws/depth/{BTC}/")
        await desk.publish(BTC)
        sent(first)
        second = await desk.connect(f"/ws/depth/{BTC}/")
        (snapshot,) = sent(second)
        await desk.publish(BTC)
        (one,), (other,) = sent(first), sent(second)
        assert one == other
        assert one["seq"] == snapshot["seq"] + 1

    play(story)


def test_depth_resync(play):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.connect(f"/ws/depth/{BTC}/")
        await desk.publish(BTC)
        sent(socket)
        await socket.send_json_to({"type": "resync"})
        snapshot = await socket.receive_json_from()
        await desk.publish(BTC)
        (update,) = sent(socket)
        assert (snapshot["type"], update["type"], update["seq"]) == (
            "snapshot",
            "update",
            snapshot["seq"] + 1,
        )

    play(story)


def test_untracked_symbol_is_told_and_sent_when_it_appears(play):
    async def story(desk):
        await desk.publish(ETH)
        socket = await desk.connect("/ws/depth/btcusdt/")
        (error,) = sent(socket)
        assert (error["type"], error["code"]) == ("error", "NOT_TRACKED")
        assert BTC in error["message"]
        await desk.publish(ETH)
        assert sent(socket) == []
        await desk.publish(BTC)
        (snapshot,) = sent(socket)
        assert (snapshot["type"], snapshot["symbol"]) == ("snapshot", BTC)

    play(story)


def test_watched_symbol_goes_stale_is_removed_and_comes_back(play):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.connect(f"/ws/depth/{BTC}/")
        (snapshot,) = sent(socket)
        desk.clock.advance(6)
        await desk.hub.pass_time()
        (stale,) = sent(socket)
        assert (stale["type"], stale["seq"], stale["metrics"]["state"]) == (
            "update",
            snapshot["seq"] + 1,
            "stale",
        )
        desk.clock.advance(55)
        await desk.hub.pass_time()
        assert sent(socket) == [{"type": "removed", "symbol": BTC}]
        await desk.publish(BTC)
        (back,) = sent(socket)
        assert (back["type"], back["metrics"]["state"]) == ("snapshot", "live")

    play(story)


def test_watched_symbol_goes_stale_without_the_store(play, monkeypatch):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.joined(f"/ws/depth/{BTC}/")
        monkeypatch.setattr(desk.hub._reader, "books", away)
        desk.clock.advance(6)
        await desk.hub.pass_time()
        (stale,) = sent(socket)
        assert (stale["type"], stale["metrics"]["state"]) == ("update", "stale")

    play(story)


def test_book_that_cannot_be_read_follows_when_it_can(play, monkeypatch):
    async def story(desk):
        await desk.publish(BTC)
        old = await desk.connect(f"/ws/depth/{BTC}/")
        rows = await desk.connect()
        (snapshot,) = sent(old)
        sent(rows)
        with monkeypatch.context() as patch:
            patch.setattr(desk.hub._reader, "books", away)
            await desk.publish(BTC, ETH, **SELLERS)
            assert kinds(sent(rows)) == ["update"]  # rows need no book
            new = await desk.connect(f"/ws/depth/{ETH}/")
            assert [(frame["type"], frame["code"]) for frame in sent(new)] == [("error", "STORE_UNAVAILABLE")]
            await desk.hub.pass_time()
            assert sent(old) == sent(new) == []
        await desk.hub.pass_time()
        (update,) = sent(old)
        assert (update["type"], update["seq"]) == ("update", snapshot["seq"] + 1)
        assert update["metrics"]["pressure"]["net_pressure"] == -50.0
        assert [(frame["type"], frame["symbol"]) for frame in sent(new)] == [("snapshot", ETH)]

    play(story)


def test_books_are_read_only_while_somebody_watches(play, monkeypatch):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.connect(f"/ws/depth/{BTC}/")
        await socket.disconnect()
        desk.sockets.remove(socket)
        monkeypatch.setattr(desk.hub._reader, "books", away)
        rows = await desk.joined()
        await desk.publish(BTC)
        assert kinds(sent(rows)) == ["update"]
        assert desk.hub.ladders.watches == {}

    play(story)


def test_closed_sockets_are_forgotten(play):
    async def story(desk):
        sockets = [await desk.connect(), await desk.connect(f"/ws/depth/{BTC}/")]
        assert len(desk.hub.pressure_sockets) == len(list(desk.hub.ladders.sockets())) == 1
        for socket in sockets:
            await socket.disconnect()
            desk.sockets.remove(socket)
        assert (desk.hub.pressure_sockets, desk.hub.ladders.watches) == (set(), {})

    play(story)


def test_what_trading_costs_is_told_as_rest_tells_it(play, reader, settings):
    async def story(desk):
        await desk.publish(BTC, bids=[(100.0, 2_000.0)], asks=[(100.5, 2_000.0), (102.0, 1.0)])
        socket = await desk.connect(f"/ws/depth/{BTC}/")
        (snapshot,) = sent(socket)
        asked = settings.LIQUIDITY_SIZES, settings.LIQUIDITY_BANDS_BPS
        assert snapshot["liquidity"] == liquidity_answer(reader, BTC, *asked)
        known = [cost["buy"] is not None for cost in snapshot["liquidity"]["costs"]]
        assert known == [True, True, False]

    play(story)
