"""Venues on NATS: what they send is published, what is asked for is answered."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Protocol

import msgspec
from nats.aio.msg import Msg

from markets.domain.translated import Publication
from markets.figures import Figures
from markets.rest import NoAnswer
from markets.subjects import snapshots_of, subject_of
from markets.venue_stream import NothingTraded, VenueStream
from messaging.bus import Link

logger = logging.getLogger(__name__)

RECEIVED_AT = "Received-At"
"""Header of every frame: when the venue's message was received, in microseconds since the epoch."""
MOST_REQUESTS = 8  # for snapshots of one venue, at the same time
TOO_LARGE_SECONDS = 600.0  # until a book may be smaller
REPORT_SECONDS = 10.0


class NobodyTrades(Exception):
    """None of the venues has what is wanted; in words."""


class Publisher:
    """Puts frames on NATS; while it is away they are dropped and counted: nobody wants old ones."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def publish(self, figures: Figures, publication: Publication, at_us: int) -> None:
        if not self._link.is_connected or len(publication.payload) > self._link.max_payload:
            figures.dropped += 1
            return
        subject = subject_of(figures.venue, figures.form, publication.kind, publication.symbol)
        await self._link.publish(subject, publication.payload, headers={RECEIVED_AT: str(at_us)})
        figures.published += 1


class Books(Protocol):
    """Who has the whole books of one venue and form, which `figures` name."""

    figures: Figures

    async def snapshot(self, symbol: str) -> bytes:
        """What the venue answers to who asks for one. Raises NoAnswer."""


class Snapshots:
    """Answers requests for whole books of one venue and form, one request of a symbol at a time."""

    def __init__(self, books: Books, link: Link) -> None:
        self._books, self._link = books, link
        self._asking: dict[str, asyncio.Task[bytes]] = {}
        self._places = asyncio.Semaphore(MOST_REQUESTS)

    async def serve(self) -> None:
        """Answer for ever."""
        async with asyncio.TaskGroup() as group:

            async def take(message: Msg) -> None:
                group.create_task(self._answer(message))

            figures = self._books.figures
            await self._link.subscribe(snapshots_of(figures.venue, figures.form), cb=take)
            await asyncio.Event().wait()

    async def _answer(self, message: Msg) -> None:
        symbol = message.subject.rpartition(".")[2]
        try:
            body = await self._body(symbol)
            if len(body) > self._link.max_payload:
                raise NoAnswer("the book is larger than NATS takes", TOO_LARGE_SECONDS)
        except NoAnswer as error:
            self._books.figures.snapshots_refused += 1
            body = msgspec.json.encode(
                {"error": str(error), "retry_after_ms": round(1_000 * error.retry_after)}
            )
        if message.reply and self._link.is_connected:
            await message.respond(body)

    async def _body(self, symbol: str) -> bytes:
        """Whoever asks while another's question is under way gets the same answer."""
        task = self._asking.get(symbol)
        if task is None:
            task = self._asking[symbol] = asyncio.create_task(self._ask(symbol))
            task.add_done_callback(lambda _: self._asking.pop(symbol))
        return await task

    async def _ask(self, symbol: str) -> bytes:
        async with self._places:
            return await self._books.snapshot(symbol)


async def stream_all(streams: list[VenueStream], link: Link) -> None:
    """Run all of them; never ends by itself. Raises NobodyTrades."""
    async with asyncio.TaskGroup() as group:
        for stream in streams:
            group.create_task(Snapshots(stream, link).serve())
        group.create_task(_report(streams))
        running = [asyncio.create_task(_unless_nothing_is_traded(stream)) for stream in streams]
        await asyncio.gather(*running)
        raise NobodyTrades(" ".join(f"{stream.figures.trouble}." for stream in streams))


async def _unless_nothing_is_traded(stream: VenueStream) -> None:
    """One venue without the wanted markets does not stop the others."""
    try:
        await stream.run()
    except NothingTraded as nothing:
        stream.figures.away(stream, str(nothing).rstrip("."))
        stream.figures.is_over = True
        logger.error("nothing_traded %s", nothing)


async def _report(streams: Iterable[VenueStream]) -> None:
    """A line a venue now and then, for whoever looks at the log."""
    before = {id(stream): 0 for stream in streams}
    while True:
        await asyncio.sleep(REPORT_SECONDS)
        for stream in streams:
            figures = stream.figures
            rate = (figures.frames - before[id(stream)]) / REPORT_SECONDS
            before[id(stream)] = figures.frames
            logger.info(
                "venue %s/%s symbols=%d connections=%d/%d frames_per_second=%.0f published=%d dropped=%d "
                "lost_books=%d %s",
                figures.venue, figures.form, figures.symbols, figures.connections_open,
                figures.connections_wanted, rate, figures.published, figures.dropped,
                figures.lost_books.total(),
                figures.trouble or "ok",
            )  # fmt: skip
