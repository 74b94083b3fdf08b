"""Bitcoin Dominance: rotate with the share of Bitcoin in the market.

The share comes from `global@dominance` frames. While there are none, it is the share of Bitcoin in the
24 h quote volume of the USDT tickers, and every signal says so. The two are never mixed in one window.
It is sampled once a minute: the first value of each minute of the clock.

    change      newest sample - sample in force when the window began, or the oldest while there is none
    buy         above `high_threshold` and rising; sell: below `low_threshold` and falling
    otherwise   once there is a full window, a change beyond +-`change_threshold` is followed
"""

from array import array
from bisect import bisect_right
from math import fsum
from typing import NamedTuple

from configuration.domain.catalogue import CATALOGUE, BtcDominance
from metrics.domain.book import BookUpdate
from metrics.domain.frames import Dominance, Ticker
from strategies.domain.comparison import is_above
from strategies.domain.decision import BUY, NOTHING, SELL, Decision, Decisions, Side, confidence
from strategies.domain.price import MarketPrice
from strategies.domain.rationale import brief, plain

SYMBOL = "BTCUSDT"
QUOTE = "USDT"
HOUR = 3600.0
MINUTE = 60.0
LONGEST_SECONDS = HOUR * float(CATALOGUE[BtcDominance.strategy_id].parameters["window_hours"].maximum or 0)
FRAMES_FRESH_SECONDS = 600.0
"""Reported dominance older than this does not count any more."""
TICKER_FRESH_SECONDS = 600.0
MAX_TICKERS = 10_000
REPORTED, QUOTE_VOLUME = "reported", "quote_volume"


class Samples:
    """Shares of Bitcoin, at most one a minute of the clock, over the longest window; oldest first."""

    __slots__ = ("times", "values")

    def __init__(self) -> None:
        self.times, self.values = array("d"), array("d")

    def is_due(self, now: float) -> bool:
        """Is this another minute than that of the newest sample?"""
        return not self.times or now // MINUTE != self.times[-1] // MINUTE

    def add(self, now: float, value: float) -> None:
        """Append a sample and forget what no window can reach."""
        old = max(0, bisect_right(self.times, now - LONGEST_SECONDS) - 1)
        del self.times[:old], self.values[:old]
        self.times.append(now)
        self.values.append(value)


class State:
    """Samples by source, the volumes behind the second one, and the price of Bitcoin.

    `weigh_at` is when the volumes are to be weighed next.
    """

    __slots__ = ("price", "reported", "reported_at", "signalled_at", "volumes", "weigh_at", "weighed")

    def __init__(self) -> None:
        self.price = MarketPrice()
        self.signalled_at = float("-inf")
        self.reported, self.weighed = Samples(), Samples()
        self.reported_at = float("-inf")
        self.weigh_at: float | None = None
        self.volumes: dict[str, tuple[float, float]] = {}  # symbol -> (received at, 24 h quote volume)


class Shift(NamedTuple):
    """Newest share, the one it is compared with, in percent, and whether a full window lies between them."""

    dominance: float
    before: float
    is_full: bool

    @property
    def change(self) -> float:
        """Over the window, in points."""
        return self.dominance - self.before


def measure(samples: Samples, parameters: BtcDominance) -> Shift:
    """The change over the window that ends with the newest sample."""
    newest = samples.values[-1]
    start = bisect_right(samples.times, samples.times[-1] - parameters.window_hours * HOUR) - 1
    return Shift(newest, samples.values[max(0, start)], start >= 0)


def choose(shift: Shift, parameters: BtcDominance) -> tuple[Side, float, str] | None:
    """The action, its confidence, and a sentence that says why."""
    high, low, large = parameters.high_threshold, parameters.low_threshold, parameters.change_threshold
    rises, falls = is_above(shift.dominance, shift.before), is_above(shift.before, shift.dominance)
    if is_above(shift.dominance, high) and rises:
        reason = f"dominance of {brief(shift.dominance, high)} % is above {plain(high)} % and has risen"
        return BUY, parameters.base_confidence_high, f"{reason} from {brief(shift.before, shift.dominance)} %"
    if is_above(low, shift.dominance) and falls:
        reason = f"dominance of {brief(shift.dominance, low)} % is below {plain(low)} % and has fallen"
        return SELL, parameters.base_confidence_low, f"{reason} from {brief(shift.before, shift.dominance)} %"
    if shift.is_full and is_above(abs(shift.change), large):
        reason = (
            f"dominance has moved by {brief(abs(shift.change), large)} points, from {brief(shift.before)} % "
            f"to {brief(shift.dominance)} %, over {parameters.window_hours} hours, which is more than {plain(large)}"
        )
        return (BUY if rises else SELL), parameters.momentum_confidence, reason
    return None


def evaluate(
    state: State, frame: Dominance | Ticker | BookUpdate, parameters: BtcDominance, now: float
) -> Decisions:
    """A decision with a new sample, at most one every `min_signal_interval` seconds."""
    if isinstance(frame, Dominance):
        return _take_reported(state, frame, parameters, now)
    if frame.symbol == SYMBOL:
        state.price.take(frame, now)
    return _take_ticker(state, frame, parameters, now) if isinstance(frame, Ticker) else NOTHING


def _take_reported(state: State, frame: Dominance, parameters: BtcDominance, now: float) -> Decisions:
    state.reported_at = now
    if not state.reported.is_due(now):
        return NOTHING
    state.reported.add(now, frame.percent)
    return _decide(state, state.reported, REPORTED, parameters, now)


def _take_ticker(state: State, ticker: Ticker, parameters: BtcDominance, now: float) -> Decisions:
    if state.weigh_at is None:
        state.weigh_at = now + MINUTE  # the first minute is left for every ticker to be heard once
    if ticker.symbol in state.volumes or len(state.volumes) < MAX_TICKERS:
        state.volumes[ticker.symbol] = (now, ticker.quote_volume)
    if now < state.weigh_at:
        return NOTHING
    # Once a minute, whatever comes of it: it costs as much as there are tickers.
    state.weigh_at = (now // MINUTE + 1) * MINUTE
    share = weigh(state, now)
    if share is None:
        return NOTHING
    state.weighed.add(now, share)
    if now - state.reported_at <= FRAMES_FRESH_SECONDS:
        return NOTHING
    return _decide(state, state.weighed, QUOTE_VOLUME, parameters, now)


def weigh(state: State, now: float) -> float | None:
    """Bitcoin's share in the quote volume of all fresh tickers; None without it or without others."""
    state.volumes = {
        symbol: (at, volume)
        for symbol, (at, volume) in state.volumes.items()
        if now - at <= TICKER_FRESH_SECONDS
    }
    total = fsum(volume for _, volume in state.volumes.values())
    if SYMBOL not in state.volumes or len(state.volumes) < 2 or total <= 0:
        return None
    return 100 * state.volumes[SYMBOL][1] / total


def _decide(state: State, samples: Samples, source: str, parameters: BtcDominance, now: float) -> Decisions:
    shift = measure(samples, parameters)
    choice = choose(shift, parameters)
    is_early = now - state.signalled_at < parameters.min_signal_interval
    price = state.price.at(now)
    if choice is None or is_early or price is None:
        return NOTHING
    state.signalled_at = now
    action, base, reason = choice
    return (
        Decision(
            symbol=SYMBOL,
            action=action,
            confidence=confidence(base),
            price=price,
            current_price=price,
            indicators={"dominance": shift.dominance, "change": shift.change},
            rationale=reason,
            evidence={"dominance_source": source},
        ),
    )
