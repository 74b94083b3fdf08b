"""Once a second the process reports on its venues. Streaming does not wait for that, and goes on without a store."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from time import time

from redis.exceptions import RedisError

from markets.figures import Figures
from markets.reports.report import MarketsReport, VenueReport, in_a_line
from markets.reports.store import ReportWriter
from messaging.bus import Link
from messaging.outage import Outage, OutageLog, no_nats
from messaging.waiting import rest

logger = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
TIDY_SECONDS = 60.0
FINISH_SECONDS = 3.0
STORE_AWAY = (RedisError, OSError)


class Reporter:
    """Reports what `figures` hold; `run` never ends by itself."""

    def __init__(
        self,
        instance: str,
        figures: Iterable[Figures],
        link: Link,
        writer: ReportWriter,
        restarts: int = 0,
        clock: Callable[[], float] = time,
    ) -> None:
        self._instance, self._restarts = instance, restarts
        self._figures, self._link = list(figures), link
        self._writer, self._clock = writer, clock
        self._started_at = self._reported_at = clock()
        self._nats = Outage(self._started_at)
        self._frames = [0 for _ in self._figures]
        self._tidied_at = 0.0
        self._store = OutageLog(logger, "store_away %s: %s; streaming goes on", "store_back")
        self.last_report = self.report(self._started_at)

    async def run(self) -> None:
        """Report, wait, and so on."""
        while True:
            await self.report_once()
            await rest(EVERY_SECONDS)

    async def report_once(self) -> None:
        """Report how it goes; now and then, tidy up."""
        now = self._clock()
        self.last_report = self.report(now)
        is_there = await self._reach_store(lambda: self._writer.write(self.last_report))
        is_due = now - self._tidied_at >= TIDY_SECONDS
        if is_there and is_due and await self._reach_store(lambda: self._writer.tidy(now)):
            self._tidied_at = now

    async def finish(self) -> None:
        """An ordinary end: nobody is to miss the process."""
        try:
            async with asyncio.timeout(FINISH_SECONDS):
                await self._reach_store(lambda: self._writer.withdraw(self._instance))
        except TimeoutError:
            logger.warning("report_left: the store does not answer")
        finally:
            await self._writer.close()

    def report(self, now: float) -> MarketsReport:
        """State and counts at `now`; rates are since the report before."""
        seconds = now - self._reported_at
        venues = [
            venue_report(figures, (figures.frames - before) / seconds if seconds > 0 else 0.0)
            for figures, before in zip(self._figures, self._frames, strict=True)
        ]
        self._reported_at, self._frames = now, [figures.frames for figures in self._figures]
        is_connected = self._link.is_connected
        return MarketsReport(
            instance=self._instance,
            started_at=self._started_at,
            reported_at=now,
            restarts=self._restarts,
            connected=is_connected,
            dropped=sum(figures.dropped for figures in self._figures),
            venues=venues,
            nats_away_since=self._nats.look(is_connected, now),
            nats_trouble=in_a_line(self._link.trouble) or None,
        )

    async def _reach_store(self, act: Callable[[], Awaitable[None]]) -> bool:
        try:
            await act()
        except STORE_AWAY as error:
            self._store.is_away(type(error).__name__, error)
            return False
        self._store.is_over()
        return True


def missing(report: MarketsReport) -> dict[str, str]:
    """What the process cannot do, by name, with a sentence for each."""
    cut_off = {} if report.connected else {"nats": no_nats(report.nats_away_since, report.nats_trouble)}
    troubled = (venue for venue in report.venues if not (venue.is_well and venue.connections_wanted))
    return cut_off | {f"{venue.venue}/{venue.form}": f"{venue.summary}." for venue in troubled}


def venue_report(figures: Figures, rate: float) -> VenueReport:
    """What is counted of one venue, as others may read it; `rate` is in frames a second."""
    refusals: Counter[str] = Counter()
    for words, times in figures.refusals.items():
        refusals[in_a_line(words) or "without a word"] += times
    return VenueReport(
        venue=figures.venue,
        form=figures.form,
        symbols=figures.symbols,
        connections_open=figures.connections_open,
        connections_wanted=figures.connections_wanted,
        frames=figures.frames,
        rate_per_second=rate,
        published=figures.published,
        last_frame_at=figures.last_frame_at,
        reconnections=figures.reconnections,
        lost_books=dict(figures.lost_books),
        refusals=dict(refusals),
        unreadable=figures.unreadable,
        snapshots=figures.snapshots,
        snapshots_refused=figures.snapshots_refused,
        trouble=in_a_line(figures.trouble) or None,
        is_over=figures.is_over,
    )
