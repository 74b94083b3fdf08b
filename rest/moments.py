"""Moments of time as people and programs write them."""

from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime

YEARS = range(1970, 9999)
"""With which a calendar can still reckon."""


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


def read_instant(text: str) -> datetime:
    """The same where it names its zone, so that nobody takes it for another; ValueError says how it is written."""
    at = read_moment(text)
    written = parse_datetime(text)
    if written is None or written.tzinfo is None:
        raise ValueError("must name its zone, such as 2026-11-23T14:44:32Z")
    return at
