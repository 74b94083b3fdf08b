"""Executable gaps, against a walk through every moment in exact fractions."""

from decimal import Decimal
from fractions import Fraction
from math import inf, isnan
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from metrics.domain.gaps import Gaps, Quotes, executable_gaps, widest_in_steps
from tests.factories import START

STALE_AFTER = 5.0


class Touch(NamedTuple):
    """Best prices of a market, so many seconds after the start."""

    at: float
    bid: float
    ask: float


def quotes(touches: list[Touch]) -> Quotes:
    columns = [np.array([touch[place] for touch in touches], dtype=np.float64) for place in range(3)]
    return Quotes(START + columns[0], columns[1], columns[2])


def told(gaps: Gaps) -> list[tuple[float, float | None, float]]:
    """Seconds after the start, the gap there, and how long it stood so."""
    return [
        (at - START, None if isnan(bps) else bps, seconds)
        for at, bps, seconds in zip(
            gaps.times.tolist(), gaps.bps.tolist(), gaps.seconds.tolist(), strict=True
        )
    ]


def test_bought_at_the_cheap_and_sold_at_the_dear_market_while_both_are_live():
    """Nothing while one is unknown; a touch holds for five seconds, then there is a hole."""
    cheap = quotes([Touch(1, 99.0, 100.0), Touch(4, 99.0, 102.0)])
    dear = quotes([Touch(0, 100.5, 101.0), Touch(3, 101.0, 101.5)])
    there, back = executable_gaps(cheap, dear, START + 12, STALE_AFTER)
    assert told(there) == [
        (0, None, 1),
        (1, pytest.approx(50.0), 2),
        (3, pytest.approx(100.0), 1),
        (4, pytest.approx(-10_000 / 102), 1),
        (5, pytest.approx(-10_000 / 102), 1),
        (6, pytest.approx(-10_000 / 102), 2),
        (8, None, 1),
        (9, None, 3),
    ]
    assert [bps for _, bps, _ in told(back)] == [
        None,
        *[pytest.approx(10_000 * (99.0 - ask) / ask) for ask in (101.0, 101.5, 101.5, 101.5, 101.5)],
        None,
        None,
    ]


def test_the_widest_of_each_step_is_of_what_stood_in_it():
    gaps = Gaps(
        times=START + np.array([0.0, 1.0, 4.5, 6.0, 11.0, 20.0]),
        bps=np.array([1.0, 3.0, 2.0, -1.0, np.nan, 9.0]),
        seconds=np.array([1.0, 3.5, 1.5, 5.0, 9.0, 2.0]),
    )
    assert widest_in_steps(gaps, START, 5.0, 5) == [3.0, 2.0, -1.0, None, 9.0]
    assert widest_in_steps(gaps, START + 1, 5.0, 4) == [3.0, -1.0, None, 9.0]
    assert widest_in_steps(gaps, START + 22, 5.0, 1) == [None]
    assert widest_in_steps(gaps, START + 21.5, 5.0, 1) == [9.0]  # it began before


def test_without_any_touch_there_is_nothing():
    known = quotes([Touch(0, 99.0, 100.0)])
    for cheap, dear in ((quotes([]), known), (known, quotes([]))):
        for gaps in executable_gaps(cheap, dear, START + 9, STALE_AFTER):
            assert told(gaps) == [(0, None, 5), (5, None, 4)]
    for gaps in executable_gaps(quotes([]), quotes([]), START + 9, STALE_AFTER):
        assert told(gaps) == []


@given(
    at=st.floats(0, 1_000),
    stale_after=st.decimals("0.1", "60", places=3),
)
@example(at=0.1, stale_after=Decimal("0.3"))
def test_a_touch_ends_when_it_says_however_the_seconds_are_rounded(at: float, stale_after: Decimal):
    touch = quotes([Touch(at, 99.0, 100.0)])
    gaps, _ = executable_gaps(touch, touch, START + 5_000, float(stale_after))
    assert [bps is None for _, bps, _ in told(gaps)] == [False, True]


# -- Against every moment in turn ------------------------------------------------------------

