"""A hub of a state that is looked at again and again: whoever connects gets all of it, and then what differs.

It is looked at whenever something was announced on Redis, and every now and then in any case, since announcements may
be lost; then a page hears later. There is one look for all sockets of a process. While nothing is known, sockets are
sent that; a snapshot follows when it can.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from time import monotonic
from typing import ClassVar, Generic, Protocol, Self, TypeVar

from asgiref.sync import ThreadSensitiveContext
from channels.db import database_sync_to_async
from redis.asyncio import Redis
from redis.exceptions import RedisError

from live.frames import heartbeat
from live.hub import HEARTBEAT_SECONDS, RETRY_SECONDS, TICK_SECONDS, LivingHub
from live.sockets import Socket, send_to_all
from messaging.outage import OutageLog


class State(Protocol):
    """What is known at one moment, ready to send."""

    def frames_since(self, before: Self) -> list[str]:
        """What differs from the state before."""

    def snapshot(self) -> str:
        """All of it, for a new socket."""


AnyState = TypeVar("AnyState", bound=State)


class StateHub(LivingHub, Generic[AnyState]):
    """Announcements in, frames out. `start` once; sockets come and go.

    Started, it runs by itself; `refresh`, `pass_time` and `announce` can also be called by hand.
    """

    away: ClassVar[tuple[type[Exception], ...]]
    """What is raised where the state cannot be read."""
    unknown: ClassVar[str]
    """The frame that says so."""
    look_seconds: ClassVar[float] = TICK_SECONDS
    """How often it is looked at where nothing is announced."""

    def __init__(
        self,
        redis: Redis,
        read: Callable[[], AnyState],
        nothing_yet: AnyState,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.sockets: set[Socket] = set()
        self._redis, self._read, self._clock = redis, read, clock
        self._state = nothing_yet
        self._announced = asyncio.Event()
        self._turn = asyncio.Lock()
        self._question = asyncio.Lock()
        logger = logging.getLogger(type(self).__module__)
        self._outage = OutageLog(logger, f"{self.name}_away %s: %s", f"{self.name}_back")
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
            await socket.send_frame(self.unknown)

    # -- What happens ------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Look at everything again and send what differs.

        One question at a time, in a thread of its own: those who open a socket are not to wait for the answer.
        """
        try:
            async with self._question, ThreadSensitiveContext():
                state = await database_sync_to_async(self._read)()
        except self.away as error:
            await self._report_away(error)
            return
        async with self._turn:
            self._outage.is_over()
            before, self._state = self._state, state
            for frame in state.frames_since(before):
                await self._send(frame)
            await self._send_snapshots()

    async def announce(self, where: str, payload: bytes) -> None:
        """Something was announced on a channel: look what it has changed."""
        self._announced.set()

    async def pass_time(self) -> None:
        """Now and then, or when something was announced: what differs, and signs of life."""
        if not self.sockets:
            return
        await self.refresh()
        if self._lets_back_in():
            await self.end_stays()
        if self._clock() - self._last_frame_at >= HEARTBEAT_SECONDS:
            async with self._turn:
                await self._send_to_all(heartbeat())

    def _lets_back_in(self) -> bool:
        """Could whoever is let go come back?"""
        return not self._outage.is_logged

    def _channels(self) -> tuple[str, ...]:
        """The channels of Redis on which it is announced."""
        raise NotImplementedError

    async def _report_away(self, error: Exception) -> None:
        if self._outage.is_logged:
            return
        async with self._turn:
            self._outage.is_away(type(error).__name__, error)
            await self._send_to_all(self.unknown)
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
        snapshot = self._state.snapshot() if waiting else ""
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
                async with asyncio.timeout(self.look_seconds):
                    await self._announced.wait()
            self._announced.clear()
            await self.pass_time()

    async def _follow(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as messages:
                    await messages.subscribe(*self._channels())
                    while True:
                        message = await messages.get_message(ignore_subscribe_messages=True, timeout=5)
                        if message:
                            await self.announce(message["channel"].decode(), message["data"])
            except (RedisError, OSError):
                await asyncio.sleep(RETRY_SECONDS)
