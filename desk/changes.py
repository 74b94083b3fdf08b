"""Audit rows as pages show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Max, Q

from configuration.addressing import strategy_name
from configuration.domain.catalogue import CATALOGUE
from configuration.models import GLOBAL, Change, Source, StrategyConfig
from configuration.querysets import ChangeQuerySet
from desk.differences import Difference, own_differences
from desk.pages import level_name, level_url
from halts.models import HaltChange

SENTENCES = {"CREATE": "set", "UPDATE": "changed", "DELETE": "removed"}

DOORS = {
    Source.ADMIN: "on these pages",
    Source.API: "over REST",
    Source.ROLLBACK: "",
    Source.IMPORT: "by an import",
    Source.COMMAND: "by a command",
}


class Entry:
    """What a row of either log shows in the same way."""

    __slots__ = ()
    change: Change | HaltChange

    @property
    def source_name(self) -> str:
        return Source(self.change.source).label

    @property
    def strategy_name(self) -> str:
        return strategy_name(self.change.strategy_id) or "All strategies"

    @property
    def is_known(self) -> bool:
        """Is there a page about exactly this scope? Strategies leave the catalogue."""
        return self.change.strategy_id in CATALOGUE

    @property
    def level_name(self) -> str:
        return level_name(self.change.symbol or None)

    @property
    def level_url(self) -> str:
        return level_url(self.change.strategy_id, self.change.symbol or None)


@dataclass(frozen=True, slots=True)
class ChangeEntry(Entry):
    """One change: the row itself, and its parameters' differences in readable order."""

    change: Change
    differences: list[Difference]
    kind: Literal["change"] = "change"

    @property
    def at(self) -> datetime:
        return self.change.history_date

    @property
    def reason(self) -> str:
        return self.change.history_change_reason or ""

    @property
    def symbol(self) -> str | None:
        return self.change.symbol or None

    @property
    def version(self) -> int:
        return self.change.version

    @property
    def change_id(self) -> int:
        return self.change.history_id

    @property
    def batch(self) -> str:
        """What it shares with the changes made at one stroke with it; empty where it was alone."""
        return str(self.change.batch or "")

    @property
    def action(self) -> str:
        return self.change.action

    @property
    def door(self) -> str:
        """How it was done, as part of a sentence; empty where what was done says it."""
        return DOORS[Source(self.change.source)]

    @property
    def deed(self) -> str:
        """What was done, as one word."""
        return "restored" if self.change.restored_version else SENTENCES[self.change.action]


def entries(changes: Iterable[Change]) -> list[ChangeEntry]:
    return [
        ChangeEntry(change, own_differences(spec.parameters if spec else {}, change.changes))
        for change in changes
        for spec in [CATALOGUE.get(change.strategy_id)]
    ]


def last_change_by_strategy() -> dict[str, ChangeEntry]:
    """Every strategy's newest change, at whatever level."""
    found = all_changes().filter(history_id__in=newest_of(all_changes(), "strategy_id"))
    return {entry.change.strategy_id: entry for entry in entries(found)}


def latest_changes(strategy_id: str, limit: int) -> list[ChangeEntry]:
    """The last `limit` changes of a strategy, then those that are still the last of their level, newest first."""
    own = all_changes().filter(strategy_id=strategy_id)
    by_level = own.order_by().values("symbol").annotate(newest=Max("history_id")).values("newest")
    last = Q(history_id__in=own.values("history_id")[:limit])
    return entries(own.filter(last | Q(history_id__in=by_level)))


def last_change_of_levels(limit: int, since: datetime) -> tuple[list[ChangeEntry], int]:
    """The newest change of each level that was changed since then, the latest level first; and of how many more."""
    recent = all_changes().filter(history_date__gte=since, strategy_id__in=CATALOGUE)
    newest = newest_of(recent, "strategy_id", "symbol")
    return entries(all_changes().filter(history_id__in=newest[:limit])), max(0, len(newest) - limit)


def newest_of(changes: ChangeQuerySet, *by: str) -> list[int]:
    """The ids of the newest change of each strategy, or level; the latest first.

    Asked for by itself: as part of another question a database that has not counted its rows since many came may look
    for them again for every row, and then ten thousand changes take it a minute.
    """
    found = changes.order_by().values(*by).annotate(newest=Max("history_id")).order_by("-newest")
    return list(found.values_list("newest", flat=True))


def changes_since(strategy_id: str, symbol: str | None, version: int) -> list[ChangeEntry]:
    """What was done to a level after a version, newest first."""
    history = StrategyConfig.history.of_level(strategy_id, symbol or GLOBAL)
    return entries(history.filter(version__gt=version)[:20])


def all_changes() -> ChangeQuerySet:
    """The whole history, newest first."""
    return StrategyConfig.history.order_by("-history_id")
