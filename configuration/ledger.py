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
from configuration.exceptions import NothingToDelete, StoreUnavailable
from configuration.models import GLOBAL, Change, ChangeAction, Revision, Source, StrategyConfig
from configuration.reading import STORE_AWAY, levels_of
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
    def action(self) -> ChangeAction:
        return self.change.action


class Hold:
    """What the only writer there is has read, each strategy once, and has written since.

    Whoever writes says so by `is_changed`: else the transaction is rolled back, and with it the new token.
    """

    def __init__(self) -> None:
        self.is_changed = False
        self._rows: dict[str, dict[str, StrategyConfig]] = {}
        self._levels: dict[str, StrategyLevels] = {}

    def levels(self, strategy_id: str) -> StrategyLevels:
        """The strategy as it stands now."""
        if strategy_id not in self._levels:
            levels = {symbol: row.level() for symbol, row in self._of(strategy_id).items()}
            self._levels[strategy_id] = levels_of(strategy_id, levels)
        return self._levels[strategy_id]

    def row(self, strategy_id: str, symbol: str | None) -> StrategyConfig | None:
        return self._of(strategy_id).get(symbol or GLOBAL)

    def note(self, row: StrategyConfig) -> None:
        """The row was written; without a key it was deleted."""
        self.is_changed = True
        self._levels.pop(row.strategy_id, None)
        rows = self._of(row.strategy_id)
        if row.pk is None:
            rows.pop(row.symbol, None)
        else:
            rows[row.symbol] = row

    def _of(self, strategy_id: str) -> dict[str, StrategyConfig]:
        if strategy_id not in self._rows:
            found = StrategyConfig.objects.filter(strategy_id=strategy_id)
            self._rows[strategy_id] = {row.symbol: row for row in found}
        return self._rows[strategy_id]


_hold: ContextVar[Hold | None] = ContextVar("hold", default=None)


@contextmanager
def exclusive() -> Iterator[Hold]:
    """A transaction that no other writer shares; inside another one, that one.

    Raises StoreUnavailable when the database is away, or another writer kept it for too long; then nothing
    happened, and nothing will. Only where it went away in the very moment of keeping the change is that not known.
    """
    if (outer := _hold.get()) is not None:
        yield outer
        return
    is_written = False
    token = _hold.set(hold := Hold())
    try:
        with _turn(), transaction.atomic():
            _lock()
            yield hold
            if not hold.is_changed:
                transaction.set_rollback(True)
            is_written = True
    except STORE_AWAY as error:
        raise StoreUnavailable(writing=True, is_known=not is_written) from error
    finally:
        _hold.reset(token)


MOST_WRITERS = 4
"""Of one process, that wait for the lock at the database: each takes a connection, and somebody must still read."""
_turns = BoundedSemaphore(MOST_WRITERS)


@contextmanager
def _turn() -> Iterator[None]:
    """Wait, without a connection, until few enough writers of this process stand before us."""
    if not _turns.acquire(blocking=False):
        if not connection.in_atomic_block:
            connection.close()
        if not _turns.acquire(timeout=seconds_left(settings.DATABASE_LOCK_SECONDS)):
            raise StoreUnavailable(writing=True)
    try:
        yield
    finally:
        _turns.release()


def _lock() -> None:
    """Keep all other writers out, by what tells every reader that what it has is old."""
    while not Revision.objects.filter(pk=1).update(token=uuid.uuid4()):
        Revision.objects.get_or_create(pk=1)


def store(
    hold: Hold,
    strategy_id: str,
    symbol: str | None,
    overrides: dict[str, Value],
    author: Author,
    restored: Change | None = None,
) -> Written:
    """Give a level its overrides as a new version. The caller holds `exclusive` and has judged them."""
    row = hold.row(strategy_id, symbol) or StrategyConfig(strategy_id=strategy_id, symbol=symbol or GLOBAL)
    old = None if row.pk is None else row.parameters
    row.version = _next_version(row)
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
    return _announce(hold, row, restored)


def remove(
    hold: Hold, strategy_id: str, symbol: str | None, author: Author, restored: Change | None = None
) -> Written:
    """Delete a level that exists; the deletion is a version too."""
    row = hold.row(strategy_id, symbol)
    if row is None:
        raise NothingToDelete(strategy_id, symbol)
    row.version = _next_version(row)
    _attribute(row, author, row.parameters, restored)
    row.delete()
    return _announce(hold, row, restored)


def _next_version(row: StrategyConfig) -> int:
    """Versions rise for ever, also across deletions, which leave no row to remember them."""
    if row.pk is not None:
        return row.version + 1
    history = StrategyConfig.history.of_level(row.strategy_id, row.symbol)
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


def _announce(hold: Hold, row: StrategyConfig, restored: Change | None) -> Written:
    hold.note(row)
    event = described(row.recorded, hold.levels(row.strategy_id))
    transaction.on_commit(
        lambda: configuration_changed.send_robust(sender=StrategyConfig, change=event), robust=True
    )
    restored_version = restored.version if restored else None
    return Written(change=row.recorded, config=event.config, restored_version=restored_version)
