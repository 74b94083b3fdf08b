"""Order Book Skew: buy where the bids of a tight book outweigh the asks, sell where the asks do.

ratio    sum of bid quantities / sum of ask quantities, over the top levels
score    imbalance_weight * min(1, |ratio - threshold| / threshold)
         + spread_weight * (1 - spread% / widest spread%)
"""

from math import isfinite
from typing import NamedTuple

from configuration.domain.catalogue import OrderbookSkew
from metrics.domain.book import BookUpdate
from metrics.domain.rounding import difference
from strategies.domain.comparison import is_above, is_at_least
from strategies.domain.decision import BUY, NOTHING, SELL, Decision, Decisions, Edge, Side, confidence
from strategies.domain.measuring import Comparison, Measuring
from strategies.domain.rationale import BEYOND, brief, plain


class TopLevels(NamedTuple):
    """What the top levels hold on each side, in base units; the spread is in percent of the mid price."""

    bid_quantity: float
    ask_quantity: float
    spread_percent: float

    @property
    def total_volume(self) -> float:
        return self.bid_quantity + self.ask_quantity

    @property
    def ratio(self) -> float:
        """Beyond any number where the asks hold nearly nothing."""
        return self.bid_quantity / self.ask_quantity


class Skew(NamedTuple):
    """What a trusted book shows; the spread is in percent of the mid price."""

    ratio: float
    spread_percent: float


def top_of(book: BookUpdate, levels: int) -> TopLevels | None:
    """None where a side is empty."""
    bids, asks = book.bids[:levels], book.asks[:levels]
    if not (bids and asks):
        return None
    best_bid, best_ask = bids[0][0], asks[0][0]
    return TopLevels(
        sum([quantity for _, quantity in bids]),
        sum([quantity for _, quantity in asks]),
        100 * difference(best_ask, best_bid) / ((best_bid + best_ask) / 2),
    )


def measure(book: BookUpdate, parameters: OrderbookSkew) -> Skew | None:
    """None where a side is empty, the book is thin, its spread too wide, or its ratio beyond any number."""
    top = top_of(book, parameters.top_levels)
    if top is None:
        return None
    is_thin = not is_at_least(top.total_volume, parameters.min_total_volume)
    if is_thin or is_above(top.spread_percent, parameters.min_spread_percent):
        return None
    ratio = top.ratio
    return Skew(ratio, top.spread_percent) if isfinite(ratio) else None


def quantities(state: Edge, book: BookUpdate, parameters: OrderbookSkew, now: float) -> dict[str, float]:
    """Of every book with both sides, trusted or not: whether it is trusted is what some of them are asked for."""
    top = top_of(book, parameters.top_levels)
    if top is None:
        return {}
    return {"ratio": top.ratio, "spread_percent": top.spread_percent, "total_volume": top.total_volume}


MEASURING = Measuring(
    "books",
    quantities,
    {
        "buy_threshold": Comparison("ratio", "above"),
        "sell_threshold": Comparison("ratio", "below"),
        "min_spread_percent": Comparison("spread_percent", "at_most", "admits"),
        "min_total_volume": Comparison("total_volume", "at_least", "admits"),
    },
)


def choose(skew: Skew | None, parameters: OrderbookSkew) -> Side | None:
    """The side whose threshold the ratio passes."""
    if skew is None:
        return None
    if is_above(skew.ratio, parameters.buy_threshold):
        return BUY
    return SELL if is_above(parameters.sell_threshold, skew.ratio) else None


def score(skew: Skew, threshold: float, parameters: OrderbookSkew) -> float:
    """How convincing: far beyond the threshold, in a tight book."""
    excess = min(1.0, abs(skew.ratio - threshold) / threshold)
    tightness = 1 - skew.spread_percent / parameters.min_spread_percent
    return parameters.imbalance_weight * excess + parameters.spread_weight * tightness


def why(skew: Skew, action: Side, threshold: float, parameters: OrderbookSkew) -> str:
    """The decision in a sentence."""
    widest = parameters.min_spread_percent
    return (
        f"bid/ask quantity {brief(skew.ratio, threshold)} over {parameters.top_levels} levels "
        f"is {BEYOND[action]} {plain(threshold)}, "
        f"spread {brief(skew.spread_percent, widest)} % is within {plain(widest)} %"
    )


def evaluate(state: Edge, book: BookUpdate, parameters: OrderbookSkew, now: float) -> Decisions:
    """A decision when the ratio crosses a threshold."""
    skew = measure(book, parameters)
    action = choose(skew, parameters)
    if not state.rises(action) or skew is None or action is None:
        return NOTHING
    is_buy = action == BUY
    threshold = parameters.buy_threshold if is_buy else parameters.sell_threshold
    best_bid, best_ask = book.bids[0][0], book.asks[0][0]
    return (
        Decision(
            symbol=book.symbol,
            action=action,
            confidence=confidence(parameters.base_confidence, score(skew, threshold, parameters)),
            price=best_bid if is_buy else best_ask,
            current_price=(best_bid + best_ask) / 2,
            indicators=skew._asdict(),
            rationale=why(skew, action, threshold, parameters),
        ),
    )
