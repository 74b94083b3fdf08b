"""How far mid prices moved, by what was seen of them: one a second, for as long as the longest span."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from metrics.domain.market import MarketId

Column = NDArray[np.float64]
SPANS = {"1m": 60, "5m": 300, "15m": 900}
"""Seconds over which a move is measured, by name."""
KEPT = max(SPANS.values()) + 1


class MidTrail:
    """The mid prices of all markets, 8 bytes a second and market. A second in which nobody looked, or a book was not
    live, has none; nothing is known of what was before the first look."""

    def __init__(self) -> None:
        self._markets: list[MarketId] = []
        self._mids = np.full((KEPT, 0), np.nan)
        self._second: int | None = None

    def moves(self, markets: Sequence[MarketId], mids: Column, now: float) -> Mapping[str, Column]:
        """Of each span how far, in percent, the mid prices at `now` are from those of so many seconds ago.

        `mids` are those of `markets`, NaN where there is none. What is NaN then or now has not moved by anything known.
        """
        second = int(now)
        self._follow(list(markets))
        self._go_on(second)
        self._mids[second % KEPT] = mids
        return {
            name: 100 * (mids / self._mids[(second - seconds) % KEPT] - 1) for name, seconds in SPANS.items()
        }

    def _go_on(self, second: int) -> None:
        """What was not seen is not known, and neither is what was before where the clock was set back."""
        last = second if self._second is None else self._second
        passed = KEPT if second < last else min(second - last, KEPT)
        for each in range(passed):
            self._mids[(second - each) % KEPT] = np.nan
        self._second = second

    def _follow(self, markets: list[MarketId]) -> None:
        """Keep the columns of those that stay."""
        if markets == self._markets:
            return
        places = {market: place for place, market in enumerate(self._markets)}
        before = np.column_stack(
            (self._mids, np.full(KEPT, np.nan))
        )  # the last column is that of what is new
        self._mids = before[:, [places.get(market, -1) for market in markets]]
        self._markets = markets
