"""The reading side: plain, synchronous, stateless."""

from collections.abc import Callable
from functools import cache
from time import time
from typing import cast

import msgspec
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

Series = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Receipt times in seconds since the epoch, and imbalance ratios; same length, oldest first."""

_decode_row = msgspec.msgpack.Decoder(MarketRow).decode
_decode_book = msgspec.msgpack.Decoder(StoredBook).decode
_decode_report = msgspec.msgpack.Decoder(FeedReport).decode


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
        rows = (_decode_row(raw) for raw in cast(list[bytes], self._redis.hvals(self._keys.rows)))
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
        found = (
            _decode_book(raw)
            for raw in cast(list[bytes], self._redis.hmget(self._keys.books, symbols))
            if raw
        )
        return {book.symbol: book for book in found if now - book.received_at <= self.expiry.ttl}

    def history(self, symbol: str, since: float, until: float) -> Series:
        """Every update of `symbol` with since < time <= until."""
        return self.histories([symbol], since, until)[symbol]

    def histories(self, symbols: list[str], since: float, until: float) -> dict[str, Series]:
        """`history` of many symbols in one round trip."""
        minutes = range(int(since // MINUTE), int(until // MINUTE) + 1)
        if not symbols:
            return {}
        keys = [self._keys.history(symbol, minute) for symbol in symbols for minute in minutes]
        parts = cast(list[bytes | None], self._redis.mget(keys))
        width = len(minutes)
        packed = (b"".join(filter(None, parts[i : i + width])) for i in range(0, len(parts), width))
        return {symbol: _series(raw, since, until) for symbol, raw in zip(symbols, packed, strict=True)}

    def feeds(self) -> list[FeedReport]:
        """The last report of every feed, silent ones included, by instance."""
        reports = [_decode_report(raw) for raw in cast(list[bytes], self._redis.hvals(self._keys.feeds))]
        return sorted(reports, key=lambda report: report.instance)


def _series(packed: bytes, since: float, until: float) -> Series:
    pairs = np.frombuffer(packed, dtype=np.float64, count=len(packed) // 16 * 2).reshape(-1, 2)
    times = pairs[:, 0]
    wanted = (times > since) & (times <= until)
    if len(times):
        # A chunk stands twice when the feed lost the connection before it heard that the write went through.
        # Where time goes back a copy begins, and it ends with the newest point before.
        newest = np.maximum.accumulate(times)
        copied = np.maximum.accumulate(np.where(times < newest, newest, -np.inf))
        wanted &= times > copied
    return times[wanted], pairs[wanted, 1]


@cache
def get_reader() -> StoreReader:
    """The reader of this process, connected as the settings say.

    One retry, at once, for a connection that broke while idle; the client's own default would keep every
    request waiting for seconds while the store is away.
    """
    client = redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=2,
        socket_connect_timeout=2,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
    )
    expiry = Expiry(settings.STALE_AFTER_SECONDS, settings.METRICS_TTL_SECONDS)
    return StoreReader(client, Keys(settings.STORE_PREFIX), expiry)
