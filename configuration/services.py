"""The only writer of strategy configuration.

Admin, REST, import and commands all come here. Each change is judged on the resolved values, versioned,
and stored together with its audit row in one transaction that holds the revision lock; announcements
follow the commit and may be lost, since every reader also asks for the revision.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from dataclasses import replace as altered
from typing import Any
from uuid import UUID, uuid4

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
from configuration.ledger import Hold, exclusive, keep, remove, store
from configuration.ledger import Written as Written
from configuration.models import GLOBAL, Change, ChangeAction, StrategyConfig
from configuration.models import Source as Source
from configuration.previews import Preview
from configuration.previews import preview as preview_of
from configuration.signals import refresh_requested

Tags = Collection[str]
"""Names of states (`configuration.domain.states`), of which a level must be in one to be written."""


def write(
    strategy_id: str,
    symbol: str | None,
    parameters: Mapping[str, Any],
    *,
    author: Author,
    replace: bool = False,
    expected: Tags | None = None,
) -> Written:
    """Set parameters at the global level (symbol None) or at one symbol's.

    They are merged into the level, or become all of it with `replace`; None lets one inherit again. A level that
    holds the same already gets no new version.
    Raises StrategyNotFound, ValidationFailed, VersionConflict, StoreUnavailable.
    """
    strategy_id, symbol = address(strategy_id, symbol)
    with exclusive() as hold:
        levels = _expect(hold, strategy_id, symbol, expected)
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
    if _holds(levels, symbol, verdict.overrides):
        return keep(levels, symbol, verdict)
    return store(hold, levels.spec.strategy_id, symbol, verdict, author)


def delete(strategy_id: str, symbol: str | None, *, author: Author, expected: Tags | None = None) -> Written:
    """Remove everything a level sets, so that it inherits again.

    Raises NothingToDelete, and ValidationFailed when a symbol's override relies on the global level.
    """
    strategy_id, symbol = address(strategy_id, symbol)
    with exclusive() as hold:
        levels = _expect(hold, strategy_id, symbol, expected)
        if levels.own(symbol) is None:
            raise NothingToDelete(strategy_id, symbol)
        verdict = judge(levels.spec, levels.overrides, symbol, {}, replace=True)
        if verdict.problems:
            raise ValidationFailed(verdict.problems)
        return remove(hold, strategy_id, symbol, verdict, author)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import does, level by level; `batch` is what its changes share, None where no two are made."""

    levels: list["PlannedLevel"]
    batch: UUID | None = None

    @property
    def changing(self) -> list["PlannedLevel"]:
        return [level for level in self.levels if level.action != "keep"]


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
        if (self.before or {}) == self.after:
            return "keep"
        return "create" if self.before is None else "update"


def write_levels(
    document: Mapping[str, Mapping[str | None, Mapping[str, Any]]], *, author: Author, dry_run: bool = False
) -> Plan:
    """Give levels, by strategy and symbol, the contents of a document: all of them or, raising, none.

    They are judged in each other's company. Levels it does not name stay; those that hold the same already
    get no new version. Where several change, they share a batch, by which they are taken back together.
    Raises StrategyNotFound, and ValidationFailed with the problems of all levels.
    """
    problems: list[Problem] = []
    plan = Plan([])
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
                plan.levels.append(PlannedLevel(strategy_id, symbol, before, verdict))
        if problems:
            raise ValidationFailed(problems)
        if dry_run:
            return plan
        plan = altered(plan, batch=uuid4() if len(plan.changing) > 1 else None)
        author = altered(author, batch=plan.batch)
        for step in plan.changing:
            store(hold, step.strategy_id, step.symbol, step.verdict, author)
    return plan


def roll_back(
    strategy_id: str,
    symbol: str | None,
    *,
    author: Author,
    target_version: int | None = None,
    change_id: str | None = None,
    expected: Tags | None = None,
) -> Written:
    """Give a level the contents it had at a version, at an audited change, or before its last change.

    The result is a new version, unless the level holds the same already. Rolling back again without naming
    anything takes the rollback back (see `rollback_target`).
    Raises RollbackFailed when there is nothing to go back to or the old values no longer pass.
    """
    strategy_id, symbol = address(strategy_id, symbol)
    author = altered(author, source=Source.ROLLBACK)
    with exclusive() as hold:
        levels = _expect(hold, strategy_id, symbol, expected)
        target = rollback_target(strategy_id, symbol, target_version=target_version, change_id=change_id)
        verdict = judge(levels.spec, levels.overrides, symbol, target.new_parameters or {}, replace=True)
        if verdict.problems:
            raise RollbackFailed(f"Version {target.version} no longer passes", verdict.problems)
        own = levels.own(symbol)
        if target.new_parameters == (own.overrides if own else None):
            return keep(levels, symbol, verdict, restored=target)
        if target.action is not ChangeAction.DELETE:
            return store(hold, strategy_id, symbol, verdict, author, restored=target)
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
    """The change whose contents a rollback would restore.

    Where none is named, it is the newest one that left the level with other contents than it holds now: those before
    the last change that changed anything. So rolling back twice takes the rollback back. Raises RollbackFailed, or
    ValidationFailed where both are named and do not agree.
    """
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
    elif target_version is not None:
        target = history.filter(version=target_version).first()
        missing = f"There is no version {target_version}"
    else:
        held = newest.new_parameters
        target = next((each for each in history.iterator() if each.new_parameters != held), None)
        missing = "There is no earlier version with other values; delete the level to inherit again"
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


def _holds(levels: StrategyLevels, symbol: str | None, contents: Mapping[str, Any]) -> bool:
    """Does a level set exactly this already? One that is not there sets nothing."""
    own = levels.own(symbol)
    return (own.overrides if own else {}) == contents


def _expect(hold: Hold, strategy_id: str, symbol: str | None, expected: Tags | None) -> StrategyLevels:
    """The strategy as it stands under the lock; VersionConflict when none of the tags names its state."""
    levels = hold.levels(strategy_id)
    if expected is not None:
        require_state(levels, symbol, expected)
    return levels


def require_state(levels: StrategyLevels, symbol: str | None, expected: Tags) -> None:
    """Raises VersionConflict when none of the tags names the state of a level."""
    if not any(levels.is_as_seen(symbol, tag) for tag in expected):
        raise VersionConflict(expected, levels.state(symbol), levels.tag(symbol))
