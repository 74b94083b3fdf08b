"""One connection to a venue: opened, kept, renewed before it is cut, opened again when it ends."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple, NoReturn

from aiolimiter import AsyncLimiter
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from markets.domain.told import LostBook, Publication, Refusal, Told, Unreadable
from markets.domain.venue import Translator, Venue
from markets.figures import Figures
from markets.waits import Waits

logger = logging.getLogger(__name__)

LARGEST_MESSAGE = 16 * 1024 * 1024  # a whole book of Coinbase is some megabytes
OPEN_SECONDS = 10.0
BOOKS_EVERY_SECONDS = 0.1
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 30.0
FIRST_RENEWAL_SECONDS, LONGEST_RENEWAL_SECONDS = 0.2, 60.0
CALM_SECONDS = 60.0
"""A book that was not lost for so long is asked for at once when it is."""
BEFORE_THE_CUT = 0.95
"""Of the longest life of a connection: then the next one is opened."""
ENDED = (OSError, WebSocketException, TimeoutError)

Publish = Callable[[Publication, int], Awaitable[None]]
"""Takes what is published, and when it was received (microseconds)."""


class Patience(NamedTuple):
    """Seconds: how long a venue may be silent, and how long one connection may live."""

    silence: float = 60.0
    life: float | None = None


class Connection:
    """The channels of one socket. `run` never ends by itself, whatever the venue does."""

    def __init__(
        self,
        venue: Venue,
        url: str,
        channels: Sequence[str],
        translator: Callable[[int], Translator],
        publish: Publish,
        figures: Figures,
        openings: AsyncLimiter,
        patience: Patience,
        waits: Waits | None = None,
    ) -> None:
        """`translator` makes one for a time in microseconds; `openings` is shared by all connections to the venue."""
        self._venue, self._url, self._channels = venue, url, channels
        self._new_translator, self._publish, self._figures = translator, publish, figures
        self._openings, self._patience = openings, patience
        self._waits = waits or Waits(FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS)

    async def run(self) -> None:
        """Keep one session going; near the end of its life the next begins, and takes over once it has spoken."""
        current: asyncio.Task[str] | None = None
        newest: asyncio.Task[str] | None = None
        try:
            while True:
                has_spoken = asyncio.Event()
                newest = asyncio.create_task(self._session(has_spoken))
                await _first_of(newest, has_spoken)
                if not newest.done():
                    if current:
                        current.cancel()
                    current = newest
                    await asyncio.wait({current}, timeout=self._patience.life)
                    if not current.done():
                        continue
                self._tell(newest.result())
                self._figures.reconnections += 1
                await asyncio.sleep(self._waits.next())
        finally:
            for session in (current, newest):
                if session:
                    session.cancel()

    def _tell(self, why: str) -> None:
        if not self._figures.trouble:
            logger.warning("venue_away %s/%s: %s; trying until it is back", *self._names, why)
        self._figures.trouble = why

    async def _session(self, has_spoken: asyncio.Event) -> str:
        """From opening to the end; returns why it ended."""
        await self._openings.acquire()
        try:
            async with connect(
                self._url, open_timeout=OPEN_SECONDS, max_size=LARGEST_MESSAGE, compression=None
            ) as socket:
                self._figures.connections_open += 1
                try:
                    session = _Session(self._venue, socket, self._new_translator(_now_us()))
                    await self._follow(session, has_spoken)
                finally:
                    self._figures.connections_open -= 1
        except ENDED as error:
            return _in_words(error)
        except ExceptionGroup as group:
            ended, others = group.split(ENDED)
            if others or ended is None:
                raise
            return _in_words(ended.exceptions[0])

    async def _follow(self, session: "_Session", has_spoken: asyncio.Event) -> NoReturn:
        async with asyncio.TaskGroup() as group:
            group.create_task(session.ask_for(self._channels))
            group.create_task(session.keep_alive())
            group.create_task(session.watch(self._patience.silence))
            group.create_task(self._publish_books(session, has_spoken))
            while True:
                await self._take(await session.heard(), session, has_spoken, group)

    async def _take(
        self, raw: bytes, session: "_Session", has_spoken: asyncio.Event, group: asyncio.TaskGroup
    ) -> None:
        at_us = _now_us()
        self._figures.frames += 1
        self._figures.last_frame_at = at_us / 1e6
        try:
            for told in session.translator.read(raw, at_us):
                if isinstance(told, Publication):
                    await self._send_on(told, at_us, has_spoken)
                else:
                    self._hear_trouble(told, session, group)
        except Unreadable as error:
            self._figures.unreadable += 1
            if self._figures.unreadable == 1:
                logger.warning("venue_unreadable %s/%s: %s", *self._names, error)

    def _hear_trouble(self, told: Told, session: "_Session", group: asyncio.TaskGroup) -> None:
        if isinstance(told, LostBook):
            self._figures.lost_books[told.reason] += 1
            group.create_task(session.begin_anew(told.channel))
        elif isinstance(told, Refusal) and self._figures.refused(told.words):
            logger.warning("venue_refused %s/%s: %s", *self._names, told.words)

    async def _publish_books(self, session: "_Session", has_spoken: asyncio.Event) -> None:
        while True:
            await asyncio.sleep(BOOKS_EVERY_SECONDS)
            await self._publish_all(session.translator.changed_books(), has_spoken)

    async def _publish_all(self, publications: Iterable[Publication], has_spoken: asyncio.Event) -> None:
        at_us = _now_us()
        for each in publications:
            await self._send_on(each, at_us, has_spoken)

    async def _send_on(self, publication: Publication, at_us: int, has_spoken: asyncio.Event) -> None:
        if not has_spoken.is_set():
            has_spoken.set()
            self._waits.over()
            if self._figures.trouble:
                logger.info("venue_back %s/%s", *self._names)
                self._figures.trouble = ""
        await self._publish(publication, at_us)

    @property
    def _names(self) -> tuple[str, str]:
        return self._venue.name, self._venue.form


class _Session:
    """One socket while it is open."""

    def __init__(self, venue: Venue, socket: ClientConnection, translator: Translator) -> None:
        self.translator = translator
        self._venue, self._socket = venue, socket
        self._sending = AsyncLimiter(1, 1 / venue.limits.messages_a_second)
        self._number = 0
        self._heard_at = time.monotonic()
        self._renewals: dict[str, tuple[Waits, float]] = {}

    async def heard(self) -> bytes:
        """The next message. Raises one of ENDED when there is none any more."""
        raw = await self._socket.recv(decode=False)
        self._heard_at = time.monotonic()
        return raw

    async def ask_for(self, channels: Sequence[str]) -> None:
        """Subscribe, so many at a time as the venue allows."""
        size = self._venue.limits.channels_a_message
        for begin in range(0, len(channels), size):
            await self._send(self._venue.subscribe(channels[begin : begin + size], self._next()))

    async def begin_anew(self, channel: str) -> None:
        """Subscribe to one channel again, so that its book begins with a snapshot; at once unless it happens often."""
        waits, last_at = self._renewals.get(channel) or (
            Waits(FIRST_RENEWAL_SECONDS, LONGEST_RENEWAL_SECONDS),
            0.0,
        )
        now = time.monotonic()
        if now - last_at > CALM_SECONDS:
            waits.over()
        self._renewals[channel] = waits, now
        await asyncio.sleep(waits.next())
        await self._send(self._venue.unsubscribe([channel], self._next()))
        await self._send(self._venue.subscribe([channel], self._next()))

    async def keep_alive(self) -> None:
        """Say what the venue wants to hear now and then."""
        heartbeat = self._venue.heartbeat
        while heartbeat:
            await asyncio.sleep(heartbeat.every_seconds)
            await self._send([heartbeat.message])

    async def watch(self, silence: float) -> None:
        """Raises TimeoutError once nothing has come for so many seconds."""
        while (heard := self._heard_at + silence - time.monotonic()) > 0:
            await asyncio.sleep(heard)
        raise TimeoutError(f"nothing came for {silence:g} s")

    async def _send(self, messages: Iterable[str]) -> None:
        for each in messages:
            await self._sending.acquire()
            await self._socket.send(each)

    def _next(self) -> int:
        self._number += 1
        return self._number


async def _first_of(task: "asyncio.Task[str]", event: asyncio.Event) -> None:
    waiting = asyncio.create_task(event.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


def _in_words(error: Exception) -> str:
    if isinstance(error, TimeoutError) and str(error):
        return str(error)
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _now_us() -> int:
    return time.time_ns() // 1_000
