"""What NATS is told of alerts."""

import json
import os
from datetime import datetime, timedelta

import pytest
from asgiref.sync import async_to_sync
from django.utils import timezone
from nats.aio.client import Client

from alerts.domain.silences import Silence
from alerts.models import Alert
from alerts.services import delete_rule, silence
from alerts.watching.publishing import Publisher, untold
from messaging.bus import connected
from tests.alerts.factories import FIRED, SETUP, fired, saved

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]
URL = os.environ["NATS_URL"]


def resolve(alert):
    Alert.objects.filter(pk=alert.pk).update(
        resolved_at=FIRED + timedelta(minutes=1), resolved_because="back"
    )


@pytest.fixture
def publish(clock):
    """Tell NATS all there is, and what was heard of it."""

    async def told():
        async with connected(URL, "test") as bus:
            heard = await bus.subscribe("alerts.>")
            publisher = Publisher("alerts", clock)
            publisher.bus = bus
            assert await publisher.publish_once()
            await bus.flush()
            return [await heard.next_msg() for _ in range(heard.pending_msgs)]

    return async_to_sync(told)


def test_an_alert_is_told_when_it_fires_and_when_it_is_over_and_once_each(publish):
    row = saved(severity="critical")
    alert = fired(row)
    (message,) = publish()
    assert message.subject == f"alerts.critical.{row.pk}"
    assert message.headers == {"Nats-Msg-Id": f"{alert.pk}.firing"}
    body = json.loads(message.data)
    assert (body["key"], body["state"]) == (f"{alert.pk}.firing", "firing")
    assert (body["id"], body["rule"], body["symbol"]) == (alert.pk, row.pk, "BTCUSDT")
    assert body["fired_at"] == "2026-11-28T12:00:30Z"
    assert publish() == []
    resolve(alert)
    (message,) = publish()
    assert json.loads(message.data)["key"] == f"{alert.pk}.resolved"
    assert publish() == []


def test_what_was_over_before_nats_was_told_is_told_in_order(publish):
    alert = fired(saved())
    resolve(alert)
    assert [json.loads(message.data)["state"] for message in publish()] == ["firing", "resolved"]


def test_the_end_of_an_alert_whose_rule_is_deleted_is_told_where_its_beginning_was(publish):
    row = saved()
    number = row.pk
    fired(row)
    publish()
    delete_rule(row.pk, author=SETUP)
    (message,) = publish()
    assert message.subject == f"alerts.warning.{number}"
    assert json.loads(message.data)["resolved_because"] == "rule deleted"


def test_nats_hears_of_what_is_silenced_and_until_when(clock):
    until = timezone.now() + timedelta(hours=1)
    silence(Silence(symbol="ETHUSDT", until=until.timestamp()), author=SETUP)
    row = saved()
    fired(row)
    fired(row, "ETHUSDT")
    told = {message.alert.symbol: json.loads(message.payload()) for message in untold(until.timestamp() - 1)}
    assert told["BTCUSDT"]["silenced_until"] is None
    assert datetime.fromisoformat(told["ETHUSDT"]["silenced_until"]) == until
    later = untold(until.timestamp())
    assert [message.silenced_until for message in later] == [None, None]


def test_what_nats_does_not_take_waits_in_the_database(clock, caplog):
    fired(saved())
    publisher = Publisher("alerts", clock)
    assert async_to_sync(publisher.publish_once)() is False
    publisher.bus = Client()
    assert async_to_sync(publisher.publish_once)() is False
    assert len(untold(clock())) == 1
    assert caplog.text.count("alerts_wait") == 1
