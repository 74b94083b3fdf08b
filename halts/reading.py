"""What is halted, for those who show it."""

from configuration.exceptions import StoreUnavailable
from halts import services
from halts.domain import Halts

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
