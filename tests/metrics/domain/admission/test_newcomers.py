"""Names that are heard in passing are forgotten, those that are heard for a minute are not."""

import pytest

from metrics.domain.admission.market import NEW_SECONDS
from tests.factories import START
from tests.metrics.domain.admission.door import HEARD, SHOWN, Door, book, trade

REPEATED = "repeated"


def test_what_was_heard_once_is_forgotten_after_its_time_and_told_since_when_it_was_known():
    door = Door(forget_after=90.0)
    door.take_all([book(1, symbol="AUSDT"), trade(1, symbol="BUSDT")], every=1.0)
    door.gate.blame("CUSDT", "not_json", door.now + 1)
    for seconds, forgotten in ((91.0, {}), (91.5, {"AUSDT": START + 1}), (92.5, {"BUSDT": START + 2})):
        door.gate.tidy(START + seconds)
        assert door.gate.take_forgotten() == forgotten
    door.gate.tidy(START + 93.5)
    assert list(door.gate.take_forgotten()) == ["CUSDT"]


def test_where_many_names_are_known_what_was_heard_in_passing_takes_no_room():
    for roomy, known in ((20, ["AUSDT", "BUSDT"]), (19, [])):
        door = Door(max_symbols=roomy)
        door.take_all([book(1, symbol="AUSDT"), book(1, symbol="BUSDT")])
        door.wait(90.0)
        door.gate.tidy(door.now)
        assert list(door.gate._symbols) == known
        assert door.gate.take_forgotten().keys() == {"AUSDT", "BUSDT"}


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
    assert door.gate.forgotten.keys().isdisjoint({"AUSDT", "BUSDT"})


def test_a_name_that_comes_again_is_known_since_then():
    door = Door()
    assert door.take_all([book(1), trade(1)]) == [SHOWN, HEARD]
    door.wait(61.0)
    door.gate.tidy(door.now)
    door.take(book(2))
    known = door.gate.get("BTCUSDT")
    assert known
    assert known.since == door.now
