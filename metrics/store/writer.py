"""The feed's side of the store: one round trip per publication."""

from collections.abc import Iterable
from typing import TypeVar, cast

import msgspec
import numpy as np
from redis.asyncio import Redis

from metrics.domain.analyzer import Current
from metrics.domain.market import LIVE, Expiry, MarketId
from metrics.domain.ticks import MINUTE, Ticks
from metrics.store.keys import Keys
from metrics.store.minute_strings import MinuteStrings
from metrics.store.reports import FeedReport
from metrics.store.scripts import PARTS, joined
from metrics.store.values import HEAT_BYTES, POINT_BYTES, REPORTS, ROWS, packed_heat
from metrics.store.wholes import packed
from stored import FREE, Values, free, note_freed

FEED_FORGOTTEN_SECONDS = 3600.0
T = TypeVar("T")
PUT_ALL = f"""
{PARTS}
{FREE}
local freed = 0
for hash, key in ipairs(KEYS) do
    local first = 4 * hash - 2
    local names, gone = cmsgpack.unpack(ARGV[first]), cmsgpack.unpack(ARGV[first + 1])
    local values = parts(ARGV[first + 2], ARGV[first + 3])
    freed = freed + free(key, "hash")
    for number, name in ipairs(names) do
        redis.call("HSET", key, name, values[number])
    end
    for _, name in ipairs(gone) do
        redis.call("HDEL", key, name)
    end
    redis.call("EXPIRE", key, ARGV[1])
end
return freed
"""
"""Put values into hashes: time to live in seconds; for each hash the names, names to drop, and the values."""


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
        self._put_all = client.register_script(PUT_ALL)
        self._points = MinuteStrings(client, keys.history, POINT_BYTES)
        self._heat = MinuteStrings(client, keys.heat, HEAT_BYTES)
        self._histories = (self._points, self._heat)

    def withdraw(self, market: MarketId, since: float, now: float) -> None:
        """The history of `market` since then is false: drop it, with the next `write_history` what is stored."""
        for each in self._histories:
            each.withdraw(market, since, now)

    def forget(self, market: MarketId, since: float, now: float) -> None:
        """The same for one that is not worth its history."""
        for each in self._histories:
            each.forget(market, since, now)

    def add_history(self, ticks: Ticks) -> None:
        """Remember ticks for the next `write_history`: points of time, imbalance ratio and best prices."""
        points = np.column_stack((ticks.times, ticks.ratios, ticks.bids, ticks.asks)).tobytes()
        for _, market, minute, begin, end in ticks.runs:
            self._points.add(market, minute, points[POINT_BYTES * begin : POINT_BYTES * end])

    async def write_current(
        self, symbols: Iterable[tuple[str, list[Current]]], removed: Iterable[MarketId]
    ) -> tuple[list[bytes], list[str]]:
        """Store rows and books of all markets of some symbols, also whole ones, and drop those of `removed` markets.

        Rows of heat maps wait for the next `write_history`.
        Returns the encoded rows of each symbol, and the symbols of which no market is left.
        """
        encode = self._encode
        named: list[str] = []
        rows: list[bytes] = []
        markets: list[str] = []
        books: list[bytes] = []
        wholes: dict[str, bytes] = {}
        gone: list[str] = []
        for symbol, current in symbols:
            if not current:
                gone.append(symbol)
                continue
            named.append(symbol)
            rows.append(encode([row for row, *_ in current]))
            for _, book, whole, heat in current:
                if heat:
                    self._heat.add(book.id, int(heat.received_at // MINUTE), packed_heat(heat))
                markets.append(book.id.name)
                books.append(encode(book))
                if whole:
                    wholes[book.id.name] = encode(packed(book.id, book.received_at, whole))
        dropped = {market.name for market in removed}.difference(markets)
        if named or gone or dropped:
            freed = await self._put_all(
                keys=[self._keys.rows, self._keys.books, self._keys.wholes],
                args=[
                    self._ttl,
                    *(encode(named), encode(gone), *joined(rows)),
                    *(encode(markets), encode([*dropped]), *joined(books)),
                    *(encode([*wholes]), encode([*dropped]), *joined([*wholes.values()])),
                ],
            )
            note_freed(freed)
        return rows, gone

    async def write_history(self, now: float) -> None:
        """Append everything that waits; what the store has not taken waits on."""
        for each in self._histories:
            await each.write(now)

    async def read_origins(self, instance: str, now: float) -> dict[str, float]:
        """What the last report under this name says of books that it has left, and when it said so."""
        raw = cast(bytes | None, await self._redis.hget(self._keys.feeds, instance))
        report = REPORTS.read(raw, now, instance.encode()) if raw else None
        return dict.fromkeys(report.origins, report.reported_at) if report else {}

    async def read_mids(self, symbols: list[str], now: float, expiry: Expiry) -> dict[str, float]:
        """The mid prices of some symbols, those whose followed market is live, whoever wrote them."""
        if not symbols:
            return {}
        await free(self._redis, "hash", self._keys.rows)
        found = cast(list[bytes | None], await self._redis.hmget(self._keys.rows, symbols))
        followed = [rows[0] for rows in ROWS.named(symbols, found, now)]
        return {
            row.symbol: row.mid_price
            for row in followed
            if row.mid_price is not None and expiry.state(row, now) == LIVE
        }

    async def write_report(self, report: FeedReport) -> None:
        """Say how the feed is doing."""
        await free(self._redis, "hash", self._keys.feeds)
        await self._redis.hset(self._keys.feeds, report.instance, self._encode(report))

    async def tidy(self, now: float) -> None:
        """Drop what nobody shows any more: symbols and books of markets that a former feed left behind, feeds that are
        long gone, and whatever cannot be read."""
        ladders = (self._keys.books, self._keys.wholes)
        await free(self._redis, "hash", self._keys.rows, *ladders, self._keys.feeds)
        # First: they come with a row.
        names = {key: cast(list[bytes], await self._redis.hkeys(key)) for key in ladders}
        rows = cast(dict[bytes, bytes], await self._redis.hgetall(self._keys.rows))
        reports = cast(dict[bytes, bytes], await self._redis.hgetall(self._keys.feeds))
        of_symbols = _current(ROWS, rows, now, self._ttl)
        symbols = rows.keys() - of_symbols.keys()
        there = {row.id.name.encode() for of_symbol in of_symbols.values() for row in of_symbol}
        feeds = reports.keys() - _current(REPORTS, reports, now, FEED_FORGOTTEN_SECONDS).keys()
        pipeline = self._redis.pipeline(transaction=False)
        if symbols:
            pipeline.hdel(self._keys.rows, *symbols)
        for key, found in names.items():
            if orphans := [name for name in found if name not in there]:
                pipeline.hdel(key, *orphans)
        if feeds:
            pipeline.hdel(self._keys.feeds, *feeds)
        await pipeline.execute()

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()


def _current(values: Values[T], raws: dict[bytes, bytes], now: float, seconds: float) -> dict[bytes, T]:
    """What was written no longer ago than that, and in a form we can read."""
    read = {name: values.read(raw, now, name) for name, raw in raws.items()}
    return {
        name: value
        for name, value in read.items()
        if value is not None and now - values.time(value) <= seconds
    }
