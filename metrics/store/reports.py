"""What a feed says about itself."""

import msgspec

FEED_SILENT_AFTER_SECONDS = 10.0


class FeedReport(msgspec.Struct, frozen=True):
    """State and counts of one feed process since it started. Times are seconds since the epoch."""

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

    def is_silent(self, now: float) -> bool:
        """Has the process itself not been heard lately?"""
        return now - self.reported_at > FEED_SILENT_AFTER_SECONDS
