"""The first page of the admin: the market, the state of the system, the latest changes."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import Error as DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from redis.exceptions import RedisError

from configuration import reading
from configuration.exceptions import StoreUnavailable
from configuration.permissions import HALT, RESUME, VIEW
from desk.changes import last_change_of_levels
from desk.halting import all_of, counted, decision_url, halt_status
from desk.journal import newest_entries
from halts.domain import Halts, Scope
from halts.reading import last_known
from metrics.answers.feeds import feed_answer
from metrics.answers.market import summary_answer
from metrics.answers.rounding import timestamp
from metrics.domain.market import SUSPECT
from metrics.pages.freshness import Context, clock_notice, cut_off, nats_away_since, no_data, restarts
from metrics.pages.not_live import not_live
from metrics.pages.tiles import shares
from metrics.store.reader import get_reader
from metrics.store.reports import FEED_SILENT_AFTER_SECONDS, FeedReport
from realtime import health
from strategies.reader import get_reader as get_strategies_reader

RECENT_CHANGES = 8
RECENT_LEVELS = 6
MOST_NOT_LIVE = 6
RECENT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Check:
    """One part of the system, in words for the person who looks."""

    name: str
    works: bool
    meaning: str


CHECKS: dict[str, tuple[str, str, str]] = {
    "database": (
        "Database",
        "Configuration can be read and written.",
        "Strategies keep their last configuration; nothing can be changed.",
    ),
    "store": (
        "Store",
        "Current numbers are at hand.",
        "No current numbers, no live pages; configuration is not affected.",
    ),
    "feed": (
        "Market feed",
        "A feed process is heard.",
        "No market data is arriving; numbers expire.",
    ),
}


def show(request: HttpRequest, context: Context) -> Context:
    """Unfold's dashboard callback. No part that is away takes the page with it."""
    home = {"title": "Home", "read_at": timezone.now(), **market(), "strategies": strategies()}
    home["checks"] = checks(health.CHECKS, {"feed": home["feed_trouble"]})
    if request.user.has_perm(VIEW):
        home |= configuration()
        home |= {"may_halt": request.user.has_perm(HALT), "may_resume": request.user.has_perm(RESUME)}
    return context | home


def checks(probes: dict[str, Callable[[], bool]], troubles: dict[str, str]) -> list[Check]:
    """What every probe found; a part that answers may still be in trouble of its own."""
    found = []
    for key, probe in probes.items():
        name, good, bad = CHECKS[key]
        works, trouble = probe(), troubles.get(key, "")
        found.append(Check(name, works and not trouble, (trouble or good) if works else bad))
    return found


def market() -> Context:
    """Summary, feeds and what is not live, or nothing of it while the store is away."""
    reader = get_reader()
    try:
        summary, feeds, troubled = summary_answer(reader), feed_answer(reader)["feeds"], not_live(reader)
        reports, now = reader.feeds(), reader.clock()
    except RedisError:
        return {"summary": None, "feeds": [], "feed_trouble": "", "clock_notice": "", "not_live": None}
    return {
        "summary": summary if summary["symbols_tracked"] else None,
        "sentiment_shares": shares(summary["market_sentiment"]),
        "feeds": feeds,
        "feed_trouble": feed_trouble(reports, now),
        "clock_notice": clock_notice(reports, now),
        "not_live": troubled[:MOST_NOT_LIVE],
        "not_live_count": len(troubled),
        "suspect_count": sum(each.state == SUSPECT for each in troubled),
    }


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


def feed_trouble(reports: list[FeedReport], now: float) -> str:
    """Why no numbers come from feeds that are heard; empty while they come."""
    heard = [report for report in reports if not report.is_silent(now)]
    if away_since := nats_away_since(heard, now):
        return cut_off(away_since)
    newest = max((report.last_message_at or report.started_at for report in heard), default=now)
    return no_data(timestamp(newest)) if now - newest > FEED_SILENT_AFTER_SECONDS else ""


def configuration() -> Context:
    """The latest of the journal, and how far each strategy is from its defaults; nothing while the database is away."""
    try:
        halts = last_known()
        return {
            "may_read": True,
            "recent": newest_entries(RECENT_CHANGES),
            "touched": last_change_of_levels(RECENT_LEVELS, timezone.now() - RECENT),
            "strategy_rows": strategy_rows(halts),
            "halts": counted(all_of(halts)),
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
