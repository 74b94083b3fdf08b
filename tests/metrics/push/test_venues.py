"""Sockets of venues, and what everybody is told once a symbol means another market."""

from typing import Any

import pytest

from metrics.domain.admission.following import GIVEN_BACK_SECONDS
from metrics.push.hub import MOST_LISTS
from metrics.store.values import Batch
from tests.metrics.push.conftest import BTC, ETH, SELLERS, Desk, kinds, sent

OKX = {"source": "okx-websocket", "bids": [(200.0, 1.0)], "asks": [(201.0, 1.0)]}


def venues(frame: dict[str, Any]) -> dict[str, str]:
    """Venue by the name it goes by."""
    return {name: row["venue"] for name, row in frame["symbols"].items()}


async def both(desk: Desk) -> None:
    """A book at either venue."""
    desk.quote(BTC, **OKX)
    await desk.publish(BTC)


async def pass_seconds(desk: Desk, seconds: int, *, is_binance_heard: bool) -> None:
    """Second by second; okx is heard all the time."""
    for _ in range(seconds):
        desk.clock.advance(1)
        desk.quote(BTC, **OKX)
        await desk.publish(*([BTC] if is_binance_heard else []))


# -- What is asked for -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {BTC: "binance", ETH: "binance"}),
        ("?venue=okx", {BTC: "okx"}),
        ("?venue=OKX&form=spot", {BTC: "okx"}),
        ("?form=spot", {BTC: "binance", ETH: "binance"}),
        ("?form=usdm", {}),
        ("?venue=*", {f"{BTC}@binance": "binance", f"{BTC}@okx": "okx", f"{ETH}@binance": "binance"}),
        ("?venue=okx,binance&symbols=btcusdt", {f"{BTC}@binance": "binance", f"{BTC}@okx": "okx"}),
        ("?venue=kraken", {}),
    ],
)
def test_a_socket_is_told_of_the_markets_it_asks_for(play, query: str, shown: dict[str, str]):
    async def story(desk: Desk) -> None:
        await both(desk)
        await desk.publish(ETH)
        socket = await desk.connect(f"/ws/pressure/{query}")
        (snapshot,) = sent(socket)
        assert venues(snapshot) == shown
        assert snapshot["summary"]["symbols_tracked"] == (len(shown) if "symbols=" not in query else 3)
        desk.quote(ETH)
        await both(desk)
        (update,) = sent(socket)
        assert (venues(update), update["removed"]) == (shown, [])

    play(story)


def test_so_many_different_lists_of_venues_are_followed_at_a_time_and_no_more(play):
    async def story(desk: Desk) -> None:
        await both(desk)
        lists = [f"binance,v{number}" for number in range(MOST_LISTS + 1)]
        sockets = [await desk.connect(f"/ws/pressure/?venue={each}") for each in lists]
        *served, refused = [sent(socket) for socket in sockets]
        assert [kinds(frames) for frames in served] == [["snapshot"]] * MOST_LISTS
        error, close = refused
        assert (error["type"], error["code"]) == ("error", "TOO_MANY_LISTS")
        assert "venue=*" in error["message"]
        assert close == {"type": "websocket.close", "code": 1008}
        assert len(desk.hub.pressure_sockets) == MOST_LISTS
        for query in (
            "",
            "?venue=*",
            "?venue=okx",
            "?venue=nowhere",
            "?form=spot",
            "?venue=v0,binance",
        ):
            assert kinds(sent(await desk.connect(f"/ws/pressure/{query}"))) == ["snapshot"]
        await sockets[0].disconnect()
        assert len(sent(await desk.connect(f"/ws/pressure/?venue={lists[-1]}"))) == 2, "another has the list"
        await sockets[1].disconnect()
        assert kinds(sent(await desk.connect(f"/ws/pressure/?venue={lists[-1]}"))) == ["snapshot"]
        for socket in sockets[:2]:
            desk.sockets.remove(socket)

    play(story)


def test_a_subscription_keeps_the_venue(play):
    async def story(desk: Desk) -> None:
        await both(desk)
        socket = await desk.joined("/ws/pressure/?venue=okx&symbols=ETHUSDT")
        await socket.send_json_to({"type": "subscribe", "symbols": [BTC]})
        assert venues(await socket.receive_json_from()) == {BTC: "okx"}

    play(story)


