"""How many questions a web process has under way, and how many of them may be one account's."""

from collections import Counter
from collections.abc import Hashable
from threading import Lock
from typing import NamedTuple

from rest.streamed import NoPlace

AT_ONCE = 8
"""Of a web process: each holds a connection to NATS for as long as it takes."""
OF_ONE = 2
"""Of these for one account, with all its tokens."""


class TooManyOfOne(NoPlace):
    """There may be places, and not for this account."""


class Places:
    """Of `most`, so many `of_one` at most."""

    def __init__(self, most: int = AT_ONCE, of_one: int = OF_ONE) -> None:
        self._most, self._of_one = most, of_one
        self._taken = Counter[Hashable]()
        self._lock = Lock()

    def of(self, who: Hashable) -> "PlacesOfOne":
        """As one account sees them."""
        return PlacesOfOne(self, who)

    def take(self, who: Hashable) -> bool:
        """False where none is free; raises TooManyOfOne."""
        with self._lock:
            if self._taken[who] >= self._of_one:
                raise TooManyOfOne
            if self._taken.total() >= self._most:
                return False
            self._taken[who] += 1
            return True

    def leave(self, who: Hashable) -> None:
        """Give one back."""
        with self._lock:
            self._taken[who] -= 1
            self._taken += Counter()  # nobody is remembered who has none


class PlacesOfOne(NamedTuple):
    """What `Streamed` takes a place from, and gives it back to."""

    places: Places
    who: Hashable

    def acquire(self, *, blocking: bool) -> bool:
        """Is there one? It never waits. Raises TooManyOfOne."""
        return self.places.take(self.who)

    def release(self) -> None:
        """Somebody else may have it."""
        self.places.leave(self.who)
