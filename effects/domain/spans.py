"""Equal spans before and after a change, cut at what else they would be about."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

Length = Literal["15m", "1h", "24h"]
LENGTHS: dict[Length, timedelta] = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
}
LONGEST = LENGTHS["24h"]
NONE = timedelta(0)

Cut = Literal["next_change", "previous_change", "ledger", "many_signals"]
CUTS: dict[Cut, str] = {
    "next_change": "cut at the next change of this level",
    "previous_change": "cut at the change of this level before it",
    "ledger": "cut where the ledger begins",
    "many_signals": "cut where more signals lie than are counted at once",
}


class Span(NamedTuple):
    """From `start` on, and before `end`."""

    start: datetime
    end: datetime


class Pair(NamedTuple):
    """As much before a change as has passed after it: `lasted` on either side, and `most` in the end, which is less
    than the length asked for where it is cut."""

    length: Length
    at: datetime
    lasted: timedelta
    most: timedelta
    cut_by: Cut | None

    @property
    def before(self) -> Span:
        return Span(self.at - self.lasted, self.at)

    @property
    def after(self) -> Span:
        return Span(self.at, self.at + self.lasted)

    @property
    def fills_until(self) -> datetime | None:
        """Until when there is more to come; None where it is over."""
        return self.at + self.most if self.lasted < self.most else None


def pairs(at: datetime, now: datetime, limits: Mapping[Cut, timedelta]) -> list[Pair]:
    """One pair of each length, the shortest first, of a change made `at` that moment.

    `limits` are how far from the change, on the side where it is, something else begins. What is not yet over is
    compared with just as much of before, so both sides are equal at every moment.
    """
    return [_pair(length, at, now, limits) for length in LENGTHS]


def _pair(length: Length, at: datetime, now: datetime, limits: Mapping[Cut, timedelta]) -> Pair:
    cut_by = min(limits, key=lambda cut: limits[cut], default=None)
    most = LENGTHS[length]
    if cut_by is None or limits[cut_by] >= most:
        cut_by = None
    else:
        most = max(NONE, limits[cut_by])
    return Pair(length, at, min(most, max(NONE, now - at)), most, cut_by)
