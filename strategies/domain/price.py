"""Where a market stands, for strategies that decide on something else than its own frames."""

from metrics.domain.book import BookUpdate
from metrics.domain.frames import Ticker

FRESH_SECONDS = 60.0
"""An older price is none: whoever trades on it trades on a market that is gone."""


class MarketPrice:
    """The newest price of one symbol: the last trade of its ticker, or the middle of its book."""

    __slots__ = ("_at", "_value")

    def __init__(self) -> None:
        self._value, self._at = 0.0, float("-inf")

    def take(self, frame: Ticker | BookUpdate, now: float) -> None:
        """Follow the market; a book with an empty side tells nothing."""
        if isinstance(frame, Ticker):
            self._value, self._at = frame.last, now
        elif frame.bids and frame.asks:
            self._value, self._at = (frame.bids[0][0] + frame.asks[0][0]) / 2, now

    def forget(self) -> None:
        """What was heard was not this market."""
        self._at = float("-inf")

    def at(self, now: float) -> float | None:
        """The price, None where none has been heard lately."""
        return self._value if now - self._at <= FRESH_SECONDS else None
