"""Venues on NATS: what they send is published, and their whole books are served."""

import asyncio
import logging
from collections.abc import Iterable

from markets.domain.translated import Publication
from markets.figures import Figures
from markets.snapshots import Snapshots
from markets.subjects import subject_of
from markets.venue_stream import NothingTraded, VenueStream
from messaging.bus import Link

logger = logging.getLogger(__name__)

RECEIVED_AT = "Received-At"
"""Header of every frame: when the venue's message was received, in microseconds since the epoch."""
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
