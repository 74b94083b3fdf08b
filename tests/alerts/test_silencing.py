"""Silences are made with a reason, ended by name, and kept; nobody is told meanwhile."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from alerts import reading
from alerts.domain.silences import Silence
from alerts.exceptions import SilenceNotFound, SilenceOver
from alerts.models import Silence as SilenceRow
from alerts.services import delete_rule, end_silence, silence
from configuration.exceptions import ValidationFailed
from configuration.ledger import Author
from configuration.models import Source
from tests.alerts.factories import FIRED, SETUP, fired, saved
from tests.configuration.conftest import author, manager

__all__ = ["author", "manager"]
pytestmark = [pytest.mark.database, pytest.mark.django_db]


def hour(**what: Any) -> Silence:
    """A silence of an hour from now."""
    return Silence(**{"until": timezone.now().timestamp() + 3_600, **what})


def silenced() -> list[str]:
    """The symbols of alerts that fire and of which nobody is told now."""
    quiet = reading.Quiet.of(timezone.now())
    return [alert.symbol for alert in reading.alerts("firing") if quiet.until_of(alert)]


def test_a_silence_is_kept_with_who_and_why(author: Author):
    rule = saved()
    made = silence(hour(rule=rule.pk, symbol="btc*"), author=author)
    assert (made.rule_name, made.symbol, made.reason) == ("Wide spread", "BTC*", "tuning")
    assert (made.actor, made.by, made.source) == ("manager", "desk", "api")
    assert str(made) == "Wide spread · BTC*"
    [kept] = reading.silences_in_force(timezone.now())
    assert kept == SilenceRow.objects.get().silence()


def test_nobody_is_told_of_what_it_is_about_until_somebody_ends_it(author: Author):
    rule = saved()
    for symbol in ("BTCUSDT", "ETHUSDT"):
        fired(rule, symbol)
    made = silence(hour(rule=rule.pk, symbol="BTC*"), author=SETUP)
    assert (silenced(), reading.unattended(timezone.now())) == (["BTCUSDT"], 1)
    ended = end_silence(made.pk, author=author)
    assert (ended.ended_by, ended.ended_reason) == ("desk", "tuning")
    assert (silenced(), reading.unattended(timezone.now())) == ([], 2)
    now = timezone.now()
    assert [*reading.silence_rows("past", now)] == [*reading.silence_rows("all", now)] == [made]
    with pytest.raises(SilenceOver):
        end_silence(made.pk, author=author)


def test_what_is_silenced_is_over_by_itself():
    fired(saved())
    silence(hour(severity="warning"), author=SETUP)
    assert silenced() == ["BTCUSDT"]
    later = timezone.now() + timedelta(hours=2)
    assert not reading.silences_in_force(later)
    assert reading.unattended(later) == 1


def test_in_the_quiet_hours_of_its_rule_nobody_is_told_of_an_alert_whatever_its_severity():
    fired(saved(severity="critical", quiet_hours=["00:00-12:00", "Sun 12:00-13:00"]))
    sunday = datetime(2026, 11, 29, tzinfo=UTC)
    [alert] = reading.alerts("firing")
    assert reading.Quiet.of(sunday).until_of(alert) == sunday.replace(hour=13)
    assert reading.unattended(sunday) == 0
    assert reading.unattended(sunday.replace(hour=13)) == 1
    assert reading.unattended(sunday + timedelta(days=1, hours=12)) == 1


def test_what_is_acknowledged_is_attended_to():
    fired(saved(), acknowledged_at=FIRED, acknowledged_by="rita")
    assert reading.unattended(timezone.now()) == 0


def test_of_a_rule_that_was_deleted_nothing_is_left_to_be_silent():
    rule, other = saved(), saved(name="Another")
    silence(hour(rule=rule.pk), author=SETUP)
    delete_rule(rule.pk, author=SETUP)
    fired(other)
    assert silenced() == []
    assert SilenceRow.objects.get().rule_name == "Wide spread"


def test_all_that_is_wrong_is_said_and_nothing_is_kept():
    with pytest.raises(ValidationFailed) as refusal:
        silence(Silence(rule=99, severity="bad", until=0.0), author=Author(source=Source.API))
    assert list(refusal.value.details["fields"]) == ["severity", "until", "rule", "reason"]
    assert not SilenceRow.objects.exists()


def test_a_silence_is_not_ended_without_a_reason_nor_one_that_is_not_there():
    made = silence(hour(symbol="BTCUSDT"), author=SETUP)
    with pytest.raises(ValidationFailed):
        end_silence(made.pk, author=Author(source=Source.API, reason=" "))
    with pytest.raises(SilenceNotFound):
        end_silence(made.pk + 1, author=SETUP)
    assert reading.silences_in_force(timezone.now())


def test_not_everything_can_be_silent():
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        SilenceRow.objects.create(made_at=now, until=now, reason="", actor="", source="api")
