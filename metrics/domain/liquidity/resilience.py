"""How quickly what rests near the mid price is back after it was taken."""

from bisect import bisect_right
from collections import deque
from math import inf
from statistics import median
from typing import NamedTuple

from metrics.domain.bounds import Count, Real
from metrics.domain.liquidity.bands import Band
from metrics.domain.window import MedianWindow

WATCHED_EVERY_SECONDS = 0.25
USUAL_SECONDS = 60.0
SHOCK_SECONDS = 1.0
LOST, BACK = 0.5, 0.9
"""Parts of the usual depth: who loses this much has a shock, and it is over when there is that much again."""
LAST_SHOCKS = 10


class Shock(NamedTuple):
    """When it was over, and the seconds it took, infinite where it was given up."""

    over_at: float
    seconds: float


class Resilience(NamedTuple):
    """The last shocks, and the median of the seconds they took; None where there was none, or half never ended."""

    shocks: Count
    median_seconds: Real | None


class DepthWatch:
    """One side of a band: its depth whenever it changes, and the shocks it had. Times are in seconds.

    What is usual is the median of what was told in the last minute, once there was one. A shock is half of that lost
    within a second. It is over with nine tenths of it; after a minute, when something else has become usual, it is
    given up, and took longer than any that ended.
    """

    __slots__ = ("_began_at", "_enough", "_watched_since", "_window", "shocks")

    def __init__(self) -> None:
        self.shocks: deque[Shock] = deque(maxlen=LAST_SHOCKS)
        self._begin()

    def observe(self, depth: float | None, now: float) -> None:
        """Take in what rests there from now on; what was before something unknown is forgotten."""
        if depth is None:
            self._begin()
            return
        self._window.expire(now)
        if self._began_at is None:
            self._look_for_shock(depth, now)
        elif depth >= self._enough:
            self._end(now, now - self._began_at)
        elif now - self._began_at >= USUAL_SECONDS:
            self._end(now, inf)
        self._window.add(now, depth)

    @property
    def has_seen(self) -> bool:
        """Does it know what rests there now, or did it have a shock?"""
        return self._watched_since is not None or bool(self.shocks)

    def _begin(self) -> None:
        self._window = MedianWindow(USUAL_SECONDS)
        self._watched_since: float | None = None
        self._began_at: float | None = None
        self._enough = 0.0

    def _look_for_shock(self, depth: float, now: float) -> None:
        if self._watched_since is None:
            self._watched_since = now
        times, depths = self._window.times, self._window.values
        if now - self._watched_since < USUAL_SECONDS or not times:
            return
        held_since = max(0, bisect_right(times, now - SHOCK_SECONDS) - 1)
        usual = self._window.median()
        if max(depths[held_since:]) - depth >= LOST * usual > 0:
            self._began_at, self._enough = now, BACK * usual

    def _end(self, now: float, seconds: float) -> None:
        self.shocks.append(Shock(now, seconds))
        self._began_at = None


class BandWatch:
    """Both sides of a band, looked at a few times a second. What was before a longer pause is forgotten."""

    __slots__ = ("_longest_pause", "_observed_at", "_sides")

    def __init__(self, longest_pause: float) -> None:
        self._sides = DepthWatch(), DepthWatch()
        self._longest_pause = longest_pause
        self._observed_at = -inf

    def observe(self, band: Band | None, now: float) -> None:
        """Take in what rests there, None where no book is."""
        pause = now - self._observed_at
        if band is None or pause > self._longest_pause:
            for side in self._sides:
                side.observe(None, now)
        if band is None or pause < WATCHED_EVERY_SECONDS:
            return
        self._observed_at = now
        for side, depth in zip(self._sides, (band.bid, band.ask), strict=True):
            side.observe(depth and depth.quantity, now)

    def so_far(self) -> Resilience | None:
        """What its shocks say; None where neither side was ever known."""
        return resilience(*self._sides) if any(side.has_seen for side in self._sides) else None


def resilience(*watches: DepthWatch) -> Resilience:
    """What the last shocks of some sides say."""
    last = sorted(shock for watch in watches for shock in watch.shocks)[-LAST_SHOCKS:]
    typical = median([shock.seconds for shock in last]) if last else inf
    return Resilience(len(last), None if typical == inf else typical)
