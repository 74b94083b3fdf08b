"""When a message was sent, in whatever unit, and whether that is now.

A venue that is late or ahead as a whole, and always by about the same, is not slow: a clock is wrong there, or here.
"""

from datetime import UTC, datetime

from metrics.domain.book import Refused

EARLIEST, LATEST = 1_262_304_000, 4_102_444_800
"""2010 and 2100, in seconds since the epoch: whatever lies outside is no time of a market."""
EARLIEST_MS, LATEST_MS = 1000 * EARLIEST, 1000 * LATEST
"""Nearly all times are in milliseconds."""
OTHER_UNITS = (1.0, 1e6, 1e9)
"""Parts of a second that a time may count. Between 2010 and 2100 their numbers of digits differ: 10, 16, 19, and 13."""
MAX_LEAD_SECONDS = 60.0
STREAK_MESSAGES = 10
STREAK_SECONDS = 3.0
STREAK_PAUSE_SECONDS = 10.0
ABOUT_THE_SAME_SECONDS = 5.0
MOST_VENUES = 1_000

Stamp = int | float
"""A time as the wire has it: a count of seconds, milliseconds, microseconds or nanoseconds since the epoch."""


def seconds(stamp: Stamp) -> float:
    """`stamp` in seconds, its unit told by its size. Raises Refused ("bad_time") outside 2010 to 2100."""
    if EARLIEST_MS <= stamp < LATEST_MS:
        return stamp / 1000
    for unit in OTHER_UNITS:
        if EARLIEST * unit <= stamp < LATEST * unit:
            return stamp / unit
    raise Refused("bad_time")


def seconds_of(text: str) -> float:
    """The same for a time in words, ISO-8601 (in UTC where it names no zone)."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("bad_time") from None
    return seconds((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


class Streak:
    """Messages of one venue in a row that were refused for their time. Lags are receipt minus sending, seconds."""

    __slots__ = ("count", "first_sent_at", "least", "most", "newest_at", "newest_sent_at", "since")

    def __init__(self, lag: float, now: float) -> None:
        self.count = 0
        self.since = self.newest_at = now
        self.least = self.most = lag
        self.first_sent_at = self.newest_sent_at = now - lag

    def add(self, lag: float, now: float) -> None:
        self.count += 1
        self.newest_at = now
        self.newest_sent_at = max(self.newest_sent_at, now - lag)
        self.least, self.most = min(self.least, lag), max(self.most, lag)

    @property
    def is_even(self) -> bool:
        """Are all off by about the same?"""
        return self.most - self.least <= ABOUT_THE_SAME_SECONDS

    def is_a_clock(self, now: float) -> bool:
        """Long enough, still going on, and with a clock that runs: one message sent for ever does not."""
        length = self.newest_at - self.since
        return (
            self.count >= STREAK_MESSAGES
            and length >= STREAK_SECONDS
            and now - self.newest_at <= STREAK_PAUSE_SECONDS
            and self.newest_sent_at - self.first_sent_at >= length / 2
        )


class Clocks:
    """Venues of which nothing is on time: `streaks` has those that were off and not on time since."""

    def __init__(self) -> None:
        self.streaks: dict[str, Streak] = {}

    def is_on_time(self, venue: str) -> None:
        """Something of `venue` was on time."""
        self.streaks.pop(venue, None)

    def is_off(self, venue: str, lag: float, now: float) -> None:
        """Something of `venue` was `lag` seconds late (negative: ahead), and was refused for it."""
        streak = self.streaks.get(venue)
        if streak:
            streak.add(lag, now)
        if streak is None or not streak.is_even:
            if len(self.streaks) >= MOST_VENUES:
                self.streaks.clear()
            self.streaks[venue] = Streak(lag, now)

    def wrong(self, now: float) -> dict[str, float]:
        """By how many seconds each venue is late (negative: ahead) whose clock is to be looked at."""
        for venue in [name for name, streak in self.streaks.items() if _is_over(streak, now)]:
            del self.streaks[venue]
        return {
            venue: (streak.least + streak.most) / 2
            for venue, streak in self.streaks.items()
            if streak.is_a_clock(now)
        }


def _is_over(streak: Streak, now: float) -> bool:
    return now - streak.newest_at > STREAK_PAUSE_SECONDS
