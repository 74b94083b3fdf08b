"""The feed's side of the store: one round trip per publication."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TypeVar, cast

import msgspec
import numpy as np
from redis.asyncio import Redis

from metrics.domain.analyzer import Current
from metrics.domain.market import LIVE, Expiry, MarketId
from metrics.domain.ticks import MINUTE, Ticks
from metrics.store.keys import HISTORY_KEY_SECONDS, HISTORY_SECONDS, Keys
from metrics.store.reports import FeedReport
from metrics.store.values import POINT, POINT_BYTES, REPORTS, ROWS
from metrics.store.wholes import packed
from stored import FREE, Values, free, note_freed

FEED_FORGOTTEN_SECONDS = 3600.0
CHUNKS_AT_ONCE = 1_000
T = TypeVar("T")
CUT_AT_ONCE = 250
MOST_FORGOTTEN = 100_000
"""Markets whose points wait to be deleted while the store is away; those of others expire there by themselves."""
PARTS = """
local function parts(lengths, joined)
    local found, first = {}, 1
    for number, length in ipairs(cmsgpack.unpack(lengths)) do
        found[number] = joined:sub(first, first + length - 1)
        first = first + length
    end
    return found
end
"""
"""Many values in two arguments (see `_joined`): on thousands of arguments the client spends more than the feed on
what is in them."""
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
APPEND_ALL = f"""
{PARTS}
{FREE}
local freed = 0
local chunks = parts(ARGV[2], ARGV[3])
for number, key in ipairs(KEYS) do
    freed = freed + free(key, "string")
    local before = redis.call("APPEND", key, chunks[number]) - #chunks[number]
    if before % {POINT_BYTES} ~= 0 then
        local whole = redis.call("GETRANGE", key, 0, before - 1):sub(1, before - before % {POINT_BYTES})
        redis.call("SET", key, whole .. chunks[number])
    end
    redis.call("EXPIRE", key, ARGV[1])
