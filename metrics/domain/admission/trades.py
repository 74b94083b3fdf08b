"""A trade is told once: trades come twice over two connections, and again after a reconnection.

A trade whose id is not above the last one is a copy. Lower ids begin a new run only when ten in a row, one above
the other, were traded later than the last accepted trade, which no copy was, however many come.
"""

from metrics.domain.admission.ids import NEVER, NO_ID
from metrics.domain.book import Refused

LATER_TRADES_OF_A_NEW_RUN = 10


class TradeOrder:
    """The trades of one market on one of its streams. Times are the exchange's, in seconds since the epoch."""

    __slots__ = ("last_id", "last_lower", "later", "traded_at")

    def __init__(self) -> None:
        self.last_id = self.last_lower = NO_ID
        self.traded_at = NEVER
        self.later = 0

    def take(self, number: int, traded_at: float) -> None:
        """Accept the trade, or raise Refused ("repeated")."""
        if number <= self.last_id and not self._begins_new_run(number, traded_at):
            raise Refused("repeated")
        self.last_id = number
        self.traded_at = traded_at
        self.later = 0

    def _begins_new_run(self, number: int, traded_at: float) -> bool:
        if traded_at <= self.traded_at or number == self.last_id:
            self.later = 0
            return False
        self.later = self.later + 1 if self.later and number > self.last_lower else 1
        self.last_lower = number
        return self.later >= LATER_TRADES_OF_A_NEW_RUN
