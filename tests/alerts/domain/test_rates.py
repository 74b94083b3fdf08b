"""How much counts rose within the last minute."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.domain.rates import MINUTE, Count, Rises
from tests.factories import START


def watched(totals, began=START - 1_000, seconds=1.0, key="feed"):
    """Somebody who has looked at one count, again and again."""
    rises = Rises()
    for place, total in enumerate(totals):
        rises.look({} if total is None else {key: Count(total, began)}, START + place * seconds)
    return rises


def test_nothing_is_known_until_somebody_has_looked_for_a_minute():
    assert watched(range(60)).of("feed") is None
    assert watched(range(61)).of("feed") == 60


def test_what_was_counted_before_does_not_count():
    assert watched([5_000] * 61).of("feed") == 0
    assert watched([None, *[5_000] * 60]).of("feed") == 0


def test_a_process_that_starts_again_counts_from_nothing():
    rises = watched([5_000] * 61)
    rises.look({"feed": Count(7, START + 60.5)}, START + 61)
    assert rises.of("feed") == 7


@pytest.mark.parametrize("now", [START - 5, START + 60 + MINUTE + 1])
def test_where_nobody_looked_or_the_clock_was_put_back_it_begins_anew(now):
    rises = watched(range(61))
    rises.look({"feed": Count(900, START - 1_000)}, now)
    assert rises.of("feed") is None


@given(st.lists(st.integers(0, 50), min_size=61, max_size=200))
def test_it_is_the_sum_of_the_last_minute(rose):
    totals = [sum(rose[: place + 1]) for place in range(len(rose))]
    assert watched(totals).of("feed") == sum(rose[-60:])
