"""What each strategy process reports about itself: which configuration it has applied, and that it lives."""

from bisect import bisect_left
from typing import Annotated, Literal

import msgspec

from halts.domain import HaltRecord
from metrics.domain.admission.news import NotLive
from metrics.domain.bounds import Count, Moment, Name, Real, Symbol

SILENT_AFTER_SECONDS = 3.0
"""A process that has not reported for so long hangs or is dead."""
FORGOTTEN_AFTER_SECONDS = 3600.0
"""A dead process is shown as such for so long, or until another takes its place."""

LAG_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
"""Upper bounds of the histogram of seconds from saving to applying."""

LoadedFrom = Literal["database", "disk", "none"]
Status = Literal["applied", "pending", "rejected", "stale"]
Pair = Annotated[str, msgspec.Meta(pattern=r"\A[^:\x00-\x1f\x7f]+:[^:\x00-\x1f\x7f]+\Z")]
"""A strategy and what of it is counted."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A level's configuration in use by one process. Times are seconds since the epoch.

    `lag` is the seconds from saving to applying, None where the process did not run when it was saved.
    `rejected` says why a newer set was not taken over.
    """

    strategy_id: Name
    symbol: Symbol | None
    version: Count
    hash: Name
    applied_at: Moment
    lag: Real | None
    rejected: str | None = None


class Lags(msgspec.Struct, frozen=True):
    """A histogram of seconds from saving to applying; counts are per bound, the last one beyond all."""

    counts: Annotated[
        list[Count], msgspec.Meta(min_length=1 + len(LAG_BOUNDS), max_length=1 + len(LAG_BOUNDS))
    ]
    total: Real = 0.0

    @classmethod
    def none(cls) -> "Lags":
        return cls([0] * (len(LAG_BOUNDS) + 1))

    def with_lag(self, seconds: float) -> "Lags":
        """The histogram with one more observation; a clock ahead of ours counts as no time at all."""
        seconds = max(0.0, seconds)
        counts = list(self.counts)
        counts[bisect_left(LAG_BOUNDS, seconds)] += 1
        return Lags(counts, self.total + seconds)


class ProcessReport(msgspec.Struct, frozen=True, kw_only=True):
    """State and counts of one strategy process since it started. Times are seconds since the epoch."""

    instance: Name
    partition: Name
    strategies: list[Name]
    started_at: Moment
    reported_at: Moment
    connected: bool
    configuration: LoadedFrom
    database_answers: bool
    receipts: list[Receipt]
    halts: list[HaltRecord]
    lags: Lags
    last_message_at: Moment | None
    messages: Count
    rate_per_second: Real
    refused: dict[Name, Count]
    ignored: dict[Name, Count]
    signals: dict[Pair, Count]
    suppressed: dict[Name, Count]
    failures: dict[Pair, Count]
    errors: dict[Name, Count]
    slow_consumer_drops: Count
    signals_waiting: Count
    signals_dropped: Count
    states_evicted: Count
    held_back: dict[Name, Count] = {}
    nats_away_since: Moment | None = None
    nats_trouble: Name | None = None
    withdrawals: Count = 0
    not_live: list[NotLive] = []
    not_live_count: Count = 0
    wrong_clocks: dict[Name, Real] = {}
    restarts: Count = 0
    ledger_waiting: Count = 0
    ledger_dropped: Count = 0

    def is_silent(self, now: float) -> bool:
        """Dead, hanging or cut off: not heard lately."""
        return now - self.reported_at > SILENT_AFTER_SECONDS

    def receipt(self, strategy_id: str, symbol: str | None) -> Receipt | None:
        """What it uses for a symbol: the symbol's own level, else that of all symbols."""
        own = {r.symbol: r for r in self.receipts if r.strategy_id == strategy_id}
        return own.get(symbol) or own.get(None)


def place_of(report: ProcessReport) -> tuple[str, str, tuple[str, ...]]:
    """Host, partition and strategies: what a process that starts again has in common with itself."""
    return report.instance.partition(":")[0], report.partition, tuple(report.strategies)


class AppliedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One process seen from outside: does it use what the database holds?"""

    instance: str
    version: int | None
    hash: str | None
    applied_at: float | None
    lag: float | None
    status: Status
    reason: str | None


def compare(report: ProcessReport, strategy_id: str, symbol: str | None, hash: str, now: float) -> AppliedRow:
    """The process's answer to "is the set named `hash` in force?"; silence goes before everything."""
    receipt = report.receipt(strategy_id, symbol)
    status, reason = _status(report, receipt, hash, now)
    return AppliedRow(
        instance=report.instance,
        version=receipt.version if receipt else None,
        hash=receipt.hash if receipt else None,
        applied_at=receipt.applied_at if receipt else None,
        lag=receipt.lag if receipt else None,
        status=status,
        reason=reason,
    )


def _status(
    report: ProcessReport, receipt: Receipt | None, hash: str, now: float
) -> tuple[Status, str | None]:
    if report.is_silent(now):
        return "stale", f"not heard for {now - report.reported_at:.0f} s"
    if receipt is None:
        return "pending", "has applied nothing yet"
    if receipt.rejected:
        return "rejected", receipt.rejected
    if receipt.hash == hash:
        return "applied", None
    return "pending", None if report.database_answers else "runs on the last known good configuration"


def is_converged(rows: list[AppliedRow]) -> bool:
    """Does every process use it, and is there one at all?"""
    return bool(rows) and all(row.status == "applied" for row in rows)
