"""What a look finds: what fires, and each thing that has happened since the look before, once."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts.models import Alert, AlertRule, Watch
from alerts.push.frames import MOST_IN_A_FRAME, FiringNow
from alerts.push.look import Look
from tests.alerts.factories import FIRED, fired, saved

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def row() -> AlertRule:
    return saved(severity="critical")


@pytest.fixture
def look(row: AlertRule) -> Look:
    """One that has looked once, when nothing fired."""
    look = Look()
    look()
    return look


def resolve(alert: Alert, **changes: Any) -> None:
    values = {"resolved_at": FIRED, "resolved_because": "back"}
    Alert.objects.filter(pk=alert.pk).update(**values | changes)


def acknowledge(alert: Alert) -> None:
    Alert.objects.filter(pk=alert.pk).update(acknowledged_at=FIRED, acknowledged_by="rita")


def keys(found: FiringNow) -> list[str]:
    return [each.body()["key"] for each in found.news]


def test_the_first_look_has_what_fires_with_values_in_words_and_no_news(row: AlertRule):
    resolve(fired(row, "ETHUSDT"))
    alert = fired(row)
    found = Look()()
    assert [(each["symbol"], each["value_in_words"]) for each in found.alerts] == [("BTCUSDT", "12.5 bps")]
    assert (found.standing.firing, found.standing.unattended) == (1, {"critical": 1})
    assert (found.standing.newest, found.news, found.seq) == (alert.pk, [], 0)


def test_each_thing_that_happens_is_news_once(row: AlertRule, look: Look):
    alert = fired(row)
    assert keys(look()) == [f"{alert.pk}.firing"]
    acknowledge(alert)
    found = look()
    assert keys(found) == [f"{alert.pk}.acknowledged"]
    assert (found.standing.firing, found.standing.unattended) == (1, {})
    resolve(alert)
    found = look()
    assert keys(found) == [f"{alert.pk}.resolved"]
    assert found.news[0].item["resolved_because"] == "back"
    assert (found.standing.firing, found.alerts) == (0, [])
    assert keys(look()) == []


def test_what_begins_and_ends_between_two_looks_is_told_in_order(row: AlertRule, look: Look):
    first, second = fired(row), fired(row, "ETHUSDT")
    acknowledge(first)
    resolve(first)
    assert keys(look()) == [
        f"{first.pk}.firing",
        f"{first.pk}.acknowledged",
        f"{first.pk}.resolved",
        f"{second.pk}.firing",
    ]
    assert keys(look()) == []


def test_updates_are_numbered_one_by_one_and_only_where_something_is_new(row: AlertRule, look: Look):
    before = look()
    for number in range(MOST_IN_A_FRAME + 1):
        fired(row, f"COIN{number}USDT")
    after = look()
    frames = [json.loads(frame) for frame in after.frames_since(before)]
    assert [(frame["type"], frame["seq"], len(frame["events"])) for frame in frames] == [
        ("update", 1, MOST_IN_A_FRAME),
        ("update", 2, 1),
    ]
    snapshot = json.loads(after.snapshot())
    assert (snapshot["seq"], snapshot["firing"]) == (2, MOST_IN_A_FRAME + 1)
    assert [each["symbol"] for each in snapshot["alerts"]][:2] == ["COIN200USDT", "COIN199USDT"]
    assert len(snapshot["alerts"]) == MOST_IN_A_FRAME
    again = look()
    assert (again.seq, again.frames_since(after)) == (2, [])


def test_that_nobody_watches_any_more_is_an_update_without_events(look: Look):
    watch = Watch.objects.create(pk=1, holder="test", until=timezone.now() + timedelta(minutes=1))
    before = look()
    watch.until = timezone.now()
    watch.save()
    after = look()
    [frame] = map(json.loads, after.frames_since(before))
    assert (before.standing.is_watched, frame["is_watched"], frame["events"]) == (True, False, [])


def test_looks_of_two_processes_do_not_follow_on_one_another(look: Look, row: AlertRule):
    fired(row)
    assert Look()().frames_since(look()) == []


def test_a_look_asks_as_many_questions_whatever_fires(
    row: AlertRule, look: Look, django_assert_num_queries: Any
):
    for number in range(5):
        fired(row, f"COIN{number}USDT")
    look()
    with django_assert_num_queries(5):
        look()
