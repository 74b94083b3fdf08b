"""Which signals somebody wants to see."""

from typing import NamedTuple

import msgspec

from metrics.domain.bounds import Name, Real, Symbol
from strategies.domain.decision import Action
from strategies.domain.signal import KeptSignal, SignalState, Timestamp


class Outline(msgspec.Struct, frozen=True):
    """As much of a kept signal as is needed to count it."""

    strategy_id: Name
    symbol: Symbol
    action: Action
    confidence: Real
    timestamp: Timestamp
    state: SignalState = "sent"


class Wanted(NamedTuple):
    """Signals whose symbol has this part, of this side and fate, and at least so sure; what is empty is left open."""

    part: str = ""
    side: str = ""
    state: str = ""
    confidence: float = 0.0

    @property
    def is_all(self) -> bool:
        return self == Wanted()

    def has(self, signal: KeptSignal | Outline) -> bool:
        return (
            self.part in signal.symbol
            and self.side in ("", signal.action)
            and self.state in ("", signal.state)
            and signal.confidence >= self.confidence
        )

    def can_be(self, raw: bytes) -> bool:
        """May it be one, by its JSON? What cannot is not even decoded."""
        return self.part.encode() in raw


EVERYTHING = Wanted()
