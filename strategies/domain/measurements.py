"""What one strategy measured lately, symbol by symbol and over all, in slots of five minutes.

Of each symbol at most one frame in three seconds is measured, for that takes as long as to evaluate it; and of very
many symbols fewer, no more than 500 frames a second. A slot lasts until it is saved; of those that cannot be, the
newest hour stays.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from metrics.domain.bounds import Moment, Name
from strategies.domain.distribution import Distribution, number_of

SLOT_SECONDS = 300.0
HOUR_SECONDS = 3600.0
SPACING_SECONDS = 3.0
MOST_A_SECOND = 500
BEYOND = 1e100
"""No measure is that large: one small number was divided by another."""
ALL = ""
"""Stands for all symbols together where else a symbol stands."""


Value = tuple[str, float, int]
"""Of a quantity, and the bucket that holds it."""


class Measured(msgspec.Struct):
    """What was measured of one symbol, from its first frame to its last, in seconds since the epoch."""

    since: Moment
    until: Moment
    quantities: dict[Name, Distribution]

    def note(self, values: Sequence[Value], now: float) -> None:
        """One more frame."""
        self.until = now
        for name, value, number in values:
            if known := self.quantities.get(name):
                known.add(value, number)
            else:
                self.quantities[name] = Distribution.of(value, number)

    def merge(self, other: "Measured") -> None:
        """Another slot's as well, or another process's."""
        self.since, self.until = min(self.since, other.since), max(self.until, other.until)
        for name, distribution in other.quantities.items():
            if known := self.quantities.get(name):
                known.merge(distribution)
            else:
                self.quantities[name] = distribution


class Slot:
    """Five minutes, of all symbols; `unsaved` are those that changed since they were taken to be saved."""

    __slots__ = ("measured", "start", "unsaved")

    def __init__(self, start: float) -> None:
        self.start = start
        self.measured: dict[str, Measured] = {}
        self.unsaved: set[str] = set()

    def note(self, symbol: str, values: Sequence[Value], now: float) -> None:
        """One more frame of a symbol."""
        measured = self.measured.get(symbol)
        if measured is None:
            measured = self.measured[symbol] = Measured(now, now, {})
        measured.note(values, now)
        self.unsaved.add(symbol)


class Measurements:
    """The slots of one strategy in one process."""

    def __init__(self, most_symbols: int) -> None:
        self._most_symbols = most_symbols
        self._asked_at: dict[str, float] = {}
        self._spacing = SPACING_SECONDS
        self._running = Slot(0.0)
        self._ended: deque[Slot] = deque(maxlen=round(HOUR_SECONDS / SLOT_SECONDS))

    def wants(self, symbol: str, now: float) -> bool:
        """Is a frame of this symbol to be measured now? Then none is again for a while."""
        if now >= self._running.start + SLOT_SECONDS:
            self._begin(now)
        asked_at = self._asked_at.get(symbol)
        if asked_at is None:
            if len(self._asked_at) >= self._most_symbols:
                return False
            self._spacing = max(SPACING_SECONDS, (len(self._asked_at) + 1) / MOST_A_SECOND)
        elif now - asked_at < self._spacing:
            return False
        self._asked_at[symbol] = now
        return True

    def note(self, symbol: str, quantities: Mapping[str, float], now: float) -> None:
        """What a frame that was wanted has shown; where that is nothing, none was measured. A value that is beyond any
        measure is none."""
        values = [
            (name, value, number_of(value)) for name, value in quantities.items() if abs(value) < BEYOND
        ]
        if values:
            self._running.note(symbol, values, now)
            self._running.note(ALL, values, now)

    def take_unsaved(self) -> list[tuple[Slot, set[str]]]:
        """What is to be saved, the oldest slot first; what cannot be goes back with `put_back`."""
        slots = [slot for slot in (*self._ended, self._running) if slot.unsaved]
        taken = [(slot, slot.unsaved) for slot in slots]
        for slot in slots:
            slot.unsaved = set()
        self._ended.clear()
        return taken

    def put_back(self, taken: Iterable[tuple[Slot, set[str]]]) -> None:
        """What was taken could not be saved."""
        for slot, symbols in taken:
            slot.unsaved |= symbols
            if slot is not self._running and slot not in self._ended:
                self._ended.append(slot)

    def _begin(self, now: float) -> None:
        """The first slot begins with the first frame, and all that follow with a full five minutes."""
        if self._running.unsaved:
            self._ended.append(self._running)
        is_first = not self._running.start
        self._running = Slot(now if is_first else now - now % SLOT_SECONDS)
        self._asked_at = {}
