"""Quiet hours: spans of the week, in UTC, in which nobody is told of what a rule finds."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from symbols import shown

MOST_SPANS = 20
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EVERY_DAY = (0, 6)
DAY_MINUTES = 1_440
WEEK_MINUTES = 7 * DAY_MINUTES
MONDAY_BEFORE = 3
"""Days from a Monday to the epoch, which was a Thursday."""
EXAMPLE = "Mon-Fri 22:00-06:00"
_DAY = "|".join(DAYS)
_SPAN = re.compile(
    rf"(?:(?P<first>{_DAY})(?:-(?P<last>{_DAY}))? +)?"
    r"(?P<begin>(?:[01]\d|2[0-3]):[0-5]\d) ?- ?(?P<end>(?:[01]\d|2[0-3]):[0-5]\d|24:00)",
    re.ASCII | re.IGNORECASE,
)


class Span(NamedTuple):
    """It begins on each of the days from `first` to `last` (0 is Monday; round the end of the week where `last` comes
    before), at a minute of the day, and goes on to `end`: of the next day where that is not after `begin`."""

    first: int
    last: int
    begin: int
    end: int

    def __str__(self) -> str:
        first, last = DAYS[self.first], DAYS[self.last]
        days = first if self.first == self.last else f"{first}-{last}"
        hours = f"{_time(self.begin)}-{_time(self.end)}"
        return hours if (self.first, self.last) == EVERY_DAY else f"{days} {hours}"

    @property
    def minutes(self) -> int:
        """How long it is each time."""
        return (self.end - self.begin) % DAY_MINUTES or DAY_MINUTES

    @property
    def beginnings(self) -> list[int]:
        """The minutes of the week at which it begins."""
        days = range(self.first, self.first + (self.last - self.first) % len(DAYS) + 1)
        return [day % len(DAYS) * DAY_MINUTES + self.begin for day in days]


def read_span(text: str) -> Span | None:
    """A span such as `Mon-Fri 22:00-06:00`, or `22:00-06:00` of every day; None where it is none."""
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        return None
    first, last = found["first"], found["last"] or found["first"]
    days = (_day(first), _day(last)) if first else EVERY_DAY
    begin, end = _minute(found["begin"]), _minute(found["end"])
    return None if begin == end else Span(*days, begin, end)


def quiet_until(hours: Sequence[str], now: float) -> float | None:
    """The end of the quiet hours `now` lies in, in seconds since the epoch; None where it lies in none."""
    minute = _minute_of_week(now)
    left = max((_left(span, minute) for span in _spans(tuple(hours))), default=0.0)
    return 60.0 * round(now / 60 + left) if left else None


def problem(hours: Sequence[str]) -> str | None:
    """What is wrong with quiet hours, in a sentence that follows their name."""
    if len(hours) > MOST_SPANS:
        return f"must be at most {MOST_SPANS}"
    strange = next((text for text in hours if read_span(text) is None), None)
    if strange is not None:
        return f"must be spans such as {EXAMPLE}, in UTC; got {shown(strange)}"
    quiet = {
        minute % WEEK_MINUTES
        for span in _spans(tuple(hours))
        for begin in span.beginnings
        for minute in range(begin, begin + span.minutes)
    }
    return "must leave some time in which people are told" if len(quiet) == WEEK_MINUTES else None


@lru_cache(maxsize=1_000)
def _spans(hours: tuple[str, ...]) -> list[Span]:
    return [span for text in hours if (span := read_span(text))]


def _left(span: Span, minute: float) -> float:
    """For how many minutes it goes on at this minute of the week; 0 outside of it."""
    gone = min((minute - begin) % WEEK_MINUTES for begin in span.beginnings)
    return max(0.0, span.minutes - gone)


def _minute_of_week(now: float) -> float:
    return (now / 60 + MONDAY_BEFORE * DAY_MINUTES) % WEEK_MINUTES


def _day(name: str) -> int:
    return DAYS.index(name.capitalize())


def _minute(time: str) -> int:
    hours, minutes = time.split(":")
    return 60 * int(hours) + int(minutes)


def _time(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
