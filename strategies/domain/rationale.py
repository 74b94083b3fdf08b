"""Numbers as a sentence has them: why a strategy decided, for people and for those who read signals."""

from decimal import Decimal

from strategies.domain.comparison import DIGITS, as_read, is_above
from strategies.domain.decision import BUY, SELL, Side

FEWEST_DIGITS = 4
BEYOND: dict[Side, str] = {BUY: "above", SELL: "below"}
"""Where a measure lies that passes the threshold of a side."""


def plain(number: float) -> str:
    """All digits of a number, never as a power of ten: 60000, 0.000012."""
    return f"{Decimal(repr(number + 0.0)):f}".removesuffix(".0")


def brief(number: float, beside: float = 0.0) -> str:
    """`number` in four digits, or in as many more as leave it above, below or equal to the one it stands `beside`."""
    for digits in range(FEWEST_DIGITS, DIGITS):
        short = float(f"{number:.{digits}g}")
        if _order(short, beside) == _order(number, beside):
            return plain(short)
    return plain(as_read(number))


def _order(number: float, other: float) -> tuple[bool, bool]:
    return is_above(number, other), is_above(other, number)
