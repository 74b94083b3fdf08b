"""The hub of one web process: joins the feeds' group once and serves all its sockets.

Every batch is rendered once per filter and handed to the sockets by reference; those that came while the hub was
held up are taken together, and only what they lead to is told. A socket whose reader is too slow is left out until
it has caught up, and then gets a fresh snapshot: it loses frames between, never correctness, and holds up nobody.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from time import time

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from redis.exceptions import RedisError

from live.frames import error_frame
from live.hub import HEARTBEAT_SECONDS, RETRY_SECONDS, TICK_SECONDS, LivingHub
from live.sockets import Socket, in_turns, send_to_all
from messaging.outage import OutageLog
from metrics import marks
from metrics.domain.choice import Choice
from metrics.push.frames import MarketFrames
from metrics.push.ladders import Ladders
from metrics.push.sockets import DepthSocket, PressureSocket
from metrics.store.keys import MARKET_GROUP
from metrics.store.reader import StoreReader, get_reader
from metrics.store.values import ROWS, Batch, batch_of
from stored import leave_out

logger = logging.getLogger(__name__)

TURNS_TO_ARRIVE = 4
"""Of the event loop, from the socket, a part at a time, to where batches wait for the hub."""
MOST_ROWS_WAITING = 20_000
"""Of batches that came together; to read so many takes a tenth of a second, and of more the store holds the end."""

MOST_LISTS = 8
"""Different lists of venues that are followed at a time: each has its own summary, which is 25 ms of 10,000 rows."""


class MarketHub(LivingHub):
    """Batches in, frames out. `start` once; sockets come and go.

    Started, it runs by itself; every step of `_follow` and `_tick` can also be called by hand.
    """

    name = "market-hub"

    def __init__(self, reader: StoreReader, clock: Callable[[], float] = time) -> None:
        self.clock = clock
        self.frames = MarketFrames(reader.expiry, settings.PUSH_INTERVAL_MS)
        self.ladders = Ladders(reader, clock, self.frames)
        self.pressure_sockets: set[PressureSocket] = set()
        self._reader = reader
        self._channel = ""
        self._must_load = False
        self._turn = asyncio.Lock()  # frames leave in the order of their numbers
        self._last_frame_at = clock()
        self._told_outages: dict[str, str] = {}
        self._store = OutageLog(logger, "store_away %s: %s; trying until it is back", "store_back")

    # -- Sockets -----------------------------------------------------------------------------

    def has_room_for(self, choice: Choice) -> bool:
        """May it be followed? Of all but lists there are no more than there are venues."""
        lists = {each for socket in self.pressure_sockets if (each := socket.wanted.choice).is_list}
        return not choice.is_list or choice in lists or len(lists) < MOST_LISTS

    async def join_pressure(self, socket: PressureSocket) -> None:
        """Add a socket; it gets a snapshot now, or as soon as anything is known."""
        self.pressure_sockets.add(socket)
        await self.resync_pressure(socket)

    def leave_pressure(self, socket: PressureSocket) -> None:
        """Forget a socket."""
        self.pressure_sockets.discard(socket)

    async def resync_pressure(self, socket: PressureSocket) -> None:
        """A snapshot from which the next update follows, once the reader has caught up."""
        socket.needs_snapshot = True
        async with self._turn:
            await self._send_snapshot(socket)

    async def join_depth(self, socket: DepthSocket) -> None:
        """Add a socket; it gets a snapshot now, or is told why not and gets it once there is one."""
        self.ladders.add(socket)
        await self.resync_depth(socket)

    def leave_depth(self, socket: DepthSocket) -> None:
        """Forget a socket."""
        self.ladders.discard(socket)

    async def resync_depth(self, socket: DepthSocket) -> None:
        """A snapshot from which the next update follows."""
        socket.needs_snapshot = True
        async with self._turn:
            if not socket.needs_snapshot:
                return  # served while it waited for its turn
            try:
                if await self.ladders.send_snapshot(socket):
                    return
            except (RedisError, OSError):
                self.ladders.mark_due([socket.symbol])
                problem = error_frame("STORE_UNAVAILABLE", "The book cannot be read; it follows when it can.")
            else:
                problem = error_frame("NOT_TRACKED", f"No metrics available for {socket.symbol} yet.")
            await socket.send_frame(problem)

    # -- Feeds and time ----------------------------------------------------------------------

    async def join_feeds(self) -> None:
        """Join the group of the feeds, however long that takes, and load what they have stored so far."""
        while not await self._reach_store(self._subscribe):
            await asyncio.sleep(RETRY_SECONDS)
        await self.look_for_marks()
        async with self._turn:
            self._must_load = True
            await self._load()

    async def receive(self) -> list[Batch]:
        """Wait for the next batch, and take whatever has come with it or before: oldest first, at least one.

        While they are late, newer ones may be on their way through this process and are waited for a little: for
        no longer than an interval, since with slow turns, or by a feed's clock that is behind, all may be late.
        When the store comes back, the layer subscribes again by itself.
        """
        layer, batches, rows, began = get_channel_layer(), list[Batch](), 0, 0.0
        while not batches or not layer.channels[self._channel].empty():
            try:
                batch = batch_of(await layer.receive(self._channel))
            except ValueError as error:  # of the layer, which decodes what anybody may have sent
                leave_out("batches", error)
                continue
            if batch is None:
                continue
            began = began if batches else self.clock()
            batches.append(batch)
            rows += len(batch["rows"])
            if layer.channels[self._channel].empty() and self._is_more_awaited(batch, rows, began):
                for _ in range(TURNS_TO_ARRIVE):
                    await asyncio.sleep(0)
        return batches

    def _is_more_awaited(self, newest: Batch, rows: int, began: float) -> bool:
        """Have newer ones been sent by now, and has neither an interval passed nor too much come since it began?"""
        now, interval = self.clock(), settings.PUSH_INTERVAL_MS / 1000
        is_late = now - newest.get("sent_at", now) > interval
        has_time = abs(now - began) < interval  # whichever way the clock is put meanwhile
        return is_late and has_time and rows <= MOST_ROWS_WAITING

    async def take(self, batches: list[Batch]) -> None:
        """What batches that came together lead to, to everybody it concerns; not what was between."""
        async with self._turn:
            now = self.clock()
            self._must_load |= _are_too_many(batches)
            for batch in batches:
                self._must_load |= not self.frames.follow(batch, now)
            if self._must_load and await self._load():
                return
            for batch in batches:
                self.frames.apply(batch, ROWS.read_all(batch["rows"], now), now)
            while self.frames.has_news:
                await self._broadcast()
                await self.ladders.drop_left()
                self.ladders.mark_due(self.frames.changed)
            await self._send_due_ladders()

    async def pass_time(self) -> None:
        """Once a second: what grew stale or expired, whoever waits for a snapshot, and signs of life."""
        await self.end_stays()
        now = self.clock()
        async with self._turn:
            if self._must_load:
                await self._load()
            if self.frames.sweep(now):
                await self._broadcast()
                await self.ladders.drop_left()
                await self.ladders.send_again(self.frames.changed)
            await self._catch_up()
            await self._send_heartbeats(now)

    async def look_for_store(self) -> None:
        """Where no feed is heard, the store may be the reason, and nothing else would say so.

        Where it must be loaded from, that says more than an answer to this.
        """
        if self._must_load:
            return
        is_silent = self.frames.epoch and self.frames.feed_state(self.clock()) == "silent"
        if is_silent or self.frames.store_away_since is not None:
            await self._reach_store(self._ping)

    async def look_for_marks(self) -> None:
        """What is marked otherwise than before is told anew. Who knows may be waited for, in a thread."""
        told = await sync_to_async(marks.current, thread_sensitive=False)()
        async with self._turn:
            if self.frames.mark(told):
                await self._broadcast()
                await self.ladders.send_again(self.frames.changed)

    async def _subscribe(self) -> None:
        layer = get_channel_layer()
        # A subscription that fails leaves its queue behind in the layer: not one a second, for hours.
        await self._ping()
        self._channel = self._channel or await layer.new_channel()
        await layer.group_add(MARKET_GROUP, self._channel)

    async def _ping(self) -> None:
        await sync_to_async(self._reader.ping, thread_sensitive=False)()

    async def _load(self) -> bool:
        """Begin anew from everything the store holds; False while it is away, and what is known stays."""

        async def load() -> None:
            asked_at = self.clock()
            rows = await sync_to_async(self._reader.markets, thread_sensitive=False)()
            reports = await sync_to_async(self._reader.feeds, thread_sensitive=False)()
            self.frames.load(rows, asked_at, reports)

        if not await self._reach_store(load):
            return False
        self._must_load = False
        for socket in self.pressure_sockets:
            socket.needs_snapshot = True
        await self.ladders.drop_left()
        self.ladders.mark_due(self.frames.view.rows)
        await self._catch_up()
        return True

    async def _broadcast(self) -> None:
        self.frames.begin_update()
        self._last_frame_at = self.clock()
        await self._serve(with_update=True)

    async def _catch_up(self) -> None:
        await self._serve(with_update=False)
        await self.ladders.catch_up()
        await self._send_due_ladders()

    async def _serve(self, *, with_update: bool) -> None:
        """A snapshot to whoever waits for one and can take it, the newest update to everybody else."""
        async for socket in in_turns(self.pressure_sockets):
            if socket.is_congested:
                socket.needs_snapshot |= with_update
            elif socket.needs_snapshot:
                await self._send_snapshot(socket)
            elif with_update:
                await socket.send_frame(self.frames.update(socket.wanted, self.clock()))

    async def _send_snapshot(self, socket: PressureSocket) -> None:
        if socket.needs_snapshot and self.frames.epoch and not socket.is_congested:
            socket.needs_snapshot = False
            await socket.send_frame(self.frames.snapshot(socket.wanted, self.clock()))

    async def _send_due_ladders(self) -> None:
        if self.ladders.are_due:
            await self._reach_store(self.ladders.send_due)

    async def _send_heartbeats(self, now: float) -> None:
        """After some silence, and at once when NATS or the store is away or back: the books say that only later."""
        frame, outages = self.frames.heartbeat(now), self.frames.outages(now)
        is_news, self._told_outages = outages != self._told_outages, outages
        patience = 0.0 if is_news else HEARTBEAT_SECONDS
        if now - self._last_frame_at >= patience:
            self._last_frame_at = now
            await send_to_all(self.pressure_sockets, frame)
        await self.ladders.send_heartbeat(frame, patience)

    # -- Life --------------------------------------------------------------------------------

    def _everybody(self) -> list[Socket]:
        return [*self.pressure_sockets, *self.ladders.sockets()]

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[None]:
        try:
            yield
        finally:  # the layer would keep every batch for us, for ever
            await get_channel_layer().group_discard(MARKET_GROUP, self._channel)

    async def _follow(self) -> None:
        await self.join_feeds()
        while True:
            await self.take(await self.receive())

    async def _tick(self) -> None:
        async def again(step: Callable[[], Awaitable[None]]) -> None:
            while True:
                await asyncio.sleep(TICK_SECONDS)
                await step()

        async with asyncio.TaskGroup() as group:
            group.create_task(again(self.pass_time))
            # May take long, and signs of life must not wait for them.
            group.create_task(again(self.look_for_store))
            group.create_task(again(self.look_for_marks))

    async def _reach_store(self, step: Callable[[], Awaitable[None]]) -> bool:
        """Do what needs the store; False while it is away, which is told once."""
        try:
            await step()
        except (RedisError, OSError) as error:
            if self.frames.store_away_since is None:
                self.frames.store_away_since = self.clock()
            self._store.is_away(type(error).__name__, error)
            return False
        self._store.is_over()
        self.frames.store_away_since = None
        return True


def _are_too_many(batches: list[Batch]) -> bool:
    return len(batches) > 1 and sum(len(batch["rows"]) for batch in batches) > MOST_ROWS_WAITING


_hub: MarketHub | None = None


def get_hub() -> MarketHub:
    """The hub of this process, started with its first socket: not every server offers a moment of start-up."""
    global _hub
    if _hub is None or not _hub.is_running:
        _hub = MarketHub(get_reader())
        _hub.start()
    return _hub
