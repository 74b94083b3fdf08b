"""How much counts rose within the last minute."""

from collections import deque
from collections.abc import Hashable, Mapping
from typing import NamedTuple

MINUTE = 60.0


class Count(NamedTuple):
    """What somebody has counted since `began`, in seconds since the epoch."""

    total: int
    began: float


class Rises:
    """What counts rose by from one look to the next, for a minute. Where nobody has looked for longer, or the clock was
    put back, it begins anew: nothing is known of what was before the first look."""

    def __init__(self) -> None:
        self._began = self._looked_at = float("-inf")
        self._before: Mapping[Hashable, Count] = {}
        self._rises: deque[tuple[float, dict[Hashable, int]]] = deque()

    def look(self, counts: Mapping[Hashable, Count], now: float) -> None:
        """These are the counts at `now`."""
        if 0 <= now - self._looked_at <= MINUTE:
            self._rises.append((now, {key: self._rise(key, count) for key, count in counts.items()}))
        else:
            self._began = now
            self._rises.clear()
        while self._rises and self._rises[0][0] <= now - MINUTE:
            self._rises.popleft()
        self._before, self._looked_at = counts, now

    def of(self, key: Hashable) -> int | None:
        """How much this count rose within the minute before the last look; None until looks go back for so long."""
        if self._looked_at - self._began < MINUTE:
            return None
        return sum(rises.get(key, 0) for _, rises in self._rises)

    def _rise(self, key: Hashable, count: Count) -> int:
        """Who is new has counted all of it since, unless it counted before and was not seen."""
        before = self._before.get(key)
        if before and before.began == count.began:
            return max(0, count.total - before.total)
        return count.total if count.began >= self._began else 0
