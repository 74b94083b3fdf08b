"""What is halted: everything, a strategy, a symbol, or one strategy on one symbol."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

HaltState = Literal["ACTIVE", "HALTED"]
STATES: tuple[HaltState, ...] = ("ACTIVE", "HALTED")

REASON_LENGTH = 1000
MOST_AT_ONCE = 500
"""Symbols in one halt; so many heard at once are applied by every process."""
AHEAD_SECONDS = 5.0
"""How far ahead of ours another clock may be, for a resumption to be believed."""

UNGIVEN = "enabled: false, sent to its configuration"
"""Stands for a reason where a program gave none; it replaces no other."""

Moment = Annotated[float, msgspec.Meta(ge=0, lt=253_402_300_800)]  # up to the year 9999
Actor = Annotated[str, msgspec.Meta(max_length=150)]


UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
UNPRINTABLE_IN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Of a reason, which may have several lines."""


def in_line(text: str) -> str:
    """Text for one line: what would move a cursor, or cannot be written, is shown as a gap."""
    return UNPRINTABLE.sub("\ufffd", text)


def in_lines(text: str) -> str:
    """The same for several, however they end. A halt is not refused for the characters of its reason."""
    return UNPRINTABLE_IN_LINES.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


class Scope(NamedTuple):
    """What a halt covers; an empty part covers all."""

    strategy_id: str = ""
    symbol: str = ""

    def __str__(self) -> str:
        if not (self.strategy_id or self.symbol):
            return "everything"
        return f"{self.strategy_id or 'all strategies'} on {self.symbol or 'all symbols'}"

    def touches(self, other: "Scope") -> bool:
        """Is there a signal that both cover?"""
        return all(not mine or not its or mine == its for mine, its in zip(self, other, strict=True))


class HaltRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody halted or resumed a scope. `at` is seconds since the epoch, `source` the door it came by.

    `since` is known from the record alone, of a halt that found its scope halted: since when it is, without a break.
    """

    strategy_id: str = ""
    symbol: str = ""
    halted: bool
    reason: str
    actor: Actor
    at: Moment
    changed_by: Actor = ""
    source: Annotated[str, msgspec.Meta(max_length=10)] = "command"
    since: Moment | None = None

    @property
    def began(self) -> float:
        """Since when its scope is halted."""
        return self.at if self.since is None else min(self.since, self.at)

    @property
    def scope(self) -> Scope:
        return Scope(self.strategy_id, self.symbol)

    def is_ahead(self, now: float) -> bool:
        """Is it dated later than anybody can have issued it by `now`?"""
        return self.at > now + AHEAD_SECONDS


def continued(halt: HaltRecord, before: HaltRecord | None) -> HaltRecord:
    """A halt that found its scope as `before` shows: of one that was halted already the beginning is kept."""
    return replace(halt, since=before.began) if before and before.halted and before.at < halt.at else halt


def newest(records: Iterable[HaltRecord]) -> dict[Scope, HaltRecord]:
    """The last word about each scope; of two at the same moment the one that halts."""
    last: dict[Scope, HaltRecord] = {}
    for record in records:
        known = last.get(record.scope)
        if known is None or (record.at, record.halted) > (known.at, known.halted):
            last[record.scope] = record
    return last


class Halts:
    """The scopes that are halted. Wide and narrow ones count alike: one that covers is enough. Immutable."""

    __slots__ = ("records",)

    def __init__(self, records: Iterable[HaltRecord] = ()) -> None:
        self.records = {scope: record for scope, record in newest(records).items() if record.halted}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Halts) and self.records == other.records

    def is_halted(self, strategy_id: str, symbol: str) -> bool:
        """May no signal of this strategy about this symbol leave?"""
        return self.widest(strategy_id, symbol) is not None

    def are_halted(self, strategy_ids: Iterable[str]) -> bool:
        """May no signal of any of these strategies leave, whatever it is about?"""
        return all(self.is_halted(strategy_id, "") for strategy_id in strategy_ids)

    def widest(self, strategy_id: str, symbol: str) -> HaltRecord | None:
        """The halt that holds back a signal of this strategy about this symbol: of several the widest."""
        return next(iter(self.covering(strategy_id, symbol)), None) if self.records else None

    def covering(self, strategy_id: str, symbol: str = "") -> list[HaltRecord]:
        """The halts that cover a strategy on a symbol (or on all of them), the widest first."""
        scopes = dict.fromkeys((Scope(), Scope(strategy_id), Scope("", symbol), Scope(strategy_id, symbol)))
        return [self.records[scope] for scope in scopes if scope in self.records]

    def touching(self, scope: Scope) -> list[HaltRecord]:
        """The halts that hold back any signal of a scope, the widest first: those of parts of it, too."""
        return [record for other, record in sorted(self.records.items()) if other.touches(scope)]

    def beside(self, scopes: Collection[Scope]) -> list[HaltRecord]:
        """The halts that hold back any signal of these scopes and are of none of them, the widest first: what goes on
        holding once exactly those are lifted."""
        own = frozenset(scopes)
        return [
            record
            for other, record in sorted(self.records.items())
            if other not in own and any(other.touches(scope) for scope in own)
        ]

    def symbols(self, strategy_id: str) -> list[str]:
        """The symbols on which a strategy is halted by name, whatever else covers them."""
        return sorted(
            {symbol for strategy, symbol in self.records if symbol and strategy in ("", strategy_id)}
        )

    def state(self, strategy_id: str, symbol: str = "") -> HaltState:
        """In one word."""
        return "HALTED" if self.is_halted(strategy_id, symbol) else "ACTIVE"


UNKNOWN = HaltRecord(halted=True, reason="no configuration is known yet", actor="system", at=0.0)


class Issued(NamedTuple):
    """Every halt and resumption a process knows of, by where it stands.

    `on_record` is None before the database was ever asked; `resumed_on_bus` are resumptions anybody may have sent.
    """

    on_record: Sequence[HaltRecord] | None
    in_file: Sequence[HaltRecord]
    resumed_on_bus: Sequence[HaltRecord]
    database_answers: bool

    def words(self) -> list[HaltRecord]:
        """Those that count: a resumption on the bus does while the database does not answer."""
        heard = [] if self.database_answers else self.resumed_on_bus
        return [*(self.on_record or ()), *self.in_file, *heard]

    def halts(self) -> Halts:
        """What is to be applied: everything is halted while nothing is known."""
        return Halts([UNKNOWN] if self.on_record is None else self.words())

    def dated(self, record: HaltRecord, now: float) -> HaltRecord:
        """The record, issued `now` where it is a halt dated ahead, and not before what was issued last.

        Under its own date it would undo what will be decided until then. One that has been answered is left.
        """
        if not (record.halted and record.is_ahead(now)):
            return record
        known = newest(word for word in self.words() if word != record).get(record.scope)
        if known and known.at > record.at:
            return record
        return replace(record, at=max(now, known.at) if known else now)
