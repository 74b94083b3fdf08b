"""What the admin's first page says of a feed that is heard and hears nothing itself."""

import re
from collections.abc import Callable
from html import unescape
from time import time
from typing import Any

import msgspec
import pytest
import redis
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from metrics.feed.runner import DepthFeed
from metrics.store.writer import StoreWriter
from presence import SILENT_AFTER_SECONDS, Presence, Register
from realtime.admin_home import feed_trouble
from strategies.keys import StrategyKeys
from tests.factories import START, Clock, feed_report, mixed_books, spot_book, usdm_book
from tests.strategies.reports import report

CUT_OFF = "A feed has had no connection to NATS since 22:14:00 UTC: its books grow stale."


def text_of(page: bytes) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.decode())).split())


def test_trouble_of_feeds():
    assert feed_trouble([feed_report()], START + 5) == ""
    assert feed_trouble([], START) == ""
    assert feed_trouble([feed_report(nats_away_since=START)], START + 5) == CUT_OFF
    silent = "No feed has been heard since 22:14:00 UTC; numbers expire."
    assert feed_trouble([feed_report(nats_away_since=START)], START + 11) == silent
    late = feed_report(last_message_at=START - 6)
    assert feed_trouble([late], START + 5).startswith(
        "Feed is connected; nothing arrives on binance.websocket.data since 22:13:54 UTC. Look whether the producer"
    )
    assert (
        feed_trouble([late], START + 5, "Nothing has come from okx spot.")
        == "Nothing has come from okx spot."
    )
    assert feed_trouble([late, feed_report()], START + 5, "Nothing has come from okx spot.") == ""
    refused = feed_report(reported_at=START + 6, last_message_at=START + 6, last_accepted_at=START)
    assert feed_trouble([refused], START + 6).startswith(
        "Messages arrive on binance.websocket.data, and since 22:14:00"
    )


def test_one_of_two_feeds_that_is_dead_is_shown():
    first, second = (feed_report(instance=f"host/{name}", partition=name) for name in ("0/2", "1/2"))
    alive = msgspec.structs.replace(first, reported_at=START + 20)
    assert feed_trouble([first, second], START + 5) == ""
    assert feed_trouble([alive, second], START + 20) == (
        "Feed 2 of 2 (part 1/2) has not been heard since 22:14:00 UTC: the numbers of its symbols expire."
    )
    assert feed_trouble([alive], START + 20) == (
        "Feed 2 of 2 (part 1/2) has not been heard: the numbers of its symbols are missing."
    )


def test_a_feed_whose_part_another_has_taken_over_is_not_missed():
    gone = feed_report(instance="old/0/1")
    now = {"reported_at": START + 20, "last_message_at": START + 20}
    assert feed_trouble([gone, feed_report(**now)], START + 20) == ""
    halves = [feed_report(instance=f"host/{name}", partition=name, **now) for name in ("0/2", "1/2")]
    assert feed_trouble([gone, *halves], START + 20) == ""


@pytest.mark.parametrize("name", ["", "0/0", "a/b", "0/99999999", "0/²"])
def test_a_feed_that_calls_itself_otherwise_takes_nothing_with_it(name: str):
    assert feed_trouble([feed_report(partition=name)], START + 5) == ""


