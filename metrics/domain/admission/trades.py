"""A trade is told once: trades come twice over two connections, and again after a reconnection.

A trade whose id is not above the last one is a copy. Lower ids begin a new run only when ten different ones in a row
were traded later than the last accepted trade, which no copy was, however many come.
"""

from metrics.domain.admission.ids import NEVER, NO_ID
from metrics.domain.book import Refused

LATER_TRADES_OF_A_NEW_RUN = 10


class TradeOrder:
    """The trades of one market on one of its streams. Times are the exchange's, in seconds since the epoch."""

    __slots__ = ("last_id", "later", "traded_at")

    def __init__(self) -> None:
        self.last_id = NO_ID
        self.traded_at = NEVER
        self.later: frozenset[int] = frozenset()

    def take(self, number: int, traded_at: float) -> None:
        """Accept the trade, or raise Refused ("repeated")."""
        if number <= self.last_id:
            self._check_new_run(number, traded_at)
        self.last_id = number
        self.traded_at = traded_at
        if self.later:
            self.later = frozenset()

    def _check_new_run(self, number: int, traded_at: float) -> None:
        is_later = number < self.last_id and traded_at > self.traded_at
        self.later = self.later | {number} if is_later else frozenset()
        if len(self.later) < LATER_TRADES_OF_A_NEW_RUN:
            raise Refused("repeated")
