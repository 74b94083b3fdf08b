"""Reports of processes that bring markets."""

from typing import Any

from markets.reports.report import MarketsReport, VenueReport
from tests.factories import START


def venue_report(**changes: Any) -> VenueReport:
    values: dict[str, Any] = {
        "venue": "binance",
        "form": "spot",
        "symbols": 20,
        "connections_open": 3,
        "connections_wanted": 3,
        "frames": 4_000,
        "rate_per_second": 811.6,
        "published": 3_999,
        "last_frame_at": START - 0.5,
        "reconnections": 1,
        "lost_books": {"gap": 2},
        "refusals": {"2: unknown symbol": 1, "3: too many": 4},
        "unreadable": 5,
        "snapshots": 6,
        "snapshots_refused": 7,
    }
    return VenueReport(**values | changes)


def markets_report(*venues: VenueReport, **changes: Any) -> MarketsReport:
    values: dict[str, Any] = {
        "instance": "host/binance:top:20",
        "started_at": START - 60,
        "reported_at": START,
        "restarts": 0,
        "connected": True,
        "dropped": 8,
        "venues": list(venues or [venue_report()]),
    }
    return MarketsReport(**values | changes)


TROUBLED = venue_report(venue="okx", connections_open=0, trouble="nothing came for 60 s")
