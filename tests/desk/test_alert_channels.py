"""The pages of channels: what stands there, what is saved, and what is never shown."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from alerts.models import AlertRule, Channel, Message
from tests.alerts.factories import FIRED, HOOK, SECRET, saved, saved_channel
from tests.desk.conftest import SignIn
from tests.desk.test_alerts import CHANNELS, RULES, SAVE, said, words

pytestmark = [pytest.mark.database, pytest.mark.django_db]
FORM = {
    "name": "Desk",
    "kind": "webhook",
    "address": HOOK,
    "secret": SECRET,
    "least_severity": "warning",
    "is_enabled": "on",
    "_reason": "nights",
}


@pytest.fixture
def manager(sign_in: SignIn) -> Client:
    return sign_in("Risk managers")


def assert_hides(answer: Any) -> None:
    page = answer.content.decode()
    assert not any(each in page for each in ("T0PSECRET", "hidden-token", SECRET))


def test_a_channel_is_made_and_its_secrets_never_stand_on_a_page(manager: Client):
    answer = manager.post(f"{CHANNELS}new/", FORM, follow=True)
    row = Channel.objects.get()
    assert (row.name, row.least_severity, row.is_enabled, row.shown) == (
        "Desk",
        "warning",
        True,
        "https://8.8.8.8",
    )
    for page in (answer, manager.get(CHANNELS), manager.get(f"{CHANNELS}{row.pk}/")):
        assert "https://8.8.8.8" in words(page)
        assert_hides(page)
    assert "“nights”" in words(answer)


def test_what_is_refused_stands_at_its_field_and_secrets_are_entered_again(manager: Client):
    answer = manager.post(f"{CHANNELS}new/", {**FORM, "address": "https://10.0.0.1/T0PSECRET"})
    assert answer.status_code == 400
    assert "Address: must not lead to an address of this or a private network" in words(answer)
    assert "Enter what is secret again" in words(answer)
    assert_hides(answer)
    assert not Channel.objects.exists()
    assert manager.post(f"{CHANNELS}new/", {**FORM, "_reason": ""}).status_code == 400


def test_what_is_left_empty_stays_and_who_saves_second_learns_of_it(manager: Client):
    row = saved_channel()
    change = {**FORM, "address": "", "secret": "", "_opened": "channel:1"}
    assert manager.post(f"{CHANNELS}{row.pk}/", change).status_code == 302
    answer = manager.post(f"{CHANNELS}{row.pk}/", {**change, "name": "Late"})
    assert answer.status_code == 400
    assert "Somebody else saved this channel" in words(answer)
    assert Channel.objects.get().name == "Desk"


def test_a_test_says_in_words_what_became_of_it(manager: Client):
    mails = saved_channel(kind="email", address="desk@example.com", secret="")
    answer = manager.post(f"{CHANNELS}{mails.pk}/test/")
    assert said(answer) == ["Desk took the test: It was taken."]
    hook = saved_channel(name="Hook", secret="env:ALERTS_CHANNEL_NOWHERE")
    answer = manager.post(f"{CHANNELS}{hook.pk}/test/")
    sentence = "The environment variable ALERTS_CHANNEL_NOWHERE is not set here."
    assert said(answer)[-1] == f"Hook did not take the test: {sentence}"
    assert sentence in words(manager.get(f"{CHANNELS}{hook.pk}/"))
    assert "Given up" in words(manager.get(CHANNELS))


def test_a_channel_that_a_rule_names_cannot_be_deleted_and_the_page_says_by_which(manager: Client):
    row = saved_channel()
    saved(channels=[row.pk])
    page = f"{CHANNELS}{row.pk}/delete/"
    assert "while a rule names it: Wide spread" in words(manager.get(page))
    manager.post(page, {"_reason": "over", "_opened": row.tag})
    assert Channel.objects.exists()


def test_a_rule_names_channels_in_its_form(manager: Client):
    row, channel = saved(), saved_channel()
    page = manager.get(f"{RULES}{row.pk}/").content.decode()
    assert f'name="channels" value="{channel.pk}"' in page
    form = {
        "name": "Wide",
        "watch": "spread_bps_10s",
        "comparison": "above",
        "threshold": "12",
        "severity": "warning",
        "channels": [str(channel.pk)],
        "_opened": row.tag,
    }
    assert manager.post(f"{RULES}{row.pk}/", {**form, **SAVE}).status_code == 302
    assert AlertRule.objects.get().channels == [channel.pk]
    assert "checked" in manager.get(f"{RULES}{row.pk}/").content.decode().partition('name="channels"')[2][:60]
    refused = manager.post(f"{RULES}{row.pk}/", {**form, **SAVE, "channels": ["99"], "_opened": "rule:2"})
    assert refused.status_code == 400


def test_the_list_asks_no_question_for_each_channel(manager: Client):
    def questions() -> int:
        manager.get(CHANNELS)
        with CaptureQueriesContext(connection) as asked:
            manager.get(CHANNELS)
        return len(asked)

    for number in range(2):
        told(saved_channel(name=f"Desk {number}"))
    few = questions()
    for number in range(2, 8):
        told(saved_channel(name=f"Desk {number}"))
    assert questions() == few


def told(row: Channel) -> None:
    """Two messages, of which the newer one was taken."""
    for at in (FIRED, FIRED + timedelta(minutes=1)):
        Message.objects.create(channel=row, channel_name=row.name, kind=row.kind, made_at=at, delivered_at=at)


def test_the_list_has_what_became_of_the_newest_message_of_each(manager: Client):
    rows = [saved_channel(name=name) for name in ("Desk", "Nights", "Silent")]
    for row in rows[:2]:
        told(row)
    text = words(manager.get(CHANNELS))
    assert text.count(f"Delivered {FIRED + timedelta(minutes=1):%d %b %Y, %H:%M:%S}") == 2
    assert f"{FIRED:%H:%M:%S}" not in text
    assert text.count("none yet") == 1
