"""What is read at one moment: each thing once, and only where some rule needs it."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from markets.reports.report import MarketsReport
from markets.reports.store import get_reader as get_markets_reader
from metrics.domain.market import Expiry, MarketRow
from metrics.store.reader import StoreReader
from metrics.store.reports import FeedReport
from strategies.reader import get_reader as get_strategies_reader
from strategies.receipts import ProcessReport

Rows = Mapping[str, Sequence[MarketRow]]


class Look:
    """A look at `now`. `rows` are those of all symbols, the followed market's first, None while the store is away;
    `answered_at` is when the store answered last. Its properties raise redis.exceptions.RedisError.
    """

    def __init__(self, reader: StoreReader, rows: Rows | None, answered_at: float, now: float) -> None:
        self.rows, self.answered_at, self.now = rows, answered_at, now
        self._reader = reader

    @property
    def expiry(self) -> Expiry:
        """When a book counts as stale."""
        return self._reader.expiry

    @cached_property
    def feeds(self) -> list[FeedReport]:
        """The last report of every feed."""
        return self._reader.feeds()

    @cached_property
    def processes(self) -> list[ProcessReport]:
        """The last report of every strategy process."""
        return get_strategies_reader().processes()

    @cached_property
    def streams(self) -> list[MarketsReport]:
        """The last report of every process that brings a market."""
        return get_markets_reader().reports(self.now)

    @cached_property
    def newest_signals(self) -> dict[str, str | None]:
        """When each strategy signalled last, in its own words."""
        return get_strategies_reader().newest_of_each()
