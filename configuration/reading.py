"""The configuration in force, fast to read and never older than the last commit.

Every process keeps one snapshot of all levels, which are few. Each read asks the database for the revision
token, one row by its key, and loads again when the token is new: a committed write is visible at once in
every process. With the database away the last snapshot is served, and `is_store_away` says so.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from uuid import UUID

from django.conf import settings
from django.db import Error as DatabaseError
from django.db.models import Max

from configuration.addressing import require_strategy
from configuration.domain.catalogue import CATALOGUE
from configuration.domain.effective import Config, StrategyLevels
from configuration.environment import environment_overrides
from configuration.exceptions import StoreUnavailable
from configuration.models import GLOBAL, Revision, StrategyConfig
from configuration.querysets import ChangeQuerySet
from messaging.outage import OutageLog

logger = logging.getLogger(__name__)
STORE_AWAY = (
    DatabaseError,
)  # read-only, malformed, full, silent: whatever is wrong with it, it is of no use
RETRY_SECONDS = 1.0  # how long an absent database is left alone, so that reads do not queue up behind it


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All levels of all strategies as of one revision."""

    token: UUID | None
    loaded_at: float
    strategies: Mapping[str, StrategyLevels]


class ConfigurationReader:
    """Keeps the snapshot of one process. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._snapshot: Snapshot | None = None
        self._away_since: float | None = None
        self._outage = OutageLog(
            logger, "configuration.store_away serving the last known good: %s", "configuration.store_back"
        )

    @property
    def is_store_away(self) -> bool:
        """Whether the last read had to do without the database."""
        return self._away_since is not None

    def snapshot(self) -> Snapshot:
        """The current snapshot; raises StoreUnavailable when the database is away and none was loaded."""
        if self._away_since is not None and self._clock() - self._away_since < RETRY_SECONDS:
            return self._last_known_good()
        try:
            token = current_token()
            if self._snapshot is None or self._snapshot.token != token or self._has_expired(self._snapshot):
                # The token is read before the rows: what is loaded may be newer than it says, never older.
                self._snapshot = Snapshot(token, self._clock(), load_levels())
        except STORE_AWAY as error:
            self._outage.is_away(error)
            self._away_since = self._clock()
            return self._last_known_good()
        self._outage.is_over()
        self._away_since = None
        return self._snapshot

    def forget(self) -> None:
        """Read everything again next time."""
        self._snapshot = None
        self._away_since = None

    def _has_expired(self, snapshot: Snapshot) -> bool:
        return self._clock() - snapshot.loaded_at > settings.CONFIG_CACHE_TTL_SECONDS

    def _last_known_good(self) -> Snapshot:
        if self._snapshot is None:
            raise StoreUnavailable
        return self._snapshot


reader = ConfigurationReader()  # this process's


def current_token() -> UUID | None:
    """What changes with every committed change and every refresh; None before the first."""
    return Revision.objects.values_list("token", flat=True).first()


def load_levels() -> dict[str, StrategyLevels]:
    """All levels, straight from the database, by strategy in catalogue order."""
    rows: dict[str, list[StrategyConfig]] = {strategy_id: [] for strategy_id in CATALOGUE}
    for row in StrategyConfig.objects.all():
        rows.setdefault(row.strategy_id, []).append(row)
    deletions: dict[str, dict[str, int]] = {strategy_id: {} for strategy_id in CATALOGUE}
    for strategy_id, symbol, version in last_deletions(StrategyConfig.history.deletions()):
        deletions.setdefault(strategy_id, {})[symbol] = version
    return {
        strategy_id: levels_of(strategy_id, rows[strategy_id], deletions[strategy_id])
        for strategy_id in CATALOGUE
    }


def last_deletions(deletions: ChangeQuerySet) -> Iterable[tuple[str, str, int]]:
    """Strategy, symbol and version of the last deletion of each level among these."""
    by_level = deletions.order_by().values_list("strategy_id", "symbol")
    return by_level.annotate(newest=Max("version"))


def strategies() -> list[StrategyLevels]:
    """Every strategy with what is set for it, in catalogue order."""
    return list(reader.snapshot().strategies.values())


def strategy(strategy_id: str) -> StrategyLevels:
    """One strategy with what is set for it; raises StrategyNotFound."""
    require_strategy(strategy_id)
    return reader.snapshot().strategies[strategy_id]


def effective(strategy_id: str, symbol: str | None = None) -> Config:
    """The configuration in force for all symbols or for one."""
    return strategy(strategy_id).config(symbol)


def levels_of(
    strategy_id: str, rows: Iterable[StrategyConfig], deletions: Mapping[str, int]
) -> StrategyLevels:
    """A strategy with the levels of these rows, over the environment; `deletions` holds by symbol which version
    deleted a level last."""
    spec = CATALOGUE[strategy_id]
    symbols = {row.symbol: row.level() for row in sorted(rows, key=attrgetter("symbol"))}
    deleted = {symbol or None: version for symbol, version in deletions.items() if symbol not in symbols}
    global_level = symbols.pop(GLOBAL, None)
    return StrategyLevels(spec, environment_overrides(spec), global_level, symbols, deleted)
