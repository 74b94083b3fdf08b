"""The hub of one web process for configuration events: one subscription for all of its sockets.

A change or a halt is passed on when it is announced on Redis. Whether it is in force is computed from the
database and the receipts whenever something was announced, and once a second, since a process that died
announces nothing. Announcements may be lost; then a page hears a second later.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import msgspec
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import Error as DatabaseError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from configuration.announcements import channel, halts_channel
from configuration.domain.halts import HaltRecord
from configuration.exceptions import StoreUnavailable
from configuration.halts.reading import last_known
from strategies.convergence import all_levels
from strategies.keys import StrategyKeys
from strategies.push.frames import NOTHING_YET, Overview, encode, halt_body
from strategies.reader import get_reader

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
RETRY_SECONDS = 1.0
AWAY = (RedisError, DatabaseError, StoreUnavailable, OSError)


class Socket(Protocol):
    """What the hub needs to know of a connection."""

    async def send_frame(self, frame: str) -> None: ...


def read_overview() -> Overview:
    """The present state, from the database and Redis."""
    reader = get_reader()
    reports, now = reader.processes(), reader.clock()
    return Overview.of(all_levels(reports, now), reports, last_known(), now)


class ConfigurationHub:
    """Announcements in, frames out. `start` once; sockets come and go."""

    def __init__(self, redis: Redis, read: Callable[[], Overview] = read_overview) -> None:
        self.sockets: set[Socket] = set()
        self._redis, self._read = redis, read
        self._overview = NOTHING_YET
        self._told = asyncio.Event()
        self._turn = asyncio.Lock()
        self._is_away = False
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Follow announcements and the clock from now on."""
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._tick())]

    async def stop(self) -> None:
        """Follow no longer."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()

    async def join(self, socket: Socket) -> None:
        """Add a socket; it gets everything that is known, at once."""
        await self.refresh()
        async with self._turn:
            await socket.send_frame(self._overview.snapshot())
            self.sockets.add(socket)

    def leave(self, socket: Socket) -> None:
        """Forget a socket."""
        self.sockets.discard(socket)

    async def refresh(self) -> None:
        """Look at everything again and tell what differs."""
        try:
            overview = await database_sync_to_async(self._read)()
        except AWAY as error:
            if not self._is_away:
                self._is_away = True
                logger.warning("overview_away %s: %s", type(error).__name__, error)
            return
        self._is_away = False
        async with self._turn:
            before, self._overview = self._overview, overview
            if self.sockets:
                for frame in overview.frames_since(before):
                    await self._send(frame)

    async def announce(self, where: str, payload: bytes) -> None:
        """Pass an announcement of Redis on, and look what it has changed."""
        self._told.set()
        if where == channel() and payload != b"{}":
            change: dict[str, Any] = msgspec.json.decode(payload)
            await self._send_in_turn(encode({"type": "change", **change}))
        elif where == halts_channel():
            record = msgspec.json.decode(payload, type=HaltRecord)
            await self._send_in_turn(encode({"type": "state", **halt_body(record)}))

    async def _send_in_turn(self, frame: str) -> None:
        async with self._turn:
            await self._send(frame)

    async def _send(self, frame: str) -> None:
        for socket in list(self.sockets):
            await socket.send_frame(frame)

    async def _tick(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), TICK_SECONDS)
            self._told.clear()
            if self.sockets:
                await self.refresh()

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


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, ConfigurationHub] = WeakKeyDictionary()


def get_hub() -> ConfigurationHub:
    """The hub of this process, started with its first socket."""
    loop = asyncio.get_running_loop()
    hub = _hubs.get(loop)
    if hub is None:
        redis = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, health_check_interval=10)
        hub = _hubs[loop] = ConfigurationHub(redis)
        hub.start()
    return hub
