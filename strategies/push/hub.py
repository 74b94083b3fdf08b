"""The hub of one web process for configuration events: one subscription for all of its sockets.

A change or a halt is passed on when it is announced on Redis. Whether it is in force is computed from the
database and the receipts whenever something was announced, and once a second, since a process that died
announces nothing. Announcements may be lost; then a page hears a second later. While nothing is known,
sockets are sent that; a snapshot follows when it can.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from time import monotonic

import msgspec
from asgiref.sync import ThreadSensitiveContext
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error as DatabaseError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from configuration.announcements import channel
from configuration.exceptions import StoreUnavailable
from configuration.reading import reader as configuration
from halts.announcements import channel as halts_channel
from halts.domain import HaltRecord
from halts.reading import last_known
from live.frames import encode, error_frame
from live.hub import HEARTBEAT_SECONDS, RETRY_SECONDS, TICK_SECONDS, LivingHub
from live.sockets import Socket, send_to_all
from messaging.outage import OutageLog
from strategies.convergence import all_levels
from strategies.keys import StrategyKeys
from strategies.push.frames import NOTHING_YET, Overview, halt_body, heartbeat
from strategies.reader import get_reader
from strategies.values import CHANGES, HALTS

logger = logging.getLogger(__name__)

AWAY = (RedisError, DatabaseError, StoreUnavailable, OSError)
STATE_UNKNOWN = error_frame(
    "STORE_UNAVAILABLE", "What is in force is unknown; a snapshot follows when it is known."
)


def read_overview() -> Overview:
    """The present state, from the database and Redis."""
    reader = get_reader()
    reports, now = reader.processes(), reader.clock()
    return Overview.of(all_levels(reports, now), reports, last_known(), now)


class ConfigurationHub(LivingHub):
    """Announcements in, frames out. `start` once; sockets come and go.

    Started, it runs by itself; `refresh`, `pass_time` and `announce` can also be called by hand.
    """

    name = "configuration-hub"

    def __init__(
        self,
        redis: Redis,
        read: Callable[[], Overview] = read_overview,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.sockets: set[Socket] = set()
        self._redis, self._read, self._clock = redis, read, clock
        self._overview = NOTHING_YET
        self._announced = asyncio.Event()
        self._turn = asyncio.Lock()
        self._question = asyncio.Lock()
        self._outage = OutageLog(logger, "overview_away %s: %s", "overview_back")
        self._last_frame_at = clock()

    # -- Sockets -----------------------------------------------------------------------------

    async def join(self, socket: Socket) -> None:
        """Add a socket; it gets everything that is known, at once, or word that nothing is."""
        self.sockets.add(socket)
        await self.resync(socket)

    def leave(self, socket: Socket) -> None:
        """Forget a socket."""
        self.sockets.discard(socket)

    async def resync(self, socket: Socket) -> None:
        """A snapshot of what is known now, or word that nothing is known; it follows then."""
        socket.needs_snapshot = True
        others_know = self._outage.is_logged
        await self.refresh()
        if others_know and self._outage.is_logged:
            await socket.send_frame(STATE_UNKNOWN)

    # -- What happens ------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Look at everything again and send what differs.

        One question at a time, in a thread of its own: those who open a socket are not to wait for the answer.
        """
        try:
            async with self._question, ThreadSensitiveContext():
                overview = await database_sync_to_async(self._read)()
        except AWAY as error:
            await self._report_away(error)
            return
        async with self._turn:
            self._outage.is_over()
            before, self._overview = self._overview, overview
            for frame in overview.frames_since(before):
                await self._send(frame)
            await self._send_snapshots()

    async def announce(self, where: str, payload: bytes) -> None:
        """Pass an announcement of Redis on, and look what it has changed."""
        self._announced.set()
        if where == channel() and payload != b"{}" and (change := CHANGES.read(payload)):
            await self._send_in_turn(encode({"type": "change", **msgspec.structs.asdict(change)}))
        elif where == halts_channel() and (record := HALTS.read(payload)) and await self._can_be(record):
            await self._send_in_turn(encode({"type": "state", **halt_body(record)}))

    async def _can_be(self, record: HaltRecord) -> bool:
        """A halt is passed on as it comes, a resumption where the database knows of no halt any more."""
        if record.halted:
            return True
        await self.refresh()
        halted = [(halt["strategy_id"], halt["symbol"]) for halt in self._overview.halts]
        return (
            not self._outage.is_logged and (record.strategy_id or None, record.symbol or None) not in halted
        )

    async def pass_time(self) -> None:
        """Once a second, or when something was announced: what differs, and signs of life."""
        if not self.sockets:
            return
        await self.refresh()
        if not configuration.is_store_away:  # else nobody could come back
            await self.end_stays()
        if self._clock() - self._last_frame_at >= HEARTBEAT_SECONDS:
            async with self._turn:
                await self._send_to_all(heartbeat())

    async def _report_away(self, error: Exception) -> None:
        if self._outage.is_logged:
            return
        async with self._turn:
            self._outage.is_away(type(error).__name__, error)
            await self._send_to_all(STATE_UNKNOWN)
            for socket in self.sockets:
                socket.needs_snapshot = True

    async def _send_in_turn(self, frame: str) -> None:
        async with self._turn:
            await self._send(frame)

    async def _send(self, frame: str) -> None:
        """What follows on the snapshot; a reader who is too slow gets a new one when he has caught up."""
        self._last_frame_at = self._clock()
        for socket in list(self.sockets):
            socket.needs_snapshot |= socket.is_congested
            if not socket.needs_snapshot:
                await socket.send_frame(frame)

    async def _send_to_all(self, frame: str) -> None:
        self._last_frame_at = self._clock()
        await send_to_all(self.sockets, frame)

    async def _send_snapshots(self) -> None:
        waiting = [socket for socket in self.sockets if socket.needs_snapshot and not socket.is_congested]
        snapshot = self._overview.snapshot() if waiting else ""
        for socket in waiting:
            socket.needs_snapshot = False
            await socket.send_frame(snapshot)

    # -- Life --------------------------------------------------------------------------------

    def _everybody(self) -> set[Socket]:
        return self.sockets

    def _held(self) -> Redis:
        return self._redis  # closes itself

    async def _tick(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._announced.wait(), TICK_SECONDS)
            self._announced.clear()
            await self.pass_time()

    async def _follow(self) -> None:
        names = (channel(), halts_channel(), StrategyKeys(settings.STORE_PREFIX).receipts_channel)
        while True:
            try:
                async with self._redis.pubsub() as messages:
                    await messages.subscribe(*names)
                    while True:
                        message = await messages.get_message(ignore_subscribe_messages=True, timeout=5)
                        if message:
                            await self.announce(message["channel"].decode(), message["data"])
            except (RedisError, OSError):
                await asyncio.sleep(RETRY_SECONDS)


_hub: ConfigurationHub | None = None


def get_hub() -> ConfigurationHub:
    """The hub of this process, started with its first socket."""
    global _hub
    if _hub is None or not _hub.is_running:
        redis = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, health_check_interval=10)
        _hub = ConfigurationHub(redis)
        _hub.start()
    return _hub
