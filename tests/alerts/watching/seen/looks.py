"""Looks at the real store, in which processes have reported."""

from collections.abc import Callable, Mapping, Sequence

import msgspec
import redis
from django.conf import settings

from alerts.watching.seen.look import Look
from markets.reports.report import MarketsReport
from markets.reports.store import key_of
from metrics.domain.market import MarketRow
from metrics.store.keys import Keys
from metrics.store.reader import StoreReader
from metrics.store.reports import FeedReport
from presence import Presence
from presence import key_of as key_of_presences
from strategies.keys import StrategyKeys
from strategies.receipts import ProcessReport
from tests.alerts.watching.watchers import readers

KEYS, STRATEGY_KEYS = Keys(settings.STORE_PREFIX), StrategyKeys(settings.STORE_PREFIX)
HASHES = {
    FeedReport: KEYS.feeds,
    ProcessReport: STRATEGY_KEYS.processes,
    MarketsReport: key_of(settings.STORE_PREFIX),
    Presence: key_of_presences(settings.STORE_PREFIX),
}


class Store:
    """What processes have left in the store, looked at by the clock of the reader."""

    def __init__(self, client: redis.Redis, reader: StoreReader, clock: Callable[[], float]) -> None:
        self._client, self._clock = client, clock
        self._readers = readers(reader)

    def hears(self, *reports: FeedReport | ProcessReport | MarketsReport | Presence) -> None:
        """These are their last reports."""
        for report in reports:
            name = report.name if isinstance(report, Presence) else report.instance
            self._client.hset(HASHES[type(report)], name, msgspec.msgpack.encode(report))

    def look(self, rows: Mapping[str, Sequence[MarketRow]] | None = None) -> Look:
        """What is there now, with these rows of markets."""
        return Look(self._readers, {} if rows is None else rows, self._clock(), self._clock())

    def look_in_vain(self, answered_at: float) -> Look:
        """The store has not answered since then."""
        return Look(self._readers, None, answered_at, self._clock())
