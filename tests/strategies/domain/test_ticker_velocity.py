"""Ticker Velocity against an independent calculation, and as it is described."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from configuration.domain.catalogue import TickerVelocity
from strategies.domain import ticker_velocity
from tests.strategies.scenes import START, accelerating, actions, run, ticker, tickers

TICKERS = st.lists(
    st.tuples(st.floats(0.3, 40.0), st.floats(90.0, 110.0), st.integers(0, 5000)), min_size=1, max_size=80
)  # seconds since the one before, last price, trade count


@st.composite
def parameter_sets(draw):
    return TickerVelocity(
        time_window=draw(st.integers(30, 300)),
        buy_threshold=draw(st.floats(0.1, 2.0)),
        sell_threshold=draw(st.floats(-2.0, -0.1)),
        min_price_change=draw(st.floats(0.01, 1.0)),
        base_confidence=draw(st.floats(0.5, 1.0)),
        acceleration_weight=draw(st.floats(0, 1)),
        volume_confirmation=draw(st.booleans()),
        min_volume_change=draw(st.floats(0.1, 2.0)),
    )


def slow(history, p):
    """Value, velocity and whether the move is large and confirmed, from the whole list of tickers."""
    now = history[-1][0]
    times, prices, counts = (
        np.array(column, dtype=float)
        for column in zip(*[row for row in history if row[0] >= now - p.time_window], strict=True)
    )
    if times[-1] - times[0] < p.time_window / 2:
        return None
    middle = (times[0] + times[-1]) / 2
    price, count = np.interp(middle, times, prices), np.interp(middle, times, counts)
    half = (times[-1] - times[0]) / 2 / 60
    first, second = (price / prices[0] - 1) * 100 / half, (prices[-1] / price - 1) * 100 / half
    change = (prices[-1] / prices[0] - 1) * 100
    velocity = change / (2 * half)
    before, after = count - counts[0], counts[-1] - count
    margin = after - before - p.min_volume_change * abs(before)
    value = velocity + p.acceleration_weight * (second - first) * 0.5
    edges = (abs(change) - p.min_price_change, value - p.buy_threshold, value - p.sell_threshold, margin)
    assume(all(abs(edge) > 1e-6 for edge in edges))
    sound = abs(change) >= p.min_price_change and (margin > 0 or not p.volume_confirmation)
    return value, velocity, sound


@given(TICKERS, parameter_sets())
def test_signals_are_those_of_the_slow_calculation(arrivals, parameters):
    frames, history, expected, now, last = [], [], [], START, None
    for seconds, price, count in arrivals:
        now += seconds
        frames.append((now, ticker(price, count)))
        history.append((now, price, count))
        measured = slow(history, parameters)
        side = None
        if measured and measured[2]:
            side = "buy" if measured[0] > parameters.buy_threshold else None
            side = "sell" if measured[0] < parameters.sell_threshold else side
        if side and side != last:
            base = parameters.base_confidence
            expected.append((side, min(0.95, base + (0.95 - base) * min(1, abs(measured[1]) / 10))))
        last = side
    changed = {name: getattr(parameters, name) for name in parameters.__struct_fields__}
    found = run("ticker_velocity", frames, **changed)
    assert [(d.action, pytest.approx(d.confidence)) for d in found] == expected


@pytest.mark.parametrize(
    ("changed", "action"),
    [
        ({}, "buy"),
        ({"change": 0.1}, "buy"),
        ({"change": 0.0999}, None),
        ({"value": 0.5}, None),
        ({"value": -0.5}, None),
        ({"value": -0.51}, "sell"),
        ({"second_growth": 12.0}, None),
        ({"second_growth": 12.1}, "buy"),
    ],
)
def test_at_the_bounds(changed, action):
    measured = ticker_velocity.Velocity(
        change=1.0, velocity=1.0, acceleration=0.0, value=0.51, first_growth=10.0, second_growth=20.0
    )._replace(**changed)
    assert ticker_velocity.choose(measured, TickerVelocity()) == action


def test_buys_a_rise_that_accelerates_under_growing_activity():
    decisions = run("ticker_velocity", accelerating(1.0))
    assert actions(decisions) == ["buy"]
    assert decisions[0].indicators["acceleration"] > 0


def test_sells_a_fall_that_accelerates():
    assert actions(run("ticker_velocity", accelerating(-1.0))) == ["sell"]


def test_says_nothing_before_half_the_window_has_been_seen():
    frames = accelerating(5.0, steps=12, every=2.0)  # 24 s, half of the window are 30
    assert run("ticker_velocity", frames) == []
    assert actions(run("ticker_velocity", frames, time_window=30)) == ["buy"]


def test_half_the_window_is_enough():
    assert actions(run("ticker_velocity", accelerating(5.0, steps=12, every=2.5))) == ["buy"]  # 30 of 60 s


def test_says_nothing_while_activity_falls():
    rising = accelerating(1.0)
    prices = [frame.last for _, frame in rising]
    counts = [1000 + 100 * step - 4 * step**2 for step in range(len(prices))]
    frames = tickers(prices, counts)
    assert run("ticker_velocity", frames) == []
    assert actions(run("ticker_velocity", frames, volume_confirmation=False)) == ["buy"]


def test_a_flood_of_tickers_is_bounded_and_changes_nothing():
    state, flood = ticker_velocity.State(), []
    for now, frame in accelerating(1.0):
        flood += [(now + step / 10_000, frame) for step in range(20)]
    assert actions(run("ticker_velocity", flood)) == ["buy"]
    for step in range(4000):
        point = ticker_velocity.Point(START + step / 100, 100.0, 1.0)
        state.add(point)
    assert len(state.times) <= 40 / ticker_velocity.SPACING_SECONDS + 1
    state.add(ticker_velocity.Point(START + 1000, 100.0, 1.0))
    assert len(state.times) == 1