@pytest.mark.parametrize("path", ["/ws/pressure/", f"/ws/depth/{BTC}/"])
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("venue=", "venue must be the name of a venue, several with commas between, or *."),
        ("venue=okx,", "venue must be the name of a venue, several with commas between, or *."),
        ("venue=o%20kx", "venue must be the name of a venue, several with commas between, or *."),
        ("form=swap", "form must be one of spot, usdm."),
    ],
)
def test_what_is_no_venue_or_form_closes_the_socket_with_the_reason(
    play, path: str, query: str, message: str
):
    async def story(desk: Desk) -> None:
        await both(desk)
        error, close = sent(await desk.connect(f"{path}?{query}"))
        assert (error["type"], error["code"], error["message"]) == ("error", "BAD_VENUE", message)
        assert close == {"type": "websocket.close", "code": 1008}
        assert (desk.hub.pressure_sockets, desk.hub.ladders.watches) == (set(), {})

    play(story)


@pytest.mark.parametrize("venue", ["*", "okx,binance"])
def test_one_book_at_a_time_is_watched(play, venue: str):
    async def story(desk: Desk) -> None:
        await both(desk)
        error, close = sent(await desk.connect(f"/ws/depth/{BTC}/?venue={venue}"))
        assert (error["code"], error["message"]) == ("BAD_VENUE", "One venue can be watched at a time.")
        assert close == {"type": "websocket.close", "code": 1008}

    play(story)


def test_the_book_of_a_venue(play):
    async def story(desk: Desk) -> None:
        await both(desk)
        followed, okx = (
            await desk.connect(f"/ws/depth/{BTC}/"),
            await desk.connect(f"/ws/depth/{BTC}/?venue=okx"),
        )
        told = [sent(socket)[0] for socket in (followed, okx)]
        assert [(frame["venue"], frame["form"], frame["ladder"]["bids"][0][0]) for frame in told] == [
            ("binance", "spot", 100.0),
            ("okx", "spot", 200.0),
        ]
        assert told[1]["metrics"]["venue"] == "okx"
        await both(desk)
        assert [kinds(sent(socket)) for socket in (followed, okx)] == [["update"], ["update"]]

    play(story)


def test_a_book_that_is_at_no_such_venue_is_awaited(play):
    async def story(desk: Desk) -> None:
        await desk.publish(BTC)
        socket = await desk.connect(f"/ws/depth/{BTC}/?venue=okx")
        (error,) = sent(socket)
        assert error["code"] == "NOT_TRACKED"
        await both(desk)
        (snapshot,) = sent(socket)
        assert (snapshot["type"], snapshot["venue"]) == ("snapshot", "okx")

    play(story)


