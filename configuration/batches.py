"""Levels that changed at one stroke, and taking all of them back at one stroke."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import replace as altered
from typing import Any
from uuid import UUID, uuid4

from configuration import reading
from configuration.addressing import address
from configuration.domain.effective import LevelAddress, StrategyLevels
from configuration.domain.problems import Problem
from configuration.domain.validation import Verdict, at, judge_together
from configuration.exceptions import BatchChanged, BatchNotFound, RollbackFailed
from configuration.ledger import Author, exclusive, remove, store
from configuration.models import ACTIONS, Change, ChangeAction, Source, StrategyConfig
from configuration.permissions import ADD, CHANGE, DELETE

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
