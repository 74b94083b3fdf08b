"""What people decided lately that bears on one symbol: changes of configuration, halts and resumptions."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from configuration.addressing import strategy_name
from configuration.models import GLOBAL, Change, StrategyConfig
from halts.models import HaltChange

Kind = Literal["change", "halt", "resume"]
KINDS: tuple[Kind, ...] = ("change", "halt", "resume")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One decision. `strategy_id` is None where it is about all strategies, `symbol` where about all symbols;
    `version` and `changes` ({parameter: [before, after]}) belong to a change alone."""

    kind: Kind
    at: datetime
    strategy_id: str | None
    strategy: str | None
    symbol: str | None
    actor: str
    reason: str | None
    version: int | None = None
    changes: dict[str, list[Any]] | None = None


def events(symbol: str, since: datetime, limit: int) -> list[Event]:
    """The newest decisions about a symbol or about all symbols, newest first."""
    about = {"symbol__in": (GLOBAL, symbol)}
    changes = StrategyConfig.history.filter(history_date__gte=since, **about).order_by("-history_id")
    halts = HaltChange.objects.filter(at__gte=since, **about).order_by("-at", "-pk")
    found = [*map(_of_change, changes[:limit]), *map(_of_halt, halts[:limit])]
    return sorted(found, key=lambda event: event.at, reverse=True)[:limit]


def _of_change(change: Change) -> Event:
    return Event(
        kind="change",
        at=change.history_date,
        strategy_id=change.strategy_id,
        strategy=strategy_name(change.strategy_id),
        symbol=change.symbol or None,
        actor=change.actor,
        reason=change.history_change_reason or None,
        version=change.version,
        changes=change.changes,
    )


def _of_halt(halt: HaltChange) -> Event:
    return Event(
        kind="halt" if halt.halted else "resume",
        at=halt.at,
        strategy_id=halt.strategy_id or None,
        strategy=strategy_name(halt.strategy_id) or None,
        symbol=halt.symbol or None,
        actor=halt.actor,
        reason=halt.reason,
    )
