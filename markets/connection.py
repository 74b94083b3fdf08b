"""One connection to a venue: opened, kept, renewed before it is cut, opened again when it ends."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, NoReturn

from aiolimiter import AsyncLimiter
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from markets.askings import Askings
from markets.domain.translated import LostBook, Publication, Refusal, Unreadable
from markets.domain.venue import Translator, Venue
from markets.figures import Figures
from markets.waits import Waits
from markets.words import plain

logger = logging.getLogger(__name__)

LARGEST_MESSAGE = 16 * 1024 * 1024  # a whole book of Coinbase is some megabytes
OPEN_SECONDS = 10.0
BOOKS_EVERY_SECONDS = 0.1
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 30.0
LOOK_FOR_BOOKS_SECONDS = 0.2
PING_EVERY_SECONDS = 2.0
CALM_SECONDS = 60.0
"""A connection that lived for so long is opened at once when it ends; one that ends sooner waits longer each time."""
BEFORE_THE_CUT = 0.95
"""Of the longest life of a connection: then the next one is opened."""
ENDED = (OSError, WebSocketException, TimeoutError)

Publish = Callable[[Publication, int], Awaitable[None]]
"""Takes what is published, and when it was received (microseconds)."""


class Patience(NamedTuple):
    """Seconds: how long a venue may be silent, how late what it sends may be read, how long one connection may live,
    and how long two go on together."""

    silence: float = 60.0
    behind: float = 3.0
    life: float | None = None
    overlap: float = 5.0


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
        """Keep one session going; near the end of its life the next begins, and takes over once it has spoken.

        For a while both go on, as a venue begins to send what was asked for last later than the rest.
        """
        current: asyncio.Task[str] | None = None
        newest: asyncio.Task[str] | None = None
        try:
            while True:
                has_spoken = asyncio.Event()
                newest = asyncio.create_task(self._session(has_spoken))
                await _first_of(newest, has_spoken)
                if current and not current.done():
                    await asyncio.wait({newest}, timeout=self._patience.overlap)
                if not newest.done():
                    if current:
                        current.cancel()
                    current = newest
                    await self._live_through(current)
                    if not current.done():
                        continue
                why = newest.result()
                if current is None or current.done():
                    self._report(why)
                self._figures.reconnections += 1
                await asyncio.sleep(self._waits.next())
        finally:
            for session in (current, newest):
                if session:
                    session.cancel()

    async def _live_through(self, session: "asyncio.Task[str]") -> None:
        """Return at the end of its life, or before when it has ended by itself."""
        began = _now()
        await asyncio.wait({session}, timeout=self._patience.life)
        if _now() - began > CALM_SECONDS:
            self._waits.over()

    def _report(self, why: str) -> None:
        if self._figures.away(self, why):
            logger.warning("venue_away %s/%s: %s; trying until it is back", *self._names, plain(why))

    async def _session(self, has_spoken: asyncio.Event) -> str:
        """From opening to the end; returns why it ended."""
        await self._openings.acquire()
        try:
            async with connect(
                self._url,
                open_timeout=OPEN_SECONDS,
                max_size=LARGEST_MESSAGE,
                compression=None,
                ping_interval=None,  # that a venue is silent is watched for, and how far behind we are
            ) as socket:
                self._figures.connections_open += 1
                try:
                    session = _Session(self._venue, socket, self._new_translator(_now_us()), has_spoken)
                    await self._follow(session)
                finally:
                    self._figures.connections_open -= 1
        except ENDED as error:
            return _in_words(error)
        except ExceptionGroup as group:
            ended, others = group.split(ENDED)
            if others or ended is None:
                raise
            return _in_words(ended.exceptions[0])

    async def _follow(self, session: "_Session") -> NoReturn:
        async with asyncio.TaskGroup() as group:
            group.create_task(session.ask_for(self._channels))
            group.create_task(session.keep_alive())
            group.create_task(session.watch(self._patience.silence))
            group.create_task(session.keep_up(self._patience.behind))
            group.create_task(self._publish_books(session))
            while True:
                await self._take(await session.heard(), session)

    async def _take(self, raw: bytes, session: "_Session") -> None:
        at_us = _now_us()
        self._figures.frames += 1
        self._figures.last_frame_at = at_us / 1e6
        try:
            for translated in session.translator.read(raw, at_us):
                if isinstance(translated, Publication):
                    await self._send_on(translated, at_us, session)
                else:
                    self._hear_trouble(translated)
        except Unreadable as error:
            self._figures.unreadable += 1
            if self._figures.unreadable == 1:
                logger.warning("venue_unreadable %s/%s: %s", *self._names, plain(str(error)))

    def _hear_trouble(self, trouble: LostBook | Refusal) -> None:
        if isinstance(trouble, LostBook):
            self._figures.lost_books[trouble.reason] += 1
        elif self._figures.refused(trouble.words):
            logger.warning("venue_refused %s/%s: %s", *self._names, plain(trouble.words))

    async def _publish_books(self, session: "_Session") -> None:
        while True:
            await asyncio.sleep(BOOKS_EVERY_SECONDS)
            at_us = _now_us()
            for each in session.translator.changed_books():
                await self._send_on(each, at_us, session)

    async def _send_on(self, publication: Publication, at_us: int, session: "_Session") -> None:
        session.speaks()
        if self._figures.back(self):
            logger.info("venue_back %s/%s", *self._names)
        await self._publish(publication, at_us)

    @property
    def _names(self) -> tuple[str, str]:
        return self._venue.name, self._venue.form


class _Session:
    """One socket while it is open."""

    def __init__(
        self, venue: Venue, socket: ClientConnection, translator: Translator, has_spoken: asyncio.Event
    ) -> None:
        self.translator = translator
        self._venue, self._socket, self._has_spoken = venue, socket, has_spoken
        self._sending = AsyncLimiter(1, 1 / venue.limits.messages_a_second)
        self._askings = Askings(_now)
        self._has_asked = False
        self._number = 0
        self._heard_at = _now()

    async def heard(self) -> bytes:
        """The next message. Raises one of ENDED when there is none any more."""
        raw = await self._socket.recv(decode=False)
        self._heard_at = _now()
        return raw

    def speaks(self) -> None:
        """Something came that is published; what came before all was asked for proves little."""
        if self._has_asked:
            self._has_spoken.set()

    async def ask_for(self, channels: Sequence[str]) -> NoReturn:
        """Subscribe to these, and again to each whose book is missing."""
        for batch in self._batches(channels):
            await self._subscribe(batch)
        self._has_asked = True
        ours = frozenset(channels)
        while True:
            await asyncio.sleep(LOOK_FOR_BOOKS_SECONDS)
            missing = [each for each in self.translator.missing_books() if each in ours]
            for batch in self._batches(self._askings.due(missing)):
                await self._send(self._venue.unsubscribe(batch, self._next()))
                await self._subscribe(batch)

    async def _subscribe(self, channels: Sequence[str]) -> None:
        await self._send(self._venue.subscribe(channels, self._next()))
        self._askings.asked(channels)

    def _batches(self, channels: Sequence[str]) -> Iterator[Sequence[str]]:
        size = self._venue.limits.channels_a_message
        return (channels[begin : begin + size] for begin in range(0, len(channels), size))

    async def keep_alive(self) -> None:
        """Send what the venue wants to get now and then."""
        heartbeat = self._venue.heartbeat
        while heartbeat:
            await asyncio.sleep(heartbeat.every_seconds)
            await self._send([heartbeat.message])

    async def watch(self, silence: float) -> None:
        """Raises TimeoutError once nothing has come for so many seconds."""
        while (rest := self._heard_at + silence - _now()) > 0:
            await asyncio.sleep(rest)
        raise TimeoutError(f"nothing came for {silence:g} s")

    async def keep_up(self, behind: float) -> NoReturn:
        """Raises TimeoutError once what comes is read more than so many seconds after it was sent.

        The answer to a ping stands behind all that was sent before it. What waits there has no time of its own at
        some venues, and would be taken for what the market is now; after a new connection there is nothing to wait
        for. Whole books come before the first answer, which may be late, and a venue need not answer at all.
        """
        await self._ping()
        while True:
            await asyncio.sleep(PING_EVERY_SECONDS)
            try:
                async with asyncio.timeout(behind):
                    await self._ping()
            except TimeoutError:
                self._socket.transport.abort()  # an answer to a good-bye would stand behind it all
                raise TimeoutError(f"what it sends is read more than {behind:g} s late") from None

    async def _ping(self) -> None:
        """Returns when the answer is read."""
        await self._sending.acquire()
        await (await self._socket.ping())

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


def _now() -> float:
    """By the clock that waits are measured with."""
    return asyncio.get_running_loop().time()


def _now_us() -> int:
    return time.time_ns() // 1_000
