"""When a message was sent, and whether that is now."""

from datetime import UTC, datetime

import pytest

from metrics.domain.admission.times import MOST_VENUES, Clocks, seconds, seconds_of
from metrics.domain.book import Refused
from tests.factories import START
from tests.metrics.domain.admission.door import HEARD, SHOWN, Door, book, contract, ticker, touch, trade

AT = 1_723_075_200.123456


@pytest.mark.parametrize(
    ("stamp", "digits"),
    [
        (1_723_075_200, 10),
        (1_723_075_200_123, 13),
        (1_723_075_200_123_456, 16),
        (1_723_075_200_123_456_789, 19),
    ],
)
def test_the_unit_is_told_by_the_size(stamp: int, digits: int):
    assert len(str(stamp)) == digits
    assert seconds(stamp) == pytest.approx(AT, abs=1 if digits == 10 else 0.001)
    assert seconds(float(stamp)) == pytest.approx(seconds(stamp))


def test_from_2010_to_2100_and_no_further():
    for unit in (1, 10**3, 10**6, 10**9):
        first, end = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * unit for year in (2010, 2100))
        assert seconds(first) == first / unit
        assert seconds(end - 1) <= end / unit
        for stamp in (first - 1, end):
            with pytest.raises(Refused, match="bad_time"):
                seconds(stamp)


@pytest.mark.parametrize("stamp", [0, -1, 10**12, 10**15, 10**18, 10**21, float("nan"), float("inf")])
def test_other_numbers_are_no_times(stamp):
    with pytest.raises(Refused, match="bad_time"):
        seconds(stamp)


def test_times_in_words_are_of_utc_unless_they_say_otherwise():
    told = [
        seconds_of(text)
        for text in ("2026-11-23T14:44:32.5Z", "2026-11-23T14:44:32.5", "2026-11-23T16:44:32.5+02:00")
    ]
    assert len(set(told)) == 1


@pytest.mark.parametrize("text", ["", "yesterday", "1999-01-01T00:00:00Z", "2100-01-01T00:00:00Z"])
def test_other_words_are_no_times(text: str):
    with pytest.raises(Refused, match="bad_time"):
        seconds_of(text)


# -- Late and ahead --------------------------------------------------------------------------

FRAMES = [
    lambda at: book(1, at=at),
    lambda at: contract(1, at=at),
    lambda at: contract(1, 7, at=at),
    lambda at: trade(1, at=at),
    lambda at: ticker(100.0, at=at),
    lambda at: touch(1, 99.0, 101.0, at=at),
]


@pytest.mark.parametrize("make", FRAMES)
@pytest.mark.parametrize(
    ("lag", "reason"), [(30.0, None), (30.001, "late"), (-60.0, None), (-60.001, "ahead_of_time")]
)
def test_a_message_is_at_most_30_seconds_late_and_60_ahead(make, lag: float, reason: str | None):
    told = Door().take(make(START - lag))
    assert told == reason if reason else told in (SHOWN, HEARD, "held")


def test_a_message_without_a_time_is_on_time():
    assert Door().take(book(1, at=None)) == SHOWN


def test_0_switches_off_only_the_check_for_lateness():
    door = Door(max_event_lag=0)
    assert door.take(book(1, at=START - 1e8)) == SHOWN
    assert door.take(book(2, at=START + 60.001)) == "ahead_of_time"


def test_what_is_late_leaves_no_trace():
    door = Door()
    door.take(book(5))
    assert door.take_all([book(9, at=START - 40), trade(7, 500.0, at=START - 40)]) == ["late"] * 2
    assert door.take_all([book(6), trade(5, at=START), book(7)]) == [SHOWN, HEARD, SHOWN]


# -- Clocks ----------------------------------------------------------------------------------


def clocks(lags: list[float], every: float = 0.5, venue: str = "binance") -> tuple[Clocks, float]:
    """Of a venue whose messages were off by these; and the time of the last."""
    told, now = Clocks(), START
    for lag in lags:
        now += every
        told.is_off(venue, lag, now)
    return told, now


@pytest.mark.parametrize(("lag", "told"), [(3600.0, 3600.0), (-7200.0, -7200.0)])
def test_a_venue_that_is_off_by_the_same_all_the_time_has_a_wrong_clock(lag: float, told: float):
    wrong, now = clocks([lag + number % 3 for number in range(20)])
    assert wrong.wrong(now) == {"binance": pytest.approx(told, abs=2)}


def test_one_message_on_time_and_the_clock_is_right():
    wrong, now = clocks([3600.0] * 20)
    wrong.is_on_time("binance")
    assert wrong.wrong(now) == {}


def test_a_few_messages_or_a_short_moment_say_nothing_of_a_clock():
    assert clocks([3600.0] * 5)[0].wrong(START + 2.5) == {}
    assert clocks([3600.0] * 20, every=0.1)[0].wrong(START + 2) == {}


def test_a_message_that_is_sent_again_and_again_is_no_clock():
    wrong, now = clocks([3600.0 + 0.2 * number for number in range(20)], every=0.2)
    assert wrong.wrong(now) == {}


def test_lags_all_over_the_place_are_no_clock():
    wrong, now = clocks([100.0 * (number % 7 + 1) for number in range(40)])
    assert wrong.wrong(now) == {}


def test_a_venue_that_has_fallen_silent_is_forgotten():
    wrong, now = clocks([3600.0] * 20)
    assert wrong.wrong(now + 10.0)
    assert wrong.wrong(now + 10.1) == {}
    assert not wrong.streaks


def test_every_venue_has_its_own_clock():
    wrong, now = clocks([3600.0] * 20)
    for number in range(20):
        wrong.is_off("kraken", -90.0, now - 10 + number / 2)
    assert wrong.wrong(now) == {"binance": 3600.0, "kraken": -90.0}


def test_made_up_venues_do_not_pile_up():
    wrong = Clocks()
    for number in range(10 * MOST_VENUES):
        wrong.is_off(f"venue{number}", 100.0, START)
    assert len(wrong.streaks) <= MOST_VENUES


def test_the_gate_tells_which_clock_is_wrong():
    door = Door()
    for number in range(20):
        door.take(book(number, at=door.now - 3600 + 0.2), 0.2)
        door.take(book(number, market="kraken/spot", at=door.now))
    assert door.gate.clocks.wrong(door.now) == {"binance": pytest.approx(3600, abs=1)}
