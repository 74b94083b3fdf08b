"""Is the process up, can it do its work, and what is it?"""

import asyncio
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from redis.exceptions import RedisError

from configuration.models import Revision
from database.deadline import at_most
from database.locks import is_locked, wait_little_for_locks
from markets.reports.exposition import MarketsCollector
from markets.reports.report import MarketsReport, lines
from markets.reports.store import get_reader as get_markets_reader
from messaging.bus import NOT_REACHED, in_words, reached
from messaging.outage import no_nats
from metrics.answers.feeds import clock_notices, current_not_live, quiet_notice
from metrics.domain.market import SUSPECT
from metrics.exposition import FeedCollector, NotBelievedCollector
from metrics.store.reader import get_reader
from metrics.store.reports import FeedReport
from strategies.exposition import StrategiesCollector
from strategies.reader import get_reader as get_strategies_reader
from strategies.receipts import ProcessReport

TRIAL_SECONDS = 5.0
TRIAL_PATIENCE_SECONDS = 1.0
TRIAL_ROW = 0
Answer = TypeVar("Answer")


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process is up."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 while database, store and at least one feed are there; 503 names what is missing.

    What is there and not to be believed stands among the warnings: suspect symbols, and clocks that are wrong; and
    who has no NATS, and why.
    """
    missing = [name for name, check in CHECKS.items() if not check()]
    status = "unavailable" if missing else "ready"
    body = {"status": status, "missing": missing, "warnings": _warnings()}
    return JsonResponse(body, status=503 if missing else 200)


@require_safe
def info(request: HttpRequest) -> JsonResponse:
    """Version and public settings."""
    public = {
        "push_interval_ms": settings.PUSH_INTERVAL_MS,
        "stale_after_seconds": settings.STALE_AFTER_SECONDS,
        "metrics_ttl_seconds": settings.METRICS_TTL_SECONDS,
        "metrics_levels": settings.METRICS_LEVELS,
        "metrics_max_symbols": settings.METRICS_MAX_SYMBOLS,
        "metrics_rollup_days": settings.METRICS_ROLLUP_DAYS,
        "metrics_require_login": settings.METRICS_REQUIRE_LOGIN,
        "subjects": settings.NATS_CONSUMER_TOPIC,
        "database": connection.vendor,
    }
    return JsonResponse({"name": "realtime-strategies", "version": settings.VERSION, "settings": public})


@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Prometheus text: this process, and every feed and strategy process that reports to the store."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    registry.register(NotBelievedCollector())
    reader = get_reader()
    try:
        reports = reader.feeds()
    except RedisError:
        reports = []
    registry.register(FeedCollector(lambda: reports, reader.clock))
    registry.register(StrategiesCollector(_processes, reader.clock))
    registry.register(MarketsCollector(lambda: _sources(reader.clock()), reader.clock))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _processes() -> list[ProcessReport]:
    try:
        return get_strategies_reader().processes()
    except RedisError:
        return []


def _sources(now: float) -> list[MarketsReport]:
    try:
        return get_markets_reader().reports(now)
    except RedisError:
        return []


class Trial(Generic[Answer]):
    """What was tried at most TRIAL_SECONDS ago."""

    def __init__(self, attempt: Callable[[], Answer], clock: Callable[[], float] = monotonic) -> None:
        self._attempt, self._clock = attempt, clock
        self._one = Lock()
        self._tried: tuple[float, Answer] | None = None

    def answer(self) -> Answer:
        """The answer, a few seconds old at most."""
        with self._one:
            if self._tried is None or self._clock() - self._tried[0] >= TRIAL_SECONDS:
                answer = self._attempt()
                self._tried = (self._clock(), answer)
            return self._tried[1]


def takes_a_write() -> bool:
    """A row is written and deleted in one transaction, which is committed: only that shows a full disk.

    A lock that somebody holds is no fault of the database.
    """
    try:
        with at_most(TRIAL_PATIENCE_SECONDS), transaction.atomic():
            wait_little_for_locks()
            Revision.objects.create(pk=TRIAL_ROW)
            Revision.objects.filter(pk=TRIAL_ROW).delete()
    except DatabaseError as error:
        return is_locked(error)
    return True


def nats_trouble() -> str | None:
    """Why this process could publish nothing on NATS; None where it could."""
    try:
        asyncio.run(asyncio.wait_for(_reach_nats(), TRIAL_PATIENCE_SECONDS))
    except TimeoutError:
        return f"no answer within {TRIAL_PATIENCE_SECONDS:.0f} s"
    except NOT_REACHED as error:
        return in_words(error)
    return None


async def _reach_nats() -> None:
    async with reached(settings.NATS_URL, "ready"):
        pass


writing_trial = Trial(takes_a_write)  # of this process
nats_trial = Trial(nats_trouble)


def _store_answers() -> bool:
    try:
        get_reader().ping()
    except RedisError:
        return False
    return True


def _feed_is_heard() -> bool:
    reader = get_reader()
    try:
        return any(not report.is_silent(reader.clock()) for report in reader.feeds())
    except RedisError:
        return False


def _warnings() -> list[str]:
    trouble = nats_trial.answer()
    ours = [f"Of this process: {no_nats(None, trouble)}"] if trouble else []
    return ours + _warnings_of_the_market()


def _warnings_of_the_market() -> list[str]:
    reader = get_reader()
    try:
        now = reader.clock()
        reports = [report for report in reader.feeds() if not report.is_silent(now)]
    except RedisError:
        return []
    readers = [report for report in _processes() if not report.is_silent(reader.clock())]
    heard: list[FeedReport | ProcessReport] = [*reports, *readers]
    cut_off = [
        f"Of {report.instance}: {no_nats(report.nats_away_since, report.nats_trouble)}"
        for report in heard
        if report.nats_away_since is not None
    ]
    quiet = [f"Of {report.instance}: {text}" for report in reports if (text := quiet_notice([report]))]
    suspects = [
        f"{each.symbol} is suspect: {each.explanation} ({each.reason})"
        for each in current_not_live(reports, reader.clock())
        if each.state == SUSPECT
    ]
    sources = [f"Markets: {line.text}." for line in lines(_sources(now), now) if line.is_trouble]
    return (
        cut_off
        + quiet
        + sources
        + suspects
        + [text for report in reports for text in clock_notices(report.wrong_clocks)]
    )


CHECKS = {"database": lambda: writing_trial.answer(), "store": _store_answers, "feed": _feed_is_heard}
