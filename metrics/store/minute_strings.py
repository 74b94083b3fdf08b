"""Histories as the feed writes them: records of one width, each beginning with its time as a double, appended to one
string for each market and minute."""

from collections.abc import Callable
from itertools import islice

import msgspec
import numpy as np
from redis.asyncio import Redis

from metrics.domain.market import MarketId
from metrics.domain.ticks import MINUTE
from metrics.store.keys import HISTORY_KEY_SECONDS, HISTORY_SECONDS
from metrics.store.scripts import PARTS, joined
from stored import FREE, note_freed

TIME_BYTES = 8
CHUNKS_AT_ONCE = 1_000
CUT_AT_ONCE = 250
SHRUNK_AT_ONCE = 250
MOST_FORGOTTEN = 100_000
"""Markets whose records wait to be deleted while the store is away; those of others expire there by themselves."""
APPEND_ALL = f"""
{PARTS}
{FREE}
local freed = 0
local chunks = parts(ARGV[2], ARGV[3])
local width = tonumber(ARGV[4])
for number, key in ipairs(KEYS) do
    freed = freed + free(key, "string")
    local before = redis.call("APPEND", key, chunks[number]) - #chunks[number]
    if before % width ~= 0 then
        local whole = redis.call("GETRANGE", key, 0, before - 1):sub(1, before - before % width)
        redis.call("SET", key, whole .. chunks[number])
    end
    redis.call("EXPIRE", key, ARGV[1])
end
return freed
"""
"""Append one chunk to each key: time to live in seconds, chunks, bytes of a record. Half a record before is cut off."""
CUT_ALL = f"""
{FREE}
local freed = 0
local sinces = cmsgpack.unpack(ARGV[1])
local width = tonumber(ARGV[2])
for number, key in ipairs(KEYS) do
    freed = freed + free(key, "string")
    local packed = redis.call("GET", key) or ""
    local kept = {{}}
    for first = 1, #packed - width + 1, width do
        if struct.unpack("<d", packed, first) < sinces[number] then
            kept[#kept + 1] = packed:sub(first, first + width - 1)
        end
    end
    if #kept == 0 then
        redis.call("DEL", key)
    elseif width * #kept < #packed then
        redis.call("SET", key, table.concat(kept), "KEEPTTL")
    end
end
return freed
"""
"""Delete from each key the records that are not older than its moment: moments, bytes of a record."""
SHRINK_ALL = f"""
{FREE}
local freed = 0
for _, key in ipairs(KEYS) do
    freed = freed + free(key, "string")
    local whole = redis.call("GET", key)
    if whole then redis.call("SET", key, whole, "KEEPTTL") end
end
return freed
"""
"""Store strings anew that nothing is appended to any more: what grows has up to its own length in reserve."""

Chunks = dict[tuple[int, MarketId], bytearray]
"""Records that wait, by minute and market."""


