"""Spans of time that somebody asks for, completed."""

from datetime import datetime, timedelta
from typing import NamedTuple


class Span(NamedTuple):
    """From `start` on, and before `end`."""

    start: datetime
    end: datetime


def span_of(start: datetime | None, end: datetime | None, usual: timedelta, now: datetime) -> Span:
    """What is not given is `usual` before the end, which is now. ValueError where nothing can lie between."""
    end = end or now
    start = start or end - usual
    if start >= end:
        raise ValueError(f"from must be before to, got {start.isoformat()} and {end.isoformat()}")
    return Span(start, end)
