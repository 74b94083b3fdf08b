"""The hub of one web process: joins the feeds' group once and serves all its sockets.

Every batch is rendered once per filter and handed to the sockets by reference. A socket whose reader
is too slow is left out until it has caught up, and then gets a fresh snapshot: it loses frames between,
never correctness, and holds up nobody.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from time import time
from typing import Any, Protocol
from uuid import uuid4
from weakref import WeakKeyDictionary

import msgspec
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

from metrics.domain.analyzer import StoredBook
from metrics.domain.market import MarketRow
from metrics.push.frames import Filter, MarketFrames, depth_frame, encode
from metrics.store.keys import MARKET_GROUP
from metrics.store.reader import StoreReader, get_reader

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
HEARTBEAT_SECONDS = 5.0
RETRY_SECONDS = 1.0
SOCKETS_AT_ONCE = 100

_decode_row = msgspec.msgpack.Decoder(MarketRow).decode


class Socket(Protocol):
    """What the hub needs to know of a connection."""

    needs_snapshot: bool

    @property
    def is_congested(self) -> bool: ...

    async def send_frame(self, frame: str) -> None: ...


class PressureSocket(Socket, Protocol):
    """Follows rows: all of them, or those of its filter."""

    wanted: Filter


class DepthSocket(Socket, Protocol):
    """Follows the whole book of one symbol."""

    symbol: str


class MarketHub:
    """Batches in, frames out. `start` once; sockets come and go."""

    def __init__(self, reader: StoreReader, clock: Callable[[], float] = time) -> None:
        self.reader = reader
        self.clock = clock
        self.frames = MarketFrames(reader.expiry, settings.PUSH_INTERVAL_MS)
        self.pressure_sockets: set[PressureSocket] = set()
        self.depth_sockets: dict[str, set[DepthSocket]] = {}
        self._epoch = uuid4().hex[:12]  # of the ladders: each symbol's frames are numbered by themselves
        self._depth_seq: Counter[str] = Counter()
        self._ready = asyncio.Event()
        self._turn = asyncio.Lock()  # frames leave in the order of their numbers
        self._last_frame_at = 0.0
        self._last_depth_heartbeat_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Follow the feeds and the clock from now on."""
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._tick())]

    async def stop(self) -> None:
        """Let go of the group."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- Sockets -----------------------------------------------------------------------------

    async def join_pressure(self, socket: PressureSocket) -> None:
        """Add a socket; it gets a snapshot now, or as soon as the store answers."""
        self.pressure_sockets.add(socket)
        if self._ready.is_set():
            await self.resync(socket)

    def leave_pressure(self, socket: PressureSocket) -> None:
        """Forget a socket."""
        self.pressure_sockets.discard(socket)

    async def resync(self, socket: PressureSocket) -> None:
        """A snapshot from which the next update follows."""
        async with self._turn:
            await self._send_snapshot(socket)

    async def join_depth(self, socket: DepthSocket) -> bool:
        """Add a socket; False where nothing current is known of its symbol (it gets it once there is)."""
        self.depth_sockets.setdefault(socket.symbol, set()).add(socket)
        async with self._turn:
            return socket.symbol in await self._push_depth([socket.symbol], only=socket)

    def leave_depth(self, socket: DepthSocket) -> None:
        """Forget a socket, and its symbol with the last one."""
        sockets = self.depth_sockets.get(socket.symbol, set())
        sockets.discard(socket)
        if not sockets:
            self.depth_sockets.pop(socket.symbol, None)
            self._depth_seq.pop(socket.symbol, None)

    # -- Feeds -------------------------------------------------------------------------------

    async def take(self, batch: dict[str, Any]) -> None:
        """One batch of a feed to everybody it concerns."""
        rows = [_decode_row(row) for row in batch["rows"]]
        async with self._turn:
            if not self.frames.apply(batch, rows, self.clock()):
                await self._load()
            if self.frames.changed or self.frames.removed:
                await self._broadcast()

    async def pass_time(self) -> None:
        """Once a second: what grew stale or expired, or a heartbeat when nothing was said for a while."""
        now = self.clock()
        async with self._turn:
            if self.frames.sweep(now):
                await self._broadcast()
            if now - self._last_frame_at >= HEARTBEAT_SECONDS:
                self._last_frame_at = now
                await self._to_all(self.pressure_sockets, self.frames.heartbeat(now))
            if now - self._last_depth_heartbeat_at >= HEARTBEAT_SECONDS:
                # Watchers of a quiet symbol get no frame from the bustle of the others.
                self._last_depth_heartbeat_at = now
                watchers = [socket for sockets in self.depth_sockets.values() for socket in sockets]
                await self._to_all(watchers, self.frames.heartbeat(now))

    async def _broadcast(self) -> None:
        self.frames.begin_update()
        now = self._last_frame_at = self.clock()
        changed, removed = set(self.frames.changed), list(self.frames.removed)
        for number, socket in enumerate(list(self.pressure_sockets), start=1):
            if socket.is_congested:
                socket.needs_snapshot = True
            elif socket.needs_snapshot:
                await self._send_snapshot(socket)
            else:
                await socket.send_frame(self.frames.update(socket.wanted, now))
            if number % SOCKETS_AT_ONCE == 0:
                await asyncio.sleep(0)  # requests wait no longer than it takes to serve this many
        for symbol in removed:
            for watcher in list(self.depth_sockets.get(symbol, ())):
                watcher.needs_snapshot = True
                await watcher.send_frame(encode({"type": "removed", "symbol": symbol}))
        await self._push_depth(changed & self.depth_sockets.keys())

    async def _send_snapshot(self, socket: PressureSocket) -> None:
        socket.needs_snapshot = False
        await socket.send_frame(self.frames.snapshot(socket.wanted, self.clock()))

    async def _push_depth(self, symbols: Iterable[str], only: DepthSocket | None = None) -> set[str]:
        """Read the books somebody watches and send them; returns the symbols there is a book of."""
        watched = list(symbols)
        if not watched:
            return set()
        books = await sync_to_async(self.reader.books, thread_sensitive=False)(watched)
        for symbol, book in books.items():
            if only is None:
                self._depth_seq[symbol] += 1
            sockets = self.depth_sockets.get(symbol, set()) if only is None else {only}
            await self._send_depth(book, list(sockets))
        return set(books)

    async def _send_depth(self, book: StoredBook, sockets: list[DepthSocket]) -> None:
        rendered: dict[str, str] = {}
        for socket in sockets:
            if socket.is_congested:
                socket.needs_snapshot = True
                continue
            kind = "snapshot" if socket.needs_snapshot else "update"
            socket.needs_snapshot = False
            if kind not in rendered:
                rendered[kind] = self._depth_frame(kind, book)
            await socket.send_frame(rendered[kind])

    def _depth_frame(self, kind: str, book: StoredBook) -> str:
        numbering = {
            "epoch": self._epoch,
            "seq": self._depth_seq[book.symbol],
            "interval_ms": self.frames.interval_ms,
        }
        return depth_frame(kind, book, self.reader.expiry, settings.METRICS_LEVELS, self.clock(), **numbering)

    async def _to_all(self, sockets: Iterable[Socket], frame: str) -> None:
        for socket in list(sockets):
            if not socket.is_congested:
                await socket.send_frame(frame)

    # -- Time --------------------------------------------------------------------------------

    async def _load(self) -> None:
        rows = await sync_to_async(self.reader.rows, thread_sensitive=False)()
        self.frames.load(rows, self.clock())

    async def _follow(self) -> None:
        """Receive batches for ever; when the store goes away, begin again once it is back."""
        layer = get_channel_layer()
        channel = await _until_it_works(layer.new_channel)
        await _until_it_works(lambda: layer.group_add(MARKET_GROUP, channel))
        await _until_it_works(self._load)
        self._ready.set()
        for socket in list(self.pressure_sockets):
            await self._send_snapshot(socket)
        while True:
            batch = await layer.receive(channel)
            await _tell_failure(self.take(batch))

    async def _tick(self) -> None:
        await self._ready.wait()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await _tell_failure(self.pass_time())


async def _until_it_works(step: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    told = False
    while True:
        try:
            return await step()
        except (RedisError, OSError) as error:
            if not told:
                logger.warning("store_away %s: %s; trying until it is back", type(error).__name__, error)
                told = True
            await asyncio.sleep(RETRY_SECONDS)


async def _tell_failure(step: Coroutine[Any, Any, None]) -> None:
    """A store that goes away in the middle costs one batch; the next one shows the gap."""
    try:
        await step
    except (RedisError, OSError) as error:
        logger.warning("store_away %s: %s", type(error).__name__, error)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, MarketHub] = WeakKeyDictionary()


def get_hub() -> MarketHub:
    """The hub of this process, started with its first socket: Daphne has no moment of start-up to offer."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        hub = _hubs[loop] = MarketHub(get_reader())
        hub.start()
    return hub
