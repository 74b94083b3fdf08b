"""What people decided that bears on a symbol, or on a strategy: changes of configuration, halts and resumptions."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from configuration.addressing import strategy_name
from configuration.models import GLOBAL, Change
from desk.changes import all_changes
from desk.entries import History, HistoryEntry
from desk.words import label
from halts.models import HaltChange

EventKind = Literal["change", "halt", "resume"]
KINDS: tuple[EventKind, ...] = ("change", "halt", "resume")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the history.

    `strategy_id` is None where it is about all strategies, `symbol` where about all symbols; `version`, `change_id`,
    `changes` ({parameter: [before, after]}) and `labels` belong to a change alone.
    """

    kind: EventKind
    at: datetime
    strategy_id: Annotated[str | None, Meta(description="Null for all strategies.")]
    strategy: Annotated[str | None, Meta(description="Its name.")]
    symbol: Annotated[str | None, Meta(description="Null for all symbols.")]
    actor: Annotated[str, Meta(description="Who was authenticated.")]
    reason: Annotated[str | None, Meta(description="Why, in their words.")]
    version: Annotated[int | None, Meta(description="Of a change: the version it made.")] = None
    change_id: Annotated[str | None, Meta(description="Of a change: its id in the audit trail.")] = None
    changes: Annotated[
        dict[str, list[Any]] | None, Meta(description="Of a change: [before, after] by parameter.")
    ] = None
    labels: Annotated[
        dict[str, str] | None, Meta(description="Of a change: what people call each of these parameters.")
    ] = None


def decisions(strategy_id: str | None, symbol: str | None, since: datetime) -> History:
    """What bears on a strategy, on a symbol, or on one in the other, since then: what is about all of either does."""
    changes, halts = all_changes().filter(history_date__gte=since), HaltChange.objects.filter(at__gte=since)
    if symbol:
        about = {"symbol__in": (GLOBAL, symbol)}
        changes, halts = changes.filter(**about), halts.filter(**about)
    if strategy_id:
        changes, halts = (
            changes.filter(strategy_id=strategy_id),
            halts.filter(strategy_id__in=("", strategy_id)),
        )
    return History(changes, halts)


def events(chosen: History, limit: int) -> list[Event]:
    """The newest entries, newest first."""
    return [_event(entry) for entry in chosen[:limit]]


def _event(entry: HistoryEntry) -> Event:
    row = entry.change
    changes = row.changes if isinstance(row, Change) else None
    return Event(
        kind="change" if isinstance(row, Change) else "halt" if row.halted else "resume",
        at=entry.at,
        strategy_id=row.strategy_id or None,
        strategy=strategy_name(row.strategy_id) or None,
        symbol=row.symbol or None,
        actor=row.actor,
        reason=entry.reason or None,
        version=entry.version,
        change_id=None if entry.change_id is None else str(entry.change_id),
        changes=changes,
        labels=None if changes is None else {name: label(name) for name in changes},
    )
