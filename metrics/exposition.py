"""Feed reports as Prometheus figures."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from metrics.store.reports import FeedReport

COUNTERS = {
    "messages": "Messages received from NATS.",
    "accepted": "Depth snapshots that became metrics.",
    "new_runs": "Producers that began a new run of update ids.",
    "evicted": "Symbols evicted to stay under the cap.",
    "slow_consumer_drops": "Messages dropped because they came faster than they were processed.",
}
GAUGES = {
    "symbols": "Symbols tracked.",
    "rate_per_second": "Messages a second over the last second.",
    "publish_ms": "Duration of the newest publication in milliseconds.",
    "rollups_waiting": "Finished minutes not yet in the database.",
}
BY_LABEL = {
    "refused": ("reason", "Messages refused, by reason."),
    "ignored": ("kind", "Sound messages that are no book, by kind."),
    "errors": ("error", "Failures outside single messages, by kind."),
}


class FeedCollector(Collector):
    """Turns the reports of one or more feeds into figures, one series per feed instance."""

    def __init__(self, reports: Callable[[], Iterable[FeedReport]], clock: Callable[[], float]) -> None:
        self._reports = reports
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Figures of this moment."""
        reports = list(self._reports())
        for name, text in COUNTERS.items():
            yield _family(CounterMetricFamily(f"feed_{name}", text, labels=["feed"]), reports, name)
        for name, text in GAUGES.items():
            yield _family(GaugeMetricFamily(f"feed_{name}", text, labels=["feed"]), reports, name)
        for name, (label, text) in BY_LABEL.items():
            family = CounterMetricFamily(f"feed_{name}", text, labels=["feed", label])
            for report in reports:
                for key, count in getattr(report, name).items():
                    family.add_metric([report.instance, key], count)
            yield family
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
        yield from (age, lag)


def _family(
    family: CounterMetricFamily | GaugeMetricFamily, reports: list[FeedReport], name: str
) -> CounterMetricFamily | GaugeMetricFamily:
    for report in reports:
        family.add_metric([report.instance], getattr(report, name))
    return family
