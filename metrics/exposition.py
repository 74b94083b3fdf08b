"""Feed reports as Prometheus figures."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from metrics.domain.admission.news import NotLive
from metrics.domain.market import SUSPECT
from metrics.store.reports import FeedReport
from stored import left_out

COUNTERS = {
    "messages": "Messages received from NATS.",
    "accepted": "Depth snapshots that became metrics.",
    "new_runs": "Producers that began a new run of update ids.",
    "withdrawals": "Times that what was shown turned out false and was taken back.",
    "evicted": "Symbols evicted to stay under the cap.",
    "slow_consumer_drops": "Messages dropped because they came faster than they were processed.",
    "restarts": "Times the process was started again after it had died.",
    "full_book_gaps": "Times that a full book was lost.",
    "full_book_contradictions": "Times that a touch of the same id contradicted a full book.",
    "full_book_snapshots": "Snapshots that came for full books.",
}
GAUGES = {
    "symbols": "Symbols tracked.",
    "not_live_count": "Symbols that are not live.",
    "full_books_count": "Full books that are kept.",
    "full_books_whole": "Full books that are whole.",
    "rate_per_second": "Messages a second over the last second.",
    "publish_ms": "Duration of the newest publication in milliseconds.",
    "rollups_waiting": "Finished minutes not yet in the database.",
}
BY_LABEL = {
    "refused": (["reason"], "Messages refused, by reason."),
    "ignored": (["kind"], "Sound messages that are no book, by kind."),
    "errors": (["error"], "Failures outside single messages, by kind."),
}


class FeedCollector(Collector):
    """Turns the reports of one or more feeds into figures, one series per feed instance."""

    def __init__(self, reports: Callable[[], Iterable[FeedReport]], clock: Callable[[], float]) -> None:
        self._reports = reports
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Figures of this moment."""
        reports = list(self._reports())
        yield from counted("feed", "feed", COUNTERS, GAUGES, BY_LABEL, reports)
        age = GaugeMetricFamily(
            "feed_last_message_age_seconds", "Time since the newest message.", labels=["feed"]
        )
        lag = GaugeMetricFamily(
            "feed_lag_ms", "Receipt minus event time of the newest book.", labels=["feed"]
        )
        for report in reports:
            if report.last_message_at is not None:
                age.add_metric([report.instance], max(0.0, self._clock() - report.last_message_at))
            if report.lag_ms is not None:
                lag.add_metric([report.instance], report.lag_ms)
        yield from (age, lag, suspects("feed", "feed", reports), clocks("feed", "feed", reports))


class NotBelievedCollector(Collector):
    """What this process has read in Redis and not believed."""

    def collect(self) -> Iterator[Metric]:
        """Figures of this moment."""
        family = CounterMetricFamily(
            "store_not_believed", "Values in Redis that were left out or replaced, by kind.", labels=["kind"]
        )
        for kind, times in left_out.items():
            family.add_metric([kind], times)
        yield family


class Admitting(Protocol):
    """A report of a process that holds messages against the rules."""

    @property
    def instance(self) -> str: ...
    @property
    def not_live(self) -> list[NotLive]: ...
    @property
    def wrong_clocks(self) -> dict[str, float]: ...


def counted(
    prefix: str,
    label: str,
    counters: Mapping[str, str],
    gauges: Mapping[str, str],
    by_label: Mapping[str, tuple[list[str], str]],
    reports: Iterable[Admitting],
) -> Iterator[Metric]:
    """The figures of reports by their names, each with its words; `by_label` are counts by what colons part."""
    for kind, texts in ((CounterMetricFamily, counters), (GaugeMetricFamily, gauges)):
        for name, text in texts.items():
            family = kind(f"{prefix}_{name}", text, labels=[label])
            for report in reports:
                family.add_metric([report.instance], getattr(report, name))
            yield family
    for name, (labels, text) in by_label.items():
        family = CounterMetricFamily(f"{prefix}_{name}", text, labels=[label, *labels])
        for report in reports:
            for key, count in getattr(report, name).items():
                family.add_metric([report.instance, *key.split(":", len(labels) - 1)], count)
        yield family


def suspects(prefix: str, label: str, reports: Iterable[Admitting]) -> GaugeMetricFamily:
    """1 for every market that is suspect, with the reason."""
    family = GaugeMetricFamily(
        f"{prefix}_suspect", "1 for a market that is suspect.", labels=[label, "symbol", "market", "reason"]
    )
    for report in reports:
        for each in report.not_live:
            if each.state == SUSPECT:
                family.add_metric([report.instance, each.symbol, each.market, each.reason], 1)
    return family


def clocks(prefix: str, label: str, reports: Iterable[Admitting]) -> GaugeMetricFamily:
    """Seconds by which all of a venue is late, where it is and is refused for it."""
    family = GaugeMetricFamily(
        f"{prefix}_wrong_clock_seconds",
        "By how much everything from a venue is late (negative: ahead).",
        labels=[label, "venue"],
    )
    for report in reports:
        for venue, late in report.wrong_clocks.items():
            family.add_metric([report.instance, venue], late)
    return family
