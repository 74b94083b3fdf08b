"""Reports as clients of REST get them."""

from markets.reports.report import MarketsReport, VenueReport
from metrics.answers.rounding import age_ms, timestamp
from metrics.answers.shapes import MarketSource, VenueSeen
from metrics.domain.rounding import rounded


def source_answer(report: MarketsReport, now: float) -> MarketSource:
    """A process that brings market data."""
    return {
        "instance": report.instance,
        "state": "silent" if report.is_silent(now) else "running",
        "connected": report.connected,
        "nats_away_since": timestamp(report.nats_away_since),
        "started_at": timestamp(report.started_at),
        "restarts": report.restarts,
        "reported_at": timestamp(report.reported_at),
        "dropped": report.dropped,
        "notice": report.notice(now),
        "venues": [_venue(each, now) for each in report.venues],
    }


def _venue(report: VenueReport, now: float) -> VenueSeen:
    last = report.last_frame_at
    return {
        "venue": report.venue,
        "form": report.form,
        "summary": report.summary,
        "is_well": report.is_well,
        "trouble": report.trouble or "",
        "symbols": report.symbols,
        "connections_open": report.connections_open,
        "connections_wanted": report.connections_wanted,
        "rate_per_second": rounded(report.rate_per_second, 1),
        "frames": report.frames,
        "published": report.published,
        "last_frame_at": timestamp(last),
        "last_frame_age_ms": None if last is None else age_ms(last, now),
        "reconnections": report.reconnections,
        "lost_books": report.lost_books,
        "refusals": report.refusals,
        "unreadable": report.unreadable,
        "snapshots": report.snapshots,
        "snapshots_refused": report.snapshots_refused,
    }
