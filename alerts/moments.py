"""Seconds since the epoch, as the database has them."""

from datetime import UTC, datetime


def moment(seconds: float) -> datetime:
    """The time of day."""
    return datetime.fromtimestamp(seconds, UTC)
