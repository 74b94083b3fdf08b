"""Is the process up, can it do its work, and what is it?"""

from collections.abc import Callable
from threading import Lock
from time import monotonic

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
from metrics.answers.feeds import clock_notices, current_not_live
from metrics.domain.market import SUSPECT
from metrics.domain.reasons import explain
from metrics.exposition import FeedCollector, NotBelievedCollector
from metrics.store.reader import get_reader
from strategies.exposition import StrategiesCollector
from strategies.reader import get_reader as get_strategies_reader
from strategies.receipts import ProcessReport

TRIAL_SECONDS = 5.0
TRIAL_PATIENCE_SECONDS = 1.0
TRIAL_ROW = 0


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process is up."""
    return JsonResponse({"status": "ok"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 while database, store and at least one feed are there; 503 names what is missing.

    What is there and not to be believed stands among the warnings: suspect symbols, and clocks that are wrong.
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
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _processes() -> list[ProcessReport]:
    try:
        return get_strategies_reader().processes()
    except RedisError:
        return []


class WritingTrial:
    """Does the database take a write? Tried at most every TRIAL_SECONDS, and nothing is left of it."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._one = Lock()
        self._tried_at = float("-inf")
        self._passed = False

    def passes(self) -> bool:
        """The answer, a few seconds old at most."""
        with self._one:
            if self._clock() - self._tried_at >= TRIAL_SECONDS:
                self._passed = _takes_a_write()
                self._tried_at = self._clock()
            return self._passed


def _takes_a_write() -> bool:
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


writing_trial = WritingTrial()  # of this process


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
    reader = get_reader()
    try:
        reports = [report for report in reader.feeds() if not report.is_silent(reader.clock())]
    except RedisError:
        return []
    suspects = [
        f"{symbol} is suspect: {explain(reason)} ({reason})"
        for symbol, state, reason in current_not_live(reports, reader.clock())
        if state == SUSPECT
    ]
    return suspects + [text for report in reports for text in clock_notices(report.wrong_clocks)]


CHECKS = {"database": lambda: writing_trial.passes(), "store": _store_answers, "feed": _feed_is_heard}
