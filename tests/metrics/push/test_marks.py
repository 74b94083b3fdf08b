"""What is marked, or no more, is sent anew."""

from metrics.marks import Mark
from tests.factories import START
from tests.metrics.push.conftest import BTC, ETH, kinds, sent

HALTED = Mark(True, START - 960, "Signals halted since 21:58 UTC.", "No strategy sends any about BTCUSDT.")
PARTLY = Mark(False, START, "Signals of Order Book Skew halted since 22:14 UTC.", "Other strategies go on.")


def test_rows_are_sent_anew_when_they_are_marked_and_when_they_are_not_any_more(play, mark):
    async def story(desk):
        await desk.publish(BTC, ETH)
        socket, narrow = await desk.joined(), await desk.joined(f"/ws/pressure/?symbols={ETH}")
        for by_symbol, is_halted in (({BTC: HALTED}, True), ({}, False)):
            mark(**by_symbol)
            await desk.hub.look_for_marks()
            (update,), (about_eth,) = sent(socket), sent(narrow)
            assert {name: row["halted"] for name, row in update["symbols"].items()} == {BTC: is_halted}
            assert (update["type"], update["removed"]) == ("update", [])
            assert about_eth["symbols"] == {}
        await desk.hub.look_for_marks()
        assert sent(socket) == []

    play(story)


def test_who_comes_later_is_told_what_is_marked(play, mark):
    async def story(desk):
        await desk.publish(BTC)
        mark(BTCUSDT=HALTED)
        await desk.hub.look_for_marks()
        (snapshot,) = sent(await desk.connect())
        assert snapshot["symbols"][BTC]["halted"] is True

    play(story)


def test_a_hub_knows_what_is_marked_before_it_tells_anybody(play, mark):
    mark(BTCUSDT=HALTED)

    async def story(desk):
        assert desk.hub.frames.marks.of(BTC) == HALTED

    play(story)


def test_a_watched_book_is_sent_anew_with_what_to_say_of_its_halt(play, mark):
    async def story(desk):
        await desk.publish(BTC)
        socket = await desk.joined(f"/ws/depth/{BTC}/")
        told = []
        for by_symbol in ({BTC: HALTED}, {BTC: PARTLY}, {}):
            mark(**by_symbol)
            await desk.hub.look_for_marks()
            (update,) = sent(socket)
            assert kinds([update]) == ["update"]
            told.append((update["metrics"]["halted"], update["halt"]))
        halt = {"since": "2023-11-14T21:58:00.000Z", "headline": HALTED.headline, "detail": HALTED.detail}
        assert told[0] == (True, halt)
        assert (told[1][0], told[1][1]["headline"]) == (False, PARTLY.headline)
        assert told[2] == (False, None)

    play(story)
