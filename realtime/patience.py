"""Waiting for a database that keeps silent: once for everybody, and not one after the other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from configuration.exceptions import StoreUnavailable
from configuration.reading import RETRY_SECONDS, STORE_AWAY

LONG_SECONDS = 1.0
"""Who has waited for so long, and in vain, has waited for all who stand behind."""


class Patience:
    """Spares whoever comes next the wait for a database that has just kept somebody waiting in vain.

    For RETRY_SECONDS; then the next one tries. A database that refuses at once is asked every time. `clock` counts
    seconds.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._left_alone_until = clock()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around a question to the database; raises StoreUnavailable where it is not to be asked now."""
        began = self._clock()
        if began < self._left_alone_until:
            raise StoreUnavailable
        try:
            yield
        except STORE_AWAY:
            now = self._clock()
            if now - began >= LONG_SECONDS:
                self._left_alone_until = now + RETRY_SECONDS
            raise
