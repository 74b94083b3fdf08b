"""After which deaths a part is started again, and how soon."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from realtime.stack.restarts import CALM_SECONDS, DEATHS, WAITS, WITHIN_SECONDS, wait_after

moments = st.integers(0, 10**9)
lives = st.lists(st.integers(0, 1000), max_size=20)
long_lives = st.lists(st.integers(int(WITHIN_SECONDS), int(CALM_SECONDS)), max_size=20)


def deaths_after(start: int, lives: list[int]) -> list[float]:
    return [float(moment) for moment in accumulate([start, *lives])]


@given(moments, lives)
def test_it_is_given_up_exactly_where_the_last_deaths_lie_within_a_minute(start: int, lives: list[int]):
    last = lives[1 - DEATHS :]
    too_many = len(last) == DEATHS - 1 and sum(last) <= WITHIN_SECONDS
    assert (wait_after(deaths_after(start, lives)) is None) is too_many


@given(moments, lives)
def test_only_the_times_between_deaths_count(start: int, lives: list[int]):
    assert wait_after(deaths_after(start, lives)) == wait_after(deaths_after(0, lives))


@given(long_lives)
def test_each_death_in_a_row_waits_longer_than_the_one_before_up_to_the_longest(lives: list[int]):
    deaths = deaths_after(0, lives)
    waits = [wait_after(deaths[: number + 1]) for number in range(len(deaths))]
    assert waits == [*WAITS, *[WAITS[-1]] * len(waits)][: len(waits)]


@given(lives, st.integers(int(CALM_SECONDS) + 1, 10**6))
def test_who_lived_calmly_is_started_again_as_soon_as_at_first(lives: list[int], calm: int):
    assert wait_after(deaths_after(0, [*lives, calm])) == WAITS[0]


def test_the_first_is_started_again_after_a_second_and_the_third_within_a_minute_never():
    assert wait_after([100.0]) == 1.0
    assert wait_after([100.0, 102.0]) == 2.0
    assert wait_after([100.0, 102.0, 160.0]) is None
    assert wait_after([100.0, 102.0, 161.0]) == 4.0


def test_a_year_of_deaths_is_no_overflow():
    assert wait_after([61.0 * number for number in range(10_000)]) == WAITS[-1]
