"""A process that watches, tick by tick, on the real database and store."""

from contextlib import contextmanager
from unittest.mock import ANY

import pytest
import redis
from django.conf import settings
from django.db import OperationalError, connection

from alerts.domain.rules import Rule
from alerts.models import Alert, Watch
from alerts.services import delete_rule, save_rule
from alerts.watching.lease import LEASE_SECONDS
from alerts.watching.watcher import WORST_SECONDS
from metrics.store.reader import get_reader
from tests.alerts.factories import SETUP, saved
from tests.alerts.watching.watchers import TICK, Market, stored, watcher
from tests.factories import START

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def one(reader, clock, market):
    return watcher(reader, clock)


def pass_time(clock, market, *watchers, seconds=1.0, bps=12.0):
    """Ticks of all of them while a spread is this wide."""
    for _ in range(round(seconds / TICK)):
        market.spread(bps)
        for each in watchers:
            each.tick()
        clock.advance(TICK)


def at(moment):
    return moment and moment.timestamp()


def change(row, **changes):
    known = row.rule()
    contents = {name: getattr(known, name) for name in Rule.__struct_fields__}
    save_rule(Rule(**contents | changes), author=SETUP)


def test_an_alert_is_kept_once_its_condition_has_held_for_long_enough(one, clock, market):
    row = saved(for_seconds=1.0)
    pass_time(clock, market, one, seconds=1.0)
    assert stored() == []
    pass_time(clock, market, one, seconds=0.5, bps=13.0)
    alert = Alert.objects.get()
    assert (alert.rule, alert.rule_number, alert.rule_version) == (row, row.pk, 1)
    assert (alert.rule_name, alert.watch, alert.comparison) == ("Wide spread", "spread_bps_10s", "above")
    assert (alert.threshold, alert.severity, alert.symbol, alert.market) == (
        10.0,
        "warning",
        "BTCUSDT",
        "binance",
    )
    assert alert.value_at_firing == 13.0
    assert (at(alert.pending_since), at(alert.fired_at)) == (START, START + 1)
    assert alert.resolved_at is None


def test_an_alert_ends_when_the_value_is_back(one, clock, market):
    saved(for_seconds=0.0)
    pass_time(clock, market, one, seconds=0.5, bps=15.0)
    pass_time(clock, market, one, seconds=0.25, bps=8.0)
    assert stored() == [("BTCUSDT", 15.0, "back")]
    assert at(Alert.objects.get().resolved_at) == START + 0.5


def test_an_alert_that_cannot_be_judged_is_marked_until_it_can(one, clock, market):
    saved(for_seconds=0.0)
    pass_time(clock, market, one, seconds=0.25)
    pass_time(clock, market, one, seconds=0.25, bps=None)
    assert at(Alert.objects.get().unjudged_since) == START + 0.25
    pass_time(clock, market, one, seconds=0.25)
    assert Alert.objects.get().unjudged_since is None
    assert stored() == [("BTCUSDT", 12.0, "")]


def test_how_far_it_goes_is_written_now_and_then(one, clock, market):
    saved(for_seconds=0.0)
    pass_time(clock, market, one, seconds=0.25)
    pass_time(clock, market, one, seconds=WORST_SECONDS + 1, bps=20.0)
    assert stored() == [("BTCUSDT", 20.0, "")]


def test_a_new_rule_is_judged_from_the_next_second_on(one, clock, market):
    pass_time(clock, market, one, seconds=0.5)
    saved(for_seconds=0.0)
    pass_time(clock, market, one, seconds=0.75)
    assert len(stored()) == 1


@pytest.mark.parametrize(
    ("changes", "because"),
    [({"advice": "Wait."}, "rule changed"), ({"is_enabled": False}, "rule disabled")],
)
def test_alerts_end_with_the_rule_as_it_was(changes, because, one, clock, market):
    row = saved(for_seconds=0.0)
    pass_time(clock, market, one, seconds=0.5)
    change(row, **changes)
    pass_time(clock, market, one)
    assert stored()[0] == ("BTCUSDT", 12.0, because)
    assert [alert.rule_version for alert in Alert.objects.filter(resolved_at=None)] == [2] * row_is_judged(
        changes
    )


