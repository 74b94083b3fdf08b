"""Channels are written in one place, explained and versioned; what is secret of them is kept for nobody to read."""

import json
import logging
from typing import Any

import pytest
from django.core import serializers
from django.db import connection, transaction

from alerts.delivery.targets import Unreachable, target
from alerts.exceptions import ChannelChanged, ChannelNotFound
from alerts.models import Channel
from alerts.services import delete_channel, save_channel
from configuration.exceptions import ForbiddenWrite, ValidationFailed
from configuration.ledger import Author
from configuration.models import Source
from tests.alerts.factories import HOOK, SECRET, SETUP, channel, saved, saved_channel

pytestmark = [pytest.mark.database, pytest.mark.django_db]
SECRETS = (HOOK, "T0PSECRET", "hidden-token", SECRET, SECRET.removeprefix("whsec_"))


def refused(**changes: Any) -> dict[str, Any]:
    with pytest.raises(ValidationFailed) as refusal:
        saved_channel(**changes)
    text = str(refusal.value) + json.dumps(refusal.value.details)
    assert not any(each in text for each in SECRETS)
    return refusal.value.details["fields"]


def test_a_channel_and_each_of_its_changes_is_kept_with_who_and_why():
    row = saved_channel()
    assert (row.version, row.tag, row.shown) == (1, "channel:1", "https://8.8.8.8")
    again = save_channel(channel(id=row.pk, name="Night desk"), author=SETUP, expected=["channel:1"])
    assert (again.action, again.row.version) == ("updated", 2)
    same = save_channel(channel(id=row.pk, name="Night desk", address="", secret=""), author=SETUP)
    assert same.action == "unchanged"
    with pytest.raises(ChannelChanged, match=r'The channel was changed by setup.*"channel:2"'):
        delete_channel(row.pk, author=SETUP, expected=["channel:1"])
    delete_channel(row.pk, author=SETUP)
    history = Channel.history.of_channel(row.pk)
    assert [(each.version, each.action.value, each.name) for each in history] == [
        (3, "DELETE", "Night desk"),
        (2, "UPDATE", "Night desk"),
        (1, "CREATE", "Desk"),
    ]
    with pytest.raises(ChannelNotFound):
        delete_channel(row.pk, author=SETUP)


def test_no_secret_is_anywhere_in_the_database_or_in_what_is_written_down(caplog: Any):
    caplog.set_level(logging.DEBUG)
    row = saved_channel()
    found = caplog.text + repr(row) + repr(target(row)) + serializers.serialize("json", Channel.objects.all())
    with connection.cursor() as cursor:
        for question in ("SELECT * FROM alerts_channel", "SELECT * FROM alerts_historicalchannel"):
            cursor.execute(question)
            found += str(cursor.fetchall())
    assert not any(each in found for each in SECRETS)
    opened = target(Channel.objects.get())
    assert (opened.address, opened.secret) == (HOOK, SECRET)


def test_keys_may_be_changed_and_what_was_kept_under_one_that_is_gone_is_entered_again(settings: Any):
    row = saved_channel()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert target(row).address == HOOK
    settings.ALERTS_SECRET_KEY = "one of its own"
    assert target(row).address == HOOK
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(Unreachable, match="enter it again"):
        target(row)
    save_channel(channel(id=row.pk), author=SETUP)
    row.refresh_from_db()
    assert target(row).address == HOOK


def test_a_secret_may_stand_in_the_environment_under_a_name_for_channels_alone(monkeypatch: Any):
    monkeypatch.setenv("ALERTS_CHANNEL_HOOK", HOOK)
    row = saved_channel(address="env:ALERTS_CHANNEL_HOOK", secret="env:ALERTS_CHANNEL_SECRET")
    assert row.shown == "env:ALERTS_CHANNEL_HOOK"
    with pytest.raises(Unreachable, match="ALERTS_CHANNEL_SECRET is not set"):
        target(row)
    monkeypatch.setenv("ALERTS_CHANNEL_SECRET", SECRET)
    assert target(row).address == HOOK
    for wrong in ("env:SECRET_KEY", "env:DATABASE_URL", "env:"):
        assert list(refused(name="Other", address=wrong)) == ["address"]
        assert list(refused(name="Other", secret=wrong)) == ["secret"]


def test_everything_that_is_wrong_is_named():
    assert list(refused(name=" ", address="", secret="T0PSECRET")) == ["name", "address", "secret"]
    saved_channel()
    assert refused() == {"name": ["must not be that of another channel"]}
    assert list(refused(name="No", kind="email", address="a@b.example", secret=SECRET)) == ["secret"]
    with pytest.raises(ValidationFailed):
        save_channel(channel(name="Why"), author=Author(source=Source.API))


def test_what_is_secret_does_not_go_along_to_another_kind():
    row = saved_channel()
    with pytest.raises(ValidationFailed) as refusal:
        save_channel(channel(id=row.pk, kind="email", address="", secret=""), author=SETUP)
    assert list(refusal.value.details["fields"]) == ["address"]


def test_a_channel_that_a_rule_names_is_not_deleted():
    row = saved_channel()
    saved(channels=[row.pk])
    with pytest.raises(ValidationFailed) as refusal:
        delete_channel(row.pk, author=SETUP)
    assert refusal.value.details["fields"] == {"id": ["must not be named by a rule; it is by Wide spread"]}


def test_there_is_no_way_around_the_service():
    row = saved_channel()
    unknown = Channel.objects.get(pk=row.pk)
    for write in (
        unknown.save,
        lambda: Channel.objects.update(name="x"),
        lambda: Channel.history.all().delete(),
        lambda: Channel.history.first().save(),
    ):
        with pytest.raises(ForbiddenWrite), transaction.atomic():
            write()
