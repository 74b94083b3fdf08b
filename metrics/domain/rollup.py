"""Minutes: what is left of every update once its quarter of an hour has passed."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from typing import Self

import msgspec

from metrics.domain.analyzer import TICK_FIELDS

MINUTE = 60


class Range(msgspec.Struct, frozen=True):
    """Open, high, low, close and sum of one number over some updates."""

    open: float
    high: float
    low: float
    close: float
    total: float

    @classmethod
    def of(cls, values: "array[float]") -> Self:
        return cls(values[0], max(values), min(values), values[-1], sum(values))

    def then(self, later: Self) -> Self:
        """This one followed by `later`."""
        return type(self)(
            self.open,
            max(self.high, later.high),
            min(self.low, later.low),
            later.close,
            self.total + later.total,
        )


class Minute(msgspec.Struct):
    """One symbol's minute. `start` is in seconds since the epoch; ranges are None without an update."""

    symbol: str
    start: int
    pressure: Range | None = None
    mid: Range | None = None
    spread_total: float = 0.0
    spread_max: float = 0.0
    depth_total: float = 0.0
    updates: int = 0
    seconds_not_live: float = 0.0

    def add(self, ticks: "array[float]") -> None:
        """Take in flat ticks of this minute, in order."""
        pressure = Range.of(array("d", [100 * ratio for ratio in ticks[1::TICK_FIELDS]]))
        mid = Range.of(ticks[2::TICK_FIELDS])
        spreads = ticks[3::TICK_FIELDS]
        self.pressure = self.pressure.then(pressure) if self.pressure else pressure
        self.mid = self.mid.then(mid) if self.mid else mid
        self.spread_total += sum(spreads)
        self.spread_max = max(self.spread_max, *spreads)
        self.depth_total += sum(ticks[4::TICK_FIELDS])
        self.updates += len(spreads)

    def then(self, later: "Minute") -> "Minute":
        """Two parts of the same minute as one, for instance from before and after a restart."""
        return Minute(
            symbol=self.symbol,
            start=self.start,
            pressure=_join(self.pressure, later.pressure),
            mid=_join(self.mid, later.mid),
            spread_total=self.spread_total + later.spread_total,
            spread_max=max(self.spread_max, later.spread_max),
            depth_total=self.depth_total + later.depth_total,
            updates=self.updates + later.updates,
            seconds_not_live=min(MINUTE, self.seconds_not_live + later.seconds_not_live),
        )


class MinuteBook:
    """The minutes in progress of all symbols."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, str], Minute] = {}

    def add(self, symbol: str, ticks: "array[float]") -> None:
        """Take in flat ticks in order of time; they may span minutes."""
        while ticks:
            start = int(ticks[0] // MINUTE) * MINUTE
            here = TICK_FIELDS * bisect_left(ticks[0::TICK_FIELDS], start + MINUTE)
            self._minute(symbol, start).add(ticks[:here])
            ticks = ticks[here:]

    def add_not_live(self, symbols: Iterable[str], now: float, seconds: float) -> None:
        """`symbols` were not live for the last `seconds`."""
        start = int(now // MINUTE) * MINUTE
        for symbol in symbols:
            minute = self._minute(symbol, start)
            minute.seconds_not_live = min(MINUTE, minute.seconds_not_live + seconds)

    def close(self, now: float) -> list[Minute]:
        """Hand over the minutes that lie wholly before `now`."""
        done = [key for key in self._open if key[0] + MINUTE <= now]
        return [self._open.pop(key) for key in done]

    def close_all(self) -> list[Minute]:
        """Hand over everything, finished or not."""
        minutes, self._open = list(self._open.values()), {}
        return minutes

    def _minute(self, symbol: str, start: int) -> Minute:
        key = (start, symbol)
        minute = self._open.get(key)
        if minute is None:
            minute = self._open[key] = Minute(symbol, start)
        return minute


def _join(first: Range | None, later: Range | None) -> Range | None:
    if first is None or later is None:
        return first or later
    return first.then(later)
