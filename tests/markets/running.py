"""The engine at work before a venue that is played, and what it publishes."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

from markets.choice import Choice, read_choice
from markets.domain.translated import Kind, Publication
from markets.domain.venue import Venue
from markets.subjects import subject_of
from markets.venue_stream import Addresses, VenueStream
from tests.markets.exchange import Exchange
from tests.markets.recorded import published

BOOKS_AND_TRADES: tuple[Kind, ...] = ("depth", "bookTicker", "trade")
SILENCE_SECONDS = 60.0


class Published:
    """What a stream gave to be published, and how many seconds of work each is."""

    def __init__(self) -> None:
        self.all: list[Publication] = []
        self.work = 0.0

    async def take(self, publication: Publication, _at_us: int) -> None:
        self.all.append(publication)
        if self.work:
            await asyncio.sleep(self.work)

    def of(self, kind: Kind, symbol: str = "") -> list[Any]:
        """The data of all frames of a kind."""
        return [
            published(each.payload) for each in self.all if each.kind == kind and symbol in ("", each.symbol)
        ]

    def subjects(self, venue: Venue) -> set[str]:
        return {subject_of(venue.name, venue.form, each.kind, each.symbol) for each in self.all}


def changed(venue: Venue, **attributes: Any) -> Venue:
    """A venue that differs in some of what has to be known of it."""
    kind = type(venue)
    differs: Venue = type(kind.__name__, (kind,), attributes)()
    return differs


def stream_of(
    venue: Venue,
    exchange: Exchange,
    choice: Choice | str = "top:50",
    kinds: Collection[Kind] = BOOKS_AND_TRADES,
) -> VenueStream:
    """A stream that has yet to be run."""
    wanted = read_choice(choice) if isinstance(choice, str) else choice
    return VenueStream(
        venue, Addresses(*exchange.origins), wanted, kinds, levels=50, silence_seconds=SILENCE_SECONDS
    )


@asynccontextmanager
async def running(stream: VenueStream) -> AsyncIterator[Published]:
    """Runs a stream as long as the block, and fails where it ends by itself."""
    heard = Published()
    stream.publish = heard.take
    task = asyncio.create_task(stream.run())
    try:
        yield heard
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        await asyncio.wait({task})
