"""Which frames are measured, and what becomes of it until it is saved."""

import math

from hypothesis import given
from hypothesis import strategies as some

from strategies.domain.measurements import (
    ALL,
    HOUR_SECONDS,
    MOST_A_SECOND,
    SLOT_SECONDS,
    Measurements,
    Slot,
)
from tests.strategies.scenes import START


def note(measurements: Measurements, symbol: str, value: float, now: float) -> bool:
    wanted = measurements.wants(symbol, now)
    if wanted:
        measurements.note(symbol, {"ratio": value}, now)
    return wanted


def counts(slot: Slot) -> dict[str, int]:
    return {symbol: each.quantities["ratio"].count for symbol, each in slot.measured.items()}


def test_of_each_symbol_one_frame_in_three_seconds_is_measured():
    measurements = Measurements(100)
    moments = [0.0, 0.4, 2.9, 3.0, 5.5, 6.3]
    assert [note(measurements, "BTCUSDT", 1.0, START + each) for each in moments] == [
        True, False, False, True, False, True,
    ]  # fmt: skip
    assert note(measurements, "ETHUSDT", 1.0, START + 6.4)
    ((slot, symbols),) = measurements.take_unsaved()
    assert counts(slot) == {"BTCUSDT": 3, "ETHUSDT": 1, ALL: 4}
    assert symbols == {"BTCUSDT", "ETHUSDT", ALL}


def test_very_many_symbols_are_measured_in_turn():
    measurements = Measurements(10_000)
    symbols = [f"S{number}" for number in range(4 * MOST_A_SECOND)]
    for symbol in symbols:
        note(measurements, symbol, 1.0, START)
    for second, expected in ((3.9, False), (4.0, True)):
        assert {note(measurements, symbol, 1.0, START + second) for symbol in symbols} == {expected}


def test_of_more_symbols_than_are_kept_the_others_are_not_measured():
    measurements = Measurements(2)
    assert [note(measurements, symbol, 1.0, START) for symbol in "ABC"] == [True, True, False]
    assert note(measurements, "A", 1.0, START + 3)


def test_nothing_measured_leaves_nothing_and_a_value_beyond_any_measure_is_none():
    measurements = Measurements(2)
    assert measurements.wants("A", START)
    measurements.note("A", {}, START)
    assert measurements.take_unsaved() == []
    measurements.note("A", {"ratio": math.inf, "spread": math.nan, "volume": 1e200, "gap": -0.5}, START)
    ((slot, _),) = measurements.take_unsaved()
    assert slot.measured["A"].quantities.keys() == {"gap"}


def test_the_first_slot_begins_with_the_first_frame_and_others_every_five_minutes():
    begin = START - START % SLOT_SECONDS + 17
    measurements = Measurements(10)
    for second in range(0, 1000, 10):
        note(measurements, "A", 1.0, begin + second)
    slots = [slot for slot, _ in measurements.take_unsaved()]
    assert [slot.start - begin for slot in slots] == [0.0, 283.0, 583.0, 883.0]
    spans = [(each.since - begin, each.until - begin) for each in (slot.measured[ALL] for slot in slots)]
    assert spans == [(0.0, 290.0), (300.0, 580.0), (590.0, 880.0), (890.0, 990.0)]


def test_what_cannot_be_saved_waits_and_of_more_than_an_hour_the_newest_stays():
    measurements = Measurements(10)
    for minute in range(150):
        note(measurements, "A", 1.0, START + 60 * minute)
    taken = measurements.take_unsaved()
    assert len(taken) == HOUR_SECONDS / SLOT_SECONDS + 1
    assert measurements.take_unsaved() == []
    measurements.put_back(taken)
    note(measurements, "B", 1.0, START + 60 * 149 + 1)
    again = measurements.take_unsaved()
    assert [slot for slot, _ in again] == [slot for slot, _ in taken]
    assert again[-1][1] == {"A", "B", ALL}


@given(some.lists(some.tuples(some.sampled_from("AB"), some.floats(0, 290)), min_size=1, max_size=12))
def test_all_that_was_measured_is_in_one_slot(frames: list[tuple[str, float]]):
    measurements, now, expected = Measurements(10), START, 0
    for symbol, seconds in frames:
        now += seconds
        expected += note(measurements, symbol, 1.0, now)
    assert sum(counts(slot)[ALL] for slot, _ in measurements.take_unsaved()) == expected
