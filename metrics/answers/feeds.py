"""What the feeds report, and why there may be no numbers."""

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Protocol, TypeVar

from metrics.answers.rounding import age_ms, timestamp
from metrics.answers.shapes import Feed, FullBookKept, NotLiveSymbol, SeenByFeeds, WrongClock
from metrics.domain.admission.news import NotLive
from metrics.domain.choice import FOLLOWED, Choice
from metrics.domain.full_books import Integrity
from metrics.domain.market import MarketId, place_name
from metrics.domain.reasons import REFUSALS
from metrics.domain.rounding import rounded
from metrics.exceptions import NoFeed, NotTracked
from metrics.store.reader import StoreReader
from metrics.store.reports import QUIET_AFTER_SECONDS, FeedReport
from times import clock

Answer = TypeVar("Answer")


def feed_answer(reader: StoreReader) -> SeenByFeeds:
    """What the feeds report, and which symbols they cannot show live."""
    now = reader.clock()
    reports = reader.feeds()
    return {
        "timestamp": timestamp(now),
        "feeds": [_report(report, now) for report in reports],
        "not_live": not_live_answer(current_not_live(reports, now)),
    }


def current_not_live(reports: Iterable[FeedReport], now: float) -> list[NotLive]:
    """The symbols that feeds which are heard do not show live, in alphabetical order."""
    heard = (report for report in reports if not report.is_silent(now))
    return sorted((each for report in heard for each in report.not_live), key=attrgetter("symbol", "market"))


def not_live_answer(symbols: Iterable[NotLive]) -> list[NotLiveSymbol]:
    """Symbols that are not live: the name of the reason, and what it says."""
    return [
        {
            "symbol": each.symbol,
            "venue": MarketId(each.symbol, each.market).venue or None,
            "form": MarketId(each.symbol, each.market).form or None,
            "state": each.state,
            "reason": each.reason,
            "explanation": each.explanation,
        }
        for each in symbols
    ]


def clocks_answer(wrong: Mapping[str, float]) -> list[WrongClock]:
    """Venues of which nothing is on time, and by how much: a clock to look at."""
    return [{"venue": venue, "late_seconds": rounded(wrong[venue], 1)} for venue in sorted(wrong)]


def clock_notices(wrong: Mapping[str, float]) -> list[str]:
    """A sentence for each venue of which nothing is on time: by how much, and where to look."""
    return [
        f"Everything from {venue} is {abs(late):,.0f} s {'late' if late > 0 else 'ahead'}, and refused: "
        "look at the clock of who sends it, and at ours."
        for venue, late in sorted(wrong.items())
    ]


ORIGIN_NOTICES = {
    "replayed": "Replayed recording: what is shown happened before.",
    "simulated": "Simulated market: what is shown is invented.",
}


def origin_notice(origins: Iterable[str]) -> str:
    """A sentence for each thing that books say of themselves; empty where they say nothing."""
    said = set(origins)
    return " ".join(text for origin, text in ORIGIN_NOTICES.items() if origin in said)


class Listener(Protocol):
    """What is known of a feed that is heard."""

    @property
    def subjects(self) -> list[str]: ...
    @property
    def started_at(self) -> float: ...
    @property
    def reported_at(self) -> float: ...
    @property
    def last_message_at(self) -> float | None: ...
    @property
    def last_accepted_at(self) -> float | None: ...
    @property
    def refused_mostly(self) -> str | None: ...
    @property
    def nats_away_since(self) -> float | None: ...


def quiet_notice(heard: Iterable[Listener]) -> str:
    """Where every feed that is heard is connected, and no message arrives, or none that is a book to be shown: at which
    subjects, since when, and what to try. Empty where any shows something, has no connection, or none is heard."""
    feeds = list(heard)
    subjects = ", ".join(sorted({subject for feed in feeds for subject in feed.subjects}))
    if not subjects or any(feed.nats_away_since is not None for feed in feeds):
        return ""
    if since := _without_since(feeds, lambda feed: feed.last_message_at):
        return (
            f"Feed is connected; nothing arrives on {subjects} since {since}."
            " Look whether the producer runs and publishes there; NATS_CONSUMER_TOPIC says where the feed listens."
        )
    if since := _without_since(feeds, lambda feed: feed.last_accepted_at):
        reasons = {feed.refused_mostly: None for feed in feeds if feed.refused_mostly}
        why = "; ".join(f"{name} ({REFUSALS[name]})" for name in reasons if name in REFUSALS)
        return (
            f"Messages arrive on {subjects}, and since {since} none is an order book that can be shown."
            + (f" Refused as {why}." if why else "")
            + " The system page counts what is refused."
        )
    return ""


