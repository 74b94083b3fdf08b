"""What a rule would have done is what the same judging does, minute by minute."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.domain.trying import Minutes, Stretch, stretches
from metrics.domain.market import MarketId
from tests.alerts.factories import rule

BTC, ETH = MarketId("BTCUSDT", "binance/spot"), MarketId("ETHUSDT", "binance/spot")
START = 1_200_000.0
ABSENT = None


def minutes(*columns: list[float | None]) -> Minutes:
    """One market a column, of BTC and ETH: NaN is not known, None not there."""
    table: Any = np.array(columns, dtype=np.float64).T
    there = np.array([[value is not ABSENT for value in column] for column in columns]).T
    return Minutes([BTC, ETH][: len(columns)], START, table, there)


@pytest.mark.parametrize(
    ("for_seconds", "since", "until"),
    [(0.0, 60, 180), (30.0, 90, 180), (60.0, 120, 180), (90.0, 150, 180)],
)
def test_a_minute_that_is_beyond_is_so_for_all_its_seconds(for_seconds: float, since: float, until: float):
    found = stretches(rule(for_seconds=for_seconds), minutes([1.0, 20.0, 20.0, 1.0, 1.0]))
    assert found == [Stretch(BTC, START + since, START + until)]


def test_what_did_not_last_for_long_enough_does_not_fire():
    assert stretches(rule(for_seconds=121.0), minutes([1.0, 20.0, 20.0, 1.0])) == []


def test_what_still_fires_has_no_end_and_each_market_is_judged_by_itself():
    found = stretches(rule(for_seconds=0.0), minutes([1.0, 20.0, 20.0], [20.0, 1.0, 1.0]))
    assert found == [Stretch(ETH, START, START + 60), Stretch(BTC, START + 60)]


def test_between_threshold_and_clear_at_it_goes_on_and_so_it_does_where_nothing_is_known():
    found = stretches(rule(for_seconds=0.0), minutes([20.0, 9.0, float("nan"), ABSENT, 9.0, 8.0]))
    assert found == [Stretch(BTC, START, START + 300)]


def test_a_market_nobody_hears_of_for_an_hour_does_not_keep_it_firing():
    [found] = stretches(rule(for_seconds=0.0), minutes([20.0, *[ABSENT] * 70]))
    assert found.until == START + 62 * 60


def by_the_second(values: list[float | None], for_seconds: int) -> list[tuple[int, int | None]]:
    """The reference: every second looked at by itself, by a rule above 10 that clears at 8."""
    found: list[tuple[int, int | None]] = []
    since = fired = None
    for second in range(60 * len(values)):
        value = values[second // 60]
        if fired is not None:
            if value is not ABSENT and value <= 8:
                found.append((fired, second))
                since = fired = None
            continue
        is_beyond = value is not ABSENT and value > 10
        since = (second if since is None else since) if is_beyond else None
        if since is not None and second - since >= for_seconds:
            fired = second
    return found + ([(fired, None)] if fired is not None else [])


@settings(max_examples=60)
@given(
    st.lists(st.none() | st.sampled_from([1.0, 8.0, 9.0, 10.0, 11.0, 20.0]), min_size=1, max_size=12),
    st.integers(0, 250),
)
def test_it_fires_at_the_second_the_slow_reference_has(values: list[float | None], for_seconds: int):
    found = stretches(rule(for_seconds=float(for_seconds)), minutes(values))
    assert [
        (each.since - START, None if each.until is None else each.until - START) for each in found
    ] == by_the_second(values, for_seconds)
