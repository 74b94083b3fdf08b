"""What a feed says about itself."""

import msgspec

from metrics.domain.admission.news import NotLive

MOST_NOT_LIVE = 200
FEED_SILENT_AFTER_SECONDS = 10.0


class FeedReport(msgspec.Struct, frozen=True):
    """State and counts of one feed process since it started. Times are seconds since the epoch.

    `not_live` are the first MOST_NOT_LIVE of the symbols that are not; `wrong_clocks` are venues of which nothing is
    on time, and by how many seconds they are late (negative: ahead).
    """

    instance: str
    epoch: str
    partition: str
    subjects: list[str]
    started_at: float
    reported_at: float
    connected: bool
    last_message_at: float | None
    messages: int
    accepted: int
    refused: dict[str, int]
    ignored: dict[str, int]
    new_runs: int
    evicted: int
    slow_consumer_drops: int
    errors: dict[str, int]
    rate_per_second: float
    lag_ms: float | None
    publish_ms: float
    symbols: int
    rollups_waiting: int
    nats_away_since: float | None = None
    withdrawals: int = 0
    not_live: list[NotLive] = []
    not_live_count: int = 0
    wrong_clocks: dict[str, float] = {}

    def is_silent(self, now: float) -> bool:
        """Has the process itself not been heard lately?"""
        return now - self.reported_at > FEED_SILENT_AFTER_SECONDS
