"""Ticker Velocity: follow a price that moves fast and keeps accelerating, while activity rises.

    velocity v      change in percent / minutes, over the window
    acceleration    v of the second half - v of the first half
    value           v + acceleration_weight * acceleration * 0.5
    activity        growth of the ticker's trade count; the second half's must exceed the first half's by
                    `min_volume_change` of it (the count is of 24 rolling hours, so growth may be negative)

The window runs from the oldest ticker in it to the newest; price and count at its middle are interpolated.
"""

from array import array
from bisect import bisect_left
from typing import NamedTuple

from configuration.domain.catalogue import CATALOGUE, TickerVelocity
from metrics.domain.frames import Ticker
from strategies.domain.decision import BUY, NOTHING, SELL, Action, Decision, Decisions, Edge, confidence

LONGEST_SECONDS = float(CATALOGUE[TickerVelocity.strategy_id].parameters["time_window"].maximum or 0)
SPACING_SECONDS = 0.25
"""Tickers closer than this are evaluated but not kept, so that a flood of them fills nothing."""
ACCELERATION_SHARE = 0.5
FULL_VELOCITY = 10.0
"""Percent per minute at which confidence is highest."""


class Point(NamedTuple):
    """A ticker at a moment; interpolated, the count need not be whole."""

    at: float
    price: float
    trades: float


class Velocity(NamedTuple):
    """Change in percent; velocity, acceleration and value in percent per minute; growth in trades."""

    change: float
    velocity: float
    acceleration: float
    value: float
    first_growth: float
    second_growth: float


class State:
    """The tickers of one symbol over the longest window that can be set, in flat arrays, oldest first."""

    __slots__ = ("edge", "prices", "times", "trades")

    def __init__(self) -> None:
        self.edge = Edge()
        self.times, self.prices, self.trades = array("d"), array("d"), array("d")

    def add(self, newest: Point) -> None:
        """Keep a ticker, unless one was kept just before; forget what no window can reach."""
        if self.times and newest.at - self.times[-1] < SPACING_SECONDS:
            return
        old = bisect_left(self.times, newest.at - LONGEST_SECONDS)
        for column, value in zip((self.times, self.prices, self.trades), newest, strict=True):
            del column[:old]
            column.append(value)

    def point(self, index: int) -> Point:
        """The ticker kept at `index`."""
        return Point(self.times[index], self.prices[index], self.trades[index])


def measure(state: State, newest: Point, parameters: TickerVelocity) -> Velocity | None:
    """None before half the window has been seen. `newest` may or may not be kept in the state."""
    start = bisect_left(state.times, newest.at - parameters.time_window)
    if start == len(state.times):
        return None
    first = state.point(start)
    seconds = newest.at - first.at
    if seconds < parameters.time_window / 2:
        return None
    middle = interpolate(state, newest, first.at + seconds / 2)
    velocity = _velocity(first, newest)
    acceleration = _velocity(middle, newest) - _velocity(first, middle)
    return Velocity(
        change=_change(first, newest),
        velocity=velocity,
        acceleration=acceleration,
        value=velocity + parameters.acceleration_weight * acceleration * ACCELERATION_SHARE,
        first_growth=middle.trades - first.trades,
        second_growth=newest.trades - middle.trades,
    )


def interpolate(state: State, newest: Point, at: float) -> Point:
    """The ticker at `at`, on the straight line between its neighbours."""
    after = bisect_left(state.times, at)
    right = state.point(after) if after < len(state.times) else newest
    left = state.point(after - 1) if right.at > at else right
    share = (at - left.at) / (right.at - left.at) if right.at > left.at else 0.0
    return Point(
        at,
        left.price + share * (right.price - left.price),
        left.trades + share * (right.trades - left.trades),
    )


def _change(first: Point, last: Point) -> float:
    return 100 * (last.price - first.price) / first.price


def _velocity(first: Point, last: Point) -> float:
    return _change(first, last) / ((last.at - first.at) / 60)


def choose(measured: Velocity | None, parameters: TickerVelocity) -> Action | None:
    """The side whose threshold is passed by a move that is large enough and, where asked, confirmed."""
    if measured is None or abs(measured.change) < parameters.min_price_change:
        return None
    if parameters.volume_confirmation and not is_confirmed(measured, parameters):
        return None
    if measured.value > parameters.buy_threshold:
        return BUY
    return SELL if measured.value < parameters.sell_threshold else None


def is_confirmed(measured: Velocity, parameters: TickerVelocity) -> bool:
    """Did activity grow enough faster in the second half than in the first?"""
    more = measured.second_growth - measured.first_growth
    return more > parameters.min_volume_change * abs(measured.first_growth)


def evaluate(state: State, ticker: Ticker, parameters: TickerVelocity, now: float) -> Decisions:
    """A decision when the value crosses a threshold."""
    newest = Point(now, ticker.last, ticker.trades)
    measured = measure(state, newest, parameters)
    state.add(newest)
    action = choose(measured, parameters)
    if not state.edge.rises(action) or measured is None or action is None:
        return NOTHING
    return (
        Decision(
            symbol=ticker.symbol,
            action=action,
            confidence=confidence(parameters.base_confidence, abs(measured.velocity) / FULL_VELOCITY),
            price=ticker.last,
            current_price=ticker.last,
            indicators=measured._asdict(),
        ),
    )
