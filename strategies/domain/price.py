"""Where a market stands, for strategies that decide on something else than its own frames."""

from metrics.domain.book import BookUpdate
from metrics.domain.frames import Ticker

TICKER_FRESH_SECONDS = 60.0
BOOK_FRESH_SECONDS = 5.0
"""An older price is none: whoever trades on it trades on a market that is gone. A book that is older is stale."""


class MarketPrice:
    """The newest price of one symbol: the last trade of its ticker, or the middle of its book.

    Books are those of the market that is followed. Where it brings no tickers, another's stand in; they give no price
    while a book does.
    """

    __slots__ = ("_book_market", "_book_until", "_until", "_value")

    def __init__(self) -> None:
        self._value, self._until = 0.0, float("-inf")
        self._book_market, self._book_until = "", float("-inf")

    def take(self, frame: Ticker | BookUpdate, now: float) -> None:
        """Follow the market; a book with an empty side gives no price."""
        if isinstance(frame, Ticker):
            if frame.market == self._book_market or now > self._book_until:
                self._value, self._until = frame.last, now + TICKER_FRESH_SECONDS
        elif frame.bids and frame.asks:
            self._value = (frame.bids[0][0] + frame.asks[0][0]) / 2
            self._until = self._book_until = now + BOOK_FRESH_SECONDS
            self._book_market = frame.market

    def forget(self) -> None:
        """What was heard was not this market."""
        self._until = self._book_until = float("-inf")

    def at(self, now: float) -> float | None:
        """The price, None where none has been heard lately."""
        return self._value if now <= self._until else None
