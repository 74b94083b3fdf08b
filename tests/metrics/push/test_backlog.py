"""A hub that was held up: what waits is taken together and told once, as it is by now."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from channels.layers import get_channel_layer
from django.conf import settings

from metrics.domain.book import Level
from metrics.domain.market import SUSPECT
from metrics.marks import Mark
from metrics.push import hub as hub_module
from metrics.store.keys import MARKET_GROUP
from tests.factories import START, market_id
from tests.metrics.push.conftest import BTC, ETH, SELLERS, XRP, Desk, away, kinds, sent

BUYERS = {"bids": [(100.0, 3.0)], "asks": [(100.5, 1.0)]}  # net pressure 50
HALTED = Mark(True, START, "Signals halted since 22:14 UTC.", "No strategy sends any about BTCUSDT.")


async def arrived(desk: Desk, batches: int) -> None:
    """Until so many wait for the hub."""
    async with asyncio.timeout(5):
        while get_channel_layer().channels[desk.hub._channel].qsize() < batches:
            await asyncio.sleep(0.001)


async def take(desk: Desk, batches: int) -> None:
    """The hub goes on when so many batches have arrived."""
    await arrived(desk, batches)
    await desk.hub.take(await desk.hub.receive())


async def publish(desk: Desk, *symbols: str, **book: list[Level]) -> None:
    """A second later the feed publishes, and nobody takes it."""
    desk.clock.advance(1)
    desk.quote(*symbols, **book)
    await desk.feed.publish_once()


# -- Told once -------------------------------------------------------------------------------


def test_batches_that_waited_are_one_update_with_the_newest_numbers(play):
    async def story(desk):
        await desk.publish(BTC, ETH)
        socket = await desk.connect()
        (snapshot,) = sent(socket)
        await publish(desk, BTC, ETH, **SELLERS)
        await publish(desk, BTC)
        await publish(desk, XRP)
        await publish(desk, BTC, **BUYERS)
        await take(desk, 4)
        (update,) = sent(socket)
        assert {name: row["net_pressure"] for name, row in update["symbols"].items()} == {
            BTC: 50.0, ETH: -50.0, XRP: 32.35,
        }  # fmt: skip
        assert (update["type"], update["epoch"], update["seq"]) == (
            "update", snapshot["epoch"], snapshot["seq"] + 1,
        )  # fmt: skip
        await desk.publish(ETH)
        (following,) = sent(socket)
        assert (list(following["symbols"]), following["seq"]) == ([ETH], update["seq"] + 1)

    play(story)


def test_a_watched_book_is_read_and_sent_once(play):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.connect(f"/ws/depth/{BTC}/")
        (snapshot,) = sent(socket)
        for book in (SELLERS, BUYERS, SELLERS):
            await publish(desk, BTC, **book)
        await take(desk, 3)
        (update,) = sent(socket)
        assert (update["type"], update["seq"]) == ("update", snapshot["seq"] + 1)
        assert update["metrics"]["pressure"]["net_pressure"] == -50.0

    play(story)


def test_what_is_no_batch_among_those_that_waited_holds_nothing_up(play):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.joined()
        await publish(desk, BTC, **SELLERS)
        await get_channel_layer().group_send(MARKET_GROUP, {"type": "market.batch", "rows": 7})
        await take(desk, 2)
        (update,) = sent(socket)
        assert update["symbols"][BTC]["net_pressure"] == -50.0

    play(story)


def test_marks_are_those_of_now(play, mark):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.joined()
        await publish(desk, BTC, **SELLERS)
        mark(BTCUSDT=HALTED)
        await desk.hub.look_for_marks()
        await publish(desk, BTC, **BUYERS)
        await take(desk, 2)
        halted, update = sent(socket)
        assert (halted["symbols"][BTC]["halted"], halted["symbols"][BTC]["net_pressure"]) == (True, 32.35)
        assert (update["symbols"][BTC]["halted"], update["symbols"][BTC]["net_pressure"]) == (True, 50.0)
        assert update["seq"] == halted["seq"] + 1

    play(story)


def test_a_slow_reader_is_skipped_and_gets_a_snapshot(play):
    async def story(desk):
        await desk.publish(BTC)
        is_slow = [False]
        slow, fast = await desk.joined(is_congested=lambda: is_slow[0]), await desk.joined()
        is_slow[0] = True
        await publish(desk, BTC, **SELLERS)
        await publish(desk, BTC, **BUYERS)
        await take(desk, 2)
        assert (sent(slow), kinds(sent(fast))) == ([], ["update"])
        is_slow[0] = False
        await desk.hub.pass_time()
        (snapshot,) = sent(slow)
        assert (snapshot["type"], snapshot["symbols"][BTC]["net_pressure"]) == ("snapshot", 50.0)

    play(story)


# -- Gone and back ---------------------------------------------------------------------------


def test_a_symbol_that_came_and_went_is_gone(play):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.joined()
        await publish(desk, ETH)
        desk.feed.analyzer.expire(desk.clock() + 60.5)
        await publish(desk, XRP)
        await take(desk, 2)
        (update,) = sent(socket)
        assert (list(update["symbols"]), update["removed"]) == ([XRP], [BTC, ETH])

    play(story)


def test_a_symbol_that_went_and_came_back_is_told_as_gone_before_its_new_row(play):
    """What was shown may have been false: whoever has it must let go of its past."""

    async def story(desk):
        await desk.publish(BTC, ETH)
        socket, ladder = await desk.joined(), await desk.joined(f"/ws/depth/{BTC}/")
        desk.feed.analyzer.expire(desk.clock() + 100)
        await publish(desk, ETH)
        await publish(desk, BTC, **SELLERS)
        await take(desk, 2)
        gone, back = sent(socket)
        assert (list(gone["symbols"]), gone["removed"]) == ([ETH], [BTC])
        assert (back["seq"], list(back["symbols"]), back["removed"]) == (gone["seq"] + 1, [BTC], [])
        assert back["symbols"][BTC]["net_pressure"] == -50.0
        assert kinds(sent(ladder)) == ["removed", "snapshot"]

    play(story)


def test_what_was_suspect_between_is_let_go_of(play):
    """Nobody saw it, and what was shown before may have been another coin's."""

    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.joined()
        analyzer = desk.feed.analyzer
        analyzer._mark_suspect(market_id(BTC), "mixed_prices", desk.clock())
        await desk.feed.publish_once()
        await publish(desk, BTC, **SELLERS)
        await take(desk, 2)
        gone, back = sent(socket)
        assert (gone["symbols"], gone["removed"]) == ({}, [BTC])
        assert back["symbols"][BTC]["state"] != SUSPECT
        assert back["symbols"][BTC]["net_pressure"] == -50.0

    play(story)


