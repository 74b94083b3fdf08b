"""Numbers and times as clients read them.

Percentages, ratios and basis points are rounded as people read them; prices, quantities and what
derives from them keep ten significant digits. What cannot be known stays None.
"""

from datetime import UTC, datetime


def timestamp(seconds: float | None) -> str | None:
    """ISO-8601 in UTC with milliseconds and Z."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def age_ms(received_at: float, now: float) -> int:
    """Milliseconds since `received_at`, never below zero."""
    return max(0, round(1000 * (now - received_at)))


def significant(value: float | None) -> float | None:
    """Ten significant digits."""
    return None if value is None else float(f"{value:.10g}")


def rounded(value: float | None, digits: int) -> float | None:
    """Rounded for people, without a negative zero."""
    return None if value is None else round(value, digits) + 0.0
