"""Where the market of the past comes from: the journal, or recordings."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import islice
from pathlib import Path
from typing import Protocol

from nats.aio.client import Client

from journal import stream
from journal.stream import Passed, Reach
from markets.recording.reading import Arrival, Recording, merged

AT_ONCE = 1_000
"""Lines of a recording between two looks at whether anybody still wants the answer."""
A_MICROSECOND = 1e-6


class Source(Protocol):
    """A market, message by message, from `first` on and before `end`, in seconds since the epoch.

    One that `is_past` is of a time of which the configuration need know nothing.
    """

    first: float
    end: float
    is_past: bool

    def read(self, since: float, until: float) -> AsyncGenerator[list[Passed]]:
        """What was received from one moment on and before another, in order, in batches."""


class Journal:
    """What NATS has kept, of some subjects or all."""

    is_past = False

    def __init__(self, connection: Client, reach: Reach, subjects: Sequence[str] | None = None) -> None:
        self.first, self.end = reach.first or 0.0, (reach.last or 0.0) + A_MICROSECOND
        self._connection, self._subjects = connection, subjects

    async def read(self, since: float, until: float) -> AsyncGenerator[list[Passed]]:
        """Raises NoJournal, also half-way."""
        async with aclosing(stream.read(self._connection, since, until, self._subjects)) as batches:
            async for batch in batches:
                yield batch


class Recordings:
    """Files that were recorded at one time. Raises RecordingError."""

    is_past = True

    def __init__(self, paths: Sequence[Path]) -> None:
        read = [Recording(path) for path in paths]
        self._recordings = [(each, ends) for each in read if (ends := each.ends())]
        self.first = min((first for _, (first, _) in self._recordings), default=0) / 1e6
        self.end = max((last for _, (_, last) in self._recordings), default=0) / 1e6 + A_MICROSECOND

    async def read(self, since: float, until: float) -> AsyncGenerator[list[Passed]]:
        """Of all files together, in the order of their arrival."""
        arrivals = merged(
            [each for each, (first, last) in self._recordings if since <= last / 1e6 and first / 1e6 < until]
        )
        while (lines := list(islice(arrivals, AT_ONCE))) and as_passed(lines[0]).at < until:
            yield [passed for line in lines if since <= (passed := as_passed(line)).at < until]
            await asyncio.sleep(0)


def as_passed(arrival: Arrival) -> Passed:
    """A recorded line as a message, on a subject that names its place where the name of its file does."""
    subject = f"market.{arrival.place}.recorded" if arrival.place else ""
    return Passed(arrival.at_us / 1e6, subject, arrival.frame)
