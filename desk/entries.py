"""The history: both logs read as one, in order of time, changes of configuration, and halts and resumptions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any, Literal

from django.db.models import CharField, F, Value

from configuration.querysets import ChangeQuerySet
from desk.changes import ChangeEntry, Entry, all_changes, entries
from desk.differences import Difference
from halts.models import HaltChange, HaltQuerySet

EntryKind = Literal["change", "halt"]
NEWEST_FIRST = ("-when", "log", "-key")


@dataclass(frozen=True, slots=True)
class HaltEntry(Entry):
    """One halt or resumption, with what a `ChangeEntry` shows of a change."""

    change: HaltChange
    kind: EntryKind = "halt"
    differences: tuple[Difference, ...] = ()
    version: None = None
    change_id: None = None
    batch: str = ""

    @property
    def at(self) -> datetime:
        return self.change.at

    @property
    def reason(self) -> str:
        return self.change.reason

    @property
    def deed(self) -> str:
        if not self.change.halted:
            return "resumed"
        if self.change.follows is None:
            return "halted"
        return f"halted already, {'the same' if self.change.is_repeated else 'another'} reason"

    @property
    def replaced(self) -> HaltChange | None:
        """The halt whose reason this one replaced."""
        return None if self.change.is_repeated else self.change.follows

    @property
    def action(self) -> str:
        return "HALT" if self.change.halted else "RESUME"


HistoryEntry = ChangeEntry | HaltEntry


@dataclass(frozen=True, slots=True)
class History:
    """Some of both logs. It is counted and sliced as a queryset is, so that a page costs what it shows."""

    changes: ChangeQuerySet
    halts: HaltQuerySet

    def __len__(self) -> int:
        return int(self._keys().count())

    def __getitem__(self, span: slice) -> list[HistoryEntry]:
        keys = list(self._keys()[span])
        by_kind: dict[EntryKind, list[int]] = {"change": [], "halt": []}
        for _, kind, key in keys:
            by_kind[kind].append(key)
        found: dict[tuple[EntryKind, int], HistoryEntry] = {
            ("change", entry.change.history_id): entry
            for entry in entries(self.changes.filter(history_id__in=by_kind["change"]))
        }
        for halt in self.halts.filter(pk__in=by_kind["halt"]).select_related("follows"):
            found["halt", halt.pk] = HaltEntry(halt)
        return [found[kind, key] for _, kind, key in keys]

    def __iter__(self) -> Iterator[HistoryEntry]:
        changes = self.changes.order_by("-history_date", "-history_id").iterator(chunk_size=1000)
        halts = self.halts.order_by("-at", "-pk").select_related("follows").iterator(chunk_size=1000)
        return _merged(entries(changes), map(HaltEntry, halts))

    def _keys(self) -> Any:
        """(time, kind, primary key) of everything, newest first."""
        changes = keyed(self.changes, "change", "history_date", "history_id")
        return changes.union(keyed(self.halts, "halt", "at", "pk"), all=True).order_by(*NEWEST_FIRST)


def keyed(log: Any, kind: str, at: str, key: str) -> Any:
    """(time, kind, primary key) of every row of a log, so that several can be read as one."""
    marks = {"when": F(at), "log": Value(kind, output_field=CharField()), "key": F(key)}
    return log.order_by().annotate(**marks).values_list(*marks)


def whole_history() -> History:
    """Everything."""
    return History(all_changes(), HaltChange.objects.all())


def newest_entries(limit: int) -> list[HistoryEntry]:
    """The last entries about anything."""
    return whole_history()[:limit]


def among_halts(latest: list[ChangeEntry], strategy_id: str, limit: int) -> list[HistoryEntry]:
    """The last entries about exactly one strategy; `latest` are its last changes."""
    halts = (
        HaltChange.objects.filter(strategy_id=strategy_id)
        .select_related("follows")
        .order_by("-at", "-pk")[:limit]
    )
    return list(islice(_merged(latest, map(HaltEntry, halts)), limit))


def _merged(changes: Iterable[HistoryEntry], halts: Iterable[HistoryEntry]) -> Iterator[HistoryEntry]:
    return merge(changes, halts, key=lambda entry: entry.at, reverse=True)
