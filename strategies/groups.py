"""Signals that repeat themselves, as one line."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

Row = dict[str, Any]

BURST_SECONDS = 60.0
"""Signals alike belong together while none is further than this from the next."""
ALIKE = ("strategy_id", "symbol", "action", "state", "halted_by")


def grouped(rows: Iterable[Row]) -> list[Row]:
    """Rows, newest first, in groups of those that are alike and follow within a burst, whatever others are between.

    A group stands where its newest row does; it has `rows`, the newest first, and `seconds`, what lies between its
    oldest and its newest.
    """
    groups: list[list[Row]] = []
    open_groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        kind = tuple(str(row["signal"][name]) for name in ALIKE)
        group = open_groups.get(kind)
        if group is None or _seconds_between(row, group[-1]) > BURST_SECONDS:
            group = open_groups[kind] = []
            groups.append(group)
        group.append(row)
    return [{"rows": group, "seconds": round(_seconds_between(group[-1], group[0]))} for group in groups]


def _seconds_between(older: Row, newer: Row) -> float:
    first, last = (datetime.fromisoformat(row["signal"]["timestamp"]) for row in (older, newer))
    return (last - first).total_seconds()