prices = st.tuples(st.integers(1, 10**9), st.integers(1, 10**7)).map(
    lambda pair: (pair[0] / 1_000, (pair[0] + pair[1]) / 1_000)
)
touches = st.lists(
    st.builds(
        lambda eighths, both: Touch(eighths / 8, *both),
        st.integers(0, 400),
        st.one_of(prices, st.sampled_from([(100.0, 101.0), (100.5, 100.75), (102.0, 103.0)])),
    ),
    max_size=20,
).map(lambda found: sorted(found, key=lambda touch: touch.at))


def price_at(touches: list[Touch], at: Fraction, side: str, stale_after: Fraction) -> Fraction | None:
    """What a market says at a moment: its newest touch, unless that is over."""
    found = None
    for touch in touches:
        if Fraction(touch.at) <= at:
            over = at - Fraction(touch.at) >= stale_after
            found = None if over else Fraction(getattr(touch, side))
    return found


def slowly(
    cheap: list[Touch], dear: list[Touch], until: Fraction, stale_after: Fraction
) -> list[tuple[Fraction, Fraction | None, Fraction]]:
    """When either market says something or falls silent: the gap from then on, and for how long."""
    begins = {Fraction(touch.at) for touch in cheap + dear}
    moments = sorted(begins | {begin + stale_after for begin in begins if begin + stale_after < until})
    found = []
    for number, at in enumerate(moments):
        ask = price_at(cheap, at, "ask", stale_after)
        bid = price_at(dear, at, "bid", stale_after)
        gap = None if ask is None or bid is None else (bid - ask) / ask * 10_000
        found.append((at, gap, (moments[number + 1] if number + 1 < len(moments) else until) - at))
    return found


def close_to(exact: Fraction | None) -> object:
    return None if exact is None else pytest.approx(float(exact), rel=1e-9, abs=1e-9)


@given(
    cheap=touches, dear=touches, stale_after=st.sampled_from([0.5, 2.0, 5.0, 30.0]), more=st.integers(0, 80)
)
def test_gaps_of_any_two_markets_equal_the_slow_walk(
    cheap: list[Touch], dear: list[Touch], stale_after: float, more: int
):
    until = max([touch.at for touch in cheap + dear], default=0.0) + more / 8
    both = executable_gaps(quotes(cheap), quotes(dear), START + until, stale_after)
    for gaps, ways in zip(map(told, both), ((cheap, dear), (dear, cheap)), strict=True):
        exact = slowly(*ways, Fraction(until), Fraction(stale_after))
        assert gaps == [(float(at), close_to(gap), float(seconds)) for at, gap, seconds in exact]
        whole = until - float(exact[0][0]) if exact else 0
        assert sum(seconds for *_, seconds in gaps) == pytest.approx(whole)


@given(cheap=touches, dear=touches, since=st.integers(-40, 200), step=st.sampled_from([0.5, 1.0, 5.0, 7.0]))
def test_widest_in_steps_of_any_gaps_equals_the_slow_walk(
    cheap: list[Touch], dear: list[Touch], since: int, step: float
):
    gaps, _ = executable_gaps(quotes(cheap), quotes(dear), START + 50, STALE_AFTER)
    begin, steps = Fraction(since, 8), 10
    widest: list[float | None] = []
    for number in range(steps):
        first, after = begin + number * Fraction(step), begin + (number + 1) * Fraction(step)
        inside = [
            bps
            for at, bps, seconds in told(gaps)
            if bps is not None
            and Fraction(at) < after
            and (Fraction(at) >= first or Fraction(at) + Fraction(seconds) > first)
        ]
        widest.append(max(inside, default=None))
    found = widest_in_steps(gaps, START + since / 8, step, steps)
    assert found == widest
    assert all(bps is None or -10_000 <= bps < inf for bps in found)


@given(touches=touches, prices=prices)
def test_one_market_against_itself_costs_its_spread(touches: list[Touch], prices: tuple[float, float]):
    for gaps in executable_gaps(quotes(touches), quotes(touches), START + 60, STALE_AFTER):
        assert all(bps is None or bps < 0 for _, bps, _ in told(gaps))
