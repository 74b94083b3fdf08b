"""What held when: values that took the place of one another."""

from bisect import bisect_right
from collections.abc import Iterable
from math import inf
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")


class Since(NamedTuple, Generic[Value]):
    """A value, and the moment from which on it holds, in seconds since the epoch."""

    at: float
    value: Value


class Timeline(Generic[Value]):
    """`first` holds until the first of `changes`, each of these until the next one. Of two at one moment the later
    named holds."""

    def __init__(self, first: Value, changes: Iterable[Since[Value]] = ()) -> None:
        self._since = [Since(-inf, first), *sorted(changes, key=lambda change: change.at)]
        self._times = [since.at for since in self._since]

    def at(self, moment: float) -> Value:
        """What held then; a change holds from its own moment on."""
        return self._since[bisect_right(self._times, moment) - 1].value

    def between(self, since: float, until: float) -> list[Since[Value]]:
        """What took the place of another after one moment and before another."""
        return [each for each in self._since if since < each.at < until]

    def until(self, moment: float) -> float:
        """When what held then ends; infinite where it never does."""
        place = bisect_right(self._times, moment)
        return self._times[place] if place < len(self._times) else inf
