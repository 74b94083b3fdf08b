"""The rows that one market leaves in its heat map, at most one in each second of the clock."""

from typing import NamedTuple

from metrics.domain.liquidity.heat import HeatRow, heat_row
from metrics.domain.liquidity.known import KnownBook
from metrics.domain.liquidity.trades import TradeFlow
from metrics.domain.tape import TradeTape


class HeatPoint(NamedTuple):
    """The row of a book that came at `received_at`, its best prices, and what was traded since the row before; None
    where no trade was ever heard."""

    received_at: float
    bid: float
    ask: float
    row: HeatRow
    traded: TradeFlow | None


class HeatTrail:
    """Remembers which book had a row last. Trades count for `longest` seconds before a row, and not beyond a gap."""

    __slots__ = ("_at", "_longest")

    def __init__(self, longest: float) -> None:
        self._at = 0.0
        self._longest = longest

    def point(self, book: KnownBook, received_at: float, tape: TradeTape) -> HeatPoint | None:
        """The row of a book that is live; None where a book of the same second had one."""
        before = self._at
        if int(before) == int(received_at):
            return None
        self._at = received_at
        traded = tape.between(max(before, received_at - self._longest), received_at)
        return HeatPoint(received_at, book.bids.best, book.asks.best, heat_row(book), traded)
