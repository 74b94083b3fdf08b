"""One level's row and its audit row, always written together and by one writer at a time."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any

import msgspec
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from configuration.domain.changes import CommittedChange
from configuration.domain.effective import Config, Origin, StrategyLevels
from configuration.domain.parameters import Value
from configuration.exceptions import StoreUnavailable
from configuration.models import GLOBAL, Action, Change, Revision, Source, StrategyConfig
from configuration.reading import STORE_AWAY, load_strategy
from configuration.signals import configuration_changed
from database.deadline import seconds_left


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who makes a change, by which door, and why. Without an account, `name` says who."""

    source: Source
    user: AbstractBaseUser | None = None
    name: str = "system"
    reason: str = ""
    changed_by: str = ""

    @property
    def actor(self) -> str:
        return self.user.get_username() if self.user else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a change did, and the configuration in force at its level afterwards."""

    change: Change
    config: Config
    restored_version: int | None = None  # the version a rollback was asked for or found

    @property
    def action(self) -> Action:
        return self.change.action


@contextmanager
def exclusive() -> Iterator[None]:
    """A transaction that no other writer shares.

    Raises StoreUnavailable when the database is away, or another writer kept it for too long; then nothing
    happened, and nothing will. Only where it went away in the very moment of keeping the change is that not known.
    """
    is_written = False
    try:
        with _turn(), transaction.atomic():
            Revision.objects.select_for_update().get_or_create(pk=1)
            yield
            is_written = True
    except STORE_AWAY as error:
        raise StoreUnavailable(writing=True, is_known=not is_written) from error


MOST_WRITERS = 4
"""Of one process, that wait for the lock at the database: each takes a connection, and somebody must still read."""
_turns = BoundedSemaphore(MOST_WRITERS)
_has_turn: ContextVar[bool] = ContextVar("has_turn", default=False)


@contextmanager
def _turn() -> Iterator[None]:
    """Wait, without a connection, until few enough writers of this process stand before us."""
    if _has_turn.get():
        yield
        return
    if not _turns.acquire(blocking=False):
        if not connection.in_atomic_block:
            connection.close()
        if not _turns.acquire(timeout=seconds_left(settings.DATABASE_LOCK_SECONDS)):
            raise StoreUnavailable(writing=True)
    token = _has_turn.set(True)
    try:
        yield
    finally:
        _has_turn.reset(token)
        _turns.release()


def renew_token() -> None:
    """Tell every reader that what it has is old."""
    Revision.objects.filter(pk=1).update(token=uuid.uuid4())


def store(
    strategy_id: str,
    symbol: str | None,
    overrides: dict[str, Value],
    author: Author,
    restored: Change | None = None,
) -> Written:
    """Give a level its overrides as a new version. The caller holds `exclusive` and has judged them."""
    row = _row(strategy_id, symbol) or StrategyConfig(strategy_id=strategy_id, symbol=symbol or GLOBAL)
    old = None if row.pk is None else row.parameters
    row.version = _next_version(strategy_id, symbol)
    row._history_date = timezone.now()
    origin = msgspec.to_builtins(
        Origin(
            version=row.version,
            changed_by=author.changed_by or author.actor,
            changed_at=row._history_date,
            reason=author.reason or None,
        )
    )
    row.origins = {
        name: row.origins[name] if name in row.origins and row.parameters.get(name) == value else origin
        for name, value in overrides.items()
    }
    row.parameters = overrides
    _attribute(row, author, old, restored)
    row.save()
    return _announce(row, restored)


def remove(strategy_id: str, symbol: str | None, author: Author, restored: Change | None = None) -> Written:
    """Delete a level that exists; the deletion is a version too."""
    row = StrategyConfig.objects.get(strategy_id=strategy_id, symbol=symbol or GLOBAL)
    row.version = _next_version(strategy_id, symbol)
    _attribute(row, author, row.parameters, restored)
    row.delete()
    return _announce(row, restored)


def _row(strategy_id: str, symbol: str | None) -> StrategyConfig | None:
    return StrategyConfig.objects.filter(strategy_id=strategy_id, symbol=symbol or GLOBAL).first()


def _next_version(strategy_id: str, symbol: str | None) -> int:
    history = StrategyConfig.history.of_level(strategy_id, symbol or GLOBAL)
    return (history.aggregate(newest=Max("version"))["newest"] or 0) + 1


def _attribute(
    row: StrategyConfig, author: Author, old: Mapping[str, Any] | None, restored: Change | None
) -> None:
    row._history_user = author.user
    row._change_reason = author.reason
    row.pending = {
        "actor": author.actor,
        "changed_by": author.changed_by,
        "source": author.source,
        "old_parameters": old,
        "restored_version": restored and (restored.restored_version or restored.version),
    }


def described(change: Change, levels: StrategyLevels) -> CommittedChange:
    """A change as it is announced, with what is in force at its level by `levels`."""
    symbol = change.symbol or None
    return CommittedChange(
        id=str(change.history_id),
        strategy_id=change.strategy_id,
        symbol=symbol,
        action=change.action,
        version=change.version,
        actor=change.actor,
        changed_by=change.changed_by or None,
        changed_at=change.history_date,
        reason=change.history_change_reason or None,
        config=levels.config(symbol),
    )


def _announce(row: StrategyConfig, restored: Change | None) -> Written:
    renew_token()
    event = described(row.recorded, load_strategy(row.strategy_id))
    transaction.on_commit(
        lambda: configuration_changed.send_robust(sender=StrategyConfig, change=event), robust=True
    )
    restored_version = restored.version if restored else None
    return Written(change=row.recorded, config=event.config, restored_version=restored_version)
