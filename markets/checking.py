"""Does a venue answer, and with what? One frame of each kind is enough."""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from markets.domain.translated import Kind, Publication
from markets.venue_stream import NothingTraded, VenueStream

WAIT_SECONDS = 30.0


class Finding(NamedTuple):
    """What came of one kind: after how many seconds, or why it did not."""

    venue: str
    form: str
    kind: Kind
    seconds: float | None
    why: str


class Watcher:
    """Notes when the first frame of each kind came."""

    def __init__(self, kinds: list[Kind], clock: Callable[[], float] = time.monotonic) -> None:
        self.first: dict[Kind, float] = {}
        self.all_came = asyncio.Event()
        self._kinds, self._clock, self._began = set(kinds), clock, clock()

    async def publish(self, publication: Publication, _at_us: int) -> None:
        self.first.setdefault(publication.kind, self._clock() - self._began)
        if self._kinds <= self.first.keys():
            self.all_came.set()


async def check(
    stream: VenueStream, watcher: Watcher, kinds: list[Kind], seconds: float = WAIT_SECONDS
) -> list[Finding]:
    """Connect as usual, wait for one frame of each kind for at most `seconds`, and report what came."""
    running = asyncio.create_task(stream.run())
    waiting = asyncio.create_task(watcher.all_came.wait())
    try:
        await asyncio.wait({running, waiting}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        running.cancel()
    nothing = ""
    try:
        await running
    except asyncio.CancelledError:
        pass
    except NothingTraded as error:
        nothing = str(error)
    why = nothing or stream.figures.trouble or _refusals(stream) or f"nothing came within {seconds:g} s"
    return [
        Finding(
            stream.venue.name,
            stream.venue.form,
            kind,
            watcher.first.get(kind),
            "" if kind in watcher.first else why,
        )
        for kind in kinds
    ]


def _refusals(stream: VenueStream) -> str:
    return "; ".join(stream.figures.refusals)
