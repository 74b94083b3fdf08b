"""What is read at one moment: each thing once, and only where some rule needs it."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from markets.reports.report import MarketsReport
from markets.reports.store import ReportReader
from markets.reports.store import get_reader as get_report_reader
from metrics.domain.market import Expiry, MarketRow
from metrics.store.reader import StoreReader
from metrics.store.reader import get_reader as get_store_reader
from metrics.store.reports import FeedReport
from presence import Presence, Register, get_register
from strategies.reader import StrategiesReader
from strategies.reader import get_reader as get_strategies_reader
from strategies.receipts import ProcessReport

Rows = Mapping[str, Sequence[MarketRow]]


class Readers(NamedTuple):
    """Who reads what feeds, strategy processes, those that bring a market, and all others wrote. Each raises
    redis.exceptions.RedisError while the store is away."""

    store: StoreReader
    strategies: StrategiesReader
    markets: ReportReader
    others: Register


def get_readers() -> Readers:
    """Those of this process."""
    return Readers(get_store_reader(), get_strategies_reader(), get_report_reader(), get_register())


class Look:
    """A look at `now`. `rows` are those of all symbols, the followed market's first, None while the store is away;
    `answered_at` is when the store answered last. Its properties raise redis.exceptions.RedisError.
    """

    def __init__(self, readers: Readers, rows: Rows | None, answered_at: float, now: float) -> None:
        self.rows, self.answered_at, self.now = rows, answered_at, now
        self._readers = readers

    @property
    def expiry(self) -> Expiry:
        """When a book counts as stale."""
        return self._readers.store.expiry

    @cached_property
    def feeds(self) -> list[FeedReport]:
        """The last report of every feed."""
        return self._readers.store.feeds()

    @cached_property
    def processes(self) -> list[ProcessReport]:
        """The last report of every strategy process."""
        return self._readers.strategies.processes()

    @cached_property
    def streams(self) -> list[MarketsReport]:
        """The last report of every process that brings a market."""
        return self._readers.markets.reports(self.now)

    @cached_property
    def others(self) -> list[Presence]:
        """What every other process said last."""
        return self._readers.others.present(self.now)

    @cached_property
    def newest_signals(self) -> dict[str, str | None]:
        """When each strategy signalled last, in its own words."""
        return self._readers.strategies.newest_of_each()
