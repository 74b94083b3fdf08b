"""Which signals the page shows, as its address has them."""

from collections.abc import Mapping
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
MINUTE = "%Y-%m-%dT%H:%M"
"""A time as the fields of pages have it; in UTC."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the reader asked for, part of a symbol included; what is empty is left open."""

    strategy: str = ""
    symbol: str = ""
    side: str = ""
    confidence: str = ""
    state: str = ""
    version: str = ""
    since: str = ""
    until: str = ""

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
            since=_minute(parameters.get("since", "")),
            until=_minute(parameters.get("until", "")),
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
        return not (self.version or self.since or self.until)

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
            start=_moment(self.since),
            end=_moment(self.until),
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
            "from": self.since and f"{self.since}:00Z",
            "to": self.until and f"{self.until}:00Z",
        }
        return urlencode({name: value for name, value in chosen.items() if value})

    def query(self, **changes: str) -> str:
        """The query of this choice with something else in it."""
        chosen = asdict(self) | changes
        return urlencode({name: value for name, value in chosen.items() if value})


def _version(given: str) -> str:
    """What can be no version is left open."""
    is_one = given.isascii() and given.isdecimal() and len(given) < 11 and int(given) <= LARGEST_VERSION
    return str(int(given)) if is_one else ""


def _minute(given: str) -> str:
    """What is no time is left open, and so is what no clock of a computer shows."""
    try:
        at = datetime.strptime(given, MINUTE)  # of UTC, as the fields say
    except ValueError:
        return ""
    return at.strftime(MINUTE) if at.year >= 1970 else ""


def _moment(minute: str) -> datetime | None:
    return datetime.strptime(minute, MINUTE).replace(tzinfo=UTC) if minute else None
