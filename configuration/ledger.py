"""One level's row and its audit row, always written together and by one writer at a time."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import BoundedSemaphore

import msgspec
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from configuration.domain.changes import CommittedChange
from configuration.domain.effective import Config, Origin, StrategyLevels
from configuration.domain.validation import Verdict
from configuration.exceptions import StoreUnavailable
from configuration.models import GLOBAL, Change, ChangeAction, Revision, Source, StrategyConfig
from configuration.reading import STORE_AWAY, last_deletions, levels_of
from configuration.signals import configuration_changed, level_written
from database.deadline import seconds_left


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who makes a change, by which door, and why. Without an account, `name` says who."""

    source: Source
    user: AbstractBaseUser | None = None
    name: str = "system"
    reason: str = ""
    changed_by: str = ""
    batch: uuid.UUID | None = None  # what all changes of one stroke share

    @property
    def actor(self) -> str:
        return self.user.get_username() if self.user else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a change did, and the configuration in force at its level afterwards; without `change` it changed
    nothing: the level held the same already."""

    change: Change | None
    config: Config
    tag: str  # of the level's state since
    restored_version: int | None = None  # the version a rollback was asked for or found

    @property
    def action(self) -> ChangeAction | None:
        return self.change.action if self.change else None


@dataclass
class Hold:
    """What the only writer there is has read, each strategy once, and has written since.

    Whoever writes says so by `is_changed`: else the transaction is rolled back, and with it the new token.
    """

    is_changed: bool = False
    rows: dict[tuple[str, str], StrategyConfig] = field(default_factory=dict)
    """By strategy and symbol, of the strategies whose `levels` were asked for."""
    _levels: dict[str, StrategyLevels] = field(default_factory=dict)

    def levels(self, strategy_id: str) -> StrategyLevels:
        """The strategy as it stands now."""
        if strategy_id not in self._levels:
            rows = StrategyConfig.objects.filter(strategy_id=strategy_id)
            self.rows |= {(strategy_id, row.symbol): row for row in rows}
            deletions = last_deletions(StrategyConfig.history.of_strategy(strategy_id).deletions())
            by_symbol = {symbol: version for _, symbol, version in deletions}
            self._levels[strategy_id] = levels_of(strategy_id, rows, by_symbol)
        return self._levels[strategy_id]

    def note(self, row: StrategyConfig) -> StrategyLevels:
        """The row was written, or deleted where it has no key; the strategy as it stands since."""
        self.is_changed = True
        key, symbol = (row.strategy_id, row.symbol), row.symbol or None
        if row.pk is None:
            del self.rows[key]
            after = self._levels[row.strategy_id].without_level(symbol, row.version)
        else:
            self.rows[key] = row
            after = self._levels[row.strategy_id].with_level(symbol, row.level())
        self._levels[row.strategy_id] = after
        return after


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
        with _turn() as end_turn, transaction.atomic():
            transaction.on_commit(end_turn)  # first of all: whoever announces the change may have to wait
            # All other writers are kept out by what tells every reader that what it has is old.
            while not Revision.objects.filter(pk=1).update(token=uuid.uuid4()):
                Revision.objects.get_or_create(pk=1)
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
def _turn() -> Iterator[Callable[[], None]]:
    """Wait, without a connection, until few enough writers of this process stand before us.

    Gives what ends the turn before the block does.
    """
    if not _turns.acquire(blocking=False):
        if not connection.in_atomic_block:
            connection.close()
        if not _turns.acquire(timeout=seconds_left(settings.DATABASE_LOCK_SECONDS)):
            raise StoreUnavailable(writing=True)
    with ExitStack() as turn:
        turn.callback(_turns.release)
        yield turn.close


def store(
    hold: Hold,
    strategy_id: str,
    symbol: str | None,
    verdict: Verdict,
    author: Author,
    restored: Change | None = None,
) -> Written:
    """Give a level what was judged as a new version. The caller holds `exclusive`, and has judged it under it."""
    key = (strategy_id, symbol or GLOBAL)
    row = hold.rows.get(key) or StrategyConfig(strategy_id=strategy_id, symbol=key[1])
    origin = msgspec.to_builtins(_begin(row, author, restored))
    row.origins = {
        name: row.origins[name] if name in row.origins and row.parameters.get(name) == value else origin
        for name, value in verdict.overrides.items()
    }
    row.parameters = verdict.overrides
    row.save()
    if restored is None:
        level_written.send(sender=StrategyConfig, change=row.recorded)
    return _announce(hold, row, verdict, restored)


def remove(
    hold: Hold,
    strategy_id: str,
    symbol: str | None,
    verdict: Verdict,
    author: Author,
    restored: Change | None = None,
) -> Written:
    """Delete a level that exists, which was judged as well; the deletion is a version too."""
    row = hold.rows[strategy_id, symbol or GLOBAL]
    _begin(row, author, restored)
    row.delete()
    return _announce(hold, row, verdict, restored)


def keep(
    levels: StrategyLevels, symbol: str | None, verdict: Verdict, restored: Change | None = None
) -> Written:
    """Leave a level as it is, which holds what was judged: no version, no audit row."""
    return Written(
        change=None,
        config=levels.config(symbol, verdict.resolution),
        tag=levels.tag(symbol, verdict.resolution),
        restored_version=restored.version if restored else None,
    )


def _begin(row: StrategyConfig, author: Author, restored: Change | None) -> Origin:
    """A level's next version, which its audit row will record, as the origin of what it sets.

    Versions rise for ever, also across deletions, which leave no row to remember them.
    """
    exists, actor = row.pk is not None, author.actor
    if not exists:
        history = StrategyConfig.history.of_level(row.strategy_id, row.symbol)
        row.version = history.aggregate(newest=Max("version"))["newest"] or 0
    row.version += 1
    row._history_date, row._history_user, row._change_reason = timezone.now(), author.user, author.reason
    row.pending = {
        "actor": actor,
        "changed_by": author.changed_by,
        "source": author.source,
        "old_parameters": row.parameters if exists else None,
        "batch": author.batch,
        "restored_version": restored and (restored.restored_version or restored.version),
    }
    return Origin(
        version=row.version,
        changed_by=author.changed_by or actor,
        changed_at=row._history_date,
        reason=author.reason or None,
    )


def described(change: Change, config: Config) -> CommittedChange:
    """A change as it is announced, with what is in force at its level."""
    return CommittedChange(
        id=str(change.history_id),
        strategy_id=change.strategy_id,
        symbol=change.symbol or None,
        action=change.action,
        version=change.version,
        actor=change.actor,
        changed_by=change.changed_by or None,
        changed_at=change.history_date,
        reason=change.history_change_reason or None,
        config=config,
    )


def _announce(hold: Hold, row: StrategyConfig, verdict: Verdict, restored: Change | None) -> Written:
    levels, symbol = hold.note(row), row.symbol or None
    config = levels.config(symbol, verdict.resolution)
    event = described(row.recorded, config)
    transaction.on_commit(
        lambda: configuration_changed.send_robust(sender=StrategyConfig, change=event), robust=True
    )
    restored_version = restored.version if restored else None
    tag = levels.tag(symbol, verdict.resolution)
    return Written(change=row.recorded, config=config, tag=tag, restored_version=restored_version)
