"""Halting and resuming: which signals may leave."""

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus
from typing import Any

import msgspec

from realtime_strategies_client.asking import Envelope, answer, decoded, given, place
from realtime_strategies_client.faces import Call, F, Group
from realtime_strategies_client.following import first_frame
from realtime_strategies_client.steps import Request, Steps


class Halt(msgspec.Struct):
    """One that holds; without a strategy, or a symbol, it covers all."""

    strategy_id: str | None
    symbol: str | None
    reason: str
    actor: str
    at: datetime


class State(msgspec.Struct):
    """Whether signals of a scope may leave, and every halt that covers it, the widest first."""

    strategy_id: str | None
    symbol: str | None
    state: str  # "ACTIVE" or "HALTED"
    halted_by: list[Halt]

    @property
    def is_halted(self) -> bool:
        return self.state == "HALTED"


class Outcome(msgspec.Struct, kw_only=True):
    """What a halt or a resumption has led to: a state for each symbol that was named, else one.

    A halt that `is_on_record` False holds as well: the database did not take it in time, it went by `ways` (the file of
    the machine, NATS), the processes in `confirmed_by` apply it already, and it goes on record later.
    """

    states: list[State]
    action: str  # "halted", "resumed" or "unchanged"
    is_on_record: bool = True
    ways: list[str] = []
    confirmed_by: list[str] = []
    unchanged: list[str] = []  # symbols that had no halt of their own to lift

    @property
    def is_halted(self) -> bool:
        """Does a halt hold for any of them? After a resumption, one that covers more may."""
        return any(state.is_halted for state in self.states)


class _Snapshot(msgspec.Struct):
    halts: list[Halt]


class Halts(Group[F]):
    """`client.halts`. Without a strategy all are meant, without a symbol, or symbols, all of them."""

    @Call
    def halt(
        self,
        reason: str,
        *,
        strategy_id: str | None = None,
        symbol: str | None = None,
        symbols: Iterable[str] | None = None,
        confirm_unknown: bool = False,
        changed_by: str = "",
    ) -> Steps[Outcome]:
        """Let no signal leave from now on. `symbols` are halted over all strategies, all at once or none.

        UnknownSymbol, with the nearest names, where nobody has heard of one and `confirm_unknown` does not confirm that
        it is meant.
        """
        body = {"confirm_unknown": True} if confirm_unknown else {}
        return _asked("halt", strategy_id, symbol, symbols, body | _why(reason, changed_by))

    @Call
    def resume(
        self,
        reason: str,
        *,
        strategy_id: str | None = None,
        symbol: str | None = None,
        symbols: Iterable[str] | None = None,
        changed_by: str = "",
    ) -> Steps[Outcome]:
        """Lift the halt of exactly this scope; one that covers more goes on holding."""
        return _asked("resume", strategy_id, symbol, symbols, _why(reason, changed_by))

    @Call
    def in_force(self) -> Steps[list[Halt]]:
        """Every halt that holds. For accounts that may see configuration."""
        snapshot = yield from first_frame("/configuration/", _Snapshot)
        return snapshot.halts


def _why(reason: str, changed_by: str) -> dict[str, Any]:
    return given({"reason": reason, "changed_by": changed_by or None})


def _asked(
    deed: str,
    strategy_id: str | None,
    symbol: str | None,
    symbols: Iterable[str] | None,
    body: dict[str, Any],
) -> Steps[Outcome]:
    if strategy_id is None:
        path = place("strategies", deed)
        body |= given({"symbol": symbol, "symbols": None if symbols is None else list(symbols)})
    elif symbols is None:
        path = place("strategies", strategy_id, deed, symbol)
    else:
        raise ValueError("Several symbols are halted and resumed over all strategies; leave the strategy out")
    response = yield from answer(Request("POST", path, body=body))
    answered = decoded(response.content, Envelope[State | list[State]])
    return Outcome(
        states=answered.data if isinstance(answered.data, list) else [answered.data],
        is_on_record=response.status_code != HTTPStatus.ACCEPTED,
        **{
            name: value
            for name, value in answered.known_metadata.items()
            if name in Outcome.__struct_fields__
        },
    )
