"""Rational arithmetic for the strategies' tests: numbers are the decimals that were written, and nothing is lost.

Nothing here imports the product.
"""

from decimal import Context, Decimal
from fractions import Fraction

MANY, TWELVE = Context(prec=60), Context(prec=12)


def exact(number: float) -> Fraction:
    """The decimal that a float was read from."""
    return Fraction(repr(number))


def read(number: Fraction) -> Fraction:
    """`number` to 12 significant digits, as it is held against a threshold."""
    quotient = MANY.divide(Decimal(number.numerator), Decimal(number.denominator))
    return Fraction(TWELVE.plus(quotient))
