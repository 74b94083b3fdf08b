"""Windows are spans of time, and the trend is read off their newest sixth."""

from fractions import Fraction
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.window import TIMEFRAMES, MedianWindow, SpanWindow, trend
from tests.factories import START

Points = list[tuple[int, float]]

pressures = st.floats(-100, 100)
points = st.lists(st.tuples(st.integers(0, 100_000), pressures), max_size=60).map(sorted)
"""Milliseconds after START, and the pressure then."""


def slow_trend(series: Points, now_ms: int, span_ms: int) -> tuple[str, Fraction]:
    """The contract's sentence, read literally."""
    inside = [(at, value) for at, value in series if now_ms - span_ms < at <= now_ms]
    newest = [Fraction(value) for at, value in inside if at > now_ms - span_ms // 6]
    if len(inside) < 10 or not newest:
        return "neutral", Fraction(1, 2)
    mean = sum(newest, Fraction(0)) / len(newest)
    if mean > 20:
        return "bullish", min(Fraction(1), mean / 50)
    if mean < -20:
        return "bearish", min(Fraction(1), -mean / 50)
    return "neutral", 1 - abs(mean) / 20


def test_timeframes__are_spans_of_seconds():
    assert TIMEFRAMES == {"1m": 60, "5m": 300, "15m": 900}


@given(series=points)
def test_median__at_each_point_of_any_series__is_that_of_the_last_ten_seconds(series: Points):
    window = MedianWindow(10)
    for place, (ms, value) in enumerate(series):
        inside = [told for at, told in series[: place + 1] if at > ms - 10_000]
        assert window.median_with(START + ms / 1000, value) == median(inside)
    assert len(window.values) <= len(series)


@given(series=points, later=st.integers(0, 90_000))
def test_trend__any_series__equals_the_slow_one(series: Points, later: int):
    now_ms = max([at for at, _ in series], default=0) + later
    window = SpanWindow(60)
    window.extend([START + at / 1000 for at, _ in series], [value for _, value in series])
    direction, strength = window.trend(START + now_ms / 1000)
    # Seconds as floats cannot tell a point on the edge of the span from one just inside it.
    acceptable = {slow_trend(series, now_ms + nudge, 60_000) for nudge in (-1, 0, 1)}
    assert any(
        direction == expected and strength == pytest.approx(float(value), abs=1e-9)
        for expected, value in acceptable
    )


@given(series=points, steps=st.lists(st.integers(0, 30_000), max_size=5))
def test_window__asked_now_and_then__forgets_exactly_what_is_too_old(series: Points, steps: list[int]):
    window = SpanWindow(60)
    window.extend([float(at) for at, _ in series], [value for _, value in series])
    now = max([at for at, _ in series], default=0)
    for step in steps:
        now += step
        window.expire(float(now))
        kept = [(at, value) for at, value in series if at > now - 60]
        assert list(zip(window.times, window.values, strict=True)) == kept


@pytest.mark.parametrize(
    ("mean", "expected"),
    [
        (20.0, ("neutral", 0.0)),
        (0.0, ("neutral", 1.0)),
        (-10.0, ("neutral", 0.5)),
        (25.0, ("bullish", 0.5)),
        (-25.0, ("bearish", 0.5)),
        (50.0, ("bullish", 1.0)),
        (-100.0, ("bearish", 1.0)),
    ],
)
def test_trend__by_mean(mean: float, expected: tuple[str, float]):
    assert trend(10, [mean] * 3) == expected


def test_trend__nine_points__undecided():
    assert trend(9, [90.0] * 9) == ("neutral", 0.5)


def test_trend__nothing_in_the_newest_sixth__undecided():
    assert trend(100, []) == ("neutral", 0.5)
