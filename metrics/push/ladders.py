"""The books somebody watches: read only while they are watched, sent whole, numbered symbol by symbol."""

from collections.abc import Callable, Iterable, Iterator
from uuid import uuid4

from asgiref.sync import sync_to_async
from django.conf import settings

from live.sockets import in_turns, send_to_all
from metrics.domain.analyzer import StoredBook
from metrics.push.frames import MarketFrames, depth_frame, removed_frame
from metrics.push.sockets import DepthSocket
from metrics.store.reader import StoreReader


class Watch:
    """One symbol: who watches it, the book they were last sent, when that was read, and the number of its frame."""

    def __init__(self, now: float) -> None:
        self.sockets: set[DepthSocket] = set()
        self.book: StoredBook | None = None
        self.read_at = now
        self.seq = 0
        self.is_due = False
        self.last_frame_at = now


class Ladders:
    """Sends books to their watchers. The hub calls one method at a time.

    The last book of every watched symbol stays here: that it has grown stale can be told, and a socket
    that was too slow be served, without the store.
    """

    def __init__(
        self,
        reader: StoreReader,
        clock: Callable[[], float],
        frames: MarketFrames,
    ) -> None:
        self.epoch = uuid4().hex[:12]
        self.watches: dict[str, Watch] = {}
        self._reader = reader
        self._clock = clock
        self._frames = frames

    def add(self, socket: DepthSocket) -> None:
        """Watch the symbol of `socket`."""
        self.watches.setdefault(socket.symbol, Watch(self._clock())).sockets.add(socket)

    def discard(self, socket: DepthSocket) -> None:
        """Forget a socket, and its symbol with the last one."""
        watch = self.watches.get(socket.symbol)
        if watch is not None:
            watch.sockets.discard(socket)
            if not watch.sockets:
                del self.watches[socket.symbol]

    def sockets(self) -> Iterator[DepthSocket]:
        """Everybody who watches anything."""
        for watch in list(self.watches.values()):
            yield from list(watch.sockets)

    def mark_due(self, symbols: Iterable[str]) -> None:
        """These books have changed in the store."""
        for symbol in symbols:
            if watch := self.watches.get(symbol):
                watch.is_due = True

    @property
    def are_due(self) -> bool:
        """Is there a book to read and send?"""
        return any(watch.is_due for watch in self.watches.values())

    async def send_due(self) -> None:
        """Read the books that are due and send them. While the store is away they stay due."""
        due = [symbol for symbol, watch in self.watches.items() if watch.is_due]
        books = await self._read(due)
        for symbol in due:
            if watch := self.watches.get(symbol):  # the last watcher may have left meanwhile
                watch.is_due = False
                if book := books.get(symbol):
                    await self._send(watch, book, watch.seq + 1)

    async def send_again(self, symbols: Iterable[str]) -> None:
        """The same books, of which something else is said by now: they have grown stale, or are halted."""
        for symbol in symbols:
            watch = self.watches.get(symbol)
            if watch and watch.book:
                await self._send(watch, watch.book, watch.seq + 1)

    async def send_snapshot(self, socket: DepthSocket) -> bool:
        """A snapshot to one socket, from which the next update follows; False where there is no book."""
        watch = self.watches[socket.symbol]
        book = watch.book or (await self._read([socket.symbol])).get(socket.symbol)
        if book is None:
            return False
        await self._send(watch, book, watch.seq, only=socket)
        return True

    async def catch_up(self) -> None:
        """Serve the sockets that were too slow and are no more."""
        for watch in list(self.watches.values()):
            for socket in list(watch.sockets):
                if watch.book and socket.needs_snapshot:
                    await self._send(watch, watch.book, watch.seq, only=socket)

    async def drop(self, symbols: Iterable[str]) -> None:
        """Tell the watchers that these symbols are gone; a snapshot follows should they come back."""
        for symbol in symbols:
            watch = self.watches.get(symbol)
            if watch is None or watch.book is None:
                continue
            watch.book, watch.last_frame_at = None, self._clock()
            for socket in list(watch.sockets):
                socket.needs_snapshot = True
                await socket.send_frame(removed_frame(symbol))

    async def send_heartbeat(self, frame: str, after_seconds: float) -> None:
        """`frame` to the watchers of symbols nothing was said about for a while."""
        now = self._clock()
        for watch in list(self.watches.values()):
            if now - watch.last_frame_at >= after_seconds:
                watch.last_frame_at = now
                await send_to_all(watch.sockets, frame)

    async def _read(self, symbols: list[str]) -> dict[str, StoredBook]:
        if not symbols:
            return {}
        asked_at = self._clock()
        books = await sync_to_async(self._reader.books, thread_sensitive=False)(symbols)
        for symbol in books.keys() & self.watches.keys():
            self.watches[symbol].read_at = asked_at
        return books

    async def _send(self, watch: Watch, book: StoredBook, seq: int, only: DepthSocket | None = None) -> None:
        """`book` as frame `seq`, rendered at most once as a snapshot and once as an update."""
        watch.book, watch.seq = book, seq
        if only is None:
            watch.last_frame_at = self._clock()
        rendered: dict[str, str] = {}
        async for socket in in_turns(watch.sockets if only is None else [only]):
            if socket.is_congested:
                socket.needs_snapshot = True
                continue
            kind = "snapshot" if socket.needs_snapshot else "update"
            socket.needs_snapshot = False
            if kind not in rendered:
                rendered[kind] = self._render(kind, watch, book)
            await socket.send_frame(rendered[kind])

    def _render(self, kind: str, watch: Watch, book: StoredBook) -> str:
        frames, levels, now = self._frames, settings.METRICS_LEVELS, self._clock()
        # What no batch says has changed is still the newest; what one does, and could not be read, is as it was.
        as_of = watch.read_at if watch.is_due else max(watch.read_at, frames.as_of)
        numbering = {
            "epoch": self.epoch,
            "seq": watch.seq,
            "interval_ms": frames.interval_ms,
            **frames.standing(now),
        }
        mark = frames.marks.of(book.symbol)
        return depth_frame(kind, book, self._reader.expiry, levels, now, as_of, mark, **numbering)