def asked_of(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The symbols whose markets the store is asked for from now on, time by time."""
    asked: list[list[str]] = []
    markets_of_each = desk.hub._reader.markets_of_each

    def noted(symbols: list[str]) -> Any:
        asked.append(symbols)
        return markets_of_each(symbols)

    monkeypatch.setattr(desk.hub._reader, "markets_of_each", noted)
    return asked


def test_of_venues_where_a_symbol_is_not_the_store_is_not_asked_with_every_change(
    play, monkeypatch: pytest.MonkeyPatch
):
    async def story(desk: Desk) -> None:
        await both(desk)
        followed = await desk.joined(f"/ws/depth/{BTC}/")
        nowhere = [await desk.joined(f"/ws/depth/{BTC}/?venue=zzz{number}") for number in range(3)]
        asked = asked_of(desk, monkeypatch)
        await both(desk)
        assert not any(asked)
        assert kinds(sent(followed)) == ["update"]
        assert [sent(socket) for socket in nowhere] == [[], [], []]

    play(story)


def test_of_symbols_the_hub_knows_nothing_of_the_store_is_asked_once(play, monkeypatch: pytest.MonkeyPatch):
    async def story(desk: Desk) -> None:
        sockets = [
            await desk.connect(path)
            for path in (f"/ws/depth/{BTC}/", f"/ws/depth/{BTC}/?venue=okx", f"/ws/depth/{ETH}/")
        ]
        assert [frame["code"] for socket in sockets for frame in sent(socket)] == ["NOT_TRACKED"] * 3
        desk.quote(BTC, **OKX)
        desk.quote(BTC, ETH)
        await desk.feed.publish_once()
        asked = asked_of(desk, monkeypatch)
        desk.hub.ladders.mark_due([BTC, ETH])
        await desk.hub.ladders.send_due()
        assert asked == [[BTC, ETH]]
        told = [sent(socket)[0] for socket in sockets]
        assert [(frame["symbol"], frame["venue"]) for frame in told] == [
            (BTC, "binance"),
            (BTC, "okx"),
            (ETH, "binance"),
        ]

    play(story)


# -- Another market --------------------------------------------------------------------------


def test_a_symbol_that_means_another_market_is_gone_first_and_comes_back_as_that_and_is_given_back(play):
    async def story(desk: Desk) -> None:
        await both(desk)
        paths = [
            "/ws/pressure/",
            "/ws/pressure/?venue=*",
            "/ws/pressure/?venue=okx",
            f"/ws/depth/{BTC}/",
            f"/ws/depth/{BTC}/?venue=binance",
        ]
        rows, each, okx, ladder, binance = [await desk.joined(path) for path in paths]
        for seconds, is_binance_heard, now in (
            (6, False, "okx"),
            (int(GIVEN_BACK_SECONDS) + 1, True, "binance"),
        ):
            before = "binance" if now == "okx" else "okx"
            await pass_seconds(desk, seconds - 1, is_binance_heard=is_binance_heard)
            assert {venues(frame)[BTC] for frame in sent(rows) if BTC in frame["symbols"]} <= {before}
            for socket in (ladder, each, okx, binance):
                sent(socket)
            await pass_seconds(desk, 1, is_binance_heard=is_binance_heard)
            gone, back = sent(rows)
            assert (gone["removed"], BTC in gone["symbols"]) == ([BTC], False)
            assert (back["seq"], back["removed"], venues(back)) == (gone["seq"] + 1, [], {BTC: now})
            removed, snapshot = sent(ladder)
            assert removed == {"type": "removed", "symbol": BTC}
            assert (snapshot["type"], snapshot["venue"]) == ("snapshot", now)
            for socket in (each, okx):
                assert all(frame["removed"] == [] for frame in sent(socket)), "to them nothing is another"
            assert "removed" not in kinds(sent(binance))

    play(story)


def test_batches_that_came_together_tell_the_same_in_the_same_order(play):
    async def story(desk: Desk) -> None:
        await both(desk)
        rows, ladder = await desk.joined(), await desk.joined(f"/ws/depth/{BTC}/")
        for _ in range(6):
            desk.clock.advance(1)
            desk.quote(BTC, **OKX)
            await desk.feed.publish_once()
        desk.quote(BTC, **OKX | SELLERS)
        await desk.feed.publish_once()
        batches: list[Batch] = []
        while len(batches) < 7:
            batches += await desk.hub.receive()
        await desk.hub.take(batches)
        gone, back = sent(rows)
        assert (gone["symbols"], gone["removed"]) == ({}, [BTC])
        assert (venues(back), back["removed"]) == ({BTC: "okx"}, [])
        assert back["symbols"][BTC]["net_pressure"] == -50.0
        assert kinds(sent(ladder)) == ["removed", "snapshot"]

    play(story)


def test_a_market_that_is_withdrawn_is_gone_for_whoever_asks_for_it(play):
    async def story(desk: Desk) -> None:
        await both(desk)
        followed, each = await desk.joined(), await desk.joined("/ws/pressure/?venue=*")
        ladder = await desk.joined(f"/ws/depth/{BTC}/?venue=okx")
        for _ in range(61):
            desk.clock.advance(1)
            await desk.publish(BTC)
        desk.feed.analyzer.expire(desk.clock())
        await desk.publish(BTC)
        assert all(frame["removed"] == [] for frame in sent(followed))
        assert [frame["removed"] for frame in sent(each) if frame["removed"]] == [[f"{BTC}@okx"]]
        assert kinds(sent(ladder))[-1] == "removed"

    play(story)
