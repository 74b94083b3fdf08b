"""How times and lengths of time are written for people. It knows nothing of the product, so that every part may ask."""

from datetime import UTC, datetime


def clock(seconds: float) -> str:
    """The time of the day of a moment in seconds since the epoch: 12:00:05 UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%H:%M:%S} UTC"


def dated_clock(seconds: float) -> str:
    """The same with its day: 2026-11-29 12:00:05 UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def clock_beside(at: datetime, other: datetime) -> str:
    """A moment beside another one: 12:00 UTC, or with its day where that is another, 1 Dec, 12:00:05 UTC."""
    at, other = at.astimezone(UTC), other.astimezone(UTC)
    day = f"{at:%-d %b}, " if at.date() != other.date() else ""
    if at.year != other.year:
        day = f"{at:%-d %b %Y}, "
    return f"{day}{at:%H:%M:%S} UTC" if at.second else f"{day}{at:%H:%M} UTC"


def lasting(seconds: float) -> str:
    """A length of time in its largest units, as much of it as is over: 119 s, 2 min, 2 h 13 min."""
    whole = int(seconds)
    if whole < 120:
        return f"{whole} s"
    if whole < 7200:
        return f"{whole // 60} min"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
