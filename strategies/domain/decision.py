"""What an evaluator returns, and what all of them share: confidence, and when a condition is worth a signal."""

from typing import Any, Literal

import msgspec

from metrics.domain.bounds import Name, Real

Side = Literal["buy", "sell"]
Action = Literal["buy", "sell", "hold"]
"""`hold`: there is something to be traded, and not where this is seen from."""
BUY: Side = "buy"
SELL: Side = "sell"
HOLD: Action = "hold"
HIGHEST_CONFIDENCE = 0.95


class Leg(msgspec.Struct, frozen=True):
    """One of several trades that belong together. Quantity is in base units; `form` is "spot" or "usdm"."""

    venue: Name
    form: Name
    action: Side
    price: Real
    quantity: Real


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Buy or sell, why, and how sure.

    `rationale` is one sentence with the numbers.

    `price` is where to trade, `current_price` where the market stands. `indicators` are the numbers behind
    the decision, counts as int, `evidence` what else explains it. `quantity` (base units) is None where the customary
    rule by price decides. Where a decision is about several venues, `legs` are all its trades, and `exchange` is where
    its own action is.
    """

    symbol: str
    action: Action
    confidence: float
    price: float
    current_price: float
    indicators: dict[str, int | float]
    rationale: str
    evidence: dict[str, Any] = {}
    quantity: float | None = None
    exchange: str = ""
    legs: tuple[Leg, ...] = ()


Decisions = tuple[Decision, ...]
NOTHING: Decisions = ()


def clamp(value: float, low: float, high: float) -> float:
    """`value`, or the bound it lies beyond."""
    return max(low, min(high, value))


def confidence(base: float, score: float = 0.0) -> float:
    """`base`, raised towards 0.95 by a score between 0 and 1; never above 0.95."""
    raised = base + (HIGHEST_CONFIDENCE - base) * clamp(score, 0.0, 1.0)
    return clamp(raised, 0.0, HIGHEST_CONFIDENCE)


class Edge:
    """Remembers the condition that holds, so that each is signalled once, when it becomes true."""

    __slots__ = ("action",)

    def __init__(self) -> None:
        self.action: Side | None = None

    def rises(self, action: Side | None) -> bool:
        """Has `action` become true just now? None: neither side's condition holds."""
        is_new = action is not None and action != self.action
        self.action = action
        return is_new