@pytest.fixture
def guest(db: None, reader: object, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(reader, "clock", clock)
    client = Client()
    client.force_login(
        User.objects.create_user("guest", is_staff=True), "django.contrib.auth.backends.ModelBackend"
    )
    return client


@pytest.mark.database
def test_what_is_not_live_is_listed_with_its_reason_the_suspect_first(
    guest: Client, publish: Callable[..., None]
):
    publish(spot_book("BNBUSDT", asks=[]), *mixed_books("SOLUSDT"))
    page = guest.get("/admin/").content
    text = text_of(page)
    assert (
        "Not live 1 suspect SOLUSDT suspect prices of two coins come under its name BNBUSDT one-sided" in text
    )
    assert b'href="/?state=suspect"' in page
    assert "with their reasons" not in text


@pytest.mark.database
def test_of_many_that_are_not_live_some_are_named_and_the_rest_is_a_link(
    guest: Client, publish: Callable[..., None]
):
    publish(*(usdm_book(f"COIN{place}USDT", event_time=START - 3600) for place in range(9)))
    page = guest.get("/admin/").content
    text = text_of(page)
    assert text.count("not shown messages were sent too long ago") == 6
    assert "All 9, with their reasons" in text
    assert b'href="/api/v1/feed"' in page


@pytest.mark.database
def test_that_every_book_is_live_is_shown_too(guest: Client, publish: Callable[..., None]):
    assert "Not live No book is tracked." in text_of(guest.get("/admin/").content)
    publish(spot_book())
    assert "Not live Every book that is tracked is live." in text_of(guest.get("/admin/").content)


@pytest.mark.database
def test_a_market_that_is_invented_is_shown_to_be(guest: Client, publish: Callable[..., None]):
    publish(spot_book())
    assert "invented" not in text_of(guest.get("/admin/").content)
    publish(spot_book(update_id=2, origin="simulated"))
    assert "Simulated market: what is shown is invented." in text_of(guest.get("/admin/").content)


@pytest.mark.database
def test_a_wrong_clock_is_a_notice(guest: Client, writer: StoreWriter, run: Callable[..., Any]):
    assert b'id="home-clock" hidden' in guest.get("/admin/").content
    run(lambda: writer.write_report(feed_report(wrong_clocks={"tortoise": 3600.0})))
    page = guest.get("/admin/").content
    assert "Everything from tortoise is 3,600 s late, and refused: look at the clock" in text_of(page)
    assert b'id="home-clock" hidden' not in page


@pytest.mark.database
def test_what_feeds_and_strategies_refuse_is_reported_by_reason(
    guest: Client, store: redis.Redis, publish: Callable[..., None]
):
    publish(spot_book(), spot_book())
    reports = [
        report(
            instance="a:1/0/2",
            reported_at=time(),
            refused={"late": 1200, "crossed": 1, "other_depth": 300_000},
            rate_per_second=40.0,
        ),
        report(instance="a:2/1/2", reported_at=time(), refused={"crossed": 2}, rate_per_second=2.0),
        report(instance="a:3/1/2", reported_at=time() - 60, refused={"late": 9}),
    ]
    encode = msgspec.msgpack.encode
    processes = StrategyKeys(settings.STORE_PREFIX).processes
    store.hset(processes, mapping={each.instance: encode(each) for each in reports})
    text = text_of(guest.get("/admin/").content)
    assert "refused so far: 1 repeated Strategies 42 messages/s" in text
    heard = "2 of 3 processes heard; refused so far: 1,200 late, 3 crossed; left out as usual: 300,000 less deep books"
    assert heard in text


@pytest.mark.database
def test_a_feed_that_shows_nothing_of_what_arrives_is_not_called_silent(
    guest: Client, writer: StoreWriter, run: Callable[..., Any], clock: Clock
):
    clock.advance(6)
    run(lambda: writer.write_report(feed_report(reported_at=clock(), rate_per_second=0.0)))
    assert "nothing arrives on binance.websocket.data" in text_of(guest.get("/admin/").content)
    refused = feed_report(reported_at=clock(), last_message_at=clock(), last_accepted_at=START)
    run(lambda: writer.write_report(refused))
    page = text_of(guest.get("/admin/").content)
    assert "1 symbols, running; nothing of what arrives is a book that can be shown" in page


@pytest.mark.database
def test_how_often_feed_and_strategies_died_and_were_started_again(
    guest: Client, store: redis.Redis, writer: StoreWriter, run: Callable[..., Any]
):
    run(lambda: writer.write_report(feed_report()))
    assert "restarted" not in text_of(guest.get("/admin/").content)
    run(lambda: writer.write_report(feed_report(restarts=1)))
    seen = report(reported_at=time(), restarts=2, started_at=START + 60)
    store.hset(StrategyKeys(settings.STORE_PREFIX).processes, seen.instance, msgspec.msgpack.encode(seen))
    text = text_of(guest.get("/admin/").content)
    assert "1 symbols, running; restarted 1 time, last at 22:14:00 UTC; refused so far: 1 crossed" in text
    assert "1 of 1 process heard; restarted 2 times, last at 22:15:00 UTC" in text


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
    assert f"Market feed away unknown {CUT_OFF}" in text
    assert "Strongest net pressure No book is live at the moment" in text


@pytest.mark.database
def test_processes_that_say_no_more_than_that_they_are_there_are_missed(guest: Client, store: redis.Redis):
    register = Register(store, settings.STORE_PREFIX)
    assert "Other processes" not in text_of(guest.get("/admin/").content)
    register.say(Presence("web host", START, START, 0))
    register.say(Presence("what-if host", START, START, 0))
    assert "Other processes working unknown There are web host, what-if host." in text_of(
        guest.get("/admin/").content
    )
    register.say(Presence("what-if host", START - 60, START - SILENT_AFTER_SECONDS - 1, 0))
    text = text_of(guest.get("/admin/").content)
    assert "Other processes away unknown what-if host has not been heard since" in text
    assert "web host" not in text
