"""Names in Redis, and how long things stay there."""

from metrics.domain.ticks import MINUTE

HISTORY_SECONDS = 900
HISTORY_KEY_SECONDS = HISTORY_SECONDS + 2 * MINUTE
"""A minute's string outlives its last point by the span anybody may ask for."""


class Keys:
    """All names under one prefix."""

    def __init__(self, prefix: str) -> None:
        self.rows = f"{prefix}:rows"
        self.books = f"{prefix}:books"
        self.feeds = f"{prefix}:feeds"
        self._history = f"{prefix}:points"  # not `history`, as versions before wrote in another form

    def history(self, symbol: str, minute: int) -> str:
        """The string of one symbol's minute; `minute` counts from the epoch."""
        return f"{self._history}:{symbol}:{minute}"


MARKET_GROUP = "market"
"""Channel-layer group that every feed sends its batches to."""
BATCH_EVENT = "market.batch"
