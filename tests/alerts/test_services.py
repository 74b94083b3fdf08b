"""Rules are written in one place, explained, versioned and kept; who looks after an alert is said once."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from alerts.exceptions import AlertNotFound, AlertResolved, RuleChanged, RuleNotFound
from alerts.models import Alert, AlertRule
from alerts.services import acknowledge, delete_rule, save_rule
from configuration.exceptions import ForbiddenWrite, StoreUnavailable, ValidationFailed
from configuration.ledger import Author
from configuration.models import Source
from tests.alerts.factories import SETUP, fired, rule, saved
from tests.configuration.conftest import author, manager

__all__ = ["author", "manager"]
pytestmark = [pytest.mark.database, pytest.mark.django_db]
NOW = datetime(2026, 11, 28, 12, 5, tzinfo=UTC)


def fields_of(refusal: pytest.ExceptionInfo[ValidationFailed]) -> dict[str, Any]:
    return refusal.value.details["fields"]


def test_a_rule_and_each_of_its_changes_is_kept_with_who_and_why(author: Author):
    made = save_rule(rule(), author=author)
    assert (made.action, made.row.version, made.row.tag) == ("created", 1, "rule:1")
    again = save_rule(rule(id=made.row.pk, threshold=12.0), author=author)
    assert (again.action, again.row.version) == ("updated", 2)
    delete_rule(made.row.pk, author=author)
    history = AlertRule.history.of_rule(made.row.pk)
    assert [(each.version, each.action.value, each.threshold) for each in history] == [
        (3, "DELETE", 12.0),
        (2, "UPDATE", 12.0),
        (1, "CREATE", 10.0),
    ]
    said = {(each.actor, each.changed_by, each.source, each.history_change_reason) for each in history}
    assert said == {("manager", "desk", "api", "tuning")}


def test_what_is_read_back_is_what_was_said():
    said = rule()
    row = AlertRule.objects.get(pk=saved().pk)
    assert row.rule() == rule(id=row.pk, version=1)
    assert said.covers("BTCUSDT")
    assert row.rule().covers("BTCUSDT")


def test_a_rule_that_says_the_same_gets_no_version():
    row = saved()
    assert save_rule(row.rule(), author=SETUP).action == "unchanged"
    assert AlertRule.history.of_rule(row.pk).count() == 1


def test_symbols_are_kept_in_capitals_and_names_without_blanks():
    row = saved(symbols=["btc*", "ethusdt"], name="  Wide ")
    assert (row.symbols, row.name) == (["BTC*", "ETHUSDT"], "Wide")


def test_quiet_hours_are_kept_in_one_way():
    assert saved(quiet_hours=["mon-fri 22:00 - 06:00", "mon-sun 12:00-13:00"]).quiet_hours == [
        "Mon-Fri 22:00-06:00",
        "12:00-13:00",
    ]


def test_everything_that_is_wrong_is_named_at_once_and_nothing_is_kept():
    with pytest.raises(ValidationFailed) as refusal:
        save_rule(rule(name=" ", watch="nothing", for_seconds=-1.0), author=Author(source=Source.API))
    assert list(fields_of(refusal)) == ["name", "watch", "for_seconds", "reason"]
    assert not AlertRule.objects.exists()
    assert not AlertRule.history.exists()


def test_no_two_rules_have_one_name():
    saved()
    with pytest.raises(ValidationFailed) as refusal:
        saved()
    assert fields_of(refusal) == {"name": ["must not be that of another rule"]}


def test_who_changes_what_somebody_else_has_changed_since_learns_of_it():
    row = saved()
    save_rule(rule(id=row.pk, threshold=11.0), author=SETUP, expected=["rule:1"])
    with pytest.raises(RuleChanged, match=r'changed by setup\. .*, now "rule:2"'):
        save_rule(rule(id=row.pk, threshold=12.0), author=SETUP, expected=["rule:1"])
    with pytest.raises(RuleChanged):
        delete_rule(row.pk, author=SETUP, expected=["rule:1"])
    assert AlertRule.objects.get().threshold == 11.0


def test_there_is_no_way_around_the_service():
    row = saved()
    unknown = AlertRule.objects.get(pk=row.pk)
    for write in (
        unknown.save,
        unknown.delete,
        lambda: AlertRule.objects.update(threshold=1.0),
        lambda: AlertRule.history.all().delete(),
        lambda: AlertRule.history.first().save(),
    ):
        with pytest.raises(ForbiddenWrite), transaction.atomic():
            write()


def test_a_rule_that_is_not_there_is_not_changed():
    for write in (lambda: save_rule(rule(id=99), author=SETUP), lambda: delete_rule(99, author=SETUP)):
        with pytest.raises(RuleNotFound):
            write()


def test_a_rule_is_not_deleted_without_a_reason():
    row = saved()
    with pytest.raises(ValidationFailed):
        delete_rule(row.pk, author=Author(source=Source.API, reason="  "))
    assert AlertRule.objects.filter(pk=row.pk).exists()


def test_what_fires_by_a_rule_that_is_deleted_is_resolved_and_stays_readable():
    row = saved()
    alert = fired(row)
    before = fired(row, "ETHUSDT", resolved_at=NOW, resolved_because="back")
    delete_rule(row.pk, author=SETUP)
    alert.refresh_from_db()
    before.refresh_from_db()
    assert (alert.rule, alert.rule_name, alert.resolved_because) == (None, "Wide spread", "rule deleted")
    assert (before.resolved_at, before.resolved_because) == (NOW, "back")


def test_of_a_rule_and_a_market_one_alert_fires():
    row = saved()
    fired(row, resolved_at=NOW, resolved_because="back")
    fired(row)
    fired(row, market="okx")
    with pytest.raises(IntegrityError), transaction.atomic():
        fired(row)


def test_who_acknowledges_first_stays(author: Author):
    alert = fired(saved())
    first = acknowledge(alert.pk, " asked the venue ", author=author)
    again = acknowledge(alert.pk, "me too", author=SETUP)
    for each in (first, again):
        assert (each.acknowledged_by, each.acknowledged_note) == ("desk", "asked the venue")
    assert first.acknowledged_at == again.acknowledged_at


def test_what_does_not_fire_is_not_acknowledged():
    over = fired(saved(), resolved_at=NOW, resolved_because="back")
    with pytest.raises(AlertResolved):
        acknowledge(over.pk, "", author=SETUP)
    with pytest.raises(AlertNotFound):
        acknowledge(over.pk + 1, "", author=SETUP)
    firing = fired(saved(name="Another"))
    with pytest.raises(ValidationFailed):
        acknowledge(firing.pk, "x" * 501, author=SETUP)
    assert not Alert.objects.exclude(acknowledged_at=None).exists()


def test_while_the_database_is_away_nothing_is_changed_and_that_is_said():
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("gone")

    alert = fired(saved())
    with (
        pytest.raises(StoreUnavailable, match="nothing was changed"),
        transaction.atomic(),
        connection.execute_wrapper(away),
    ):
        acknowledge(alert.pk, "", author=SETUP)
