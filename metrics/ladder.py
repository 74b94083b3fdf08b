"""The depth ladder of the symbol page: levels side by side, each with what rests up to it.

`static/realtime/js/ladder.js` fills the same rows live.
"""

from itertools import accumulate
from typing import Any

from metrics.answers import significant
from metrics.domain.book import Ladder, Level


def ladder_rows(ladder: Ladder | None, levels: int) -> list[dict[str, Any]]:
    """`levels` rows, best first; a cell per side: price, quantity, running total, its share of the larger side."""
    bids, asks = ([], []) if ladder is None else (ladder.bids[:levels], ladder.asks[:levels])
    largest = max(sum(quantity for _, quantity in side) for side in (bids, asks))
    return [
        {"bid": bid, "ask": ask}
        for bid, ask in zip(_cells(bids, levels, largest), _cells(asks, levels, largest), strict=True)
    ]


def _cells(side: list[Level], levels: int, largest: float) -> list[dict[str, Any]]:
    totals = accumulate(quantity for _, quantity in side)
    cells = [
        {
            "price": significant(price),
            "quantity": significant(quantity),
            "total": total,
            "share": 100 * total / largest,
        }
        for (price, quantity), total in zip(side, totals, strict=True)
    ]
    return cells + [{"price": None, "quantity": None, "total": None, "share": 0.0}] * (levels - len(cells))
