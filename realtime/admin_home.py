"""The first page of the admin: the market, the state of the system, the latest changes."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import Error as DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from redis.exceptions import RedisError

from configuration import reading
from configuration.domain.catalogue import CATALOGUE
from configuration.exceptions import StoreUnavailable
from configuration.permissions import HALT, RESUME, VIEW
from desk.changes import last_change_of_levels
from desk.entries import newest_entries
from desk.halting import all_of, counted, decision_url, halt_status
from halts.domain import Halts, Scope
from halts.reading import last_known
from journal.report import Line as Reached
from journal.report import connected as store_of_journal
from journal.report import in_words
from journal.report import read as report_of_journal
from markets.reports.report import Line, lines, unreached
from markets.reports.store import get_reader as get_markets_reader
from metrics.answers.feeds import feed_answer
from metrics.answers.market import summary_answer
from metrics.answers.rounding import timestamp
from metrics.domain.market import SUSPECT
from metrics.pages.freshness import (
    Context,
    clock_notice,
    connected_but_quiet,
    cut_off,
    nats_away_since,
    restarts,
    told_origins,
)
from metrics.pages.not_live import not_live
from metrics.pages.tiles import shares
from metrics.store.reader import get_reader
from metrics.store.reports import FeedReport
from metrics.templatetags.figures import feed_name, utc_time
from presence import SILENT_AFTER_SECONDS, get_register
from realtime import health
from strategies.reader import get_reader as get_strategies_reader

RECENT_CHANGES = 8
RECENT_LEVELS = 6
MOST_NOT_LIVE = 6
RECENT = timedelta(days=1)
LONGEST_SHARES = 3
"""Digits. What a feed calls itself stands in Redis, where anybody may have written it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One part of the system, in words for the person who looks; `works` is None where nobody can know."""

    name: str
    works: bool | None
    meaning: str


def show(request: HttpRequest, context: Context) -> Context:
    """Unfold's dashboard callback. No part that is away takes the page with it."""
    home = {"title": "Home", "read_at": timezone.now(), **market()}
    home["strategies"] = strategies() if home["store_answers"] else None
    home["sources"] = sources() if home["store_answers"] else []
    home["journal"] = journal() if home["store_answers"] else None
    home["checks"] = checks(home["store_answers"], home["feed_heard_at"], home["feed_trouble"])
    if home["store_answers"]:
        home["checks"] += others()
    if request.user.has_perm(VIEW):
        home |= configuration()
        home |= {"may_halt": request.user.has_perm(HALT), "may_resume": request.user.has_perm(RESUME)}
    return context | home


def checks(store_answers: bool, feed_heard_at: float | None, feed_trouble: str) -> list[Check]:
    """The parts everything else here comes from. Of feeds only the store knows: without it nobody can know."""
    is_written = health.CHECKS["database"]()
    database = Check(
        "Database", is_written, outage(DATABASE, is_written) or "Configuration can be read and written."
    )
    store = Check("Store", store_answers, outage(STORE, store_answers) or "Current numbers are at hand.")
    if not store_answers:
        return [
            database,
            store,
            Check("Market feed", None, "Feeds report by way of the store, which is away."),
        ]
    trouble = feed_trouble or (
        "" if feed_heard_at else "No feed has been heard. consume_depth is what runs one."
    )
    return [database, store, Check("Market feed", not trouble, trouble or "A feed process is heard.")]


def others() -> list[Check]:
    """The processes that say no more than that they are there; nothing where none does, or the store is away."""
    now = get_reader().clock()
    try:
        known = get_register().present(now)
    except RedisError:
        return []
    gone = [each for each in known if now - each.reported_at > SILENT_AFTER_SECONDS]
    sentences = [
        f"{each.name} has not been heard since {utc_time(timestamp(each.reported_at))}." for each in gone
    ]
    if not known:
        return []
    names = ", ".join(each.name for each in known)
    return [Check("Other processes", not gone, " ".join(sentences) or f"There are {names}.")]


class Part:
    """Of a part that this process asks: since when it has had no answer."""

    def __init__(self, meaning: str) -> None:
        self.meaning = meaning
        self.away_since: float | None = None


DATABASE = Part("Strategies keep their last configuration; nothing can be changed.")
STORE = Part("No current numbers, no live pages; configuration is not affected.")


def outage(part: Part, works: bool) -> str:
    """Since when the part is seen away, and what that means; empty while it works."""
    if works:
        part.away_since = None
        return ""
    part.away_since = part.away_since or timezone.now().timestamp()
    return f"Seen away since {utc_time(timestamp(part.away_since))}. {part.meaning}"


