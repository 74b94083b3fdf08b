"""What the process that watches writes, and reads again."""

import pytest

from alerts.domain.entities import Thing
from alerts.domain.judges import Entry, Key
from alerts.domain.judging import REASONS, Fired, Resolved
from alerts.domain.scene import market_at
from alerts.models import Alert, Because
from alerts.moments import moment
from alerts.services import delete_rule
from alerts.watching import records
from alerts.watching.lease import Lease
from tests.alerts.factories import SETUP, saved
from tests.factories import START

pytestmark = [pytest.mark.django_db, pytest.mark.database]
BTC = market_at("BTCUSDT", "binance-usdm")


def fired(row, at=START, market=BTC):
    return Entry(row.pk, row.version, Fired(market, at, at - 1, 12.0))


def resolved(row, at, market=BTC):
    return Entry(row.pk, row.version, Resolved(market, at, "back", 14.0))


def test_what_was_written_unheard_is_not_written_again():
    """The transaction went through, and the connection broke before anybody was told."""
    row = saved()
    entries = [fired(row), resolved(row, START + 1), fired(row, START + 2)]
    once = records.write(entries, {})
    again = records.write(entries, {})
    assert once == again
    assert [*Alert.objects.order_by("pk").values_list("fired_at", "resolved_because")] == [
        (moment(START), "back"),
        (moment(START + 2), ""),
    ]


def test_what_fires_is_read_as_it_was_written():
    row = saved()
    alerts = records.write([fired(row)], {})
    (alert,) = records.firing()
    assert (alerts, records.entity_of(alert)) == ({(row.pk, BTC): alert.pk}, BTC)
    kept = records.as_judged(alert)
    assert (kept.pending_since, kept.fired_at, kept.worst, kept.unjudged_since) == (
        START - 1, START, 12.0, None,
    )  # fmt: skip


def test_what_is_no_market_is_kept_by_its_name_firing_or_pending(clock):
    row, store = saved(watch="silent_seconds", symbols=[]), Thing("store")
    (key,) = records.write([Entry(row.pk, 1, Fired(store, START, START - 1, 12.0))], {})
    (alert,) = records.firing()
    assert (alert.symbol, alert.market, alert.entity) == ("", "", "store")
    assert key == (row.pk, records.entity_of(alert)) == (row.pk, store)
    lease = Lease("host:1", clock)
    lease.take()
    lease.renew(heard_at=moment(START), pending=records.held({(row.pk, store): START}, records.rules()))
    assert records.pending(records.rules(), START) == {row.pk: {store: START}}


def test_an_alert_that_somebody_else_has_ended_stays_as_it_was_ended():
    row = saved()
    number = row.pk
    alerts = records.write([fired(row)], {})
    delete_rule(number, author=SETUP)
    records.write([Entry(number, 1, Resolved(BTC, START + 9, "back", 14.0))], alerts)
    assert Alert.objects.get().resolved_because == "rule deleted"


def test_many_at_once_are_written_with_few_questions(django_assert_max_num_queries):
    row = saved()
    markets = [market_at(f"COIN{number}USDT", "binance") for number in range(300)]
    with django_assert_max_num_queries(12):
        alerts = records.write([fired(row, market=each) for each in markets], {})
        assert records.write([resolved(row, START + 1, each) for each in markets], alerts) == {}
    assert Alert.objects.filter(resolved_because="back", worst_value=14.0).count() == 300


def test_of_what_is_pending_the_oldest_is_kept_for_rules_as_they_were(clock, monkeypatch):
    monkeypatch.setattr(records, "MOST_PENDING", 2)
    same, other = saved(), saved(name="Another")
    rules = records.rules()
    pending: dict[Key, float] = {
        (same.pk, BTC): START - 3,
        (other.pk, BTC): START - 2,
        (same.pk, market_at("ETHUSDT", "okx")): START,
    }
    lease = Lease("host:1", clock)
    lease.take()
    lease.renew(heard_at=moment(START), pending=records.held(pending, rules))
    assert records.pending(rules, START + 1) == {same.pk: {BTC: START - 3}, other.pk: {BTC: START - 2}}
    delete_rule(other.pk, author=SETUP)
    assert records.pending(records.rules(), START + 1) == {same.pk: {BTC: START - 3}}
    assert records.pending(rules, START + records.SIGHT_SECONDS) == {}


def test_the_database_knows_every_reason_for_which_alerts_end():
    assert set(REASONS) == set(Because.values)