# -- Holes -----------------------------------------------------------------------------------


def test_a_hole_among_those_that_waited_begins_a_new_epoch_with_the_truth(play):
    async def story(desk):
        await desk.publish(BTC, ETH)
        socket = await desk.connect()
        (before,) = sent(socket)
        await desk.lose_batch(ETH, **SELLERS)
        await publish(desk, BTC, **SELLERS)
        await publish(desk, BTC, **BUYERS)
        await take(desk, 2)
        (snapshot,) = sent(socket)
        assert (snapshot["type"], snapshot["epoch"] == before["epoch"]) == ("snapshot", False)
        assert {name: row["net_pressure"] for name, row in snapshot["symbols"].items()} == {
            BTC: 50.0, ETH: -50.0,
        }  # fmt: skip
        await desk.publish(BTC)
        (update,) = sent(socket)
        assert (update["epoch"], update["seq"]) == (snapshot["epoch"], snapshot["seq"] + 1)

    play(story)


def test_what_arrives_after_the_load_and_is_older_is_not_told(play):
    async def story(desk):
        await desk.publish(BTC, ETH)
        socket = await desk.joined()
        await desk.lose_batch(ETH)
        for book in ({}, SELLERS, BUYERS):
            await publish(desk, BTC, **book)
        await arrived(desk, 3)
        first, second, third = await desk.hub.receive()
        await desk.hub.take([first])
        (snapshot,) = sent(socket)
        assert snapshot["symbols"][BTC]["net_pressure"] == 50.0
        await desk.hub.take([second])
        assert sent(socket) == []
        await desk.hub.take([third])
        await desk.publish(BTC, **SELLERS)
        assert [update["symbols"][BTC]["net_pressure"] for update in sent(socket)] == [50.0, -50.0]

    play(story)


def test_a_backlog_that_takes_longer_to_read_than_the_store_is_dropped_for_what_is_stored(play, monkeypatch):
    monkeypatch.setattr(hub_module, "MOST_ROWS_WAITING", 3)

    async def story(desk):
        await desk.publish(BTC, ETH)
        socket = await desk.joined()
        for book in (SELLERS, BUYERS):
            await publish(desk, BTC, ETH, **book)
        await take(desk, 2)
        (snapshot,) = sent(socket)
        assert (snapshot["type"], snapshot["symbols"][ETH]["net_pressure"]) == ("snapshot", 50.0)
        await desk.publish(BTC, ETH)
        assert kinds(sent(socket)) == ["update"]

    play(story)


def test_a_long_backlog_is_read_all_the_same_while_the_store_is_away(play, monkeypatch):
    monkeypatch.setattr(hub_module, "MOST_ROWS_WAITING", 3)

    async def story(desk):
        await desk.publish(BTC, ETH)
        socket = await desk.joined()
        for book in (SELLERS, BUYERS):
            await publish(desk, BTC, ETH, **book)
        with monkeypatch.context() as patch:
            patch.setattr(desk.hub._reader, "markets", away)
            await take(desk, 2)
        (update,) = sent(socket)
        assert (update["type"], update["symbols"][ETH]["net_pressure"]) == ("update", 50.0)

    play(story)


