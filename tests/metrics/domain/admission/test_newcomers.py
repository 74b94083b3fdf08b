"""Names that are heard in passing are forgotten, those that are heard for a minute are not."""

import pytest

from metrics.domain.admission.market import NEW_SECONDS, UNHEARD
from metrics.domain.market import MOST_MARKETS, MarketId
from tests.factories import START
from tests.metrics.domain.admission.door import HEARD, OKX, SHOWN, SPOT, Door, book, trade

REPEATED = "repeated"


def test_what_was_heard_once_is_forgotten_after_its_time_and_told_since_when_it_was_known():
    door = Door(forget_after=90.0)
    door.take_all([book(1, symbol="AUSDT"), trade(1, symbol="BUSDT")], every=1.0)
    door.gate.blame("CUSDT", "not_json", door.now + 1)
    told: tuple[tuple[float, dict[MarketId, float]], ...] = (
        (91.0, {}),
        (91.5, {MarketId("AUSDT", SPOT): START + 1}),
        (92.5, {MarketId("BUSDT", SPOT): START + 2}),
    )
    for seconds, forgotten in told:
        door.gate.tidy(START + seconds)
        assert door.gate.take_forgotten() == forgotten
    door.gate.tidy(START + 93.5)
    assert door.gate.take_forgotten() == {}  # there was no market of it
    symbol = door.gate.get("CUSDT")
    assert symbol
    assert symbol.since == UNHEARD


def test_where_many_names_are_known_what_was_heard_in_passing_takes_no_room():
    for roomy, known in ((20, ["AUSDT", "BUSDT"]), (19, [])):
        door = Door(max_symbols=roomy)
        door.take_all([book(1, symbol="AUSDT"), book(1, symbol="BUSDT")])
        door.wait(90.0)
        door.gate.tidy(door.now)
        assert list(door.gate._symbols) == known
        assert door.gate.take_forgotten().keys() == {MarketId("AUSDT", SPOT), MarketId("BUSDT", SPOT)}


def test_what_keeps_coming_is_not_forgotten_and_is_new_for_a_minute():
    door = Door()
    for second in range(100):
        door.take(book(second), 1.0)
        door.gate.tidy(door.now)
        known = door.gate.get("BTCUSDT")
        assert known
        assert known.is_new == (second < NEW_SECONDS)


@pytest.mark.parametrize("last", [0.1, 59.0, 60.0])
def test_a_copy_is_no_news_however_late_it_comes(last: float):
    door = Door()
    door.take(book(1))
    door.take(book(2), last)
    door.wait(3_600.0)
    door.gate.tidy(door.now)
    assert door.take(book(2)) == REPEATED


def test_a_copy_that_comes_again_and_again_is_never_news_and_no_life():
    door = Door()
    assert door.take(book(1)) == SHOWN
    for _ in range(100):
        door.wait(80.0)
        door.gate.tidy(door.now)
        assert door.take(book(1), 10.0) == REPEATED
        door.gate.tidy(door.now)
        known = door.gate.get("BTCUSDT")
        assert known
        assert known.is_new


def test_new_names_make_room_before_those_that_have_been_heard_for_a_minute():
    door = Door(max_symbols=10)
    for second in range(0, 120, 5):
        for name in ("AUSDT", "BUSDT"):
            door.take(book(second, symbol=name))
            door.take(trade(second, symbol=name, at=door.now))
        if second > NEW_SECONDS:
            for number in range(100):
                door.take(book(1, symbol=f"S{second}X{number}"), 0.001)
        door.wait(START + second + 5 - door.now)
    assert {"AUSDT", "BUSDT"} < set(door.gate._symbols)
    assert {market.symbol for market in door.gate.forgotten}.isdisjoint({"AUSDT", "BUSDT"})


def test_a_name_that_comes_again_is_known_since_then():
    door = Door()
    assert door.take_all([book(1), trade(1)]) == [SHOWN, HEARD]
    door.wait(61.0)
    door.gate.tidy(door.now)
    door.take(book(2))
    known = door.gate.get("BTCUSDT")
    assert known
    assert known.since == door.now


def test_a_made_up_venue_of_a_well_known_symbol_is_forgotten_while_the_symbol_lives_on():
    door = Door()
    for second in range(200):
        assert door.take(book(second)) == SHOWN
        if second == 100:
            assert door.take(book(1, market="nowhere/spot")) == SHOWN
        door.gate.tidy(door.now)
        forgotten = {MarketId("BTCUSDT", "nowhere/spot"): START + 100} if second == 161 else {}
        assert door.gate.take_forgotten() == forgotten
        door.wait(1.0)


def test_of_thirty_three_made_up_venues_the_first_to_go_are_forgotten_since_they_came():
    door = Door()
    for number in range(MOST_MARKETS + 1):
        assert door.take(book(number), 1.0) == SHOWN
        assert door.take(book(1, market=f"venue{number}/spot")) == SHOWN
    assert door.gate.take_forgotten() == {
        MarketId("BTCUSDT", f"venue{number}/spot"): START + 1 + number for number in range(2)
    }
    assert door.followed() == SPOT
    assert not door.market(f"venue{MOST_MARKETS}/spot").is_waiting()


def test_one_whose_books_are_only_changes_is_new_since_the_first_and_forgotten_like_any_other():
    door = Door()
    door.take(book(1))
    assert not door.gate.interrupt("BTCUSDT", OKX, "awaiting_snapshot", door.now)
    assert door.market(OKX).since == START
    door.gate.tidy(door.now + 61)
    assert door.gate.take_forgotten() == {MarketId("BTCUSDT", SPOT): START, MarketId("BTCUSDT", OKX): START}


@pytest.mark.parametrize("roomy", [2, 100])
def test_what_comes_and_is_refused_is_not_forgotten_while_it_comes(roomy: int):
    door = Door(max_symbols=roomy)
    for second in range(100):
        assert door.take(book(second, bids=[(200.0, 1.0)])) == "crossed"
        door.gate.tidy(door.now)
        assert [each[:3] for each in door.gate.not_live(door.now)] == [("BTCUSDT", None, "crossed")]
        assert door.gate.take_forgotten() == {}
        door.wait(1.0)
    door.wait(61.0)
    door.gate.tidy(door.now)
    assert door.gate.take_forgotten() == {MarketId("BTCUSDT", SPOT): START}


@pytest.mark.parametrize(
    ("kept", "new"), [({("BTCUSDT", SPOT)}, [False, True]), ({("BTCUSDT", "")}, [False, False])]
)
def test_a_market_with_minutes_is_not_new_nor_any_of_a_symbol_whose_minutes_name_no_market(
    kept: set[tuple[str, str]], new: list[bool]
):
    for is_early in (True, False):
        door = Door()
        if is_early:
            door.take_all([book(1), book(1, market=OKX)])
        door.gate.recognise(kept)
        door.take_all([book(2), book(2, market=OKX)])
        found = [door.gate.find("BTCUSDT", market) for market in (SPOT, OKX)]
        assert [market is not None and market.is_new for market in found] == new
