"""Ticker Velocity against an independent calculation, and as it is described."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configuration.domain.catalogue import TickerVelocity
from strategies.domain import ticker_velocity
from tests.strategies.exact import exact, read
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


STEPS = st.lists(
    st.tuples(
        st.sampled_from([7.5, 10.1, 15.0, 30.0]),
        st.sampled_from([99.5, 99.9, 100.0, 100.1, 100.5, 101.0]),
        st.integers(1000, 1010),
    ),
    min_size=2,
    max_size=12,
)
"""The same in coarse steps, which often meet a threshold exactly."""


def microseconds(now):
    """Of a time that was sent as a float: those it was meant to have."""
    return Fraction(round(now * 1_000_000))


def between(points, at):
    """Price and count on the straight line between the points around `at`."""
    left = max((point for point in points if point[0] <= at), key=lambda point: point[0])
    right = min((point for point in points if point[0] >= at), key=lambda point: point[0])
    share = (at - left[0]) / (right[0] - left[0]) if right[0] > left[0] else Fraction(0)
    return tuple(low + share * (high - low) for low, high in zip(left[1:], right[1:], strict=True))


def slow(history, p):
    """Side and velocity, in rational arithmetic from the whole list of tickers; None where there is no signal."""
    points = [(microseconds(at), exact(price), Fraction(count)) for at, price, count in history]
    now = points[-1][0]
    points = [point for point in points if point[0] >= now - 1_000_000 * p.time_window]
    (begin, first_price, first_count), (_, last_price, last_count) = points[0], points[-1]
    if now - begin < 1_000_000 * Fraction(p.time_window, 2):
        return None
    price, count = between(points, (begin + now) / 2)
    half = (now - begin) / 2 / 60_000_000
    first, second = 100 * (price / first_price - 1) / half, 100 * (last_price / price - 1) / half
    change = 100 * (last_price / first_price - 1)
    velocity = change / (2 * half)
    before, after = count - first_count, last_count - count
    value = velocity + exact(p.acceleration_weight) * (second - first) / 2
    if read(abs(change)) < read(exact(p.min_price_change)):
        return None
    if p.volume_confirmation and read(after - before) <= read(exact(p.min_volume_change) * abs(before)):
        return None
    if read(value) > read(exact(p.buy_threshold)):
        return "buy", velocity
    return ("sell", velocity) if read(value) < read(exact(p.sell_threshold)) else None


@st.composite
def exact_thresholds(draw):
    """Parameters that coarse steps often meet."""
    return TickerVelocity(
        time_window=draw(st.sampled_from([30, 45, 60])),
        buy_threshold=draw(st.sampled_from([0.1, 0.2, 0.5, 1.0, 2.0])),
        sell_threshold=draw(st.sampled_from([-0.1, -0.2, -0.5, -1.0])),
        min_price_change=draw(st.sampled_from([0.01, 0.1, 0.5, 1.0])),
        acceleration_weight=draw(st.sampled_from([0.0, 0.5, 1.0])),
        volume_confirmation=draw(st.booleans()),
        min_volume_change=draw(st.sampled_from([0.1, 0.2, 0.25, 0.5, 1.0])),
    )


@given(
    st.one_of(
        st.tuples(TICKERS, parameter_sets(), st.just(0.0)),
        st.tuples(STEPS, exact_thresholds(), st.sampled_from([0.0, 0.1, 0.123457])),
    )
)
def test_signals_are_those_of_rational_arithmetic(scene):
    arrivals, parameters, fraction = scene
    frames, history, expected, now, last = [], [], [], START + fraction, None
    for seconds, price, count in arrivals:
        now += seconds
        frames.append((now, ticker(price, count)))
        history.append((now, price, count))
        found = slow(history, parameters)
        side = found[0] if found else None
        if found and side != last:
            base = parameters.base_confidence
            expected.append((side, min(0.95, base + (0.95 - base) * min(1, abs(found[1]) / 10))))
        last = side
    changed = {name: getattr(parameters, name) for name in parameters.__struct_fields__}
    decisions = run("ticker_velocity", frames, **changed)
    assert [(d.action, pytest.approx(d.confidence)) for d in decisions] == expected


STILL = {"volume_confirmation": False, "acceleration_weight": 0.0}


@pytest.mark.parametrize(
    ("prices", "changed", "stated"),
    [
        (
            [100.0, 100.1],
            {"buy_threshold": 0.1, "min_price_change": 0.1},
            [],
        ),  # 0.1 % a minute is not above 0.1
        ([100.0, 100.1], {"buy_threshold": 0.1, "min_price_change": 0.1, "time_window": 59}, []),
        ([100.0, 100.1], {"acceleration_weight": 1.0, "min_price_change": 0.1, "sell_threshold": -0.1}, []),
        (
            [100.0, 99.9],
            {"acceleration_weight": 1.0, "min_price_change": 0.1, "sell_threshold": -0.1},
            ["sell"],
        ),
        ([100.0, 100.5], {}, []),  # 0.5 % a minute is neither above 0.5 ...
        ([100.0, 99.5], {}, []),  # ... nor is -0.5 below -0.5
        ([100.0, 100.51], {}, ["buy"]),
        ([100.0, 99.49], {}, ["sell"]),
    ],
)
def test_at_a_threshold_decimals_decide(prices, changed, stated):
    frames = tickers(prices, [1000, 1000], every=60.0)
    assert actions(run("ticker_velocity", frames, **(STILL | changed))) == stated


def test_the_smallest_move_is_enough():
    frames = tickers([100.0, 100.1], [1000, 1000], every=30.0)  # 0.2 % a minute
    for smallest, stated in ((0.1, ["buy"]), (0.1001, [])):
        found = run("ticker_velocity", frames, buy_threshold=0.1, min_price_change=smallest, **STILL)
        assert actions(found) == stated


def test_activity_that_does_not_exceed_what_is_asked_confirms_nothing():
    """Ten trades in the first half; a tenth more are eleven."""
    for last, stated in ((1_000_021, []), (1_000_022, ["buy"])):
        frames = tickers([100.0, 100.5, 102.0], [1_000_000, 1_000_010, last], every=29.9, start=START + 0.1)
        assert actions(run("ticker_velocity", frames, min_volume_change=0.1)) == stated


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


def test_decides_nothing_before_half_the_window_has_been_seen():
    frames = accelerating(5.0, steps=12, every=2.0)  # 24 s, half of the window are 30
    assert run("ticker_velocity", frames) == []
    assert actions(run("ticker_velocity", frames, time_window=30)) == ["buy"]


def test_half_the_window_is_enough():
    assert actions(run("ticker_velocity", accelerating(5.0, steps=12, every=2.5))) == ["buy"]  # 30 of 60 s


def test_decides_nothing_while_activity_falls():
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
        state.add(ticker_velocity.point(START + step / 100, ticker(100.0, 1)))
    assert len(state.times) <= 40 * ticker_velocity.SECOND / ticker_velocity.SPACING + 1
    state.add(ticker_velocity.point(START + 1000, ticker(100.0, 1)))
    assert len(state.times) == 1


def test_a_market_that_takes_over_is_no_jump():
    """The other's price is 1 % higher all the time."""
    frames = [(START + 5 * step, ticker(60000.0, 1000)) for step in range(13)]
    frames += [(START + 65 + 5 * step, ticker(60600.0, 1000, market="kraken/spot")) for step in range(13)]
    assert run("ticker_velocity", frames, volume_confirmation=False) == []
