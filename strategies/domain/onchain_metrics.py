"""On-Chain Metrics: buy while coins leave the exchanges, sell while they arrive.

    net     (outflow - inflow) / (outflow + inflow) * 100, of each period; 0 where nothing moved
    buy     mean of the last `accumulation_periods` above `exchange_flow_threshold_percent`
    sell    mean of the last `distribution_periods` below minus that

Both need that many periods. Where both hold, they contradict each other and nothing is signalled. A signal is
strong when the whale transfers of its periods, added up, moved the same way. A period counts once: reports
that are not newer than the last one are passed over.
"""

from collections import deque
from collections.abc import Iterable
from itertools import islice
from math import fsum
from typing import NamedTuple

from configuration.domain.catalogue import CATALOGUE, OnchainMetrics
from metrics.domain.book import BookUpdate
from metrics.domain.frames import Flow, OnchainFlow, Ticker
from metrics.domain.rounding import difference, exact
from strategies.domain.comparison import is_above, is_at_least
from strategies.domain.decision import BUY, NOTHING, SELL, Decision, Decisions, Side, confidence
from strategies.domain.price import MarketPrice
from strategies.domain.rationale import BEYOND, brief, plain

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
    """Where coins went over some periods: mean net flow in percent, and coins that whales moved off exchanges and onto
    them."""

    net_percent: float
    whales_out: float
    whales_in: float


def net_percent(report: OnchainFlow) -> float:
    """Positive where coins left the exchanges."""
    gross = report.outflow + report.inflow
    return 100 * (report.outflow - report.inflow) / gross if gross else 0.0


def whale_coins(reports: Iterable[OnchainFlow], way: Flow, threshold: float) -> float:
    """Coins that whales moved one way."""
    moved = fsum(
        amount
        for report in reports
        for amount, its_way in report.transfers
        if its_way == way and is_at_least(amount, threshold)
    )
    return exact(moved)


def measure(state: State, periods: int, parameters: OnchainMetrics) -> Lean | None:
    """The lean of the newest `periods`; None before there are so many."""
    if len(state.reports) < periods:
        return None
    reports = list(islice(state.reports, len(state.reports) - periods, None))
    is_bitcoin = reports[-1].asset == "BTC"
    threshold = parameters.whale_threshold_btc if is_bitcoin else parameters.whale_threshold_eth
    return Lean(
        fsum(map(net_percent, reports)) / periods,
        whale_coins(reports, "outflow", threshold),
        whale_coins(reports, "inflow", threshold),
    )


def choose(state: State, parameters: OnchainMetrics) -> tuple[Side, Lean] | None:
    """The action and what speaks for it."""
    threshold = parameters.exchange_flow_threshold_percent
    gathered = measure(state, parameters.accumulation_periods, parameters)
    spread = measure(state, parameters.distribution_periods, parameters)
    buys = gathered is not None and is_above(gathered.net_percent, threshold)
    sells = spread is not None and is_above(-threshold, spread.net_percent)
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


def _decision(asset: str, action: Side, lean: Lean, price: float, parameters: OnchainMetrics) -> Decision:
    out, into = lean.whales_out, lean.whales_in
    whales_agree = is_above(out, into) if action == BUY else is_above(into, out)
    base = parameters.strong_signal_confidence if whales_agree else parameters.base_confidence
    threshold = parameters.exchange_flow_threshold_percent * (1 if action == BUY else -1)
    periods = parameters.accumulation_periods if action == BUY else parameters.distribution_periods
    return Decision(
        symbol=SYMBOLS[asset],
        action=action,
        confidence=confidence(base),
        price=price,
        current_price=price,
        indicators={"net_percent": lean.net_percent, "whale_coins": difference(out, into)},
        rationale=(
            f"net flow off exchanges of {brief(lean.net_percent, threshold)} % over {periods} periods "
            f"is {BEYOND[action]} {plain(threshold)} %, "
            f"whales moved {brief(out, into)} {asset} off and {brief(into, out)} onto them"
        ),
        evidence={"asset": asset, "confirmed_by_whales": whales_agree},
    )
