"""Trade Momentum: follow the aggressors of the latest trades.

Over the last `momentum_window` trades, n of them, each of weight w = exp(-age / time_decay_seconds), with
sign +1 where a buyer was the aggressor and -1 where a seller was:

    price      tanh(r / (sigma * sqrt(n)))      r: return from the first to the last of them
    quantity   sum(sign * q * w) / sum(q * w)
    maker      sum(sign * w) / sum(w)
    score      price_weight * price + quantity_weight * quantity + maker_weight * maker

sigma is the (population) standard deviation of the trade-to-trade returns over the last 200 trades; where
it is 0 (or nothing but rounding), the price component is 0. Trades below `min_quantity` are left out of
everything.

Ages are whole microseconds, and prices are subtracted as decimals: the score has the digits that a threshold is held
against.
"""

import math
from collections import deque
from itertools import islice
from typing import NamedTuple

from configuration.domain.catalogue import TradeMomentum
from metrics.domain.frames import Trade
from metrics.domain.rounding import difference
from strategies.domain.comparison import is_above, is_at_least
from strategies.domain.decision import BUY, NOTHING, SELL, Decision, Decisions, Edge, Side, confidence
from strategies.domain.measuring import Comparison, Measuring
from strategies.domain.rationale import BEYOND, brief, plain

SECOND = 1_000_000
VOLATILITY_TRADES = 200
ROUNDING = 1e-12
"""Deviations below this are what arithmetic leaves over, far smaller than any tick."""


class Momentum(NamedTuple):
    """The three components and their weighted sum, each in [-1, 1]."""

    price: float
    quantity: float
    maker: float
    score: float


class State:
    """The last 200 trades of one market, (microseconds of receipt, price, quantity, sign), and the returns between."""

    __slots__ = ("edge", "market", "returns", "trades")

    def __init__(self) -> None:
        self.edge = Edge()
        self.follow("")

    def follow(self, market: str) -> None:
        """Begin anew with a market: another's prices are no past of this one."""
        self.market = market
        self.trades: deque[tuple[int, float, float, int]] = deque(maxlen=VOLATILITY_TRADES)
        self.returns: deque[float] = deque(maxlen=VOLATILITY_TRADES - 1)

    def add(self, trade: Trade, now: float) -> None:
        """Take one trade in."""
        if trade.market != self.market:
            self.follow(trade.market)
        if self.trades:
            self.returns.append(return_between(self.trades[-1][1], trade.price))
        self.trades.append((round(now * SECOND), trade.price, trade.quantity, -1 if trade.sold else 1))


def return_between(first: float, last: float) -> float:
    """From one price to another, as a share of the first."""
    return difference(last, first) / first


def measure(state: State, parameters: TradeMomentum, now: float) -> Momentum | None:
    """None before the window is full."""
    count = parameters.momentum_window
    if len(state.trades) < count:
        return None
    window = list(islice(state.trades, len(state.trades) - count, None))
    newest, decay = round(now * SECOND), parameters.time_decay_seconds * SECOND
    quantity, signed_quantity, weight, signed_weight = 0.0, 0.0, 0.0, 0.0
    for at, _, size, sign in window:
        w = math.exp((at - newest) / decay)
        quantity += size * w
        signed_quantity += sign * size * w
        weight += w
        signed_weight += sign * w
    sigma = deviation(state.returns)
    total_return = return_between(window[0][1], window[-1][1])
    price_component = math.tanh(total_return / (sigma * math.sqrt(count))) if sigma > ROUNDING else 0.0
    quantity_component = signed_quantity / quantity
    maker_component = signed_weight / weight
    score = (
        parameters.price_weight * price_component
        + parameters.quantity_weight * quantity_component
        + parameters.maker_weight * maker_component
    )
    return Momentum(price_component, quantity_component, maker_component, score)


def quantities(state: State, trade: Trade, parameters: TradeMomentum, now: float) -> dict[str, float]:
    """The size of every trade, and the score where one is large enough to count."""
    size = {"quantity": trade.quantity}
    counts = is_at_least(trade.quantity, parameters.min_quantity)
    momentum = measure(state, parameters, now) if counts else None
    return size | {"score": momentum.score} if momentum else size


MEASURING = Measuring(
    "trades",
    quantities,
    {
        "buy_threshold": Comparison("score", "above"),
        "sell_threshold": Comparison("score", "below"),
        "min_quantity": Comparison("quantity", "at_least", "admits"),
    },
)


def deviation(returns: deque[float]) -> float:
    """Population standard deviation."""
    if not returns:
        return 0.0
    mean = sum(returns) / len(returns)
    return math.dist(returns, [mean] * len(returns)) / math.sqrt(len(returns))


def choose(momentum: Momentum | None, parameters: TradeMomentum) -> Side | None:
    """The side whose threshold the score passes."""
    if momentum is None:
        return None
    if is_above(momentum.score, parameters.buy_threshold):
        return BUY
    return SELL if is_above(parameters.sell_threshold, momentum.score) else None


def excess(score: float, threshold: float) -> float:
    """How far beyond its threshold a score is, as a share of the room there was."""
    room = 1 - abs(threshold)
    return (abs(score) - abs(threshold)) / room if room > 0 else 1.0


def why(momentum: Momentum, action: Side, threshold: float, parameters: TradeMomentum) -> str:
    """The decision in a sentence."""
    return (
        f"score {brief(momentum.score, threshold)} of the last {parameters.momentum_window} trades "
        f"is {BEYOND[action]} {plain(threshold)}: price {brief(momentum.price)}, "
        f"quantity {brief(momentum.quantity)}, maker {brief(momentum.maker)}"
    )


def evaluate(state: State, trade: Trade, parameters: TradeMomentum, now: float) -> Decisions:
    """A decision when the score crosses a threshold."""
    if not is_at_least(trade.quantity, parameters.min_quantity):
        return NOTHING
    state.add(trade, now)
    momentum = measure(state, parameters, now)
    action = choose(momentum, parameters)
    if not state.edge.rises(action) or momentum is None or action is None:
        return NOTHING
    threshold = parameters.buy_threshold if action == BUY else parameters.sell_threshold
    return (
        Decision(
            symbol=trade.symbol,
            action=action,
            confidence=confidence(parameters.base_confidence, excess(momentum.score, threshold)),
            price=trade.price,
            current_price=trade.price,
            indicators=momentum._asdict(),
            rationale=why(momentum, action, threshold, parameters),
        ),
    )
