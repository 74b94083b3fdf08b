"""How long to wait before trying again: longer each time, and never all at the same moment."""

from collections.abc import Callable
from random import random


class Waits:
    """Doubles from `first` to `longest` seconds; half of each wait is chance."""

    def __init__(self, first: float, longest: float, chance: Callable[[], float] = random) -> None:
        self._first, self._longest, self._chance = first, longest, chance
        self._times = 0

    def next(self) -> float:
        """Seconds to wait now, after one more failure."""
        whole = min(self._longest, self._first * 2.0 ** min(self._times, 30))
        self._times += 1
        return whole * (0.5 + 0.5 * self._chance())

    def over(self) -> None:
        """It works again."""
        self._times = 0
