"""What the admin's first page says of a feed that is heard and hears nothing itself."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client

from metrics.feed.runner import DepthFeed
from realtime.admin_home import feed_trouble
from tests.factories import START, Clock, feed_report, spot_book

CUT_OFF = "A feed has had no connection to NATS since 22:14:00 UTC: its books grow stale."


def text_of(page: bytes) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.decode())).split())


def test_trouble_of_feeds():
    assert feed_trouble([feed_report()], START + 5) == ""
    assert feed_trouble([], START) == ""
    assert feed_trouble([feed_report(nats_away_since=START)], START + 5) == CUT_OFF
    assert (
        feed_trouble([feed_report(nats_away_since=START)], START + 11) == ""
    )  # not heard itself: another sentence
    late = feed_report(last_message_at=START - 6)
    assert feed_trouble([late], START + 5) == "No market data has arrived since 22:13:54 UTC."
    assert feed_trouble([late, feed_report()], START + 5) == ""


@pytest.mark.database
@pytest.mark.django_db
def test_a_feed_without_nats_does_not_work_and_no_box_is_empty(
    reader: object,
    feed: DepthFeed,
    publish: Callable[..., None],
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(reader, "clock", clock)
    client = Client()
    client.force_login(
        User.objects.create_user("guest", is_staff=True), "django.contrib.auth.backends.ModelBackend"
    )
    publish(spot_book())
    assert "Market feed working" in text_of(client.get("/admin/").content)
    clock.advance(6)
    publish()  # it beats, without a book, and has never been connected
    text = text_of(client.get("/admin/").content)
    assert f"Market feed away {CUT_OFF}" in text
    assert "Strongest net pressure No book is live at the moment" in text
