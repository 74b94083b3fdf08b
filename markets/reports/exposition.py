"""Reports as Prometheus figures."""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from markets.reports.report import MarketsReport, VenueReport

OF_PROCESS, OF_VENUE = ["process"], ["process", "venue", "form"]
COUNTERS = {
    "frames": "Messages received from the venue.",
    "published": "Frames that went to NATS.",
    "reconnections": "Connections that ended and were opened again.",
    "unreadable": "Messages that are not what the venue's documentation describes.",
    "snapshots": "Whole books brought on request.",
    "snapshots_refused": "Requests for whole books that were not answered with one.",
}
GAUGES = {
    "symbols": "Symbols brought.",
    "connections_open": "Connections that are open.",
    "connections_wanted": "Connections that should be.",
    "rate_per_second": "Messages a second over the last second.",
}


class MarketsCollector(Collector):
    """Turns the reports of processes into figures, one series per process, venue and form."""

    def __init__(self, reports: Callable[[], Iterable[MarketsReport]], clock: Callable[[], float]) -> None:
        self._reports, self._clock = reports, clock

    def collect(self) -> Iterator[Metric]:
        """Figures of this moment."""
        reports, now = list(self._reports()), self._clock()
        yield from _of_processes(reports, now)
        venues = [(report.instance, venue) for report in reports for venue in report.venues]
        yield from _of_venues(venues, now)


def _of_processes(reports: list[MarketsReport], now: float) -> Iterator[Metric]:
    dropped = CounterMetricFamily(
        "markets_dropped", "Frames dropped while there was no NATS.", labels=OF_PROCESS
    )
    restarts = CounterMetricFamily(
        "markets_restarts", "Times the process was started again after it had died.", labels=OF_PROCESS
    )
    up = GaugeMetricFamily("markets_up", "1 while the process is heard.", labels=OF_PROCESS)
    connected = GaugeMetricFamily(
        "markets_connected", "1 while the process is connected to NATS.", labels=OF_PROCESS
    )
    for report in reports:
        dropped.add_metric([report.instance], report.dropped)
        restarts.add_metric([report.instance], report.restarts)
        up.add_metric([report.instance], int(not report.is_silent(now)))
        connected.add_metric([report.instance], int(report.connected))
    yield from (dropped, restarts, up, connected)


def _of_venues(venues: list[tuple[str, VenueReport]], now: float) -> Iterator[Metric]:
    for kind, texts in ((CounterMetricFamily, COUNTERS), (GaugeMetricFamily, GAUGES)):
        for name, text in texts.items():
            family = kind(f"markets_{name}", text, labels=OF_VENUE)
            for instance, venue in venues:
                family.add_metric([instance, venue.venue, venue.form], getattr(venue, name))
            yield family
    lost = CounterMetricFamily(
        "markets_lost_books", "Books that could not be gone on with, by reason.", labels=[*OF_VENUE, "reason"]
    )
    refusals = CounterMetricFamily("markets_refusals", "Times the venue refused something.", labels=OF_VENUE)
    age = GaugeMetricFamily(
        "markets_last_frame_age_seconds", "Time since the newest message.", labels=OF_VENUE
    )
    trouble = GaugeMetricFamily("markets_trouble", "1 while the venue does not bring all.", labels=OF_VENUE)
    for instance, venue in venues:
        labels = [instance, venue.venue, venue.form]
        for reason, times in venue.lost_books.items():
            lost.add_metric([*labels, reason], times)
        refusals.add_metric(labels, sum(venue.refusals.values()))
        trouble.add_metric(labels, int(not venue.is_well))
        if venue.last_frame_at is not None:
            age.add_metric(labels, max(0.0, now - venue.last_frame_at))
    yield from (lost, refusals, age, trouble)
