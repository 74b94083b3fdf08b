"""What REST answers about halts, and about what a halt found."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, TypedDict

from msgspec import Meta

from halts.domain import HaltRecord, Halts, HaltState, Scope
from halts.held_back import HeldBack


class Halt(TypedDict):
    strategy_id: Annotated[str | None, Meta(description="Null for all strategies.")]
    symbol: Annotated[str | None, Meta(description="Null for all symbols.")]
    reason: str
    actor: Annotated[str, Meta(description="Who gave this reason.")]
    at: Annotated[datetime, Meta(description="When it was last issued.")]
    since: Annotated[datetime, Meta(description="Since when it has held without a break.")]


class HeldBackSignals(TypedDict):
    signals: Annotated[int, Meta(description="Of several halts that cover a signal the widest counts it.")]
    last: Annotated[datetime | None, Meta(description="When the last was held back.")]
    is_complete: Annotated[
        bool,
        Meta(description="False where the halt is older than the count: then there are at least so many."),
    ]


class CountedHalt(Halt):
    held_back: Annotated[
        HeldBackSignals | None,
        Meta(description="Null while that cannot be read, as while the store is away."),
    ]


class ScopeState(TypedDict):
    strategy_id: Annotated[str | None, Meta(description="Null for all strategies.")]
    symbol: Annotated[str | None, Meta(description="Null for all symbols.")]
    state: HaltState
    halted_by: Annotated[list[Halt], Meta(description="Every halt that covers this, the widest first.")]


def halt_answer(record: HaltRecord) -> Halt:
    """One halt."""
    return {
        "strategy_id": record.strategy_id or None,
        "symbol": record.symbol or None,
        "reason": record.reason,
        "actor": record.actor,
        "at": datetime.fromtimestamp(record.at, UTC),
        "since": datetime.fromtimestamp(record.began, UTC),
    }


def counted_halt_answer(record: HaltRecord, held_back: HeldBack | None) -> CountedHalt:
    """One halt, with the signals it has held back."""
    counted: HeldBackSignals | None = None
    if held_back:
        counted = {
            "signals": held_back.signals,
            "last": held_back.last,
            "is_complete": held_back.is_complete,
        }
    return {**halt_answer(record), "held_back": counted}


def state_in_force(scope: Scope, halts: Halts) -> ScopeState:
    """The state of a scope, and the halts behind it."""
    covering = halts.covering(*scope)
    return {
        "strategy_id": scope.strategy_id or None,
        "symbol": scope.symbol or None,
        "state": "HALTED" if covering else "ACTIVE",
        "halted_by": [halt_answer(record) for record in covering],
    }


def still_halted(scopes: Sequence[Scope], halts: Halts) -> list[Halt]:
    """What goes on holding back signals of scopes whose own halts are lifted."""
    return [halt_answer(record) for record in halts.beside(scopes)]


def states_in_force(scopes: Sequence[Scope], halts: Halts, is_listed: bool) -> ScopeState | list[ScopeState]:
    """A list of states where a list was asked for."""
    states = [state_in_force(scope, halts) for scope in scopes]
    return states if is_listed else states[0]
