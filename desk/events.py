"""What people decided lately that bears on one symbol: changes of configuration, halts and resumptions."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from configuration.addressing import strategy_name
from configuration.models import GLOBAL, Change
from desk.changes import all_changes
from desk.journal import Journal, JournalEntry
from halts.models import HaltChange

EventKind = Literal["change", "halt", "resume"]
KINDS: tuple[EventKind, ...] = ("change", "halt", "resume")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the journal.

    `strategy_id` is None where it is about all strategies, `symbol` where about all symbols; `version` and
    `changes` ({parameter: [before, after]}) belong to a change alone.
    """

    kind: EventKind
    at: datetime
    strategy_id: str | None
    strategy: str | None
    symbol: str | None
    actor: str
    reason: str | None
    version: int | None = None
    changes: dict[str, list[Any]] | None = None


def events(symbol: str, since: datetime, limit: int) -> list[Event]:
    """The newest entries about a symbol or about all symbols, newest first."""
    about = {"symbol__in": (GLOBAL, symbol)}
    chosen = Journal(
        all_changes().filter(history_date__gte=since, **about),
        HaltChange.objects.filter(at__gte=since, **about),
    )
    return [_event(entry) for entry in chosen[:limit]]


def _event(entry: JournalEntry) -> Event:
    told = entry.change
    return Event(
        kind="change" if isinstance(told, Change) else "halt" if told.halted else "resume",
        at=entry.at,
        strategy_id=told.strategy_id or None,
        strategy=strategy_name(told.strategy_id) or None,
        symbol=told.symbol or None,
        actor=told.actor,
        reason=entry.reason or None,
        version=entry.version,
        changes=told.changes if isinstance(told, Change) else None,
    )
