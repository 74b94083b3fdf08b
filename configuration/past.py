"""What was set at earlier moments: the levels of today, with their changes taken back one after the other."""

from datetime import UTC, datetime
from typing import NamedTuple

from configuration import reading
from configuration.domain.effective import ConfigLevel, StrategyLevels
from configuration.models import Change, StrategyConfig


class LevelsSince(NamedTuple):
    """What was set for a strategy from a moment on."""

    at: datetime
    levels: StrategyLevels


BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def levels_since(strategy_id: str, since: datetime) -> list[LevelsSince]:
    """What was set at `since`, whose `at` is BEGINNING, and after each change from then on, the earliest first.

    Versions are those of then; who set what when is not told. Raises StrategyNotFound, StoreUnavailable and
    django.db.Error.
    """
    levels = reading.strategy(strategy_id)
    changes = StrategyConfig.history.of_strategy(strategy_id).filter(history_date__gt=since)
    found: list[LevelsSince] = []
    for change in changes:
        found.append(LevelsSince(change.history_date, levels))
        levels = before(levels, change)
    return [LevelsSince(BEGINNING, levels), *reversed(found)]


def before(levels: StrategyLevels, change: Change) -> StrategyLevels:
    """What was set before the last change."""
    symbol, version = change.symbol or None, change.version - 1
    if change.old_parameters is None:
        without = levels.with_level(symbol, None)
        return without.without_level(symbol, version) if version else without
    return levels.with_level(symbol, ConfigLevel(change.old_parameters, version, None, None, origins={}))
