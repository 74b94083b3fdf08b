"""What is halted, for those who show it."""

from collections.abc import Iterable

from configuration.exceptions import StoreUnavailable
from halts import services
from halts.domain import HaltRecord, Halts

_last: Halts | None = None


def last_known() -> Halts:
    """The halts in force; with the database away those it last told, or StoreUnavailable before the first."""
    global _last
    try:
        _last = services.in_force()
    except StoreUnavailable:
        if _last is None:
            raise
    return _last


def in_force_after(records: Iterable[HaltRecord]) -> Halts:
    """The halts in force, among them some that may not be on record yet."""
    try:
        known = list(last_known().records.values())
    except StoreUnavailable:
        known = []
    return Halts([*known, *records])
