"""What somebody asks: which values, of which level, over which part of the past."""

from collections.abc import Sequence
from typing import Any

import msgspec

MOST_VALUES = 20
"""In one sweep: each is a run of its own."""


EVER = (0.0, 253_402_300_799.0)
"""From the epoch to the end of the year 9999: all of whatever is recorded."""


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter, tried with several values."""

    parameter: str
    values: list[Any]


def repeated(values: Sequence[Any]) -> list[Any]:
    """Those that came before: 1.0 where there was 1, and not where there was true."""
    return [
        each for place, each in enumerate(values) if any(_is_same(each, other) for other in values[:place])
    ]


def _is_same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """`parameters` would be merged into what the level sets, or `replace` it. `since` and `until` are seconds since the
    epoch. Of the level of all symbols (symbol null) every symbol is judged, by its own level where it has one.
    `recording` is asked instead of the journal: the name of one, or a pattern for several."""

    strategy_id: str
    symbol: str | None
    parameters: dict[str, Any]
    replace: bool = False
    since: float
    until: float
    sweep: Sweep | None = None
    recording: str | None = None


class CannotBeJudged(Exception):
    """There is no honest answer; the message is a sentence that says why."""
