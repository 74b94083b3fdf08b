"""Which signals the page shows, as its address has them."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import get_args
from urllib.parse import urlencode

from configuration.domain.catalogue import CATALOGUE
from strategies.domain.decision import Action
from strategies.domain.signal import SignalState
from strategies.ledger import reading
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
LARGEST_VERSION = 2**31 - 1
MINUTE, SECOND = "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"
"""Times as the fields of pages have them, the second where there are seconds; in UTC."""
IN_ADDRESSES = {"start": "from", "end": "to"}
"""What stands in addresses under another name, that of REST."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader asked for, part of a symbol included; what is empty is left open."""

    strategy: str = ""
    symbol: str = ""
    side: str = ""
    confidence: str = ""
    state: str = ""
    version: str = ""
    start: str = ""
    end: str = ""

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
            version=_version(parameters.get("version", "")),
            start=_time(parameters.get("from", "")),
            end=_time(parameters.get("to", "")),
        )

    @property
    def objection(self) -> str:
        """Why no symbol can have this part."""
        return f"A symbol is {fault_of(self.symbol)}." if stranger_in(self.symbol) else ""

    @property
    def is_open(self) -> bool:
        return self == Choice()

    @property
    def is_live(self) -> bool:
        """Can the newest be told without the ledger?"""
        return not (self.version or self.start or self.end)

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.symbol, self.side, self.state, float(self.confidence or 0))

    def has(self, outline: Outline) -> bool:
        """Does it leave this signal?"""
        return self.strategy in ("", outline.strategy_id) and self.wanted.has(outline)

    @property
    def in_ledger(self) -> reading.Choice:
        """The same, as the ledger is asked."""
        return reading.Choice(
            strategy=self.strategy or None,
            part=self.symbol or None,
            action=self.side or None,
            state=self.state or None,
            min_confidence=float(self.confidence) if self.confidence else None,
            version=int(self.version) if self.version else None,
            start=_moment(self.start),
            end=_moment(self.end),
        )

    @property
    def rest_query(self) -> str:
        """The query that REST is asked the same with."""
        chosen = {
            "strategy": self.strategy,
            "part": self.symbol,
            "action": self.side,
            "state": self.state,
            "min_confidence": self.confidence,
            "version": self.version,
            "from": _in_rest(self.start),
            "to": _in_rest(self.end),
        }
        return urlencode({name: value for name, value in chosen.items() if value})

    def query(self, **changes: str) -> str:
        """The query of this choice with something else in it."""
        chosen = asdict(self) | changes
        return urlencode({IN_ADDRESSES.get(name, name): value for name, value in chosen.items() if value})


def _version(given: str) -> str:
    """What can be no version is left open."""
    is_one = given.isascii() and given.isdecimal() and len(given) < 11 and int(given) <= LARGEST_VERSION
    return str(int(given)) if is_one else ""


def _time(given: str) -> str:
    """As it stands in a field, whether from there or as REST has it. What is no time is left open, and so is what no
    clock of a computer shows."""
    at = _moment(given.removesuffix("Z"))
    if at is None or at.year < 1970:
        return ""
    return at.strftime(SECOND if at.second else MINUTE)


def _moment(time: str) -> datetime | None:
    for form in (MINUTE, SECOND):
        with suppress(ValueError):
            return datetime.strptime(time, form).replace(tzinfo=UTC)
    return None


def _in_rest(time: str) -> str:
    at = _moment(time)
    return f"{at.strftime(SECOND)}Z" if at else ""
