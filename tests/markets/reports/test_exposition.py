"""Figures for Prometheus, a series a process, venue and form."""

from prometheus_client import CollectorRegistry

from markets.reports.exposition import MarketsCollector
from markets.reports.report import MarketsReport
from tests.factories import START
from tests.markets.reports.reports import TROUBLED, markets_report, venue_report


def registry(*reports: MarketsReport) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(MarketsCollector(lambda: reports, lambda: START))
    return registry


def test_every_figure_of_a_venue():
    found = registry(markets_report(venue_report(), TROUBLED))
    process = {"process": "host/binance:top:20"}
    of_venue = process | {"venue": "binance", "form": "spot"}
    expected = {
        "frames_total": 4_000, "published_total": 3_999, "reconnections_total": 1, "unreadable_total": 5,
        "snapshots_total": 6, "snapshots_refused_total": 7, "refusals_total": 5, "symbols": 20,
        "connections_open": 3, "connections_wanted": 3, "rate_per_second": 811.6, "last_frame_age_seconds": 0.5,
        "trouble": 0,
    }  # fmt: skip
    assert {name: found.get_sample_value(f"markets_{name}", of_venue) for name in expected} == expected
    assert found.get_sample_value("markets_lost_books_total", of_venue | {"reason": "gap"}) == 2
    assert found.get_sample_value("markets_trouble", of_venue | {"venue": "okx"}) == 1
    of_process = {"dropped_total": 8, "restarts_total": 0, "up": 1, "connected": 1}
    assert {name: found.get_sample_value(f"markets_{name}", process) for name in of_process} == of_process


def test_a_silent_process_is_not_up():
    found = registry(markets_report(reported_at=START - 11))
    assert found.get_sample_value("markets_up", {"process": "host/binance:top:20"}) == 0


def test_no_process_makes_no_series():
    families = list(registry().collect())
    assert families
    assert not any(family.samples for family in families)
