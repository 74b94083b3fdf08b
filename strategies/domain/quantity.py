"""How much to trade, in base units: few of what is dear, many of what is cheap.

    price above 10,000    100 / price, 4 decimals
    price above 100        50 / price, 2 decimals
    else                   20 / price, 2 decimals

never less than one unit of the last decimal.
"""

import math


def decimals_at(price: float) -> int:
    """Decimals of a quantity at this price."""
    return 4 if price > 10_000 else 2


def usual_quantity(price: float) -> float:
    """The customary quantity at this price."""
    budget = 100 if price > 10_000 else 50 if price > 100 else 20
    decimals = decimals_at(price)
    return max(round(budget / price, decimals), _unit(decimals))


def floor_quantity(quantity: float, price: float) -> float:
    """`quantity` cut, not rounded, to the decimals of this price."""
    decimals = decimals_at(price)
    units = math.floor(quantity * 10**decimals * (1 + 1e-12))  # what 0.07 * 100 loses is not a unit
    return max(round(units * _unit(decimals), decimals), _unit(decimals))


def _unit(decimals: int) -> float:
    return round(10.0**-decimals, decimals)
