"""The reading side: plain, synchronous, stateless."""

from collections.abc import Callable, Mapping
from functools import cache
from time import time
from typing import cast

import numpy as np
import redis
from django.conf import settings
from numpy.typing import NDArray
from redis.backoff import NoBackoff
from redis.retry import Retry

from metrics.domain.analyzer import StoredBook
from metrics.domain.market import Expiry, MarketRow
from metrics.domain.ticks import MINUTE
from metrics.store.keys import Keys
from metrics.store.reports import FeedReport
from metrics.store.values import BOOKS, REPORTS, ROWS, points_of

ANSWER_SECONDS = 2.0
"""A store that has not answered for so long counts as away."""
Column = NDArray[np.float64]
Series = tuple[Column, Column]
"""Receipt times in seconds since the epoch, and what was then; same length, oldest first."""


class StoreReader:
    """Reads what the feeds wrote. Raises redis.exceptions.RedisError while the store is away."""

    def __init__(
        self, client: redis.Redis, keys: Keys, expiry: Expiry, clock: Callable[[], float] = time
    ) -> None:
        self.expiry = expiry
        self.clock = clock
        self._redis = client
        self._keys = keys

    def ping(self) -> None:
        """Raises when the store does not answer."""
        self._redis.ping()

    def rows(self) -> dict[str, MarketRow]:
        """All rows that have not expired, by symbol, in alphabetical order."""
        now = self.clock()
        rows = ROWS.of_hash(self._redis, self._keys.rows, now)
        return {
            row.symbol: row
            for row in sorted(rows, key=lambda row: row.symbol)
            if not self.expiry.is_expired(row, now)
        }

    def book(self, symbol: str) -> StoredBook | None:
        """The newest book of `symbol`, None where there is none or it has expired."""
        return self.books([symbol]).get(symbol)

    def books(self, symbols: list[str]) -> dict[str, StoredBook]:
        """The newest unexpired books among `symbols`."""
        if not symbols:
            return {}
        now = self.clock()
        found = BOOKS.of_names(self._redis, self._keys.books, symbols, now)
        return {book.symbol: book for book in found if now - book.received_at <= self.expiry.ttl}

    def history(self, symbol: str, since: float, until: float) -> Series:
        """The imbalance ratio of every update of `symbol` with since < time <= until."""
        return self.histories([symbol], since, until)[symbol]

    def mids(self, symbol: str, since: float, until: float) -> Series:
        """The mid price of the same updates."""
        times, _, mids = self._points([symbol], since, until)[symbol]
        return times, mids

    def histories(self, symbols: list[str], since: float, until: float) -> dict[str, Series]:
        """`history` of many symbols in one round trip."""
        found = self._points(symbols, since, until).items()
        return {symbol: (times, ratios) for symbol, (times, ratios, _) in found}

    def _points(self, symbols: list[str], since: float, until: float) -> dict[str, list[Column]]:
        """Times, ratios and mids of the updates of each."""
        minutes = range(int(since // MINUTE), int(until // MINUTE) + 1)
        if not symbols:
            return {}
        keys = [self._keys.history(symbol, minute) for symbol in symbols for minute in minutes]
        parts = cast(list[bytes | None], self._redis.mget(keys))
        width = len(minutes)
        return {
            symbol: _updates(dict(zip(minutes, parts[i : i + width], strict=True)), since, until)
            for symbol, i in zip(symbols, range(0, len(parts), width), strict=True)
        }

    def feeds(self) -> list[FeedReport]:
        """The last report of every feed, silent ones included, by instance."""
        reports = REPORTS.of_hash(self._redis, self._keys.feeds, self.clock())
        return sorted(reports, key=lambda report: report.instance)


def _updates(packed: Mapping[int, bytes | None], since: float, until: float) -> list[Column]:
    """What stands in the strings of some minutes, which are given in order; by column."""
    points = points_of(packed)
    times = points[:, 0]
    wanted = (times > since) & (times <= until)
    if len(times):
        # A chunk stands twice when the feed lost the connection before it heard that the write went through.
        # Where time goes back a copy begins, and it ends with the newest point before.
        newest = np.maximum.accumulate(times)
        copied = np.maximum.accumulate(np.where(times < newest, newest, -np.inf))
        wanted &= times > copied
    return [*points[wanted].T]


@cache
def get_reader() -> StoreReader:
    """The reader of this process, connected as the settings say.

    One retry, at once, for a connection that broke while idle; who is silent is not asked again, or pages would
    blame the feed meanwhile. The client's own default would keep every request waiting for seconds while the store
    is away.
    """
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )
    expiry = Expiry(settings.STALE_AFTER_SECONDS, settings.METRICS_TTL_SECONDS)
    return StoreReader(client, Keys(settings.STORE_PREFIX), expiry)
