"""Levels that changed at one stroke, and taking all of them back at one stroke."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from dataclasses import replace as altered
from typing import Any
from uuid import UUID, uuid4

from django.db.models import Count, OuterRef, Subquery

from configuration import reading
from configuration.addressing import address
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.effective import LevelAddress, StrategyLevels
from configuration.domain.problems import Problem
from configuration.domain.validation import Verdict, at, judge_together
from configuration.exceptions import BatchChanged, BatchNotFound, RollbackFailed
from configuration.ledger import Author, exclusive, remove, store
from configuration.models import ACTIONS, Change, ChangeAction, Source, StrategyConfig
from configuration.permissions import ADD, CHANGE, DELETE
from configuration.querysets import ChangeQuerySet

TO_TAKE_BACK = {ChangeAction.CREATE: DELETE, ChangeAction.UPDATE: CHANGE, ChangeAction.DELETE: ADD}
"""What it takes to take a change back, as long as it is the newest of its level."""


@dataclass(frozen=True, slots=True)
class BatchChange:
    """One change of a batch; `is_newest` while its level was not changed since."""

    change: Change
    is_newest: bool

    @property
    def level(self) -> LevelAddress:
        return self.change.strategy_id, self.change.symbol or None

    @property
    def name(self) -> str:
        return f"{self.change.strategy_id}, {self.change.symbol or 'all symbols'}"

    @property
    def permission(self) -> str:
        return TO_TAKE_BACK[ACTIONS[self.change.history_type]]


def changes_in(batch: str | UUID) -> list[BatchChange]:
    """The changes of a batch in the order they were made; raises BatchNotFound."""
    try:
        changes = StrategyConfig.history.filter(batch=UUID(str(batch))).order_by("history_id")
        rows = list(changes.with_successors())
    except ValueError:
        rows = []
    if not rows:
        raise BatchNotFound(str(batch))
    return [BatchChange(row, not row.is_superseded) for row in rows]


@dataclass(frozen=True, slots=True)
class Outline:
    """A batch without its changes: how many there are, what it takes to take them back, whether the catalogue still
    has all of their strategies."""

    size: int
    permissions: frozenset[str]
    is_known: bool


def outlines(ids: Collection[UUID]) -> dict[UUID, Outline]:
    """Of these batches, by one question."""
    kinds = StrategyConfig.history.filter(batch__in=ids).order_by()
    rows = kinds.values_list("batch", "strategy_id", "history_type").annotate(size=Count("pk"))
    by_batch: dict[UUID, list[tuple[str, str, int]]] = defaultdict(list)
    for batch, *kind in rows:
        by_batch[batch].append((kind[0], kind[1], kind[2]))
    return {
        batch: Outline(
            size=sum(size for *_, size in kinds),
            permissions=frozenset(TO_TAKE_BACK[ACTIONS[kind]] for _, kind, _ in kinds),
            is_known=all(strategy_id in CATALOGUE for strategy_id, *_ in kinds),
        )
        for batch, kinds in by_batch.items()
    }


def with_ends(changes: ChangeQuerySet) -> ChangeQuerySet:
    """Each change with `taken_back_in`: the batch that took back the one it belongs to, None while none did.

    Batches alone are taken back by batches, whole and while nothing followed: so whatever of a batch is followed by a
    change of that kind was taken back by it.
    """
    nexts = StrategyConfig.history.filter(
        strategy_id=OuterRef("strategy_id"),
        symbol=OuterRef("symbol"),
        version=OuterRef("version") + 1,
        source=Source.ROLLBACK,
    )
    return changes.annotate(taken_back_in=Subquery(nexts.order_by().values("batch")[:1]))


def end_of(changes: list[BatchChange]) -> Change | None:
    """The first change of the batch that took these back; None while none did."""
    first = changes[0].change
    [row] = with_ends(StrategyConfig.history.filter(history_id=first.history_id))
    return None if row.taken_back_in is None else changes_in(row.taken_back_in)[0].change


def take_back(batch: str | UUID, *, author: Author) -> UUID:
    """Give every level of a batch what it held before: all of them, as a new batch, whose id it gives, or, raising,
    none. Raises BatchNotFound, and what `check` raises."""
    new = uuid4()
    with exclusive() as hold:
        changes = changes_in(batch)
        verdicts = check(changes, hold.levels)
        author = altered(author, source=Source.ROLLBACK, batch=new)
        for each in changes:
            (strategy_id, symbol), verdict = each.level, verdicts[each.level]
            if each.change.old_parameters is None:
                remove(hold, strategy_id, symbol, verdict, author)
            else:
                store(hold, strategy_id, symbol, verdict, author)
    return new


def check(
    changes: list[BatchChange], levels_of: Callable[[str], StrategyLevels] = reading.strategy
) -> Mapping[LevelAddress, Verdict]:
    """What the levels held before, judged in each other's company, by what `levels_of` a strategy there are.

    Raises BatchChanged where levels were changed since, and RollbackFailed with everything that stands against the old
    values.
    """
    if since := [each.name for each in changes if not each.is_newest]:
        raise BatchChanged(since)
    wanted: dict[str, dict[str | None, Mapping[str, Any]]] = defaultdict(dict)
    for each in changes:
        strategy_id, symbol = address(*each.level)
        wanted[strategy_id][symbol] = each.change.old_parameters or {}
    verdicts: dict[LevelAddress, Verdict] = {}
    problems: list[Problem] = []
    for strategy_id, levels in wanted.items():
        present = levels_of(strategy_id)
        for symbol, verdict in judge_together(present.spec, present.overrides, levels).items():
            verdicts[strategy_id, symbol] = verdict
            problems += [at(f"{strategy_id}, {symbol or 'all symbols'}", each) for each in verdict.problems]
    if problems:
        raise RollbackFailed("What these levels held before no longer passes", problems)
    return verdicts
