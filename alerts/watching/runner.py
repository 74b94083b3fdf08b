"""The process that watches, over time."""

import asyncio
from collections.abc import Callable
from time import monotonic, time

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async

from alerts.announcements import announce
from alerts.delivery.heartbeat import BEAT_SECONDS, Heartbeat
from alerts.delivery.sender import Sender
from alerts.watching.publishing import Publisher
from alerts.watching.watcher import Watcher
from messaging.bus import Link, leave
from messaging.outage import Outage, no_nats
from messaging.source import unless_stopped, until_stopped_or_closed
from messaging.waiting import either, pause

LEAVE_SECONDS = 1.0
TELL_SECONDS = 1.0
"""How often the database is asked for what NATS or a channel has not been told, beside at once after a change."""
FIRST_BEAT_SECONDS = 2.0
"""By then a process that starts watches."""
NO_DATABASE = "The database does not answer. It is asked every second."
NO_STORE = "Redis does not answer, and no market can be judged. It is asked all the time."


class WatchRunner:
    """Ticks of a watcher, and telling NATS and channels what came of them. Only who watches tells."""

    def __init__(
        self,
        watcher: Watcher,
        publisher: Publisher,
        sender: Sender,
        heartbeat: Heartbeat,
        interval: float,
        clock: Callable[[], float] = time,
    ) -> None:
        self._watcher, self._publisher, self._sender = watcher, publisher, sender
        self._heartbeat, self._interval, self._clock = heartbeat, interval, clock
        self._news = asyncio.Event()
        self._bus: Link | None = None
        self._nats = Outage(clock())
        self._nats_away_since: float | None = None

    async def run(self, nats_url: str, stop: asyncio.Event) -> None:
        """Watch until `stop`; ends with an exception when a part fails for good."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tick_until(stop), name="tick")
            group.create_task(self._stay_on_bus(nats_url, stop), name="bus")
            group.create_task(self._send_until(stop), name="send")
            group.create_task(self._beat_until(stop), name="heartbeat")
        await database_sync_to_async(self._watcher.leave)()

    def missing(self) -> dict[str, str]:
        """What the process cannot work without and has not, with a sentence for each."""
        report, found = self._watcher.report, {}
        if not report.database_answers:
            found["database"] = NO_DATABASE
        if not report.store_answers:
            found["store"] = NO_STORE
        if self._nats_away_since is not None:
            found["nats"] = no_nats(self._nats_away_since, self._bus.trouble if self._bus else None)
        return found

    async def tick(self) -> None:
        """One tick of the watcher, whose news are announced and told at once; and a look at the connection to NATS."""
        if await database_sync_to_async(self._watcher.tick)():
            self._news.set()
            self._sender.news.set()
            await sync_to_async(announce, thread_sensitive=False)()
        is_connected = self._bus is not None and self._bus.hears
        self._nats_away_since = self._nats.look(is_connected, self._clock())

    async def _tick_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            began = monotonic()
            await self.tick()
            await pause(stop, self._interval - (monotonic() - began))

    async def _stay_on_bus(self, url: str, stop: asyncio.Event) -> None:
        bus = self._bus = Link(url, "alerts")
        if not await unless_stopped(bus.open(), stop):
            return
        try:
            self._publisher.bus = bus
            async with asyncio.TaskGroup() as group:
                group.create_task(until_stopped_or_closed(bus, stop), name="connection")
                group.create_task(self._publish_until(stop), name="publish")
        finally:
            await leave(bus, LEAVE_SECONDS)

    async def _send_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._sender.news.clear()
            if self._watcher.is_watching:
                await self._sender.look()
            await either(stop, self._sender.news, TELL_SECONDS)
        await self._sender.settle(LEAVE_SECONDS)

    async def _beat_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await pause(stop, FIRST_BEAT_SECONDS)
            await self._heartbeat.beat()
            await pause(stop, BEAT_SECONDS - FIRST_BEAT_SECONDS)

    async def _publish_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._news.clear()
            if self._watcher.is_watching:
                await self._publisher.publish_once()
            await either(stop, self._news, TELL_SECONDS)
