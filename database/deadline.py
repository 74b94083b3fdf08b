"""How long anybody waits for the database.

By itself every statement has a time of its own, which the settings give. Who has promised an answer by some
moment asks inside `at_most`: there all statements share the time, and the one it runs out on fails.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

_end: ContextVar[float | None] = ContextVar("end", default=None)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """All questions of this thread inside end within `seconds`, together. An outer, shorter time holds."""
    end = monotonic() + seconds
    outer = _end.get()
    token = _end.set(end if outer is None else min(end, outer))
    try:
        yield
    finally:
        _end.reset(token)


def seconds_left(otherwise: float | None) -> float | None:
    """What is left of the time, at most `otherwise`; that, which may be None for no limit, outside `at_most`."""
    end = _end.get()
    if end is None:
        return otherwise
    left = max(0.0, end - monotonic())
    return left if otherwise is None else min(left, otherwise)
