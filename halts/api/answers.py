"""What REST answers about halts, and about what a halt found."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, TypedDict

from msgspec import Meta

from halts.domain import HaltRecord, Halts, HaltState, Scope


class Halt(TypedDict):
    strategy_id: Annotated[str | None, Meta(description="Null for all strategies.")]
    symbol: Annotated[str | None, Meta(description="Null for all symbols.")]
    reason: str
    actor: Annotated[str, Meta(description="Who gave this reason.")]
    at: Annotated[datetime, Meta(description="When it was last issued.")]
    since: Annotated[datetime, Meta(description="Since when it has held without a break.")]


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
