"""On-Chain Metrics: buy while coins leave the exchanges, sell while they arrive.

    net     (outflow - inflow) / (outflow + inflow) * 100, of each period; 0 where nothing moved
    buy     mean of the last `accumulation_periods` above `exchange_flow_threshold_percent`
    sell    mean of the last `distribution_periods` below minus that

Both need that many periods. Where both hold, they contradict each other and nothing is said. A signal is
strong when the whale transfers of its periods, added up, moved the same way. A period counts once: reports
that are not newer than the last one are passed over.
"""

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from configuration.domain.catalogue import CATALOGUE, OnchainMetrics
from metrics.domain.book import BookUpdate
from metrics.domain.frames import OnchainFlow, Ticker
from strategies.domain.decision import BUY, NOTHING, SELL, Action, Decision, Decisions, confidence
from strategies.domain.price import MarketPrice

SYMBOLS = {"BTC": "BTCUSDT", "ETH": "ETHUSDT"}
"""The assets whose whales we know, and what is traded for each."""
_PERIODS = ("accumulation_periods", "distribution_periods")
LONGEST_PERIODS = max(
    int(CATALOGUE[OnchainMetrics.strategy_id].parameters[name].maximum or 0) for name in _PERIODS
)


class State:
    """The reports of one asset, oldest first, and the price of its market."""

    __slots__ = ("price", "reports", "signalled_at")

    def __init__(self) -> None:
        self.price = MarketPrice()
        self.signalled_at = float("-inf")
        self.reports: deque[OnchainFlow] = deque(maxlen=LONGEST_PERIODS)


class Lean(NamedTuple):
    """Where coins went over some periods: mean net flow in percent, and whale coins out minus in."""

    net_percent: float
    whale_coins: float


def net_percent(report: OnchainFlow) -> float:
    """Positive where coins left the exchanges."""
    gross = report.outflow + report.inflow
    return 100 * (report.outflow - report.inflow) / gross if gross else 0.0


def whale_coins(reports: Iterable[OnchainFlow], threshold: float) -> float:
    """Coins that whales moved off exchanges, minus those they moved onto them."""
    return sum(
        amount if way == "outflow" else -amount
        for report in reports
        for amount, way in report.transfers
        if amount >= threshold
    )


def measure(state: State, periods: int, parameters: OnchainMetrics) -> Lean | None:
    """The lean of the newest `periods`; None before there are so many."""
    if len(state.reports) < periods:
        return None
    reports = list(islice(state.reports, len(state.reports) - periods, None))
    is_bitcoin = reports[-1].asset == "BTC"
    threshold = parameters.whale_threshold_btc if is_bitcoin else parameters.whale_threshold_eth
    return Lean(sum(map(net_percent, reports)) / periods, whale_coins(reports, threshold))


def choose(state: State, parameters: OnchainMetrics) -> tuple[Action, Lean] | None:
    """The action and what speaks for it."""
    threshold = parameters.exchange_flow_threshold_percent
    gathered = measure(state, parameters.accumulation_periods, parameters)
    spread = measure(state, parameters.distribution_periods, parameters)
    buys = gathered is not None and gathered.net_percent > threshold
    sells = spread is not None and spread.net_percent < -threshold
    if buys == sells:
        return None
    if buys and gathered is not None:
        return BUY, gathered
    return (SELL, spread) if spread is not None else None


def is_next(state: State, report: OnchainFlow) -> bool:
    """Is this a new period?"""
    return not state.reports or report.event_time > state.reports[-1].event_time


def evaluate(
    state: State, frame: OnchainFlow | Ticker | BookUpdate, parameters: OnchainMetrics, now: float
) -> Decisions:
    """A decision with a new report, at most one every `min_signal_interval` seconds per asset."""
    if isinstance(frame, Ticker | BookUpdate):
        state.price.take(frame, now)
        return NOTHING
    if not is_next(state, frame):
        return NOTHING
    state.reports.append(frame)
    choice = choose(state, parameters)
    is_early = now - state.signalled_at < parameters.min_signal_interval
    price = state.price.at(now)
    if choice is None or is_early or price is None:
        return NOTHING
    state.signalled_at = now
    return (_decision(frame.asset, *choice, price, parameters),)


def _decision(asset: str, action: Action, lean: Lean, price: float, parameters: OnchainMetrics) -> Decision:
    whales_agree = lean.whale_coins > 0 if action == BUY else lean.whale_coins < 0
    base = parameters.strong_signal_confidence if whales_agree else parameters.base_confidence
    return Decision(
        symbol=SYMBOLS[asset],
        action=action,
        confidence=confidence(base),
        price=price,
        current_price=price,
        indicators=lean._asdict(),
        evidence={"asset": asset, "confirmed_by_whales": whales_agree},
    )
