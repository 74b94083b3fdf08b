"""A ladder of levels as a page shows it, best price nearest the middle."""

from itertools import accumulate
from typing import Any

from metrics.domain.book import Level
from metrics.templatetags.figures import decimals_of, magnitude_of

Rung = dict[str, Any]

MOST_QUANTITY_DECIMALS = 6
LEAST_QUANTITY_DIGITS = 3


def ladder(bids: list[Level], asks: list[Level], levels: int) -> dict[str, Any]:
    """Rungs of both sides, asks from the deepest to the best, bids from the best to the deepest.

    `share` is the cumulative quantity, and `part` the level's own, in percent of the deeper side.
    """
    sides = {"bids": bids[:levels], "asks": asks[:levels]}
    deepest = max((sum(quantity for _, quantity in side) for side in sides.values()), default=0.0)
    rungs = {name: _rungs(side, deepest) for name, side in sides.items()}
    levels_shown = sides["bids"] + sides["asks"]
    return {
        "asks": rungs["asks"][::-1],
        "bids": rungs["bids"],
        "price_decimals": max((decimals_of(price) for price, _ in levels_shown), default=2),
        "quantity_decimals": max((_quantity_decimals(quantity) for _, quantity in levels_shown), default=2),
    }


def _quantity_decimals(quantity: float) -> int:
    """All it has up to six; more only where a small one would lose what it is."""
    most = max(MOST_QUANTITY_DECIMALS, LEAST_QUANTITY_DIGITS - 1 - magnitude_of(quantity))
    return min(most, decimals_of(quantity))


def _rungs(side: list[Level], deepest: float) -> list[Rung]:
    sums = accumulate(quantity for _, quantity in side)
    return [
        {
            "price": price,
            "quantity": quantity,
            "cumulative": cumulative,
            "share": 100 * cumulative / deepest,
            "part": 100 * quantity / deepest,
        }
        for (price, quantity), cumulative in zip(side, sums, strict=True)
    ]
