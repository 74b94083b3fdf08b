"""Where a market stands, for strategies that decide on something else than its own frames."""

from metrics.domain.book import BookUpdate
from metrics.domain.frames import Ticker

TICKER_FRESH_SECONDS = 60.0
BOOK_FRESH_SECONDS = 5.0
"""An older price is none: whoever trades on it trades on a market that is gone. A book that is older is stale."""


class MarketPrice:
    """The newest price of one symbol: the last trade of its ticker, or the middle of its book."""

    __slots__ = ("_until", "_value")

    def __init__(self) -> None:
        self._value, self._until = 0.0, float("-inf")

    def take(self, frame: Ticker | BookUpdate, now: float) -> None:
        """Follow the market; a book with an empty side tells nothing."""
        if isinstance(frame, Ticker):
            self._value, self._until = frame.last, now + TICKER_FRESH_SECONDS
        elif frame.bids and frame.asks:
            self._value, self._until = (frame.bids[0][0] + frame.asks[0][0]) / 2, now + BOOK_FRESH_SECONDS

    def forget(self) -> None:
        """What was heard was not this market."""
        self._until = float("-inf")

    def at(self, now: float) -> float | None:
        """The price, None where none has been heard lately."""
        return self._value if now <= self._until else None
