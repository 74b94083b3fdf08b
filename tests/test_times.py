"""Times and lengths of time, as people read them."""

from datetime import UTC, datetime, timedelta

import pytest

from times import clock, clock_beside, dated_clock, lasting

AT = 1_700_000_003.9


def test_a_time_of_the_day_and_one_with_its_day():
    assert (clock(AT), dated_clock(AT)) == ("22:13:23 UTC", "2023-11-14 22:13:23 UTC")


def test_a_moment_beside_another_has_its_day_where_that_is_another():
    at = datetime(2023, 11, 14, 22, 14, tzinfo=UTC)
    moments = [clock_beside(at + timedelta(days=days), at) for days in (0, 1, 400)]
    assert moments == ["22:14 UTC", "15 Nov, 22:14 UTC", "18 Dec 2024, 22:14 UTC"]
    assert clock_beside(at + timedelta(seconds=7.9), at) == "22:14:07 UTC"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.9, "0 s"),
        (119.9, "119 s"),
        (120, "2 min"),
        (7_199, "119 min"),
        (7_200, "2 h"),
        (8_000, "2 h 13 min"),
        (86_400, "24 h"),
    ],
)
def test_a_length_of_time_in_its_largest_units(seconds: float, text: str):
    assert lasting(seconds) == text
