"""The books somebody watches: read only while they are watched, sent whole, numbered symbol by symbol."""

from collections.abc import Callable, Container, Iterator, Sequence
from typing import NamedTuple
from uuid import uuid4

from asgiref.sync import sync_to_async
from django.conf import settings

from live.sockets import in_turns, send_to_all
from metrics.answers.liquidity import book_answer
from metrics.domain.analyzer import StoredBook
from metrics.domain.choice import Choice
from metrics.domain.market import MarketId, MarketRow, dollars_of, live_mids
from metrics.push.frames import MarketFrames, depth_frame, removed_frame
from metrics.push.sockets import DepthSocket
from metrics.store.reader import Known, StoreReader


class Watched(NamedTuple):
    """A symbol, and which of its markets."""

    symbol: str
    choice: Choice

    def among(self, rows: Sequence[MarketRow]) -> MarketId | None:
        """Which of the markets of the symbol it is, None where it is none of them."""
        return next((row.id for row in self.choice.of(rows).values()), None)


class Watch:
    """One of them: who watches it, the book they were last sent and what is known of it, when these were read, and the
    number of its frame."""

    def __init__(self, now: float) -> None:
        self.sockets: set[DepthSocket] = set()
        self.book: StoredBook | None = None
        self.known: Known | None = None
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
        self.watches: dict[Watched, Watch] = {}
        self._reader = reader
        self._clock = clock
        self._frames = frames

    def add(self, socket: DepthSocket) -> None:
        """Watch the symbol of `socket`."""
        self.watches.setdefault(_watched(socket), Watch(self._clock())).sockets.add(socket)

    def discard(self, socket: DepthSocket) -> None:
        """Forget a socket, and its symbol with the last one."""
        watch = self.watches.get(_watched(socket))
        if watch is not None:
            watch.sockets.discard(socket)
            if not watch.sockets:
                del self.watches[_watched(socket)]

    def sockets(self) -> Iterator[DepthSocket]:
        """Everybody who watches anything."""
        for watch in list(self.watches.values()):
            yield from list(watch.sockets)

    def mark_due(self, symbols: Container[str]) -> None:
        """Books of these symbols have changed in the store."""
        for watched, watch in self.watches.items():
            if watched.symbol in symbols:
                watch.is_due = True

    @property
    def are_due(self) -> bool:
        """Is there a book to read and send?"""
        return any(watch.is_due for watch in self.watches.values())

    async def send_due(self) -> None:
        """Read the books that are due and send them. While the store is away they stay due."""
        due = [watched for watched, watch in self.watches.items() if watch.is_due]
        books = await self._read(due)
        for watched in due:
            if watch := self.watches.get(watched):  # the last watcher may have left meanwhile
                watch.is_due = False
                if book := books.get(watched):
                    await self._send(watch, book, watch.seq + 1)

    async def send_again(self, symbols: Container[str]) -> None:
        """The same books, of which something else is said by now: they have grown stale, or are halted."""
        for watched, watch in list(self.watches.items()):
            if watched.symbol in symbols and watch.book:
                await self._send(watch, watch.book, watch.seq + 1)

    async def send_snapshot(self, socket: DepthSocket) -> bool:
        """A snapshot to one socket, from which the next update follows; False where there is no book."""
        watched = _watched(socket)
        watch = self.watches[watched]
        book = watch.book or (await self._read([watched])).get(watched)
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

    async def drop_left(self) -> None:
        """Tell who watches what is gone, or another market by now; a snapshot follows of what goes by the name next."""
        for watched, watch in list(self.watches.items()):
            if watch.book is None:
                continue
            if watch.book.id not in self._frames.gone and watch.book.id == self._chosen(watched):
                continue
            watch.book, watch.last_frame_at = None, self._clock()
            for socket in list(watch.sockets):
                socket.needs_snapshot = True
                await socket.send_frame(removed_frame(watched.symbol))

    async def send_heartbeat(self, frame: str, after_seconds: float) -> None:
        """`frame` to the watchers of symbols nothing was said about for a while."""
        now = self._clock()
        for watch in list(self.watches.values()):
            if now - watch.last_frame_at >= after_seconds:
                watch.last_frame_at = now
                await send_to_all(watch.sockets, frame)

    def _chosen(self, watched: Watched) -> MarketId | None:
        """The market that is watched, as far as it is known."""
        return watched.among(self._frames.view.rows.get(watched.symbol, ()))

    async def _read(self, wanted: list[Watched]) -> dict[Watched, StoredBook]:
        if not wanted:
            return {}
        asked_at = self._clock()
        chosen = {watched: self._chosen(watched) for watched in wanted}
        unknown = sorted({watched.symbol for watched in wanted} - self._frames.view.rows.keys())
        found, known = await sync_to_async(self._books, thread_sensitive=False)(chosen, unknown)
        for watched in found.keys() & self.watches.keys():
            watch = self.watches[watched]
            watch.read_at, watch.known = asked_at, known.get(found[watched].id)
        return found

    def _books(
        self, chosen: dict[Watched, MarketId | None], unknown: list[str]
    ) -> tuple[dict[Watched, StoredBook], dict[MarketId, Known]]:
        """Books, and as much as is known of each.

        Of symbols that are not known to the hub yet the store may know which markets there are.
        """
        rows = self._reader.markets_of_each(unknown)
        markets = {
            watched: market or watched.among(rows.get(watched.symbol, ()))
            for watched, market in chosen.items()
        }
        books = self._reader.books([market for market in markets.values() if market])
        found = {watched: books[market] for watched, market in markets.items() if market in books}
        return found, self._reader.known(books.values())

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
        mark, expiry = frames.marks.of(book.symbol), self._reader.expiry
        row = next((row for row in frames.view.rows.get(book.symbol, ()) if row.id == book.id), None)
        dollars = dollars_of(book.symbol, live_mids(frames.view.rows, expiry, now))
        sizes, widths = settings.LIQUIDITY_SIZES, settings.LIQUIDITY_BANDS_BPS
        liquidity = book_answer(book, watch.known, dollars, sizes, widths, expiry, now, mark)
        return depth_frame(kind, book, expiry, levels, now, as_of, row, liquidity, mark, **numbering)


def _watched(socket: DepthSocket) -> Watched:
    return Watched(socket.symbol, socket.choice)