def _without_since(feeds: Iterable[Listener], last: Callable[[Listener], float | None]) -> str:
    """When anything last came that `last` tells of, or was waited for; empty where that is not long ago."""
    moments = [(last(feed) or feed.started_at, feed.reported_at) for feed in feeds]
    if any(reported_at - at <= QUIET_AFTER_SECONDS for at, reported_at in moments):
        return ""
    return clock(max(at for at, _ in moments))


def _report(report: FeedReport, now: float) -> Feed:
    last = report.last_message_at
    return {
        "instance": report.instance,
        "state": "silent" if report.is_silent(now) else "running",
        "partition": report.partition,
        "subjects": report.subjects,
        "connected": report.connected,
        "nats_away_since": timestamp(report.nats_away_since),
        "quiet_notice": "" if report.is_silent(now) else quiet_notice([report]),
        "started_at": timestamp(report.started_at),
        "restarts": report.restarts,
        "reported_at": timestamp(report.reported_at),
        "last_message_at": timestamp(last),
        "last_message_age_ms": None if last is None else age_ms(last, now),
        "rate_per_second": rounded(report.rate_per_second, 1),
        "lag_ms": None if report.lag_ms is None else rounded(report.lag_ms, 1),
        "publish_ms": rounded(report.publish_ms, 1),
        "symbols": report.symbols,
        "markets": report.markets,
        "messages": report.messages,
        "accepted": report.accepted,
        "refused": report.refused,
        "ignored": report.ignored,
        "new_runs": report.new_runs,
        "evicted": report.evicted,
        "slow_consumer_drops": report.slow_consumer_drops,
        "errors": report.errors,
        "withdrawals": report.withdrawals,
        "not_live_count": report.not_live_count,
        "wrong_clocks": clocks_answer(report.wrong_clocks),
        "origins": report.origins,
        "rollups_waiting": report.rollups_waiting,
        "full_books_count": report.full_books_count,
        "full_books_whole": report.full_books_whole,
        "full_books": [_full_book(each) for each in report.full_books],
    }


def _full_book(book: Integrity) -> FullBookKept:
    return {
        "symbol": book.symbol,
        "market": book.market,
        "state": book.state,
        "gaps": book.gaps,
        "contradicted": book.contradicted,
        "snapshots": book.snapshots,
        "levels": book.levels,
        "orphaned_levels": book.orphans,
        "whole_percent": rounded(100 * book.whole_share, 2),
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


def found(
    body: Answer | None,
    reader: StoreReader,
    symbol: str,
    what: str = "metrics",
    choice: Choice = FOLLOWED,
) -> Answer:
    """`body`, or the reason why there is none: NoFeed or NotTracked, which names `what` is missing, and which markets
    of the symbol there are where none of them is meant."""
    if body is not None:
        return body
    require_feed(reader)
    there = [] if choice == FOLLOWED else reader.markets_of(symbol)
    if not there:
        raise NotTracked(
            error=f"No {what} available for {symbol}",
            message="The symbol is not tracked, or its last update is too old to show.",
        )
    error = f"No {what} available for {symbol}{_meant(choice)}"
    places = sorted(place_name(row.id.venue, row.id.form) for row in there)
    raise NotTracked(
        error=error, message=f"{error}; there {'is' if len(places) == 1 else 'are'} {', '.join(places)}."
    )


def _meant(choice: Choice) -> str:
    """The market of a symbol that is asked for: " at okx", " at okx (usdm)", " (usdm)"."""
    venue = f" at {', '.join(sorted(choice.venues))}" if choice.venues else ""
    return venue + (f" ({choice.form})" if choice.form else "")
