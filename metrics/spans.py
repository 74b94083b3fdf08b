"""Spans of time that somebody asks for: read, and completed."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.utils.dateparse import parse_datetime

YEARS = range(1970, 9999)
"""With which a calendar can still reckon."""


class Span(NamedTuple):
    """From `start` on, and before `end`."""

    start: datetime
    end: datetime


def read_moment(text: str) -> datetime:
    """An instant in ISO 8601, in UTC where it names no zone; ValueError says how it is written."""
    try:
        at = parse_datetime(text) if text.isascii() else None
        at = at and (at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        at = None
    if at is None or at.year not in YEARS:
        raise ValueError(
            f"must be a time such as 2026-11-23T14:44:32Z, in the years {YEARS.start} to {YEARS.stop - 1}"
        )
    return at


def span_of(start: datetime | None, end: datetime | None, usual: timedelta, now: datetime) -> Span:
    """What is not given is `usual` before the end, which is now. ValueError where nothing can lie between."""
    end = end or now
    start = start or end - usual
    if start >= end:
        raise ValueError(f"from must be before to, got {start.isoformat()} and {end.isoformat()}")
    return Span(start, end)
