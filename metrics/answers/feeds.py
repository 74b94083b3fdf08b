"""What the feeds report, and why there may be no numbers."""

from metrics.answers import Body
from metrics.answers.rounding import age_ms, rounded, timestamp
from metrics.exceptions import NoFeed, NotTracked
from metrics.store.reader import StoreReader
from metrics.store.reports import FeedReport


def feed_answer(reader: StoreReader) -> Body:
    """GET /feed."""
    now = reader.clock()
    return {"timestamp": timestamp(now), "feeds": [_report(report, now) for report in reader.feeds()]}


def _report(report: FeedReport, now: float) -> Body:
    last = report.last_message_at
    return {
        "instance": report.instance,
        "state": "silent" if report.is_silent(now) else "running",
        "partition": report.partition,
        "subjects": report.subjects,
        "connected": report.connected,
        "nats_away_since": timestamp(report.nats_away_since),
        "started_at": timestamp(report.started_at),
        "reported_at": timestamp(report.reported_at),
        "last_message_at": timestamp(last),
        "last_message_age_ms": None if last is None else age_ms(last, now),
        "rate_per_second": rounded(report.rate_per_second, 1),
        "lag_ms": rounded(report.lag_ms, 1),
        "publish_ms": rounded(report.publish_ms, 1),
        "symbols": report.symbols,
        "messages": report.messages,
        "accepted": report.accepted,
        "refused": report.refused,
        "ignored": report.ignored,
        "new_runs": report.new_runs,
        "evicted": report.evicted,
        "slow_consumer_drops": report.slow_consumer_drops,
        "errors": report.errors,
        "rollups_waiting": report.rollups_waiting,
    }


def require_feed(reader: StoreReader) -> None:
    """Raises NoFeed, with the age of the newest message there ever was, unless a feed is running."""
    now = reader.clock()
    reports = reader.feeds()
    if any(not report.is_silent(now) for report in reports):
        return
    heard = [report.last_message_at for report in reports if report.last_message_at is not None]
    raise NoFeed(
        error="No feed is running",
        message="Market data cannot be known until a feed process (consume_depth) runs again.",
        last_message_age_ms=age_ms(max(heard), now) if heard else None,
    )


def found(body: Body | None, reader: StoreReader, symbol: str) -> Body:
    """`body`, or the reason why there is none: NoFeed or NotTracked."""
    if body is not None:
        return body
    require_feed(reader)
    raise NotTracked(
        error=f"No metrics available for {symbol}",
        message="The symbol is not tracked, or its last update is too old to show.",
    )
