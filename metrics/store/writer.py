"""The feed's side of the store: one round trip per publication."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, cast

import msgspec
import numpy as np
from redis.asyncio import Redis

from metrics.domain.analyzer import Current
from metrics.domain.ticks import MINUTE, Ticks
from metrics.store.keys import HISTORY_KEY_SECONDS, HISTORY_SECONDS, Keys
from metrics.store.reports import FeedReport
from metrics.store.values import PAIR_BYTES, REPORTS, ROWS
from stored import FREE, Values, free, note_freed

FEED_FORGOTTEN_SECONDS = 3600.0
CHUNKS_AT_ONCE = 1_000
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
local names, gone = cmsgpack.unpack(ARGV[2]), cmsgpack.unpack(ARGV[3])
for hash, key in ipairs(KEYS) do
    local values = parts(ARGV[2 * hash + 2], ARGV[2 * hash + 3])
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
"""Put values under the same names into hashes: time to live in seconds, names, names to drop, the values of each."""
APPEND_ALL = f"""
{PARTS}
{FREE}
local freed = 0
local chunks = parts(ARGV[2], ARGV[3])
for number, key in ipairs(KEYS) do
    freed = freed + free(key, "string")
    local before = redis.call("APPEND", key, chunks[number]) - #chunks[number]
    if before % {PAIR_BYTES} ~= 0 then
        local whole = redis.call("GETRANGE", key, 0, before - 1):sub(1, before - before % {PAIR_BYTES})
        redis.call("SET", key, whole .. chunks[number])
    end
    redis.call("EXPIRE", key, ARGV[1])
end
return freed
"""
"""Append one chunk to each key: time to live in seconds, chunks. Half a pair at the end of what is there is cut off."""


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
        self._pending: dict[tuple[int, str], bytearray] = {}
        self._withdrawn: dict[str, float] = {}

    def withdraw(self, symbol: str, since: float) -> None:
        """What history tells of `symbol` since then is false: drop it, with the next `write_history` what is stored."""
        self._withdrawn[symbol] = min(since, self._withdrawn.get(symbol, since))
        for key in [key for key in self._pending if key[1] == symbol and (key[0] + 1) * MINUTE > since]:
            self._pending[key] = _before(self._pending[key], since)

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
        names: list[str] = []
        rows: list[bytes] = []
        books: list[bytes] = []
        for row, book in newest:
            names.append(row.symbol)
            rows.append(encode(row))
            books.append(encode(book))
        gone = list(removed)
        if names or gone:
            freed = await self._put_all(
                keys=[self._keys.rows, self._keys.books],
                args=[self._ttl, encode(names), encode(gone), *self._joined(rows), *self._joined(books)],
            )
            note_freed(freed)
        return rows

    async def write_history(self, now: float) -> None:
        """Append everything that waits; what the store has not taken waits on."""
        self._forget_before(now - HISTORY_SECONDS)
        for symbol, since in list(self._withdrawn.items()):
            await self._cut_history(symbol, since, now)
            del self._withdrawn[symbol]
        if not self._pending:
            return
        pending, self._pending = self._pending, {}
        try:
            while pending:
                part = dict(islice(pending.items(), CHUNKS_AT_ONCE))
                freed = await self._append_all(
                    keys=[self._keys.history(symbol, minute) for minute, symbol in part],
                    args=[HISTORY_KEY_SECONDS, *self._joined(list(part.values()))],
                )
                note_freed(freed)
                for key in part:
                    del pending[key]
        except BaseException:
            self._put_back(pending)
            raise

    async def write_report(self, report: FeedReport) -> None:
        """Say how the feed is doing."""
        await free(self._redis, "hash", self._keys.feeds)
        await self._redis.hset(self._keys.feeds, report.instance, self._encode(report))

    async def tidy(self, now: float) -> None:
        """Drop what nobody shows any more: symbols that a former feed left behind, feeds that are long gone, and
        whatever cannot be read."""
        await free(self._redis, "hash", self._keys.rows, self._keys.books, self._keys.feeds)
        books = cast(list[bytes], await self._redis.hkeys(self._keys.books))  # first: they come with a row
        rows = cast(dict[bytes, bytes], await self._redis.hgetall(self._keys.rows))
        reports = cast(dict[bytes, bytes], await self._redis.hgetall(self._keys.feeds))
        symbols = [name for name, raw in rows.items() if _is_over(ROWS, raw, name, now, self._ttl)]
        symbols += [name for name in books if name not in rows]
        feeds = [
            name for name, raw in reports.items() if _is_over(REPORTS, raw, name, now, FEED_FORGOTTEN_SECONDS)
        ]
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

    async def _cut_history(self, symbol: str, since: float, now: float) -> None:
        """Take the points since then out of what is stored. Nobody else writes the history of this symbol."""
        first = max(since, now - HISTORY_SECONDS) // MINUTE
        for minute in range(int(first), int(now // MINUTE) + 1):
            key = self._keys.history(symbol, minute)
            await free(self._redis, "string", key)
            if stored := cast(bytes | None, await self._redis.get(key)):
                await self._redis.set(key, bytes(_before(stored, since)), ex=HISTORY_KEY_SECONDS)

    def _joined(self, values: Sequence[bytes | bytearray]) -> tuple[bytes, bytes]:
        """Lengths, packed, and all values in one, as scripts take them."""
        return self._encode([*map(len, values)]), b"".join(values)

    def _forget_before(self, horizon: float) -> None:
        for key in [key for key in self._pending if (key[0] + 1) * MINUTE < horizon]:
            del self._pending[key]

    def _put_back(self, unwritten: dict[tuple[int, str], bytearray]) -> None:
        for key, later in self._pending.items():
            unwritten.setdefault(key, bytearray()).extend(later)
        self._pending = unwritten


def _before(packed: bytes | bytearray, since: float) -> bytearray:
    """The pairs of a history that are older than `since`."""
    pairs = np.frombuffer(packed, dtype=np.float64, count=len(packed) // PAIR_BYTES * 2).reshape(-1, 2)
    return bytearray(pairs[pairs[:, 0] < since].tobytes())


def _is_over(values: Values[Any], raw: bytes, name: bytes, now: float, seconds: float) -> bool:
    """Was it written longer ago than that, or in a form we cannot read?"""
    value = values.read(raw, now, name)
    return value is None or now - values.time(value) > seconds
