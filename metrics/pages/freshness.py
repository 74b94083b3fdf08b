"""Whether the numbers of a page can be believed, and since when not.

`static/realtime/js/freshness.js` goes on from here once a page is live.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings

from metrics.answers import Body
from metrics.answers.feeds import clock_notices, origin_notice, quiet_notice
from metrics.answers.rounding import timestamp
from metrics.store.reader import StoreReader, get_reader
from metrics.store.reports import FEED_SILENT_AFTER_SECONDS, FeedReport, Restartable, last_restarted
from metrics.templatetags.figures import restarted, utc_time

Context = dict[str, Any]

STORE_AWAY = "The store of the metrics is away. This page fills by itself when it is back."


def freshness(reader: StoreReader, rows: Iterable[Body]) -> Context:
    """Context of a page that shows `rows`; the newest of them, or else the feed, tells the time."""
    reports, now = reader.feeds(), reader.clock()
    newest = min(rows, key=lambda row: row["age_ms"], default=None)
    data_at = newest["timestamp"] if newest else _last_heard(reports)
    is_silent = newest is None or newest["age_ms"] > 1000 * FEED_SILENT_AFTER_SECONDS
    away_since = nats_away_since(reports, now)
    clocks, quiet = clock_notice(reports, now), connected_but_quiet(reports, now)
    silence = (quiet or no_data(data_at)) if is_silent else ""
    trouble = cut_off(away_since) if away_since else clocks or silence
    return {
        **_state("live" if not is_silent else "late" if clocks else "silent"),
        "data_at": data_at,
        "newest_age_ms": newest["age_ms"] if newest else None,
        "nats_away_since": timestamp(away_since),
        "clock_notice": clocks,
        "quiet_notice": quiet,
        "origin_notice": told_origins(reports, now),
        "feed_restarts": restarts(report for report in reports if not report.is_silent(now)),
        "notice": trouble,
    }


def nats_away_since(reports: Iterable[FeedReport], now: float) -> float | None:
    """Since when a feed that is heard has had no connection to NATS; None where all have one."""
    away = [report.nats_away_since for report in reports if not report.is_silent(now)]
    return min((since for since in away if since is not None), default=None)


def told_origins(reports: Iterable[FeedReport], now: float) -> str:
    """Where what is shown comes from, if it is not of now or not real; empty where nothing is said of it.

    A feed that is silent says it for as long as the last of its books may be shown.
    """
    shown_since = now - settings.METRICS_TTL_SECONDS
    return origin_notice(
        origin for report in reports if report.reported_at >= shown_since for origin in report.origins
    )


def origin_now() -> str:
    """The same, of all feeds now. Raises RedisError while the store is away."""
    reader = get_reader()
    return told_origins(reader.feeds(), reader.clock())


def clock_notice(reports: Iterable[FeedReport], now: float) -> str:
    """What feeds that are heard say of clocks that are wrong; empty where none is."""
    heard = (report for report in reports if not report.is_silent(now))
    return " ".join(text for report in heard for text in clock_notices(report.wrong_clocks))


def connected_but_quiet(reports: Iterable[FeedReport], now: float) -> str:
    """That nothing arrives at feeds that are heard and connected; empty where that is not so."""
    return quiet_notice(report for report in reports if not report.is_silent(now))


def restarts(processes: Iterable[Restartable]) -> str:
    """How often the one of these that was last started again after it had died was, and when; empty where none was."""
    last = last_restarted(processes)
    return restarted(last.restarts, str(timestamp(last.started_at))) if last else ""


def cut_off(since: float) -> str:
    """What a feed without NATS means to whoever reads its numbers."""
    return f"A feed has had no connection to NATS since {utc_time(timestamp(since))}: its books grow stale."


def store_away() -> Context:
    """Context of a page that has nothing to show because the store does not answer."""
    return {**_state("away"), "notice": STORE_AWAY}


def no_data(data_at: str | None) -> str:
    """Nothing has arrived since `data_at`, or ever."""
    return f"No market data has arrived {f'since {utc_time(data_at)}' if data_at else 'yet'}."


def _last_heard(reports: Iterable[FeedReport]) -> str | None:
    times = (report.last_message_at for report in reports)
    return timestamp(max((time for time in times if time), default=None))


def _state(feed: str) -> Context:
    return {
        "feed": feed,
        "freshness": "fresh" if feed == "live" else "stale",
        "stale_after_ms": round(1000 * settings.STALE_AFTER_SECONDS),
        "silent_after_ms": round(1000 * FEED_SILENT_AFTER_SECONDS),
    }