end
return freed
"""
"""Append one chunk to each key: time to live in seconds, chunks. Half a point at its end is cut off."""
CUT_ALL = f"""
{FREE}
local freed = 0
local sinces = cmsgpack.unpack(ARGV[1])
for number, key in ipairs(KEYS) do
    freed = freed + free(key, "string")
    local packed = redis.call("GET", key) or ""
    local kept = {{}}
    for first = 1, #packed - {POINT_BYTES} + 1, {POINT_BYTES} do
        if struct.unpack("<d", packed, first) < sinces[number] then
            kept[#kept + 1] = packed:sub(first, first + {POINT_BYTES} - 1)
        end
    end
    if #kept == 0 then
        redis.call("DEL", key)
    elseif {POINT_BYTES} * #kept < #packed then
        redis.call("SET", key, table.concat(kept), "KEEPTTL")
    end
end
return freed
"""
"""Delete from each key the points that are not older than its moment."""

Chunks = dict[tuple[int, MarketId], bytearray]
"""Points that wait, by minute and market."""


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
        self._append_all = client.register_script(APPEND_ALL)
        self._cut_all = client.register_script(CUT_ALL)
        self._pending: Chunks = {}
        self._writing: Chunks = {}  # on their way
        self._withdrawn: dict[MarketId, float] = {}
        self._forgotten: dict[MarketId, float] = {}

    def withdraw(self, market: MarketId, since: float, now: float) -> None:
        """The history of `market` since then is false: drop it, with the next `write_history` what is stored."""
        self._withdrawn[market] = min(since, self._withdrawn.get(market, since))
        self._cut_waiting(market, since, now)

    def forget(self, market: MarketId, since: float, now: float) -> None:
        """The same for one that is not worth its history."""
        since = min(since, self._withdrawn.pop(market, since))
        self._forgotten[market] = min(since, self._forgotten.get(market, since))
        if len(self._forgotten) > MOST_FORGOTTEN:
            del self._forgotten[next(iter(self._forgotten))]
        self._cut_waiting(market, since, now)

    def add_history(self, ticks: Ticks) -> None:
        """Remember ticks for the next `write_history`: points of time, imbalance ratio and best prices."""
        points = np.column_stack((ticks.times, ticks.ratios, ticks.bids, ticks.asks)).tobytes()
        for _, market, minute, begin, end in ticks.runs:
            chunk = points[POINT_BYTES * begin : POINT_BYTES * end]
            waiting = self._pending.get((minute, market))
            if waiting is None:
                self._pending[minute, market] = bytearray(chunk)
            else:
                waiting += chunk

    async def write_current(
        self, symbols: Iterable[tuple[str, list[Current]]], removed: Iterable[MarketId]
    ) -> tuple[list[bytes], list[str]]:
        """Store rows and books of all markets of some symbols, also whole ones, and drop those of `removed` markets.

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
            for _, book, whole in current:
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
                    *(encode(named), encode(gone), *self._joined(rows)),
                    *(encode(markets), encode([*dropped]), *self._joined(books)),
                    *(encode([*wholes]), encode([*dropped]), *self._joined([*wholes.values()])),
                ],
            )
            note_freed(freed)
        return rows, gone

    async def write_history(self, now: float) -> None:
        """Append everything that waits; what the store has not taken waits on."""
        self._forget_before(now - HISTORY_SECONDS)
        await self._cut_stored(self._withdrawn, now)
        await self._cut_stored(self._forgotten, now)
        self._writing, self._pending = self._pending, {}
        try:
            while self._writing:
                part = dict(islice(self._writing.items(), CHUNKS_AT_ONCE))
                freed = await self._append_all(
                    keys=[self._keys.history(market, minute) for minute, market in part],
                    args=[HISTORY_KEY_SECONDS, *self._joined(list(part.values()))],
                )
                note_freed(freed)
                for key in part:
                    self._writing.pop(key, None)  # it may have been withdrawn meanwhile
        except BaseException:
            self._put_back()
            raise

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

    def _cut_waiting(self, market: MarketId, since: float, now: float) -> None:
        """Take the points since then out of what is not stored yet."""
        for chunks in (self._pending, self._writing):
            for minute in _minutes(since, now):
                chunk = chunks.pop((minute, market), b"")
                if kept := _before(chunk, since):
                    chunks[minute, market] = kept

    async def _cut_stored(self, sinces: dict[MarketId, float], now: float) -> None:
        """Take the points since then out of what is stored. Nobody else writes the history of these markets."""
        while sinces:
            part = dict(islice(sinces.items(), CUT_AT_ONCE))
            cuts = {
                self._keys.history(market, minute): since
                for market, since in part.items()
                for minute in _minutes(since, now)
            }
            note_freed(await self._cut_all(keys=[*cuts], args=[self._encode([*cuts.values()])]))
            for market, since in part.items():
                if sinces.get(market) == since:  # and not an earlier one by now
                    del sinces[market]

    def _joined(self, values: Sequence[bytes | bytearray]) -> tuple[bytes, bytes]:
        """Lengths, packed, and all values in one, as scripts take them."""
        return self._encode([*map(len, values)]), b"".join(values)

    def _forget_before(self, horizon: float) -> None:
        for key in [key for key in self._pending if (key[0] + 1) * MINUTE < horizon]:
            del self._pending[key]

    def _put_back(self) -> None:
        unwritten, self._writing = self._writing, {}
        for key, later in self._pending.items():
            unwritten.setdefault(key, bytearray()).extend(later)
        self._pending = unwritten


def _minutes(since: float, now: float) -> range:
    """Those of a history that have points from then on."""
    return range(int(max(since, now - HISTORY_SECONDS) // MINUTE), int(now // MINUTE) + 1)


def _before(packed: bytes | bytearray, since: float) -> bytearray:
    """The points of a history that are older than `since`."""
    whole = np.frombuffer(packed, dtype=np.float64, count=len(packed) // POINT_BYTES * POINT)
    points = whole.reshape(-1, POINT)
    return bytearray(points[points[:, 0] < since].tobytes())


def _current(values: Values[T], raws: dict[bytes, bytes], now: float, seconds: float) -> dict[bytes, T]:
    """What was written no longer ago than that, and in a form we can read."""
    read = {name: values.read(raw, now, name) for name, raw in raws.items()}
    return {
        name: value
        for name, value in read.items()
        if value is not None and now - values.time(value) <= seconds
    }
