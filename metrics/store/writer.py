"""The feed's side of the store: one pipelined round trip per publication."""

from collections.abc import Callable, Iterable
from itertools import islice
from math import inf
from typing import cast

import msgspec
import numpy as np
from redis.asyncio import Redis

from metrics.domain.analyzer import Current
from metrics.domain.market import MarketRow
from metrics.domain.ticks import MINUTE, Ticks
from metrics.store.keys import HISTORY_KEY_SECONDS, HISTORY_SECONDS, Keys
from metrics.store.reports import FeedReport

FEED_FORGOTTEN_SECONDS = 3600.0
CHUNKS_AT_ONCE = 1_000
PAIR_BYTES = 16
APPEND_ALL = """
for number, key in ipairs(KEYS) do
    redis.call("APPEND", key, ARGV[number + 1])
    redis.call("EXPIRE", key, ARGV[1])
end
"""
"""One call of many arguments: two calls a symbol cost the feed more than everything else it does a second."""


class StoreWriter:
    """Writes current rows and books at once, history in chunks.

    History that could not be written waits here, for as long as a reader could still ask for it.
    Rows and books that could not be written are simply newer next time.
    """

    def __init__(self, client: Redis, keys: Keys, ttl: float) -> None:
        self._redis = client
        self._keys = keys
        self._ttl = int(ttl) + 1
        self._encode = msgspec.msgpack.Encoder().encode
        self._append_all = client.register_script(APPEND_ALL)
        self._pending: dict[tuple[int, str], bytearray] = {}

    def add_history(self, ticks: Ticks) -> None:
        """Remember ticks for the next `write_history`: pairs of time and imbalance ratio."""
        pairs = np.column_stack((ticks.times, ticks.ratios)).tobytes()
        for _, symbol, minute, begin, end in ticks.runs:
            chunk = pairs[PAIR_BYTES * begin : PAIR_BYTES * end]
            waiting = self._pending.get((minute, symbol))
            if waiting is None:
                self._pending[minute, symbol] = bytearray(chunk)
            else:
                waiting += chunk

    async def write_current(self, newest: Iterable[Current], removed: Iterable[str]) -> list[bytes]:
        """Store the newest rows and books and drop the `removed` symbols; returns the encoded rows."""
        encode = self._encode
        rows: list[bytes] = []
        row_items: list[str | bytes] = []
        book_items: list[str | bytes] = []
        for row, book in newest:
            rows.append(encode(row))
            row_items += row.symbol, rows[-1]
            book_items += row.symbol, encode(book)
        gone = list(removed)
        pipeline = self._redis.pipeline(transaction=False)
        if rows:
            pipeline.hset(self._keys.rows, items=row_items)
            pipeline.hset(self._keys.books, items=book_items)
            pipeline.expire(self._keys.rows, self._ttl)
            pipeline.expire(self._keys.books, self._ttl)
        if gone:
            pipeline.hdel(self._keys.rows, *gone)
            pipeline.hdel(self._keys.books, *gone)
        await pipeline.execute()
        return rows

    async def write_history(self, now: float) -> None:
        """Append everything that waits; what the store has not taken waits on."""
        self._forget_before(now - HISTORY_SECONDS)
        if not self._pending:
            return
        pending, self._pending = self._pending, {}
        try:
            while pending:
                part = dict(islice(pending.items(), CHUNKS_AT_ONCE))
                await self._append_all(
                    keys=[self._keys.history(symbol, minute) for minute, symbol in part],
                    args=[HISTORY_KEY_SECONDS, *map(bytes, part.values())],
                )
                for key in part:
                    del pending[key]
        except BaseException:
            self._put_back(pending)
            raise

    async def write_report(self, report: FeedReport) -> None:
        """Say how the feed is doing."""
        await self._redis.hset(self._keys.feeds, report.instance, self._encode(report))

    async def tidy(self, now: float) -> None:
        """Drop what nobody shows any more: symbols that a former feed left behind, feeds that are long gone."""
        rows = cast(dict[bytes, bytes], await self._redis.hgetall(self._keys.rows))
        reports = cast(dict[bytes, bytes], await self._redis.hgetall(self._keys.feeds))
        symbols = [name for name, raw in rows.items() if now - _time(_row, raw) > self._ttl]
        feeds = [name for name, raw in reports.items() if now - _time(_report, raw) > FEED_FORGOTTEN_SECONDS]
        pipeline = self._redis.pipeline(transaction=False)
        if symbols:
            pipeline.hdel(self._keys.rows, *symbols)
            pipeline.hdel(self._keys.books, *symbols)
        if feeds:
            pipeline.hdel(self._keys.feeds, *feeds)
        await pipeline.execute()

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()

    def _forget_before(self, horizon: float) -> None:
        for key in [key for key in self._pending if (key[0] + 1) * MINUTE < horizon]:
            del self._pending[key]

    def _put_back(self, unwritten: dict[tuple[int, str], bytearray]) -> None:
        for key, later in self._pending.items():
            unwritten.setdefault(key, bytearray()).extend(later)
        self._pending = unwritten


def _row(raw: bytes) -> float:
    return msgspec.msgpack.decode(raw, type=MarketRow).received_at


def _report(raw: bytes) -> float:
    return msgspec.msgpack.decode(raw, type=FeedReport).reported_at


def _time(read: Callable[[bytes], float], raw: bytes) -> float:
    """When `raw` was written; never, where another version wrote it in a form we cannot read."""
    try:
        return read(raw)
    except msgspec.DecodeError:
        return -inf