def market() -> Context:
    """Summary, feeds and what is not live, or nothing of it while the store is away."""
    reader = get_reader()
    try:
        summary, feeds, troubled = summary_answer(reader), feed_answer(reader)["feeds"], not_live(reader)
        reports, now = reader.feeds(), reader.clock()
        venues = unreached(get_markets_reader().reports(now), now)
    except RedisError:
        return {
            "store_answers": False,
            "feed_heard_at": None,
            "feeds": [],
            "feed_trouble": "",
            "not_live": None,
        }
    heard = [report.reported_at for report in reports if not report.is_silent(now)]
    return {
        "store_answers": True,
        "feed_heard_at": max(heard, default=None),
        "summary": summary if summary["symbols_tracked"] else None,
        "sentiment_shares": shares(summary["market_sentiment"]),
        "feeds": feeds,
        "feed_trouble": feed_trouble(reports, now, venues),
        "clock_notice": clock_notice(reports, now),
        "origin_notice": told_origins(reports, now),
        "not_live": troubled[:MOST_NOT_LIVE],
        "not_live_count": len(troubled),
        "suspect_count": sum(each.state == SUSPECT for each in troubled),
    }


def sources() -> list[Line]:
    """What is known of the venues that market data are brought from; nothing where nobody brings any here."""
    now = get_reader().clock()
    try:
        return lines(get_markets_reader().reports(now), now)
    except RedisError:
        return []


def journal() -> Reached | None:
    """How far the journal of the market reaches, or why there is none; None while the store is away."""
    reader = get_reader()
    now = reader.clock()
    try:
        heard_at = max((feed.last_message_at or 0.0 for feed in reader.feeds()), default=None)
        report = report_of_journal(store_of_journal(), settings.STORE_PREFIX, now)
        return in_words(report, now, heard_at)
    except RedisError:
        return None


def strategies() -> Context | None:
    """All strategy processes together as readers of the market; None while the store is away."""
    reader = get_strategies_reader()
    try:
        reports = reader.processes()
    except RedisError:
        return None
    heard = [report for report in reports if not report.is_silent(reader.clock())]
    return {
        "processes": len(reports),
        "heard": len(heard),
        "rate_per_second": sum(report.rate_per_second for report in heard),
        "refused": sum((Counter(report.refused) for report in heard), Counter()),
        "restarts": restarts(heard),
    }


def feed_trouble(reports: list[FeedReport], now: float, venues: str = "") -> str:
    """Why no numbers come, or not all; empty while they come, and where no feed was ever heard. `venues` says why
    none of those brings anything, where that is so."""
    heard = [report for report in reports if not report.is_silent(now)]
    if not heard:
        last = max((report.reported_at for report in reports), default=None)
        return f"No feed has been heard since {utc_time(timestamp(last))}; numbers expire." if last else ""
    if away_since := nats_away_since(heard, now):
        return cut_off(away_since)
    if missing := missing_feeds(reports, now):
        return missing
    quiet = connected_but_quiet(heard, now)
    return quiet and (venues or quiet)


def missing_feeds(reports: list[FeedReport], now: float) -> str:
    """Which of the parts that the market is divided into nobody is heard of; empty while all are.

    Who is heard says into how many; what was said when it was divided otherwise is history.
    """
    heard = {report.partition for report in reports if not report.is_silent(now)}
    parts = {f"{part}/{of}" for of in map(shares_of, heard) for part in range(of)}
    last = {report.partition: report for report in sorted(reports, key=lambda report: report.reported_at)}
    sentences = []
    for part in sorted(parts - heard):
        if report := last.get(part):
            since = utc_time(timestamp(report.reported_at))
            sentences.append(
                f"{feed_name(part)} has not been heard since {since}: the numbers of its symbols expire."
            )
        else:
            sentences.append(f"{feed_name(part)} has not been heard: the numbers of its symbols are missing.")
    return " ".join(sentences)


def shares_of(partition: str) -> int:
    """Into how many parts the market is divided, as the name of one shows; 0 for what is no such name."""
    of = partition.rpartition("/")[2]
    return int(of) if of.isascii() and of.isdigit() and len(of) <= LONGEST_SHARES else 0


def configuration() -> Context:
    """The latest of the history, and how far each strategy is from its defaults; nothing while the database is away."""
    try:
        halts, since = last_known(), timezone.now() - RECENT
        touched, besides = last_change_of_levels(RECENT_LEVELS, since)
        return {
            "may_read": True,
            "recent": newest_entries(RECENT_CHANGES),
            "touched": touched,
            "touched_besides": besides,
            "touched_since": since,
            "strategy_rows": strategy_rows(halts),
            "halts": counted(all_of(halts)),
            "is_halted": halts.are_halted(CATALOGUE),
            "halt_url": decision_url("halt", Scope()),
        }
    except (DatabaseError, StoreUnavailable):
        return {"may_read": True, "recent": None, "touched": None, "strategy_rows": [], "halts": None}


def strategy_rows(halts: Halts) -> list[Context]:
    """Per strategy: its state, how many values differ from the default, and which symbols have their own."""
    rows = []
    for levels in reading.strategies():
        values, defaults = levels.config(None).parameters, levels.spec.defaults
        differing = sum(value != defaults[name] for name, value in values.items())
        rows.append(
            {
                "spec": levels.spec,
                "halt_status": halt_status(halts, Scope(levels.spec.strategy_id)),
                "differing": differing,
                "symbols": list(levels.symbols),
            }
        )
    return rows
