"""What of a level of the configuration can be watched: a strategy for all symbols, or for one."""

import msgspec

from alerts.domain.watched.entry import of_each, state


class LevelSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A level at a moment, by the name of its strategy, and of its symbol behind a slash; None is unknown."""

    name: str
    is_in_force: bool | None = None
    is_rejected: bool | None = None
    is_changed: bool = False
    is_untracked: bool | None = None


def level_name(strategy_id: str, symbol: str | None) -> str:
    """As in `orderbook_skew`, and `orderbook_skew/BTCUSDT` for one symbol."""
    return f"{strategy_id}/{symbol}" if symbol else strategy_id


LEVEL = (
    state(
        "level",
        "is_in_force",
        "In force everywhere",
        of_each(lambda level: level.is_in_force),
        "while every process that runs the strategy uses what is set",
    ),
    state(
        "level",
        "is_rejected",
        "Rejected",
        of_each(lambda level: level.is_rejected),
        "while a process that is heard refuses to use what is set",
    ),
    state(
        "level",
        "is_changed",
        "Changed",
        of_each(lambda level: level.is_changed),
        "for a minute after anybody has changed or removed it",
    ),
    state(
        "level",
        "is_untracked",
        "Set for a symbol that is not tracked",
        of_each(lambda level: level.is_untracked),
        "while values are set for a symbol of which no market is known",
    ),
)
