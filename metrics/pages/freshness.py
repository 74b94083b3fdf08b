"""Whether the numbers of a page can be believed, and since when not.

`static/realtime/js/freshness.js` goes on from here once a page is live.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from metrics.answers.feeds import feed_answer
from metrics.store.reader import StoreReader
from metrics.store.reports import FEED_SILENT_AFTER_SECONDS
from metrics.templatetags.figures import utc_time

Context = dict[str, Any]

STORE_AWAY = "The store of the metrics is away. This page fills by itself when it is back."


def freshness(reader: StoreReader, rows: Iterable[dict[str, Any]]) -> Context:
    """Context of a page that shows `rows`; the newest of them, or else the feed, tells the time."""
    newest = min(rows, key=lambda row: row["age_ms"], default=None)
    data_at = newest["timestamp"] if newest else _last_heard(reader)
    is_silent = newest is None or newest["age_ms"] > 1000 * FEED_SILENT_AFTER_SECONDS
    since = f"since {utc_time(data_at)}" if data_at else "yet"
    return {
        **_state("silent" if is_silent else "live"),
        "data_at": data_at,
        "newest_age_ms": newest["age_ms"] if newest else None,
        "notice": f"No market data has arrived {since}." if is_silent else "",
    }


def store_away() -> Context:
    """Context of a page that has nothing to show because the store does not answer."""
    return {**_state("away"), "notice": STORE_AWAY}


def _last_heard(reader: StoreReader) -> str | None:
    times = (feed["last_message_at"] for feed in feed_answer(reader)["feeds"])
    return max((time for time in times if time), default=None)


def _state(feed: str) -> Context:
    return {
        "feed": feed,
        "freshness": "fresh" if feed == "live" else "stale",
        "stale_after_ms": round(1000 * settings.STALE_AFTER_SECONDS),
        "silent_after_ms": round(1000 * FEED_SILENT_AFTER_SECONDS),
    }