def row_is_judged(changes):
    return changes.get("is_enabled", True)


def test_a_rule_that_is_deleted_is_judged_no_more(one, clock, market):
    row = saved(for_seconds=0.0)
    pass_time(clock, market, one, seconds=0.5)
    delete_rule(row.pk, author=SETUP)
    pass_time(clock, market, one, seconds=2)
    assert stored() == [("BTCUSDT", 12.0, "rule deleted")]
    assert one.report.firing == one.report.rules == 0


def test_what_an_older_version_of_a_rule_said_is_not_written(one, clock, market):
    row = saved(for_seconds=0.25)
    market.spread(12.0)
    one.tick()
    change(row, threshold=20.0)
    clock.advance(TICK)
    one.tick()
    assert stored() == []


# -- Several processes, and one after another ------------------------------------------------


def test_of_two_processes_one_watches(one, reader, clock, market):
    saved(for_seconds=0.0)
    other = watcher(reader, clock, "host:2")
    pass_time(clock, market, one, other, seconds=6)
    assert (one.is_watching, other.is_watching) == (True, False)
    assert len(stored()) == 1


def test_the_other_one_takes_over_within_five_seconds_and_knows_what_fires(one, reader, clock, market):
    saved(for_seconds=0.0)
    other = watcher(reader, clock, "host:2")
    pass_time(clock, market, one, other, seconds=2)
    pass_time(clock, market, other, seconds=5)
    assert other.is_watching
    pass_time(clock, market, other, seconds=0.25, bps=5.0)
    assert stored() == [("BTCUSDT", 12.0, "back")]


def test_what_is_pending_goes_on_in_the_next_process(one, reader, clock, market):
    saved(for_seconds=10.0)
    pass_time(clock, market, one, seconds=6)
    pass_time(clock, market, watcher(reader, clock, "host:2"), seconds=4.5)
    alert = Alert.objects.get()
    assert (at(alert.pending_since), at(alert.fired_at)) == (START, START + 10)


def test_what_was_pending_begins_anew_where_nobody_has_looked_for_long(one, reader, clock, market):
    saved(for_seconds=10.0)
    pass_time(clock, market, one, seconds=6)
    clock.advance(11)
    pass_time(clock, market, watcher(reader, clock, "host:2"), seconds=9)
    assert stored() == []


def test_what_was_pending_when_a_process_froze_begins_anew_after_long(one, clock, market):
    saved(for_seconds=10.0)
    pass_time(clock, market, one, seconds=6)
    clock.advance(11)
    pass_time(clock, market, one, seconds=9)
    assert stored() == []


def test_a_process_that_ends_in_order_is_followed_at_once(one, reader, clock, market):
    saved(for_seconds=1.0)
    pass_time(clock, market, one, seconds=0.75)
    one.leave()
    pass_time(clock, market, watcher(reader, clock, "host:2"), seconds=0.5)
    assert at(Alert.objects.get().fired_at) == START + 1


def test_a_process_that_was_frozen_writes_nothing_of_what_it_knew(one, reader, clock, market):
    saved(for_seconds=0.0)
    other = watcher(reader, clock, "host:2")
    pass_time(clock, market, one, seconds=0.5, bps=5.0)
    Watch.objects.update(
        holder="host:2"
    )  # while it was frozen, between its look at the lease and at the market
    market.spread(12.0)
    one.tick()
    assert (stored(), one.is_watching) == ([], False)
    other.tick()
    assert len(stored()) == 1


def test_a_process_that_was_frozen_while_another_one_watched_begins_anew(one, reader, clock, market):
    saved(for_seconds=0.0)
    pass_time(clock, market, one, seconds=0.5, bps=12.0)
    pass_time(clock, market, watcher(reader, clock, "host:2"), seconds=5, bps=5.0)
    assert stored() == [("BTCUSDT", 12.0, "back")]
    clock.advance(LEASE_SECONDS)  # the other one is gone
    pass_time(clock, market, one, seconds=2, bps=13.0)
    assert stored() == [("BTCUSDT", 12.0, "back"), ("BTCUSDT", 13.0, "")]


