"""Parts of the system: the processes that report to the store, and the store itself."""

from collections.abc import Hashable, Iterable, Iterator
from typing import Protocol

from msgspec.structs import replace
from redis.exceptions import RedisError

from alerts.domain.entities import LONGEST_NAME
from alerts.domain.rates import Count, Rises
from alerts.domain.watched.parts import STORE, PartSeen
from alerts.watching.seen.look import Look
from configuration.domain.catalogue import CATALOGUE
from markets.reports.report import MarketsReport
from metrics.store.reports import FeedReport
from strategies.receipts import ProcessReport, place_of

RESTARTED_SECONDS = 300.0
"""For so long a process counts as started again."""
MESSAGES, REFUSED, DROPPED = "messages", "refused", "dropped"


class Process(Protocol):
    """What every process reports."""

    @property
    def started_at(self) -> float: ...
    @property
    def reported_at(self) -> float: ...
    @property
    def restarts(self) -> int: ...


class Parts:
    """Looks, one after the other."""

    def __init__(self) -> None:
        self._rises = Rises()
        self._before: list[PartSeen] = []

    def __call__(self, look: Look) -> list[PartSeen]:
        """Every part. While the store is away it alone is known: nobody else can be heard."""
        store = PartSeen(name=STORE, silent_seconds=max(0.0, look.now - look.answered_at))
        try:
            if look.rows is None:
                raise RedisError("away")
            feeds, processes, streams = look.feeds, newest(look.processes), look.streams
            others = look.others
        except RedisError:
            return [store, *(PartSeen(name=part.name) for part in self._before)]
        self._rises.look(counts(feeds, processes, streams), look.now)
        self._before = [
            *(self._feed(report, look.now) for report in feeds),
            *(self._strategies(report, look.now) for report in processes),
            *(self._market(report, look.now) for report in streams),
            *(_process(other, other.name[:LONGEST_NAME], look.now) for other in others),
        ]
        return [store, *self._before]

    def _feed(self, report: FeedReport, now: float) -> PartSeen:
        return replace(
            self._reader(report, feed_name(report), now),
            lag_seconds=None if report.lag_ms is None else report.lag_ms / 1000,
        )

    def _strategies(self, report: ProcessReport, now: float) -> PartSeen:
        is_without = None if report.is_silent(now) else not report.database_answers
        return replace(self._reader(report, strategies_name(report), now), is_without_database=is_without)

    def _reader(self, report: FeedReport | ProcessReport, name: str, now: float) -> PartSeen:
        """What reads the market. Of one that is silent nothing else is known."""
        part = _process(report, name, now)
        if report.is_silent(now):
            return part
        messages, refused = self._rises.of((name, MESSAGES)), self._rises.of((name, REFUSED))
        return replace(
            part,
            no_message_seconds=max(0.0, now - (report.last_message_at or report.started_at)),
            drops_per_minute=self._rises.of((name, DROPPED)),
            refused_share=min(100.0, 100 * (refused or 0) / messages) if messages else None,
            not_live=report.not_live_count,
            is_without_nats=report.nats_away_since is not None,
        )

    def _market(self, report: MarketsReport, now: float) -> PartSeen:
        name = market_name(report)
        part = _process(report, name, now)
        if report.is_silent(now):
            return part
        frames = [venue.last_frame_at for venue in report.venues if venue.last_frame_at is not None]
        return replace(
            part,
            no_message_seconds=max(0.0, now - max(frames, default=report.started_at)),
            drops_per_minute=self._rises.of((name, DROPPED)),
            troubled_venues=sum(not venue.is_well for venue in report.venues),
            is_without_nats=report.nats_away_since is not None,
        )


def _process(report: Process, name: str, now: float) -> PartSeen:
    return PartSeen(
        name=name,
        silent_seconds=max(0.0, now - report.reported_at),
        is_restarted=report.restarts > 0 and now - report.started_at < RESTARTED_SECONDS,
    )


def newest(reports: Iterable[ProcessReport]) -> list[ProcessReport]:
    """Of strategy processes in the same place the one that reported last: it took the place of the others."""
    found: dict[str, ProcessReport] = {}
    for report in reports:
        name = strategies_name(report)
        if name not in found or report.reported_at > found[name].reported_at:
            found[name] = report
    return list(found.values())


def feed_name(report: FeedReport) -> str:
    """The same after a restart, as all of these."""
    return f"feed {report.instance}"[:LONGEST_NAME]


def strategies_name(report: ProcessReport) -> str:
    host, partition, names = place_of(report)
    some = "" if set(names) == set(CATALOGUE) else f" ({'+'.join(names)})"
    return f"strategies {host}/{partition}{some}"[:LONGEST_NAME]


def market_name(report: MarketsReport) -> str:
    return f"market {report.instance}"[:LONGEST_NAME]


def counts(
    feeds: Iterable[FeedReport], processes: Iterable[ProcessReport], streams: Iterable[MarketsReport]
) -> dict[Hashable, Count]:
    """What each process has counted since it started."""
    return {
        (name, what): Count(total, began) for name, what, total, began in _counts(feeds, processes, streams)
    }


def _counts(
    feeds: Iterable[FeedReport], processes: Iterable[ProcessReport], streams: Iterable[MarketsReport]
) -> Iterator[tuple[str, str, int, float]]:
    readers: list[tuple[str, FeedReport | ProcessReport]] = [
        *((feed_name(report), report) for report in feeds),
        *((strategies_name(report), report) for report in processes),
    ]
    for name, report in readers:
        yield name, MESSAGES, report.messages, report.started_at
        yield name, REFUSED, sum(report.refused.values()), report.started_at
        yield name, DROPPED, report.slow_consumer_drops, report.started_at
    for stream in streams:
        yield market_name(stream), DROPPED, stream.dropped, stream.started_at
