"""What the database holds for the strategies, read whole and only when it is new."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from django.db.models import Max

from configuration import reading
from configuration.domain.effective import LevelAddress, StrategyLevels
from configuration.models import StrategyConfig
from halts import services as halts
from halts.domain import HaltRecord
from strategies.domain.in_force import Resolved


class Loaded(msgspec.Struct, frozen=True):
    """Every level's complete parameters and the last word about every halt, as of one revision."""

    token: str
    levels: list[Resolved]
    halts: list[HaltRecord]


def read_if_new(known_token: str | None) -> Loaded | None:
    """The present state, None where its revision is the known one: then this was one query by key.

    Raises django.db.Error and configuration.exceptions.StoreUnavailable when the database is away.
    """
    # The token is read before the rows: what is loaded may be newer than it says, never older.
    token = str(reading.current_token())
    if token == known_token:
        return None
    changes = _last_changes()
    levels = [
        resolved(strategy, symbol, changes)
        for strategy in reading.load_levels().values()
        for symbol in (None, *strategy.symbols)
    ]
    return Loaded(token, levels, halts.records())


def _last_changes() -> dict[LevelAddress, datetime]:
    """When each level was last changed, deletions included."""
    levels = StrategyConfig.history.order_by().values_list("strategy_id", "symbol")
    return {(name, symbol or None): at for name, symbol, at in levels.annotate(newest=Max("history_date"))}


def resolved(
    strategy: StrategyLevels, symbol: str | None, changes: Mapping[LevelAddress, datetime]
) -> Resolved:
    """A level as strategies are given it; `changes` says when each was last changed, where that is known."""
    config = strategy.config(symbol)
    name = config.strategy_id
    times = [changes[level] for level in ((name, None), (name, symbol)) if level in changes]
    return Resolved(
        strategy_id=name,
        symbol=symbol,
        parameters=config.parameters,
        version=config.version,
        source=str(config.source),
        is_override=config.is_override,
        hash=config.hash,
        changed_at=max(times).timestamp() if times else None,
    )
