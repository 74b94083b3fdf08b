"""A signal that a replay brought, and what became of the price afterwards."""

from typing import Any

import msgspec

from strategies.domain.decision import Action
from strategies.domain.outcomes import SPANS, Outcome, Span
from strategies.domain.signal import Signal


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided at a moment (seconds since the epoch), under which version, and what would have held it back.

    `halted` says whether a halt was in force that covered it: then it would not have left. `mid` is the mid price of
    the market that its symbol followed, null where no book of it was live.
    """

    at: float
    symbol: str
    action: Action
    price: float
    confidence: float
    rationale: str
    version: int
    halted: bool
    market: str
    mid: float | None
    outcome: dict[Span, Outcome]


def decided(signal: Signal, at: float, market: str, mid: float | None, *, halted: bool) -> Decided:
    """A signal as it was made, before anything is known of what came after it."""
    used: dict[str, Any] = signal.metadata["strategy_config"]
    return Decided(
        at=at,
        symbol=signal.symbol,
        action=signal.action,
        price=signal.price,
        confidence=signal.confidence,
        rationale=signal.rationale,
        version=used["version"],
        halted=halted,
        market=market,
        mid=mid,
        outcome={span: Outcome() for span in SPANS},
    )
