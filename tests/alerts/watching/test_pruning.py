"""Alerts that were resolved long ago, and silences that are over, are deleted a part at a time."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.models import Alert, AlertRule, Silence
from alerts.moments import moment
from alerts.watching import pruning
from alerts.watching.pruning import prune
from alerts.watching.watcher import PRUNE_SECONDS
from tests.alerts.factories import fired, saved, silenced
from tests.alerts.watching.watchers import Market, watcher
from tests.factories import Clock

pytestmark = [pytest.mark.django_db, pytest.mark.database]
DAYS = 30


def resolved(row: AlertRule, days_ago: float, clock: Clock, **changes: Any) -> Alert:
    at = moment(clock()) - timedelta(days=days_ago)
    return fired(row, resolved_at=at, resolved_because="back", **changes)


def test_what_was_resolved_long_ago_goes_and_the_rest_stays(clock: Clock):
    row = saved()
    kept = [
        resolved(row, DAYS - 0.01, clock),
        fired(row, fired_at=moment(clock()) - timedelta(days=2 * DAYS)),
    ]
    resolved(row, DAYS + 0.01, clock)
    assert prune(clock(), DAYS) == 1
    assert [*Alert.objects.order_by("pk")] == kept


def test_a_part_goes_at_a_time_the_oldest_first(clock: Clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pruning, "PRUNED_AT_ONCE", 2)
    row = saved()
    for days in (33, 31, 32):
        resolved(row, days, clock)
    left = Alert.objects.order_by("resolved_at").last()
    assert prune(clock(), DAYS) == 2
    assert [*Alert.objects.all()] == [left]
    assert (prune(clock(), DAYS), prune(clock(), DAYS)) == (1, 0)


def test_silences_that_are_over_go_as_well(clock: Clock):
    old, recent, lasting = (silenced(symbol=symbol) for symbol in ("AAA", "BBB", "CCC"))
    for each, days in ((old, DAYS + 1), (recent, DAYS - 1), (lasting, -1)):
        each.until = moment(clock()) - timedelta(days=days)
        each.save()
    assert prune(clock(), DAYS) == 1
    assert [*Silence.objects.order_by("pk")] == [recent, lasting]


def test_the_oldest_are_found_in_an_index(clock: Clock):
    with CaptureQueriesContext(connection) as asked:
        prune(clock(), DAYS)
    statement = asked[0]["sql"]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{statement}")
        plan = str(cursor.fetchall())
    assert connection.vendor != "sqlite" or "alerts_resolved" in plan


def test_the_process_that_watches_prunes_now_and_then(reader: Any, clock: Clock, market: Market):
    row = saved()
    one = watcher(reader, clock)
    one.tick()
    resolved(row, DAYS + 1, clock)
    clock.advance(PRUNE_SECONDS - 0.1)
    one.tick()
    clock.advance(0.1)
    assert Alert.objects.exists()
    clock.advance(1.0)
    one.tick()
    assert not Alert.objects.exists()
