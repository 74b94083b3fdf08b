"""Quiet hours hold to the minute, over midnight and over the end of the week."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.domain.quiet import DAYS, WEEK_MINUTES, Span, problem, quiet_until, read_span

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def at(day: str, time: str) -> float:
    hours, minutes = map(int, time.split(":"))
    return (MONDAY + timedelta(days=DAYS.index(day), hours=hours, minutes=minutes)).timestamp()


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("mon-fri 22:00-06:00", "Mon-Fri 22:00-06:00"),
        (" SAT 00:00 - 24:00 ", "Sat 00:00-24:00"),
        ("22:00-06:00", "22:00-06:00"),
        ("Mon-Sun 12:00-13:00", "12:00-13:00"),
        ("Sun-Sun 12:00-13:00", "Sun 12:00-13:00"),
        ("Fri-Mon 12:00-13:00", "Fri-Mon 12:00-13:00"),
    ],
)
def test_a_span_is_read_in_any_case_and_kept_in_one_way(text: str, kept: str):
    assert str(read_span(text)) == kept
    assert str(read_span(kept)) == kept


@pytest.mark.parametrize(
    "text", ["", "Mon", "22:00", "22:00-22:00", "24:00-06:00", "Moon 22:00-06:00", "2:00-3:00", "22:00-06:60"]
)
def test_what_is_no_span_is_none(text: str):
    assert read_span(text) is None


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (["Mon-Fri 22:00-06:00"], at("Mon", "21:59"), None),
        (["Mon-Fri 22:00-06:00"], at("Mon", "22:00"), at("Tue", "06:00")),
        (["Mon-Fri 22:00-06:00"], at("Sat", "05:59"), at("Sat", "06:00")),
        (["Mon-Fri 22:00-06:00"], at("Sat", "06:00"), None),
        (["Mon-Fri 22:00-06:00"], at("Mon", "03:00"), None),  # that of Sunday, which is none
        (["Sun 22:00-06:00"], at("Mon", "03:00"), at("Mon", "06:00")),
        (["Sat 00:00-24:00"], at("Sat", "12:00"), at("Sun", "00:00")),
        ([], at("Mon", "12:00"), None),
    ],
)
def test_quiet_hours_belong_to_the_day_they_begin_on(hours: list[str], now: float, until: float | None):
    assert quiet_until(hours, now) == until


minutes = st.integers(0, 1_439)
spans = (
    st.builds(Span, st.integers(0, 6), st.integers(0, 6), minutes, st.integers(1, 1_440))
    .filter(lambda span: span.begin != span.end)
    .map(str)
)


def quiet_minutes(hours: list[str]) -> set[int]:
    """The reference: every minute of the week, looked at by itself."""
    found: set[int] = set()
    for span in map(read_span, hours):
        assert span is not None
        day = span.first
        while True:
            minute = day * 1_440 + span.begin
            while True:
                found.add(minute % WEEK_MINUTES)
                minute += 1
                if minute % 1_440 == span.end % 1_440:
                    break
            if day % 7 == span.last:
                break
            day += 1
    return found


@given(st.lists(spans, max_size=3), st.integers(0, WEEK_MINUTES - 1), st.integers(0, 59))
def test_every_minute_is_as_the_slow_reference_has_it(hours: list[str], minute: int, seconds: int):
    quiet = quiet_minutes(hours)
    now = MONDAY.timestamp() + 60 * minute + seconds
    until = quiet_until(hours, now)
    assert (until is not None) == (minute in quiet)
    if until is not None:
        assert now < until <= now + 86_400
        ends = round((until - MONDAY.timestamp()) / 60)
        assert 60 * ends + MONDAY.timestamp() == until
        assert {each % WEEK_MINUTES for each in range(minute, ends)} <= quiet
    assert (problem(hours) is None) == (len(quiet) < WEEK_MINUTES)


def test_what_is_wrong_with_quiet_hours_is_said():
    assert problem(["22:00-06:00", "Sat 00:00-24:00"]) is None
    assert problem(["night"]) == "must be spans such as Mon-Fri 22:00-06:00, in UTC; got night"
    assert problem(["00:00-24:00"]) == "must leave some time in which people are told"
    assert problem(["22:00-06:00"] * 21) == "must be at most 20"
