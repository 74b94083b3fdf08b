"""What people and programs read of the audit trail, and where each value in force comes from."""

from datetime import datetime
from typing import Annotated, Any, TypedDict

import msgspec
from msgspec import Meta

from configuration.domain.effective import Contribution, StrategyLevels
from configuration.domain.resolution import Layer
from configuration.exceptions import ChangeNotFound
from configuration.models import GLOBAL, Change, ChangeAction, Source, StrategyConfig
from configuration.querysets import ChangeQuerySet
from rest.shapes import one_of


class ExplainedValue(msgspec.Struct, frozen=True, kw_only=True):
    """A value and the change that set it; all None where no person did."""

    value: Any
    layer: Layer
    version: int | None
    changed_by: str | None
    changed_at: datetime | None
    reason: str | None


class Explanation(ExplainedValue, frozen=True, kw_only=True):
    """The value in force, and those it hides, the lowest layer first."""

    shadows: list[ExplainedValue]


class AuditItem(TypedDict):
    """One change of one level."""

    id: str
    strategy_id: str
    symbol: str | None
    action: Annotated[str, one_of(ChangeAction.values)]
    old_parameters: Annotated[dict[str, Any] | None, Meta(description="What the level held before.")]
    new_parameters: Annotated[dict[str, Any] | None, Meta(description="What it holds since.")]
    changes: Annotated[dict[str, list[Any]], Meta(description="[before, after] by parameter.")]
    version: int
    actor: Annotated[str, Meta(description="Who was authenticated.")]
    changed_by: Annotated[str | None, Meta(description="On whose behalf, as stated.")]
    changed_at: datetime
    reason: str | None
    source: Annotated[str, one_of(Source.values)]
    batch: Annotated[str | None, Meta(description="Shared by levels that changed at one stroke.")]


EVERY_LEVEL = "*"
"""What is asked for in place of a symbol, and cannot be one."""


def changes_of(strategy_id: str, symbol: str | None) -> ChangeQuerySet:
    """The changes of one level, or with EVERY_LEVEL of all, newest first."""
    if symbol == EVERY_LEVEL:
        return StrategyConfig.history.of_strategy(strategy_id)
    return StrategyConfig.history.of_level(strategy_id, symbol or GLOBAL)


LONGEST_ID = 18
"""Digits that every database takes."""


def change_of(change_id: str) -> Change:
    """The change of an id; raises ChangeNotFound."""
    is_one = change_id.isascii() and change_id.isdecimal() and len(change_id) <= LONGEST_ID
    found = StrategyConfig.history.filter(history_id=int(change_id)).first() if is_one else None
    if found is None:
        raise ChangeNotFound(change_id)
    return found


def audit_item(change: Change) -> AuditItem:
    """One change of one level."""
    return {
        "id": str(change.history_id),
        "strategy_id": change.strategy_id,
        "symbol": change.symbol or None,
        "action": change.action,
        "old_parameters": change.old_parameters,
        "new_parameters": change.new_parameters,
        "changes": change.changes,
        "version": change.version,
        "actor": change.actor,
        "changed_by": change.changed_by or None,
        "changed_at": change.history_date,
        "reason": change.history_change_reason or None,
        "source": change.source,
        "batch": str(change.batch) if change.batch else None,
    }


def explain(levels: StrategyLevels, symbol: str | None) -> dict[str, Explanation]:
    """Per parameter the value in force, who set it and why, and what it hides."""
    return {
        name: Explanation(
            **_explained(contributions[-1]),
            shadows=[ExplainedValue(**_explained(hidden)) for hidden in contributions[:-1]],
        )
        for name, contributions in levels.contributions(symbol).items()
    }


def _explained(contribution: Contribution) -> dict[str, Any]:
    origin = contribution.origin
    return {
        "value": contribution.value,
        "layer": contribution.layer,
        "version": origin.version if origin else None,
        "changed_by": origin.changed_by if origin else None,
        "changed_at": origin.changed_at if origin else None,
        "reason": origin.reason if origin else None,
    }
