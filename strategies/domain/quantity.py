"""How much to trade, in base units: few of what is dear, many of what is cheap.

    price above 10,000    100 / price, 4 decimals
    price above 100        50 / price, 2 decimals
    else                   20 / price, 2 decimals

never less than one unit of the last decimal, unless no more than so much is to be had.
"""

import math

from strategies.domain.comparison import as_read


def decimals_at(price: float) -> int:
    """Decimals of a quantity at this price."""
    return 4 if price > 10_000 else 2


def usual_quantity(price: float) -> float:
    """The customary quantity at this price."""
    budget = 100 if price > 10_000 else 50 if price > 100 else 20
    decimals = decimals_at(price)
    return max(round(budget / price, decimals), _unit(decimals))


def floor_quantity(quantity: float, price: float) -> float:
    """`quantity`, to 12 digits, cut to the decimals of this price; 0 where it is less than one unit."""
    decimals = decimals_at(price)
    return round(math.floor(as_read(quantity * 10**decimals)) * _unit(decimals), decimals)


def _unit(decimals: int) -> float:
    return round(10.0**-decimals, decimals)
