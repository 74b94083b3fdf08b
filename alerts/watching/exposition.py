"""The report of a process that watches as Prometheus figures."""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from alerts.delivery.sender import SendReport
from alerts.watching.report import WatchReport

GAUGES = {
    "is_watching": "1 while the process judges rules; of several that run one does.",
    "database_answers": "1 while the database answers the process.",
    "store_answers": "1 while Redis answers the process.",
    "rules": "Rules that are judged.",
    "firing": "Alerts that fire.",
    "pending": "Entities of rules that are beyond the threshold, but not for long enough yet.",
    "unwritten": "Changes that wait for the database.",
    "tick_ms": "What the newest look at all markets took, in milliseconds.",
}
BY_LABEL = {
    "changes": ("change", "Changes of alerts that were written."),
    "errors": ("error", "Failures, by kind."),
}


OF_MESSAGES = {
    "delivered": "Messages that channels took.",
    "failed": "Attempts to tell a channel that failed.",
    "given_up": "Messages that no channel took for a day.",
}


class WatchCollector(Collector):
    """Turns the reports of the process and of its sender into figures."""

    def __init__(self, report: Callable[[], WatchReport], sent: Callable[[], SendReport]) -> None:
        self._report, self._sent = report, sent

    def collect(self) -> Iterator[Metric]:
        """Figures of this moment."""
        report = self._report()
        for name, text in GAUGES.items():
            gauge = GaugeMetricFamily(f"alerts_{name}", text, labels=["process"])
            gauge.add_metric([report.instance], getattr(report, name))
            yield gauge
        restarts = CounterMetricFamily(
            "alerts_restarts", "Times the process was started again after it had died.", labels=["process"]
        )
        restarts.add_metric([report.instance], report.restarts)
        yield restarts
        for name, (label, text) in BY_LABEL.items():
            counter = CounterMetricFamily(f"alerts_{name}", text, labels=["process", label])
            for kind, count in getattr(report, name).items():
                counter.add_metric([report.instance, kind], count)
            yield counter
        yield from self._of_messages(report.instance)

    def _of_messages(self, instance: str) -> Iterator[Metric]:
        sent = self._sent()
        for name, text in OF_MESSAGES.items():
            counter = CounterMetricFamily(f"alerts_messages_{name}", text, labels=["process", "kind"])
            for kind, count in getattr(sent, name).items():
                counter.add_metric([instance, kind], count)
            yield counter
        gauge = GaugeMetricFamily(
            "alerts_messages_waiting",
            "Messages that wait for a channel to take them.",
            labels=["process", "kind"],
        )
        for kind, count in sent.waiting.items():
            gauge.add_metric([instance, kind], count)
        yield gauge
