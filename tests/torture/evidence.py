"""What was asked, answered, heard and done during a run, and what stands on record after it.

Times are seconds since the epoch, all of one machine's clock.
"""

from enum import StrEnum
from typing import Any, NamedTuple

import msgspec


class Scope(NamedTuple):
    """What a halt covers; an empty part covers all."""

    strategy_id: str
    symbol: str

    def covers(self, strategy_id: str, symbol: str) -> bool:
        return self.strategy_id in ("", strategy_id) and self.symbol in ("", symbol)

    def __str__(self) -> str:
        return f"{self.strategy_id or 'all strategies'} on {self.symbol or 'all symbols'}"


class Outcome(StrEnum):
    """How a request ended for the one who made it."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    UNANSWERED = "unanswered"  # not reached, cut off, or given up: it may have been done or not


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`outline` is a status and a code, or the error; `promised_nothing`: it promised that nothing was changed."""

    asked_at: float
    answered_at: float
    outcome: Outcome
    outline: str
    promised_nothing: bool = False
    body: dict[str, Any] = {}

    @property
    def seconds(self) -> float:
        return self.answered_at - self.asked_at


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """One value set at one level (symbol "" for all), for a reason nobody else gives."""

    reason: str
    strategy_id: str
    symbol: str
    parameter: str
    value: float
    answer: Answer


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The newest version an audit trail held, read by somebody to whom `at_least` had been acknowledged."""

    strategy_id: str
    symbol: str
    at_least: int
    newest: int
    answered_at: float


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A halt or a resumption that was asked for, through REST or from a shell."""

    reason: str
    scope: Scope
    halted: bool
    way: str
    answer: Answer
    is_changed: bool = True
    """False where there was nothing to resume, and so nothing to put on record."""


class Heard(msgspec.Struct, frozen=True):
    """A signal as it came over NATS; `decided_at` is its own timestamp."""

    strategy_id: str
    symbol: str
    decided_at: float
    heard_at: float


class Torment(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to a part from when to when: `killed`, `frozen`, or it `ended` by itself."""

    part: str
    kind: str
    began: float
    ended: float

    def __str__(self) -> str:
        return f"{self.part} {self.kind} for {self.ended - self.began:.1f} s"


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the audit trail; `old` and `new` are what the level held before and after, None for nothing."""

    strategy_id: str
    symbol: str
    version: int
    reason: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None


class LevelRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is set at a level now."""

    strategy_id: str
    symbol: str
    version: int
    parameters: dict[str, Any]


class HaltRow(msgspec.Struct, frozen=True, kw_only=True):
    """A halt or a resumption on record."""

    scope: Scope
    halted: bool
    reason: str
    at: float


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What the database holds."""

    audit: list[AuditRow] = []
    levels: list[LevelRow] = []
    halts: list[HaltRow] = []


class Evidence(msgspec.Struct, kw_only=True):
    """Filled while a run goes on; judged when it is over."""

    writes: list[Write] = []
    readings: list[Reading] = []
    decisions: list[Decision] = []
    signals: list[Heard] = []
    torments: list[Torment] = []
    record: Record = Record()
    not_back: list[str] = []
    """What was still missing when the time to settle was over."""
