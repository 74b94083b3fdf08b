"""What a feed says about itself."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

import msgspec

from metrics.domain.admission.news import NotLive
from metrics.domain.bounds import Count, Moment, Name, Real
from metrics.domain.full_books import Integrity

MOST_NOT_LIVE = MOST_FULL_BOOKS = 200
FEED_SILENT_AFTER_SECONDS = 10.0
QUIET_AFTER_SECONDS = 5.0
"""A feed that is connected and gets no message for so long is told apart from one that is away."""


class FeedReport(msgspec.Struct, frozen=True):
    """State and counts of one feed process since it started. Times are seconds since the epoch.

    `markets` are those of all `symbols`; `not_live` are the first MOST_NOT_LIVE that are not. `wrong_clocks` are
    venues of which nothing is on time, and by how many seconds they are late (negative: ahead). `restarts` is how often
    it was started again after it had died, by whoever runs it. `nats_trouble` says why there is no NATS. `origins` is
    what books that may still be shown claim to be ("simulated", "replayed"). `refused_mostly` is why most messages
    were refused since the report before, None where none was. `full_books` are the MOST_FULL_BOOKS that
    are kept worst.
    """

    instance: Name
    epoch: Name
    partition: Name
    subjects: list[Name]
    started_at: Moment
    reported_at: Moment
    connected: bool
    last_message_at: Moment | None
    messages: Count
    accepted: Count
    refused: dict[Name, Count]
    ignored: dict[Name, Count]
    new_runs: Count
    evicted: Count
    slow_consumer_drops: Count
    errors: dict[Name, Count]
    rate_per_second: Real
    lag_ms: Real | None
    publish_ms: Real
    symbols: Count
    rollups_waiting: Count
    nats_away_since: Moment | None = None
    nats_trouble: Name | None = None
    withdrawals: Count = 0
    not_live: list[NotLive] = []
    not_live_count: Count = 0
    wrong_clocks: dict[Name, Real] = {}
    restarts: Count = 0
    origins: list[Name] = []
    full_books: list[Integrity] = []
    full_books_count: Count = 0
    full_books_whole: Count = 0
    full_book_gaps: Count = 0
    full_book_contradictions: Count = 0
    full_book_snapshots: Count = 0
    markets: Count = 0
    last_accepted_at: Moment | None = None
    refused_mostly: Name | None = None

    def is_silent(self, now: float) -> bool:
        """Has the process itself not been heard lately?"""
        return now - self.reported_at > FEED_SILENT_AFTER_SECONDS


class Restartable(Protocol):
    """What is known of a process that may have died and been started again."""

    @property
    def restarts(self) -> int: ...
    @property
    def started_at(self) -> float: ...


P = TypeVar("P", bound=Restartable)


def last_restarted(processes: Iterable[P]) -> P | None:
    """Of those that were started again after they had died, the one that was last."""
    again = (process for process in processes if process.restarts)
    return max(again, key=lambda process: process.started_at, default=None)
