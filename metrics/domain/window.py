"""The recent past of one number: spans of time, never counts of points."""

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence

TIMEFRAMES = {"1m": 60, "5m": 300, "15m": 900}
"""Seconds each timeframe covers."""

NEUTRAL = "neutral"
MIN_POINTS_FOR_TREND = 10
TREND_THRESHOLD = 20.0
FULL_STRENGTH = 50.0
NEWEST_PART = 6
"""The trend is read off the newest sixth of a timeframe."""


class SpanWindow:
    """Times and values of the last `span` seconds, oldest first, in two flat arrays (16 bytes a point)."""

    __slots__ = ("span", "times", "values")

    def __init__(self, span: float) -> None:
        self.span = span
        self.times = array("d")
        self.values = array("d")

    def extend(self, times: Sequence[float], values: Sequence[float]) -> None:
        """Append points, newest last."""
        self.times.extend(times)
        self.values.extend(values)

    def expire(self, now: float) -> None:
        """Forget what is `span` seconds old or older at `now`."""
        if self.times and self.times[0] <= now - self.span:
            self._forget(bisect_right(self.times, now - self.span))

    def _forget(self, old: int) -> None:
        del self.times[:old]
        del self.values[:old]

    def trend(self, now: float) -> tuple[str, float]:
        """Trend and strength of the whole window at `now`."""
        self.expire(now)
        newest = bisect_right(self.times, now - self.span / NEWEST_PART)
        return trend(len(self.values), self.values[newest:])


class MedianWindow(SpanWindow):
    """The same with a median at hand, for 8 bytes a point more."""

    __slots__ = ("_sorted",)

    def __init__(self, span: float) -> None:
        super().__init__(span)
        self._sorted = array("d")

    def extend(self, times: Sequence[float], values: Sequence[float]) -> None:
        """Append points, newest last."""
        for time, value in zip(times, values, strict=True):
            self.add(time, value)

    def add(self, time: float, value: float) -> None:
        """Append one point, the newest."""
        self.times.append(time)
        self.values.append(value)
        insort(self._sorted, value)

    def _forget(self, old: int) -> None:
        for value in self.values[:old]:
            del self._sorted[bisect_left(self._sorted, value)]
        super()._forget(old)

    def median(self) -> float:
        """Of all points, at least one."""
        in_order, middle = self._sorted, len(self._sorted) // 2
        return in_order[middle] if len(in_order) % 2 else (in_order[middle - 1] + in_order[middle]) / 2

    def median_with(self, now: float, value: float) -> float:
        """The median of the window at `now`, when it is `value`."""
        self.expire(now)
        self.add(now, value)
        return self.median()


def trend(points: int, newest: Sequence[float]) -> tuple[str, float]:
    """Direction and strength in [0, 1] of a pressure series.

    `points` counts the whole span, `newest` are the values of its newest sixth. Beyond +-20 the mean
    gives the direction, with strength |mean| / 50 up to 1; within, neutral with 1 - |mean| / 20.
    Fewer than ten points, or nothing recent, is neutral with 0.5.
    """
    if points < MIN_POINTS_FOR_TREND or not len(newest):
        return NEUTRAL, 0.5
    mean = sum(newest) / len(newest)
    if abs(mean) <= TREND_THRESHOLD:
        return NEUTRAL, 1 - abs(mean) / TREND_THRESHOLD
    return ("bullish" if mean > 0 else "bearish"), min(1.0, abs(mean) / FULL_STRENGTH)
