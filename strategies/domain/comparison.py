"""How a measure is held against a threshold: as people read both, in decimals.

Binary fractions leave something over (0.1 + 0.2 is a little more than 0.3), and equality must not be decided by it. So
both are rounded to 12 significant digits first. "Above", "below" and "exceed" are strict: `is_above`. "Smallest",
"widest", "thinner than" and "at least" include equality: `is_at_least`.

Twelve digits must be there to be rounded: a difference of two numbers of nearly the same size is worked out in
decimals (`metrics.domain.rounding.difference`), and whether a sum is above zero is asked of what was added to it and
what was taken from it.
"""

DIGITS = 12
NOTICEABLE = 2e-11
"""Numbers that differ by more than this share of their size differ in these digits, too, and need no rounding."""


def as_read(number: float) -> float:
    """`number` to 12 significant digits."""
    return float(f"{number:.{DIGITS}g}")


def is_above(number: float, threshold: float) -> bool:
    """Does `number` exceed `threshold`? The other way round: is `threshold` below it?"""
    return _apart(number, threshold) > 0


def is_at_least(number: float, threshold: float) -> bool:
    """Does `number` reach `threshold`?"""
    return _apart(number, threshold) >= 0


def _apart(number: float, other: float) -> float:
    apart = number - other
    if abs(apart) > NOTICEABLE * (abs(number) + abs(other)):
        return apart
    return as_read(number) - as_read(other)
