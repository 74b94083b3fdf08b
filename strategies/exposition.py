"""Reports of strategy processes as Prometheus figures."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from metrics.exposition import clocks, counted, suspects
from strategies.receipts import LAG_BOUNDS, ProcessReport

COUNTERS = {
    "messages": "Messages received from NATS.",
    "slow_consumer_drops": "Messages dropped because they came faster than they were evaluated.",
    "signals_dropped": "Signals dropped because their receiver was away for too long.",
    "ledger_dropped": "Signals that the ledger has not, as the database was away for too long.",
    "withdrawals": "Books that turned out false and were taken back.",
    "states_evicted": "Per-symbol states forgotten to stay within bounds.",
    "restarts": "Times the process was started again after it had died.",
}
GAUGES = {
    "rate_per_second": "Messages a second over the last second.",
    "signals_waiting": "Signals that have not reached NATS or Redis yet.",
    "ledger_waiting": "Signals that are not in the database yet.",
    "not_live_count": "Symbols whose book is not live.",
    "connected": "1 while the process is connected to NATS.",
    "database_answers": "1 while the database answers the process; else it keeps the configuration it has.",
}
BY_LABEL = {
    "refused": (["reason"], "Messages refused, by reason."),
    "ignored": (["kind"], "Sound messages no strategy reads, by kind."),
    "signals": (["strategy", "action"], "Signals that left."),
    "suppressed": (["strategy"], "Signals that were held back by a halt."),
    "held_back": (["reason"], "Signals that waited for NATS and were dropped, halted or too old by then."),
    "failures": (["strategy", "error"], "Exceptions of strategies."),
    "errors": (["error"], "Failures outside single messages, by kind."),
}


class StrategiesCollector(Collector):
    """Turns the reports of one or more processes into figures, one series per process."""

    def __init__(self, reports: Callable[[], Iterable[ProcessReport]], clock: Callable[[], float]) -> None:
        self._reports, self._clock = reports, clock

    def collect(self) -> Iterator[Metric]:
        """Figures of this moment."""
        reports = list(self._reports())
        yield from counted("strategies", "process", COUNTERS, GAUGES, BY_LABEL, reports)
        yield self._gauge("up", "1 while the process is heard.", reports, self._is_up)
        yield self._gauge("halted_scopes", "Scopes that are halted.", reports, lambda r: len(r.halts))
        yield self._gauge(
            "rejected_levels", "Levels whose newest configuration was rejected.", reports, _rejected
        )
        yield suspects("strategies", "process", reports)
        yield clocks("strategies", "process", reports)
        yield self._lags(reports)

    def _is_up(self, report: ProcessReport) -> int:
        return int(not report.is_silent(self._clock()))

    @staticmethod
    def _gauge(
        name: str, text: str, reports: list[ProcessReport], value: Callable[[ProcessReport], float]
    ) -> GaugeMetricFamily:
        family = GaugeMetricFamily(f"strategies_{name}", text, labels=["process"])
        for report in reports:
            family.add_metric([report.instance], value(report))
        return family

    @staticmethod
    def _lags(reports: list[ProcessReport]) -> HistogramMetricFamily:
        family = HistogramMetricFamily(
            "strategies_save_to_applied_seconds",
            "Time from saving a configuration to its use in the process.",
            labels=["process"],
        )
        for report in reports:
            buckets, seen = [], 0
            for bound, count in zip((*map(str, LAG_BOUNDS), "+Inf"), report.lags.counts, strict=True):
                seen += count
                buckets.append((bound, seen))
            family.add_metric([report.instance], buckets, report.lags.total)
        return family


def _rejected(report: ProcessReport) -> int:
    return sum(receipt.rejected is not None for receipt in report.receipts)
