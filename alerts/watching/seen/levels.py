"""Levels of the configuration, as the database has them beside what each process reports to use."""

from alerts.domain.watched.levels import LevelSeen, level_name
from alerts.moments import moment
from alerts.watching.seen.look import Look
from configuration.models import StrategyConfig
from database.deadline import at_most
from strategies.convergence import LevelInForce, all_levels

ANSWER_SECONDS = 1.0
CHANGED_SECONDS = 60.0
"""For so long a level counts as changed."""


def levels(look: Look) -> list[LevelSeen]:
    """Every level, and those that were removed a moment ago. Raises redis.exceptions.RedisError, django.db.Error, and
    StoreUnavailable where the database was never read."""
    with at_most(ANSWER_SECONDS):
        found = all_levels(look.processes, look.now)
        recent = StrategyConfig.history.filter(history_date__gt=moment(look.now - CHANGED_SECONDS))
        changed = {level_name(*level) for level in recent.values_list("strategy_id", "symbol")}
    tracked = set(look.rows or ()) or None
    seen = [_seen(level, changed, tracked) for level in found]
    removed = changed - {level.name for level in seen}
    return seen + [LevelSeen(name=name, is_changed=True) for name in sorted(removed)]


def _seen(level: LevelInForce, changed: set[str], tracked: set[str] | None) -> LevelSeen:
    """Where no process runs a strategy, nobody knows whether it is in force; where no market is known, no symbol is
    missed."""
    name = level_name(level.strategy_id, level.symbol)
    return LevelSeen(
        name=name,
        is_in_force=level.converged if level.processes else None,
        is_rejected=any(row.status == "rejected" for row in level.processes) if level.processes else None,
        is_changed=name in changed,
        is_untracked=None if tracked is None else level.symbol is not None and level.symbol not in tracked,
    )
