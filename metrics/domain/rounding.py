"""The rule of rounding, for every number that leaves the product: REST, WebSocket, CSV, pages, signals. Each rule
ends with + 0.0, which makes of a negative zero the zero it is.

Prices and quantities are handed on as they were sent. A double tells all decimals of up to 15 significant digits
apart, and its shortest text is the decimal that was read. Of what is worked out from them, no digit is lost that
was sent, and none is shown that arithmetic made up:

    sum, difference, product    15 significant digits: it ends where decimals end
    price or mid                one more: the middle of two prices may lie half a step between them
    quantity of a whole book    14: added up level by level as it comes, which costs the last digit
    quotient                    12, for it need not end; as many as the prices where those have more
    sum in which much cancels   12, and none beyond the 12th digit of what it is made of
    ratio of prices             6, and no fewer than 4 decimals: a spread may be a billionth of the price
    their mean, of either sign  as these, and none beyond the 10th decimal
    other ratios                decimals, as customary for each
"""

from decimal import Decimal
from math import floor, log10

DOUBLE_DIGITS = 15
BOOK_DIGITS = 14
QUOTIENT_DIGITS = 12
RATIO_DIGITS, RATIO_DECIMALS = 6, 4
MEAN_DECIMALS = 10

Unrounded = float | Decimal


def exact(value: Unrounded) -> float:
    """A sum, difference or product of what was sent."""
    return _significant(value, DOUBLE_DIGITS)


def price(value: Unrounded) -> float:
    """A price, or the mid of two.

    Twice a mid is a sum of two prices, which ends where they do: at the 15th digit of the mid. That is its own
    16th where the sum begins with a 1, having one digit more than the mid.
    """
    if len(str(value)) <= DOUBLE_DIGITS + 1:  # most are as short as that, point included
        return float(value) + 0.0
    double = 2 * value
    digits = DOUBLE_DIGITS + (f"{double:.15e}"[0] == "1")
    return _significant(double, digits) / 2


def whole_book(value: Unrounded) -> float:
    """The quantity of all levels, added up one by one in floats."""
    return _significant(value, BOOK_DIGITS)


def quotient(value: Unrounded, price_digits: int = 0) -> float:
    """A mean, a price weighted by quantities, or any other quotient; `price_digits` are those of the prices in it."""
    return _significant(value, min(DOUBLE_DIGITS, max(QUOTIENT_DIGITS, price_digits)))


def price_ratio(value: Unrounded) -> float:
    """A ratio of prices, such as a spread in basis points."""
    if abs(float(value)) >= 10:  # from here on, four decimals are six digits and more
        return rounded(value, RATIO_DECIMALS)
    return _significant(value, RATIO_DIGITS)


def balance(value: Unrounded, made_of: float) -> float:
    """What was added less what was taken, in floats: of what cancels they leave a trace far below the size of it,
    which is `made_of` (positive)."""
    return rounded(quotient(value), QUOTIENT_DIGITS - 1 - floor(log10(made_of)))


def mean_price_ratio(value: Unrounded) -> float:
    """A mean of ratios in basis points whose prices were subtracted as floats, which leaves a trace of 1e-12."""
    return price_ratio(rounded(value, MEAN_DECIMALS))


def rounded(value: Unrounded, decimals: int) -> float:
    """So many decimals, without a negative zero."""
    return round(float(value), decimals) + 0.0


def as_sent(number: float) -> Decimal:
    """The decimal that was read into a float."""
    return Decimal(repr(number))


def difference(high: float, low: float) -> float:
    """Of two numbers as they were sent: 100000.01 - 100000.00 is 0.01, and not 0.009999999995 as in floats."""
    return float(as_sent(high) - as_sent(low))


def digits_of(number: Unrounded) -> int:
    """Significant digits of a positive number as it was sent."""
    return len(str(number).upper().partition("E")[0].replace(".", "").strip("0"))


def _significant(value: Unrounded, digits: int) -> float:
    return float(f"{value:.{digits}g}") + 0.0
