"""The history of alerts: who decided what about rules, channels and silences, and who looked after what."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from alerts.models import AlertRule, Silence
from alerts.services import acknowledge, delete_channel, delete_rule, end_silence, save_rule
from configuration.ledger import Author
from configuration.models import Source
from desk.alert_history import PAGE_SIZE, Decisions
from tests.alerts.factories import SETUP, fired, rule, saved, saved_channel, silenced
from tests.desk.conftest import SignIn

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PAGE = "/admin/alerts/history/"
KIM = Author(source=Source.API, name="desk-bot", changed_by="kim", reason="too many at night")


def rows(answer: Any) -> list[str]:
    """Those of the table, the newest first, without their times."""
    body = answer.content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
    found = [re.sub(r"<time.*?</time>", "", row, flags=re.DOTALL) for row in body.split("<tr>")[1:]]
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in found]


def test_every_decision_stands_there_the_newest_first(sign_in: SignIn):
    row = saved()
    channel = saved_channel()
    save_rule(rule(id=row.pk, threshold=20.0, is_enabled=False), author=KIM)
    alert = fired(row)
    acknowledge(alert.pk, "asked the venue", author=KIM)
    made = silenced(symbol="ETH*")
    end_silence(made.pk, author=KIM)
    delete_channel(channel.pk, author=SETUP)
    found = rows(sign_in("Risk managers").get(PAGE))
    assert [re.sub(r"[A-Z][a-z]+ \d{4}, [\d:]+|Until .* UTC\.", "…", each) for each in found] == [
        "setup Command Desk channel deleted, version 2 Webhook, from info on. tests",
        "kim ETH* no longer silenced too many at night",
        "setup Command ETH* silenced … tests",
        "kim Wide spread, BTCUSDT at binance acknowledged It fired on 28 … UTC. asked the venue",
        "desk-bot for kim API Wide spread rule changed, version 2 Fires when spread of any of BTC*, ETHUSDT is above "
        "20 bps for 30 seconds. It is over when the value is back down to 8 bps. Disabled. too many at night",
        "setup Command Desk channel created, version 1 Webhook, from info on. tests",
        "setup Command Wide spread rule created, version 1 Fires when spread of any of BTC*, ETHUSDT is above 10 bps "
        "for 30 seconds. It is over when the value is back down to 8 bps. tests",
    ]


def test_what_is_there_is_led_to_by_whoever_may_see_it(sign_in: SignIn):
    row, gone, channel = saved(), saved(name="Gone"), saved_channel()
    delete_rule(gone.pk, author=SETUP)
    for role, leads_to_channel in (("Viewers", False), ("Administrators", True)):
        page = sign_in(role).get(PAGE).content.decode()
        assert f'href="/admin/alerts/rules/{row.pk}/"' in page
        assert f'href="/admin/alerts/rules/{gone.pk}/"' not in page
        assert (f'href="/admin/alerts/channels/{channel.pk}/"' in page) == leads_to_channel
        assert "8.8.8.8" not in page


def test_a_page_asks_as_much_however_much_there_is(sign_in: SignIn, django_assert_num_queries: Any):
    for number in range(PAGE_SIZE + 5):
        saved(name=f"Rule {number}")
    assert len(Decisions()) == AlertRule.history.count() == PAGE_SIZE + 5
    viewer = sign_in("Viewers")
    first, second = viewer.get(PAGE), viewer.get(f"{PAGE}?page=2")
    assert (len(rows(first)), len(rows(second))) == (PAGE_SIZE, 5)
    assert "Rule 54" in rows(first)[0]
    assert "Rule 0" in rows(second)[-1]
    with django_assert_num_queries(3):  # what there is, the versions, and which of their rules are left
        assert len(Decisions()[0:PAGE_SIZE]) == PAGE_SIZE


def test_nothing_yet(sign_in: SignIn):
    assert not Silence.objects.exists()
    assert "Nothing has been decided yet." in sign_in("Viewers").get(PAGE).content.decode()


def test_it_is_for_those_who_may_see_alerts(client: Client, sign_in: SignIn):
    assert client.get(PAGE).status_code == 302
    assert sign_in("Nobody's").get(PAGE).status_code == 403
    viewer = sign_in("Viewers")
    for page in ("/admin/history/", "/admin/alerts/"):
        assert f'href="{PAGE}"' in viewer.get(page).content.decode()