@pytest.mark.parametrize(
    ("changes", "because"),
    [({"threshold": 11.0}, "rule changed"), ({"is_enabled": False}, "rule disabled")],
)
def test_a_rule_that_changed_while_nobody_watched_ends_its_alerts(
    changes, because, one, reader, clock, market
):
    row = saved(for_seconds=0.0)
    pass_time(clock, market, one, seconds=0.5)
    one.leave()
    change(row, **changes)
    pass_time(clock, market, watcher(reader, clock, "host:2"), seconds=0.25)
    assert stored()[0] == ("BTCUSDT", 12.0, because)


# -- What is away ----------------------------------------------------------------------------


@contextmanager
def database_away():
    """Every question to it fails."""

    def fail(*_):
        raise OperationalError("away")

    with connection.execute_wrapper(fail):
        yield


@pytest.mark.django_db(transaction=True)
def test_what_changes_while_the_database_is_away_is_written_when_it_is_back(one, clock, market, caplog):
    saved(for_seconds=0.0)
    pass_time(clock, market, one, bps=5.0)
    with database_away():
        pass_time(clock, market, one, seconds=1, bps=12.0)
        pass_time(clock, market, one, seconds=1, bps=5.0)
        assert one.report.database_answers is False
    pass_time(clock, market, one, seconds=1, bps=5.0)
    assert stored() == [("BTCUSDT", 12.0, "back")]
    alert = Alert.objects.get()
    assert (at(alert.fired_at), at(alert.resolved_at)) == (START + 1, START + 2)
    assert caplog.text.count("database_away") == 1


@pytest.mark.django_db(transaction=True)
def test_once_the_lease_ends_it_waits_for_the_database_and_begins_from_what_that_holds(
    one, clock, market, caplog
):
    saved(for_seconds=0.0)
    pass_time(clock, market, one, bps=5.0)
    with database_away():
        pass_time(clock, market, one, seconds=LEASE_SECONDS + 4, bps=12.0)
    assert not one.is_watching
    assert caplog.text.count("watching_no_more") == caplog.text.count("database_away") == 1
    pass_time(clock, market, one, seconds=1, bps=12.0)
    assert stored() == [("BTCUSDT", 12.0, "")]


def test_nothing_fires_or_ends_because_the_store_is_away(own_store, clock, monkeypatch, caplog):
    market = Market(redis.Redis.from_url(settings.REDIS_URL), clock)
    monkeypatch.setattr(get_reader(), "clock", clock)
    one = watcher(get_reader(), clock)
    saved(for_seconds=0.0)
    saved(name="Silence", watch="age_seconds", threshold=3.0, clear_at=1.0, for_seconds=0.0)
    away = {"watch": "silent_seconds", "symbols": [], "entities": ["store"], "threshold": 10.0}
    saved(name="Store away", **away, clear_at=1.0, for_seconds=0.0)
    pass_time(clock, market, one, seconds=0.5)
    own_store.kill()
    for _ in range(48):
        clock.advance(TICK)
        one.tick()
    assert stored() == [("BTCUSDT", 12.0, ""), ("", ANY, "")]
    assert Alert.objects.get(entity="store").value_at_firing > 10
    marked = at(Alert.objects.get(symbol="BTCUSDT").unjudged_since)
    assert 5 < marked - START < 6
    assert one.report.store_answers is False
    own_store.start()
    pass_time(clock, market, one, seconds=6)
    assert stored() == [("BTCUSDT", 12.0, ""), ("", ANY, "back")]
    assert Alert.objects.get(symbol="BTCUSDT").unjudged_since is None
    assert (caplog.text.count("store_away"), caplog.text.count("store_back")) == (1, 1)
