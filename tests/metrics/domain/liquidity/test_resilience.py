"""Shocks of one side of a band: when they begin, when they are over, and what is given up."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.liquidity.bands import Band, Depth
from metrics.domain.liquidity.resilience import BandWatch, DepthWatch, Resilience, resilience
from tests.factories import START


def watch(depths: Iterable[tuple[float, float | None]], *, usual: float = 100.0) -> DepthWatch:
    """A minute of what is usual, then depths so many seconds after it."""
    watched = DepthWatch()
    for second in range(-61, 1):
        watched.observe(usual, START + second)
    for at, depth in depths:
        watched.observe(depth, START + at)
    return watched


def test_half_lost_within_a_second__takes_until_nine_tenths_are_back():
    """At 89 it is not over; a further loss on the way is the same shock."""
    shocked = watch([(0.25, 95.0), (0.5, 50.0), (1.0, 20.0), (2.0, 89.0), (2.5, 90.0), (3.0, 100.0)])
    assert resilience(shocked) == Resilience(1, 2.0)


@pytest.mark.parametrize(
    "depths",
    [
        [(0.5, 51.0), (2.0, 100.0)],
        [(1.0, 75.0), (3.0, 50.0), (5.0, 25.0), (7.0, 100.0)],
        [(0.5, 50.0)],
        [(0.5, 50.0), (1.0, None), (2.0, 100.0)],
    ],
    ids=["less than half", "little by little", "not over yet", "unknown meanwhile"],
)
def test_no_shock(depths: list[tuple[float, float | None]]):
    assert resilience(watch(depths)) == Resilience(0, None)


def test_without_a_minute_nothing_is_usual():
    watched = DepthWatch()
    for at, depth in ((0, 100.0), (30, 100.0), (30.5, 10.0), (31, 100.0)):
        watched.observe(depth, START + at)
    assert resilience(watched).shocks == 0


def test_what_held_before_a_silence_is_what_was_lost():
    """Nothing was told for four seconds: so nothing had changed."""
    assert resilience(watch([(4.0, 40.0), (5.0, 95.0)])) == Resilience(1, 1.0)


def test_a_shock_that_does_not_end_is_given_up_and_took_longest():
    never = [(0.5 + second, 40.0) for second in range(61)]
    again = [(62.0, 100.0), *((63.0 + second, 100.0) for second in range(61))]
    assert resilience(watch(never)) == Resilience(1, None)
    twice = [*never, *again, (124.5, 10.0), (126.5, 100.0), (127.0, 10.0), (130.0, 100.0)]
    assert resilience(watch(twice)) == Resilience(3, 3.0)


def test_the_last_ten_of_both_sides():
    """Twelve on one side, the first two of which took longest; the other side had one in between."""
    depths: list[tuple[float, float]] = []
    for number in range(12):
        begin = 10.0 * number
        depths += [(begin + 1, 40.0), (begin + (7 if number < 2 else 2), 100.0), (begin + 9, 100.0)]
    other = watch([(95.0, 40.0), (98.0, 100.0)])
    assert resilience(watch(depths), other) == Resilience(10, 1.0)
    assert resilience(watch(depths)) == Resilience(10, 1.0)
    assert resilience(DepthWatch(), DepthWatch()) == Resilience(0, None)


@given(depths=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 200)), max_size=300))
def test_any_depths__memory_is_that_of_a_minute(depths: list[tuple[int, int]]):
    watched, at = DepthWatch(), START
    for eighths, depth in depths:
        at += eighths / 8
        watched.observe(float(depth), at)
        assert sorted(watched._window.values) == watched._window._sorted.tolist()
        assert at - watched._window.times[0] < 60
    assert all(shock.seconds > 0 for shock in watched.shocks)


def band(bid: float | None, ask: float | None) -> Band:
    return Band(10.0, *(None if held is None else Depth(held, 100 * held) for held in (bid, ask)))


def band_watch(depths: Iterable[tuple[float, Band | None]]) -> BandWatch:
    """A minute of a hundred on both sides, then what follows so many seconds after it."""
    watched = BandWatch(longest_pause=5.0)
    for second in range(-61, 1):
        watched.observe(band(100.0, 100.0), START + second)
    for at, near in depths:
        watched.observe(near, START + at)
    return watched


def test_band__both_sides_have_their_shocks():
    shocks = [(0.5, band(10.0, 100.0)), (1.5, band(100.0, 10.0)), (4.5, band(100.0, 100.0))]
    assert band_watch(shocks).so_far() == Resilience(2, 2.0)


def test_band__is_looked_at_a_few_times_a_second():
    assert band_watch([(0.2, band(10.0, 10.0)), (0.25, band(100.0, 100.0))]).so_far() == Resilience(0, None)


@pytest.mark.parametrize("between", [[(0.25, None)], [(5.25, band(100.0, 100.0))]], ids=["no book", "pause"])
def test_band__that_was_not_known_for_a_while_begins_anew(between: list[tuple[float, Band | None]]):
    assert band_watch(
        [*between, (5.75, band(10.0, 10.0)), (6.25, band(100.0, 100.0))]
    ).so_far() == Resilience(0, None)


def test_band__of_which_neither_side_was_ever_known_has_no_resilience():
    watched = BandWatch(longest_pause=5.0)
    assert watched.so_far() is None
    watched.observe(band(None, None), START)
    assert watched.so_far() is None
    watched.observe(band(None, 1.0), START + 1)
    assert watched.so_far() == Resilience(0, None)
    watched.observe(None, START + 2)
    assert watched.so_far() is None
    assert band_watch(
        [(0.5, band(10.0, 100.0)), (1.0, band(100.0, 100.0)), (2.0, None)]
    ).so_far() == Resilience(1, 0.5)
