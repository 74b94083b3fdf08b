"""Names in Redis, and how long things stay there."""

from metrics.domain.market import MarketId
from metrics.domain.ticks import MINUTE

HISTORY_SECONDS = 900
HISTORY_KEY_SECONDS = HISTORY_SECONDS + 2 * MINUTE
"""A minute's string outlives its last point by the span anybody may ask for."""


class Keys:
    """All names under one prefix."""

    def __init__(self, prefix: str) -> None:
        # Not `rows`, `books` and `points`, as versions before wrote in other forms.
        self.rows = f"{prefix}:symbols"
        self.books = f"{prefix}:ladders"
        self.wholes = f"{prefix}:whole_books"
        self.feeds = f"{prefix}:feeds"
        self._history = f"{prefix}:touches"
        self._heat = f"{prefix}:heat"

    def history(self, market: MarketId, minute: int) -> str:
        """The string of one market's minute; `minute` counts from the epoch."""
        return f"{self._history}:{market.name}:{minute}"

    def heat(self, market: MarketId, minute: int) -> str:
        """The string of the heat map of one market's minute."""
        return f"{self._heat}:{market.name}:{minute}"


MARKET_GROUP = "market"
"""Channel-layer group that every feed sends its batches to."""
BATCH_EVENT = "market.batch"
