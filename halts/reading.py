"""What is halted, for those who show it."""

from collections.abc import Iterable

from configuration.exceptions import StoreUnavailable
from halts import services
from halts.domain import HaltRecord, Halts, continued

_last: Halts | None = None


def last_known() -> Halts:
    """The halts in force; with the database away those it last held, or StoreUnavailable before the first."""
    global _last
    try:
        _last = services.in_force()
    except StoreUnavailable:
        if _last is None:
            raise
    return _last


def halts_now() -> Halts | None:
    """The same; None where the database is away and was never read."""
    try:
        return last_known()
    except StoreUnavailable:
        return None


def in_force_after(records: Iterable[HaltRecord]) -> Halts:
    """The halts in force, among them some that may not be on record yet."""
    known = (halts_now() or Halts()).records
    return Halts([*known.values(), *(continued(record, known.get(record.scope)) for record in records)])
