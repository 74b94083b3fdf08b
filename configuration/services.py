"""The only writer of strategy configuration.

Admin, REST, import and commands all come here. Each change is judged on the resolved values, versioned,
and stored together with its audit row in one transaction that holds the revision lock; announcements
follow the commit and may be lost, since every reader also asks for the revision.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import replace as altered
from typing import Any

from django.db import transaction

from configuration import reading
from configuration.addressing import address
from configuration.domain.effective import StrategyLevels
from configuration.domain.problems import Problem, ProblemCode
from configuration.domain.validation import Verdict, at, judge, judge_together
from configuration.exceptions import (
    NothingToDelete,
    RollbackFailed,
    ValidationFailed,
    VersionConflict,
)
from configuration.ledger import Author as Author
from configuration.ledger import Hold, exclusive, remove, store
from configuration.ledger import Written as Written
from configuration.models import GLOBAL, Change, ChangeAction, StrategyConfig
from configuration.models import Source as Source
from configuration.previews import Preview
from configuration.previews import preview as preview_of
from configuration.signals import refresh_requested


def write(
    strategy_id: str,
    symbol: str | None,
    parameters: Mapping[str, Any],
    *,
    author: Author,
    replace: bool = False,
    expected_version: int | None = None,
) -> Written:
    """Set parameters at the global level (symbol None) or at one symbol's.

    They are merged into the level, or become all of it with `replace`; None lets one inherit again.
    Raises StrategyNotFound, ValidationFailed, VersionConflict, StoreUnavailable.
    """
    strategy_id, symbol = address(strategy_id, symbol)
    with exclusive() as hold:
        levels = _expect(hold, strategy_id, symbol, expected_version)
        return write_held(hold, levels, symbol, parameters, author, replace=replace)


def write_held(
    hold: Hold,
    levels: StrategyLevels,
    symbol: str | None,
    parameters: Mapping[str, Any],
    author: Author,
    *,
    replace: bool = False,
) -> Written:
    """`write` for whoever holds the lock, and has read the strategy under it."""
    verdict = judge(levels.spec, levels.overrides, symbol, parameters, replace=replace)
    if verdict.problems:
        raise ValidationFailed(verdict.problems)
    return store(hold, levels.spec.strategy_id, symbol, verdict, author)


def delete(
    strategy_id: str, symbol: str | None, *, author: Author, expected_version: int | None = None
) -> Written:
    """Remove everything a level sets, so that it inherits again.

    Raises NothingToDelete, and ValidationFailed when a symbol's override relies on the global level.
    """
    strategy_id, symbol = address(strategy_id, symbol)
    with exclusive() as hold:
        levels = _expect(hold, strategy_id, symbol, expected_version)
        if levels.own(symbol) is None:
            raise NothingToDelete(strategy_id, symbol)
        verdict = judge(levels.spec, levels.overrides, symbol, {}, replace=True)
        if verdict.problems:
            raise ValidationFailed(verdict.problems)
        return remove(hold, strategy_id, symbol, verdict, author)


@dataclass(frozen=True, slots=True)
class PlannedLevel:
    """What an import does to one level: nothing when it holds the same already."""

    strategy_id: str
    symbol: str | None
    before: Mapping[str, Any] | None
    verdict: Verdict

    @property
    def after(self) -> dict[str, Any]:
        return self.verdict.overrides

    @property
    def action(self) -> str:
        if self.before is None:
            return "create"
        return "keep" if self.before == self.after else "update"


def write_levels(
    document: Mapping[str, Mapping[str | None, Mapping[str, Any]]], *, author: Author, dry_run: bool = False
) -> list[PlannedLevel]:
    """Give levels, by strategy and symbol, the contents of a document: all of them or, raising, none.

    They are judged in each other's company. Levels it does not name stay; those that hold the same already
    get no new version. Raises StrategyNotFound, and ValidationFailed with the problems of all levels.
    """
    problems: list[Problem] = []
    plan: list[PlannedLevel] = []
    with exclusive() as hold:
        for strategy_id, levels in document.items():
            address(strategy_id, None)
            wanted = {address(strategy_id, symbol)[1]: contents for symbol, contents in levels.items()}
            present = hold.levels(strategy_id)
            verdicts = judge_together(present.spec, present.overrides, wanted)
            for symbol, verdict in verdicts.items():
                place = f"{strategy_id}, {symbol or 'all symbols'}"
                problems += [at(place, problem) for problem in verdict.problems]
                own = present.own(symbol)
                before = own.overrides if own else None
                plan.append(PlannedLevel(strategy_id, symbol, before, verdict))
        if problems:
            raise ValidationFailed(problems)
        for step in plan:
            if step.action != "keep" and not dry_run:
                store(hold, step.strategy_id, step.symbol, step.verdict, author)
    return plan


def roll_back(
    strategy_id: str,
    symbol: str | None,
    *,
    author: Author,
    target_version: int | None = None,
    change_id: str | None = None,
    expected_version: int | None = None,
) -> Written:
    """Give a level the contents it had at a version, at an audited change, or before its last change.

    The result is a new version. Rolling back again walks further back instead of undoing the undo.
    Raises RollbackFailed when there is nothing to go back to or the old values no longer pass.
    """
    strategy_id, symbol = address(strategy_id, symbol)
    author = altered(author, source=Source.ROLLBACK)
    with exclusive() as hold:
        levels = _expect(hold, strategy_id, symbol, expected_version)
        target = rollback_target(strategy_id, symbol, target_version=target_version, change_id=change_id)
        verdict = judge(levels.spec, levels.overrides, symbol, target.new_parameters or {}, replace=True)
        if verdict.problems:
            raise RollbackFailed(f"Version {target.version} no longer passes", verdict.problems)
        if target.action is not ChangeAction.DELETE:
            return store(hold, strategy_id, symbol, verdict, author, restored=target)
        if levels.own(symbol) is None:
            raise RollbackFailed(f"Version {target.version} is a deletion and nothing is set now")
        return remove(hold, strategy_id, symbol, verdict, author, restored=target)


def take_back_first(strategy_id: str, symbol: str | None, *, author: Author) -> Written:
    """Roll back what was set first: the level is removed, as there is no earlier version to restore.

    Raises what `delete` raises.
    """
    return delete(strategy_id, symbol, author=altered(author, source=Source.ROLLBACK))


def rollback_target(
    strategy_id: str,
    symbol: str | None,
    *,
    target_version: int | None = None,
    change_id: str | None = None,
) -> Change:
    """The change whose contents a rollback would restore; raises RollbackFailed, or ValidationFailed where both are
    named and do not agree."""
    history = StrategyConfig.history.of_level(strategy_id, symbol or GLOBAL)
    newest = history.first()
    if newest is None:
        raise RollbackFailed(f"{strategy_id} has no history for {symbol or 'all symbols'}")
    if change_id is not None:
        target = (
            history.filter(history_id=int(change_id)).first()
            if change_id.isascii() and change_id.isdecimal() and len(change_id) < 19
            else None
        )
        missing = f"No change {change_id} in the history of this level"
    else:
        position = newest.restored_version or newest.version
        wanted = position - 1 if target_version is None else target_version
        target = history.filter(version=wanted).first()
        missing = (
            f"There is no version {wanted}"
            if wanted
            else "There is no earlier version; delete the level to inherit again"
        )
    if target is None:
        raise RollbackFailed(missing)
    if target_version not in (None, target.version):
        reason = (
            f"must name the same change: {target.history_id} made version {target.version}, "
            f"got version {target_version}"
        )
        names = ("target_version", "rollback_id")
        raise ValidationFailed(Problem.with_value(name, ProblemCode.INVALID_TYPE, reason) for name in names)
    return target


def preview(
    strategy_id: str, symbol: str | None, parameters: Mapping[str, Any], *, replace: bool = False
) -> Preview:
    """What `write` would do, or every problem that stands against it; nothing is written."""
    strategy_id, symbol = address(strategy_id, symbol)
    return preview_of(reading.strategy(strategy_id), symbol, parameters, replace=replace)


def preview_rollback(strategy_id: str, symbol: str | None, target: Change | None) -> Preview:
    """What rolling back to a change (see `rollback_target`) would do; None: to before the first one."""
    contents = target.new_parameters if target else None
    return preview(strategy_id, symbol, contents or {}, replace=True)


def refresh() -> None:
    """Make every process read its configuration again."""
    with exclusive() as hold:
        hold.is_changed = True
        transaction.on_commit(lambda: refresh_requested.send_robust(sender=StrategyConfig), robust=True)


def _expect(hold: Hold, strategy_id: str, symbol: str | None, expected_version: int | None) -> StrategyLevels:
    """The strategy as it stands under the lock; VersionConflict when the level is not at that version."""
    levels = hold.levels(strategy_id)
    if expected_version is not None and expected_version != levels.version(symbol):
        raise VersionConflict(expected_version, levels.version(symbol))
    return levels