# -- Late for ever ---------------------------------------------------------------------------

LATE = 10.0


@asynccontextmanager
async def another_batch_each_turn(desk: Desk, turn: float) -> AsyncIterator[None]:
    """While this lasts, every turn of the event loop takes `turn` seconds and brings a batch that is late."""
    layer = get_channel_layer()

    async def go_on() -> None:
        while True:
            desk.clock.advance(turn)
            batch = {"feed": "f", "epoch": "e", "seq": 1, "rows": [b"row"], "removed": []}
            sent_at = desk.clock() - LATE
            layer.channels[desk.hub._channel].put_nowait(layer.serialize(batch | {"sent_at": sent_at}))
            await asyncio.sleep(0)

    turns = asyncio.create_task(go_on())
    try:
        async with asyncio.timeout(5):
            yield
    finally:
        turns.cancel()


@pytest.mark.parametrize("turn", [0.06, -0.06])
def test_more_is_waited_for_an_interval_at_most_whichever_way_the_clock_goes(play, turn):
    async def story(desk):
        began = desk.clock()
        async with another_batch_each_turn(desk, turn):
            batches = await desk.hub.receive()
        one_grace = (hub_module.TURNS_TO_ARRIVE + 1) * abs(turn)
        assert one_grace <= abs(desk.clock() - began) <= settings.PUSH_INTERVAL_MS / 1000 + one_grace
        assert len(batches) > hub_module.TURNS_TO_ARRIVE

    play(story)


def test_more_is_not_waited_for_where_there_is_too_much_already(play, monkeypatch):
    monkeypatch.setattr(hub_module, "MOST_ROWS_WAITING", 7)

    async def story(desk):
        async with another_batch_each_turn(desk, 0.0):
            batches = await desk.hub.receive()
        assert 7 < len(batches) <= 7 + hub_module.TURNS_TO_ARRIVE

    play(story)


# -- As of when ------------------------------------------------------------------------------


def test_frames_are_as_old_as_what_they_tell(play):
    async def story(desk):
        await desk.publish(BTC, ETH)
        socket, ladder = await desk.joined(), await desk.joined(f"/ws/depth/{BTC}/")
        await publish(desk, BTC)
        await publish(desk, ETH)
        desk.clock.advance(4)  # until the hub comes to it
        await take(desk, 2)
        (update,) = sent(socket)
        assert update["sent_at"] == "2023-11-14T22:14:02.000Z"
        assert {name: row["age_ms"] for name, row in update["symbols"].items()} == {BTC: 5000, ETH: 4000}
        assert update["summary"]["timestamp"] == "2023-11-14T22:14:06.000Z"
        (book,) = sent(ladder)
        assert book["sent_at"] == "2023-11-14T22:14:06.000Z"  # read in the store just now
        assert book["metrics"]["age_ms"] == 5000
        desk.clock.advance(2)
        await desk.hub.pass_time()  # time alone tells nothing of the market
        *_, stale = sent(socket)
        assert {row["state"] for row in stale["symbols"].values()} == {"stale"}
        assert stale["sent_at"] == "2023-11-14T22:14:02.000Z"
        (stale,) = sent(ladder)
        assert (stale["metrics"]["state"], stale["sent_at"]) == ("stale", "2023-11-14T22:14:06.000Z")

    play(story)


def test_a_book_that_keeps_still_is_as_new_as_the_last_batch(play):
    async def story(desk):
        await desk.publish(BTC)
        await desk.joined(f"/ws/depth/{BTC}/")
        desk.clock.advance(3)
        await desk.publish(ETH)
        (snapshot,) = sent(await desk.connect(f"/ws/depth/{BTC}/"))
        assert (snapshot["sent_at"], snapshot["metrics"]["age_ms"]) == ("2023-11-14T22:14:03.000Z", 3000)

    play(story)


def test_a_book_that_could_not_be_read_is_no_newer_than_when_it_was(play, monkeypatch, mark):
    async def story(desk):
        await desk.publish(BTC)
        ladder = await desk.joined(f"/ws/depth/{BTC}/")
        desk.clock.advance(3)
        with monkeypatch.context() as patch:
            patch.setattr(desk.hub._reader, "books", away)
            await desk.publish(BTC, **SELLERS)
            mark(BTCUSDT=HALTED)
            await desk.hub.look_for_marks()
        (update,) = sent(ladder)
        assert (update["metrics"]["halted"], update["sent_at"]) == (True, "2023-11-14T22:14:00.000Z")

    play(story)
