"""Sockets that cannot follow: they skip, and are given the whole once they can."""

import pytest

from tests.metrics.push.conftest import BTC, SELLERS, kinds, sent


class Reader:
    """A browser that may be slower than we are."""

    def __init__(self) -> None:
        self.is_slow = False

    def __call__(self) -> bool:
        return self.is_slow


def test_congested_socket_skips_and_then_gets_a_snapshot(play):
    async def story(desk):
        await desk.publish(BTC)
        reader = Reader()
        slow, fast = await desk.connect(is_congested=reader), await desk.connect()
        sent(slow), sent(fast)
        reader.is_slow = True
        for _ in range(3):
            await desk.publish(BTC, **SELLERS)
        assert (kinds(sent(slow)), kinds(sent(fast))) == ([], ["update"] * 3)
        reader.is_slow = False
        await desk.publish(BTC, **SELLERS)
        (snapshot,), (update,) = sent(slow), sent(fast)
        assert (snapshot["type"], snapshot["seq"]) == ("snapshot", update["seq"])
        await desk.publish(BTC)
        assert kinds(sent(slow)) == ["update"]

    play(story)


def test_congested_socket_catches_up_in_a_market_gone_quiet(play):
    async def story(desk):
        await desk.publish(BTC)
        reader = Reader()
        rows = await desk.connect(is_congested=reader)
        ladder = await desk.connect(f"/ws/depth/{BTC}/", is_congested=reader)
        await ladder.receive_json_from()
        sent(rows)
        reader.is_slow = True
        await desk.publish(BTC, **SELLERS)
        reader.is_slow = False
        desk.clock.advance(1)
        await desk.hub.pass_time()
        (snapshot,) = sent(rows)
        assert (snapshot["type"], snapshot["symbols"][BTC]["net_pressure"]) == ("snapshot", -50.0)
        (snapshot,) = sent(ladder)
        assert (snapshot["type"], snapshot["metrics"]["pressure"]["net_pressure"]) == ("snapshot", -50.0)
        await desk.hub.pass_time()
        assert sent(rows) == sent(ladder) == []

    play(story)


@pytest.mark.parametrize("path", ["/ws/pressure/", f"/ws/depth/{BTC}/"])
def test_resync_of_a_congested_socket_piles_nothing_up(play, path):
    async def story(desk):
        await desk.publish(BTC)
        reader = Reader()
        socket = await desk.connect(path, is_congested=reader)
        await socket.receive_json_from()
        reader.is_slow = True
        for _ in range(5):
            await socket.send_json_to({"type": "resync"})
        assert await socket.receive_nothing(0.05)
        reader.is_slow = False
        await desk.hub.pass_time()
        assert kinds(sent(socket)) == ["snapshot"]

    play(story)


def test_congested_socket_hears_no_heartbeat(play):
    async def story(desk):
        reader = Reader()
        socket, ladder = (
            await desk.connect(is_congested=reader),
            await desk.connect("/ws/depth/X1/", is_congested=reader),
        )
        sent(socket), sent(ladder)
        reader.is_slow = True
        desk.clock.advance(6)
        await desk.hub.pass_time()
        assert sent(socket) == sent(ladder) == []

    play(story)
