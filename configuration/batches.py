"""Levels that changed at one stroke, and taking all of them back at one stroke."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace as altered
from typing import Any
from uuid import UUID, uuid4

from configuration.addressing import address
from configuration.domain.effective import LevelAddress
from configuration.domain.problems import Problem
from configuration.domain.validation import Verdict, at, judge_together
from configuration.exceptions import BatchChanged, BatchNotFound, RollbackFailed
from configuration.ledger import Author, Hold, exclusive, remove, store
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
        rows = list(StrategyConfig.history.filter(batch=UUID(str(batch))).order_by("history_id"))
    except ValueError:
        rows = []
    if not rows:
        raise BatchNotFound(str(batch))
    return [
        BatchChange(row, not history.filter(version__gt=row.version).exists())
        for row in rows
        for history in [StrategyConfig.history.of_level(row.strategy_id, row.symbol)]
    ]


def take_back(batch: str | UUID, *, author: Author, dry_run: bool = False) -> UUID | None:
    """Give every level of a batch what it held before: all of them, as a new batch, or, raising, none.

    Gives the new batch's id, None where `dry_run` only asks whether it would pass. Raises BatchNotFound, BatchChanged
    where levels were changed since, and RollbackFailed with everything that stands against the old values.
    """
    with exclusive() as hold:
        changes = changes_in(batch)
        if since := [each.name for each in changes if not each.is_newest]:
            raise BatchChanged(since)
        verdicts = _judged(hold, changes)
        if dry_run:
            return None
        author = altered(author, source=Source.ROLLBACK, batch=uuid4())
        for each in changes:
            (strategy_id, symbol), verdict = each.level, verdicts[each.level]
            if each.change.old_parameters is None:
                remove(hold, strategy_id, symbol, verdict, author)
            else:
                store(hold, strategy_id, symbol, verdict, author)
        return author.batch


def _judged(hold: Hold, changes: list[BatchChange]) -> Mapping[LevelAddress, Verdict]:
    """What the levels held before, judged in each other's company; raises RollbackFailed."""
    wanted: dict[str, dict[str | None, Mapping[str, Any]]] = defaultdict(dict)
    for each in changes:
        strategy_id, symbol = address(*each.level)
        wanted[strategy_id][symbol] = each.change.old_parameters or {}
    verdicts: dict[LevelAddress, Verdict] = {}
    problems: list[Problem] = []
    for strategy_id, levels in wanted.items():
        present = hold.levels(strategy_id)
        for symbol, verdict in judge_together(present.spec, present.overrides, levels).items():
            verdicts[strategy_id, symbol] = verdict
            problems += [at(f"{strategy_id}, {symbol or 'all symbols'}", each) for each in verdict.problems]
    if problems:
        raise RollbackFailed("What these levels held before no longer passes", problems)
    return verdicts
