"""Ticker Velocity: follow a price that moves fast and keeps accelerating, while activity rises.

    velocity v      change in percent / minutes, over the window
    acceleration    v of the second half - v of the first half
    value           v + acceleration_weight * acceleration * 0.5
    activity        growth of the ticker's trade count; the second half's must exceed the first half's by
                    `min_volume_change` of it (the count is of 24 rolling hours, so growth may be negative)

The window runs from the oldest ticker in it to the newest; price and count at its middle are interpolated. Times are
whole microseconds, and prices are subtracted as decimals: what is held against a threshold has all its digits.
"""

from array import array
from bisect import bisect_left
from typing import NamedTuple

from configuration.domain.catalogue import CATALOGUE, TickerVelocity
from metrics.domain.frames import Ticker
from metrics.domain.rounding import difference
from strategies.domain.comparison import is_above, is_at_least
from strategies.domain.decision import BUY, NOTHING, SELL, Decision, Decisions, Edge, Side, confidence
from strategies.domain.measuring import Comparison, Measuring
from strategies.domain.rationale import BEYOND, brief, plain

SECOND = 1_000_000
MINUTE = 60 * SECOND
LONGEST = SECOND * int(CATALOGUE[TickerVelocity.strategy_id].parameters["time_window"].maximum or 0)
SPACING = SECOND // 4
"""Tickers closer than this are evaluated but not kept, so that a flood of them fills nothing."""
ACCELERATION_SHARE = 0.5
FULL_VELOCITY = 10.0
"""Percent per minute at which confidence is highest."""


class Point(NamedTuple):
    """A ticker at a moment, in microseconds since the epoch."""

    at: int
    price: float
    trades: float


def point(now: float, ticker: Ticker) -> Point:
    """What of a ticker is looked at."""
    return Point(round(now * SECOND), ticker.last, ticker.trades)


class Half(NamedTuple):
    """What price and trade count gained in one half of the window; interpolated, the count need not be whole."""

    gain: float
    growth: float


class Velocity(NamedTuple):
    """Change in percent; velocity, acceleration and value in percent per minute; growth in trades."""

    change: float
    velocity: float
    acceleration: float
    value: float
    first_growth: float
    second_growth: float


class State:
    """The tickers of one market over the longest window that can be set, in flat arrays, oldest first."""

    __slots__ = ("edge", "market", "prices", "times", "trades")

    def __init__(self) -> None:
        self.edge = Edge()
        self.follow("")

    def follow(self, market: str) -> None:
        """Begin anew with a market: another's prices are no past of this one."""
        self.market = market
        self.times, self.prices, self.trades = array("q"), array("d"), array("d")

    def add(self, newest: Point) -> None:
        """Keep a ticker, unless one was kept just before; forget what no window can reach."""
        if self.times and newest.at - self.times[-1] < SPACING:
            return
        old = bisect_left(self.times, newest.at - LONGEST)
        del self.times[:old], self.prices[:old], self.trades[:old]
        self.times.append(newest.at)
        self.prices.append(newest.price)
        self.trades.append(newest.trades)

    def point(self, index: int) -> Point:
        """The ticker kept at `index`."""
        return Point(self.times[index], self.prices[index], self.trades[index])


def measure(state: State, newest: Point, parameters: TickerVelocity) -> Velocity | None:
    """None before half the window has been seen. `newest` may or may not be kept in the state."""
    window = parameters.time_window * SECOND
    start = bisect_left(state.times, newest.at - window)
    if start == len(state.times):
        return None
    first = state.point(start)
    if 2 * (newest.at - first.at) < window:
        return None
    before, after = halves(state, first, newest)
    minutes = (newest.at - first.at) / MINUTE
    change = 100 * difference(newest.price, first.price) / first.price
    velocity = change / minutes
    shift = 100 * after.gain / (first.price + before.gain) - 100 * before.gain / first.price
    acceleration = shift / (minutes / 2)
    return Velocity(
        change=change,
        velocity=velocity,
        acceleration=acceleration,
        value=velocity + parameters.acceleration_weight * acceleration * ACCELERATION_SHARE,
        first_growth=before.growth,
        second_growth=after.growth,
    )


def quantities(state: State, ticker: Ticker, parameters: TickerVelocity, now: float) -> dict[str, float]:
    """The value, and the size of the move it comes from."""
    measured = measure(state, point(now, ticker), parameters)
    return {"value": measured.value, "price_change": abs(measured.change)} if measured else {}


MEASURING = Measuring(
    "tickers",
    quantities,
    {
        "buy_threshold": Comparison("value", "above"),
        "sell_threshold": Comparison("value", "below"),
        "min_price_change": Comparison("price_change", "at_least", "admits"),
    },
)


def halves(state: State, first: Point, newest: Point) -> tuple[Half, Half]:
    """What was gained up to the middle of the window, on a straight line between two tickers, and from there on."""
    middle = (first.at + newest.at) / 2
    index = bisect_left(state.times, middle)
    right = state.point(index) if index < len(state.times) else newest
    left = state.point(index - 1) if right.at > middle else right
    share = (middle - left.at) / (right.at - left.at) if right.at > left.at else 0.0
    gain, growth = difference(right.price, left.price), right.trades - left.trades
    return (
        Half(difference(left.price, first.price) + share * gain, left.trades - first.trades + share * growth),
        Half(
            difference(newest.price, right.price) + (1 - share) * gain,
            newest.trades - right.trades + (1 - share) * growth,
        ),
    )


def choose(measured: Velocity | None, parameters: TickerVelocity) -> Side | None:
    """The side whose threshold is passed by a move that is large enough and, where asked, confirmed."""
    if measured is None or not is_at_least(abs(measured.change), parameters.min_price_change):
        return None
    if parameters.volume_confirmation and not is_confirmed(measured, parameters):
        return None
    if is_above(measured.value, parameters.buy_threshold):
        return BUY
    return SELL if is_above(parameters.sell_threshold, measured.value) else None


def is_confirmed(measured: Velocity, parameters: TickerVelocity) -> bool:
    """Did activity grow enough faster in the second half than in the first?"""
    more = measured.second_growth - measured.first_growth
    return is_above(more, parameters.min_volume_change * abs(measured.first_growth))


def why(measured: Velocity, action: Side, parameters: TickerVelocity) -> str:
    """The decision in a sentence."""
    threshold = parameters.buy_threshold if action == BUY else parameters.sell_threshold
    return (
        f"velocity {brief(measured.velocity)} %/min and acceleration {brief(measured.acceleration)} "
        f"make {brief(measured.value, threshold)}, {BEYOND[action]} {plain(threshold)}, "
        f"after a move of {brief(measured.change, parameters.min_price_change)} %; "
        f"trade count grew by {brief(measured.first_growth)} and then by {brief(measured.second_growth)}"
    )


def evaluate(state: State, ticker: Ticker, parameters: TickerVelocity, now: float) -> Decisions:
    """A decision when the value crosses a threshold."""
    if ticker.market != state.market:
        state.follow(ticker.market)
    newest = point(now, ticker)
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
            rationale=why(measured, action, parameters),
        ),
    )
