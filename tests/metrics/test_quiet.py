"""A feed that is connected and hears nothing is told apart from one that is away, wherever people or programs look."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import redis
from django.conf import settings
from django.test import Client

from metrics.answers.feeds import quiet_notice
from metrics.domain.market import Expiry
from metrics.pages.freshness import freshness
from metrics.push.frames import MarketFrames
from metrics.store.keys import Keys
from metrics.store.reports import FeedReport
from tests.factories import START, Clock, feed_report

QUIET = (
    "Feed is connected; nothing arrives on binance.websocket.data since 22:14:00 UTC. Look whether the producer runs"
    " and publishes there; NATS_CONSUMER_TOPIC says where the feed listens."
)


def quiet_feed(seconds: float = 6, **changes: Any) -> FeedReport:
    return feed_report(reported_at=START + seconds, **changes)


def test_it_is_told_after_five_seconds_without_a_message():
    assert quiet_notice([quiet_feed(5)]) == ""
    assert quiet_notice([quiet_feed(5.1)]) == QUIET
    assert quiet_notice([quiet_feed(last_message_at=None)]) == QUIET  # since it was started


def test_not_while_another_feed_hears_something_or_one_is_cut_off():
    assert quiet_notice([quiet_feed(), quiet_feed(last_message_at=START + 5)]) == ""
    assert quiet_notice([quiet_feed(nats_away_since=START)]) == ""
    assert quiet_notice([]) == ""


def test_all_subjects_are_named():
    feeds = [quiet_feed(subjects=["okx.depth", "binance.websocket.data"]), quiet_feed()]
    assert "nothing arrives on binance.websocket.data, okx.depth since" in quiet_notice(feeds)


def refused(seconds: float = 6, **changes: Any) -> FeedReport:
    """Of a feed to which messages come."""
    changes.setdefault("last_accepted_at", START)
    return quiet_feed(seconds, last_message_at=START + seconds, **changes)


ALL_REFUSED = (
    "Messages arrive on binance.websocket.data, and since 22:14:00 UTC none"
    " is an order book that can be shown."
)
COUNTED = " The system page counts what is refused."


def test_messages_that_are_all_refused_are_no_silence():
    assert quiet_notice([refused(5)]) == ""
    assert quiet_notice([refused()]) == ALL_REFUSED + COUNTED
    assert quiet_notice([refused(last_accepted_at=None)]) == ALL_REFUSED + COUNTED  # since it was started
    assert (
        quiet_notice([refused(refused_mostly="repeated")])
        == f"{ALL_REFUSED} Refused as repeated (the same message again).{COUNTED}"
    )
    assert quiet_notice([refused(), refused(last_accepted_at=START + 2)]) == ""


def test_a_reason_that_only_a_feed_of_another_version_knows_is_left_out():
    assert quiet_notice([refused(refused_mostly="<b>")]) == ALL_REFUSED + COUNTED


def batch(seq: int, last_message_at: float | None, last_accepted_at: float | None = START + 7) -> Any:
    return {
        "feed": "host/0/1",
        "epoch": "e1",
        "seq": seq,
        "rows": [],
        "removed": [],
        "started_at": START,
        "last_message_at": last_message_at,
        "last_accepted_at": last_accepted_at,
        "refused_mostly": "repeated",
        "subjects": ["binance.websocket.data"],
    }


def test_frames_say_so_until_something_arrives():
    frames = MarketFrames(Expiry(), 250)
    frames.load({}, START, [])
    frames.follow(batch(1, START), START + 4)
    assert "quiet_notice" not in json.loads(frames.heartbeat(START + 4))
    frames.follow(batch(2, START), START + 6)
    assert json.loads(frames.heartbeat(START + 6))["quiet_notice"] == QUIET
    frames.follow(batch(3, START + 6), START + 7)
    assert "quiet_notice" not in json.loads(frames.heartbeat(START + 7))
    frames.follow(batch(4, START + 13, START + 7), START + 13)
    assert "Refused as repeated (" in json.loads(frames.heartbeat(START + 13))["quiet_notice"]


@pytest.fixture
def _quiet(reader: Any, clock: Clock, store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "clock", clock)
    clock.advance(11)
    report = feed_report(reported_at=clock())
    store.hset(Keys(settings.STORE_PREFIX).feeds, report.instance, msgspec.msgpack.encode(report))


@pytest.mark.usefixtures("_quiet")
def test_pages_say_so(reader: Any):
    assert freshness(reader, [])["notice"] == QUIET


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.usefixtures("_quiet")
def test_programs_are_told_so(client: Client):
    [feed] = client.get("/api/v1/feed").json()["feeds"]
    assert (feed["state"], feed["quiet_notice"]) == ("running", QUIET)
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()["warnings"]) == (200, [f"Of host/0/1: {QUIET}"])


def test_a_feed_tells_what_it_listens_to_and_when_it_heard_something(
    feed: Any, run: Callable[..., Any], publish: Callable[..., None]
):
    publish()
    assert feed.last_report.subjects
    assert feed.last_report.last_message_at is None
