"""Which signals the page shows, as its address has them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import get_args
from urllib.parse import urlencode

from configuration.domain.catalogue import CATALOGUE
from strategies.domain.decision import Action
from strategies.domain.signal import SignalState
from strategies.wanted import Outline, Wanted
from symbols import capitals, fault_of, stranger_in

STATE_WORDS: dict[SignalState, str] = {
    "sent": "Sent",
    "halted": "Held back by a halt",
    "held_back": "Held back as too old",
}
SIDES: tuple[Action, ...] = get_args(Action)
CONFIDENCES = {"0.5": "0.5, medium", "0.6": "0.6", "0.7": "0.7, strong", "0.8": "0.8", "0.9": "0.9, extreme"}
LONGEST_PART = 64


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader asked for, part of a symbol included; what is empty is left open."""

    strategy: str = ""
    symbol: str = ""
    side: str = ""
    confidence: str = ""
    state: str = ""

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, str]) -> "Choice":
        """Read an address's query; anything unknown is left open."""

        def one_of(name: str, known: object) -> str:
            given = parameters.get(name, "").strip().lower()
            return given if isinstance(known, Mapping | tuple) and given in known else ""

        part = parameters.get("symbol", "").strip()
        return cls(
            strategy=one_of("strategy", CATALOGUE),
            symbol=part if stranger_in(part) else capitals(part)[:LONGEST_PART],
            side=one_of("side", SIDES),
            confidence=one_of("confidence", CONFIDENCES),
            state=one_of("state", STATE_WORDS),
        )

    @property
    def objection(self) -> str:
        """Why no symbol can have this part."""
        return f"A symbol is {fault_of(self.symbol)}." if stranger_in(self.symbol) else ""

    @property
    def is_open(self) -> bool:
        return self == Choice()

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.symbol, self.side, self.state, float(self.confidence or 0))

    def has(self, outline: Outline) -> bool:
        """Does it leave this signal?"""
        return self.strategy in ("", outline.strategy_id) and self.wanted.has(outline)

    def query(self, **changes: str) -> str:
        """The query of this choice with something else in it."""
        chosen = asdict(self) | changes
        return urlencode({name: value for name, value in chosen.items() if value})