class MinuteStrings:
    """The strings of one kind of record, `width` bytes each; `key` names that of a market and minute.

    What could not be written waits here, for as long as a reader could still ask for it.
    """

    def __init__(self, client: Redis, key: Callable[[MarketId, int], str], width: int) -> None:
        self._key = key
        self._width = width
        self._append_all = client.register_script(APPEND_ALL)
        self._cut_all = client.register_script(CUT_ALL)
        self._shrink_all = client.register_script(SHRINK_ALL)
        self._pending: Chunks = {}
        self._writing: Chunks = {}  # on their way
        self._grown: dict[tuple[int, MarketId], None] = {}  # and not shrunk yet
        self._withdrawn: dict[MarketId, float] = {}
        self._forgotten: dict[MarketId, float] = {}

    def add(self, market: MarketId, minute: int, records: bytes) -> None:
        """Remember records of one minute, oldest first, for the next `write`."""
        waiting = self._pending.get((minute, market))
        if waiting is None:
            self._pending[minute, market] = bytearray(records)
        else:
            waiting += records

    def withdraw(self, market: MarketId, since: float, now: float) -> None:
        """Those of `market` since then are false: drop them, with the next `write` what is stored."""
        self._withdrawn[market] = min(since, self._withdrawn.get(market, since))
        self._cut_waiting(market, since, now)

    def forget(self, market: MarketId, since: float, now: float) -> None:
        """The same for one that is not worth its history."""
        since = min(since, self._withdrawn.pop(market, since))
        self._forgotten[market] = min(since, self._forgotten.get(market, since))
        if len(self._forgotten) > MOST_FORGOTTEN:
            del self._forgotten[next(iter(self._forgotten))]
        self._cut_waiting(market, since, now)

    async def write(self, now: float) -> None:
        """Append everything that waits; what the store has not taken waits on."""
        self._forget_before(now - HISTORY_SECONDS)
        await self._cut_stored(self._withdrawn, now)
        await self._cut_stored(self._forgotten, now)
        self._writing, self._pending = self._pending, {}
        try:
            while self._writing:
                part = dict(islice(self._writing.items(), CHUNKS_AT_ONCE))
                freed = await self._append_all(
                    keys=[self._key(market, minute) for minute, market in part],
                    args=[HISTORY_KEY_SECONDS, *joined(list(part.values())), self._width],
                )
                note_freed(freed)
                for key in part:
                    self._writing.pop(key, None)  # it may have been withdrawn meanwhile
                    self._grown[key] = None
        except BaseException:  # a cancellation as well: what was on its way waits on
            self._put_back()
            raise
        await self._shrink(int(now // MINUTE))

    def _cut_waiting(self, market: MarketId, since: float, now: float) -> None:
        """Take the records since then out of what is not stored yet."""
        for chunks in (self._pending, self._writing):
            for minute in _minutes(since, now):
                chunk = chunks.pop((minute, market), b"")
                if kept := self._before(chunk, since):
                    chunks[minute, market] = kept

    async def _cut_stored(self, sinces: dict[MarketId, float], now: float) -> None:
        """Take the records since then out of what is stored. Nobody else writes the history of these markets."""
        while sinces:
            part = dict(islice(sinces.items(), CUT_AT_ONCE))
            cuts = {
                self._key(market, minute): since
                for market, since in part.items()
                for minute in _minutes(since, now)
            }
            moments = msgspec.msgpack.encode([*cuts.values()])
            note_freed(await self._cut_all(keys=[*cuts], args=[moments, self._width]))
            for market, since in part.items():
                if sinces.get(market) == since:  # and not an earlier one by now
                    del sinces[market]

    async def _shrink(self, minute: int) -> None:
        """Take the reserve from what was written of minutes before this one."""
        over = [key for key in self._grown if key[0] < minute]
        for begin in range(0, len(over), SHRUNK_AT_ONCE):
            part = over[begin : begin + SHRUNK_AT_ONCE]
            note_freed(await self._shrink_all(keys=[self._key(market, each) for each, market in part]))
            for key in part:
                del self._grown[key]

    def _forget_before(self, horizon: float) -> None:
        for key in [key for key in self._pending if (key[0] + 1) * MINUTE < horizon]:
            del self._pending[key]

    def _put_back(self) -> None:
        unwritten, self._writing = self._writing, {}
        for key, later in self._pending.items():
            unwritten.setdefault(key, bytearray()).extend(later)
        self._pending = unwritten

    def _before(self, chunk: bytes | bytearray, since: float) -> bytearray:
        """The records of a chunk that are older than `since`."""
        whole = len(chunk) // self._width
        records = np.frombuffer(chunk, np.uint8, whole * self._width).reshape(whole, self._width)
        times = records[:, :TIME_BYTES].copy().view(np.float64)[:, 0]
        return bytearray(records[times < since].tobytes())


def _minutes(since: float, now: float) -> range:
    """Those of a history that have records from then on."""
    return range(int(max(since, now - HISTORY_SECONDS) // MINUTE), int(now // MINUTE) + 1)
