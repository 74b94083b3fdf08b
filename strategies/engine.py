"""Messages in, signals out: the strategies of one process behind the intake that they share with the touch."""

from collections.abc import Callable, Collection
from time import time

from halts.domain import HaltRecord
from metrics.domain.admission.gate import Admission
from metrics.domain.admission.rules import Rules
from metrics.domain.full_books import FullBooks
from metrics.feed.partition import Partition
from metrics.feed.wire import read_levels
from strategies.domain.cross_exchange_spread import ANY
from strategies.domain.outcomes import Touch, touch_of
from strategies.domain.signal import Signal
from strategies.intake import Intake
from strategies.running import RunningStrategies, not_kept


class Engine(Intake):
    """Evaluates `strategies` for the symbols of one partition; whoever owns it decides where signals go."""

    def __init__(
        self,
        strategies: Collection[str],
        emit: Callable[[Signal], None],
        *,
        hold_back: Callable[[Signal, HaltRecord], None] = not_kept,
        partition: Partition | None = None,
        rules: Rules | None = None,
        executing_venue: str = ANY,
        full_books: FullBooks | None = None,
        clock: Callable[[], float] = time,
    ) -> None:
        admission = Admission(rules or Rules(), read_levels)
        self.strategies = RunningStrategies(
            strategies,
            emit,
            admission,
            hold_back=hold_back,
            owns=(partition or Partition()).owns,
            executing_venue=executing_venue,
        )
        super().__init__(
            [self.strategies], admission, partition=partition, full_books=full_books, clock=clock
        )

    def touch(self, name: str) -> Touch | None:
        """Best bid and ask of the followed market as of the newest message; None where its book is not live, or is one
        of contracts, whose prices are not kept here."""
        symbol = self.admission.get(name)
        market = self.admission.follow(symbol, self._now) if symbol else None
        if market is None or not market.can_be_followed(self._now, self.admission.rules.stale_after):
            return None
        return touch_of(*market.touch)
