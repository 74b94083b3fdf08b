"""Where people see how the venues do: REST, figures, readiness, the overview and the admin's first page."""

import re
from collections.abc import Callable
from html import unescape

import msgspec
import pytest
import redis
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from markets.reports.report import MarketsReport
from markets.reports.store import key_of
from metrics.store.reader import StoreReader
from tests.factories import START, Clock, spot_book
from tests.markets.reports.reports import TROUBLED, markets_report, venue_report

LINE = "binance spot 20 symbols, 3 of 3 connections, 812 frames/s"
TROUBLE = "okx spot: nothing came for 60 s; trying until it is back"


def text_of(page: bytes) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.decode())).split())


@pytest.fixture
def announce(store: redis.Redis, reader: StoreReader) -> Callable[[MarketsReport], None]:
    """A process that brings markets reports."""

    def announce(report: MarketsReport) -> None:
        store.hset(key_of(settings.STORE_PREFIX), report.instance, msgspec.msgpack.encode(report))

    return announce


Announce = Callable[[MarketsReport], None]


def test_a_process_and_its_venues_over_rest(announce: Announce):
    announce(markets_report(venue_report(), TROUBLED, restarts=2))
    (source,) = Client().get("/api/v1/feed").json()["markets"]
    first, second = source.pop("venues")
    assert source == {
        "instance": "host/binance:top:20", "state": "running", "connected": True, "nats_away_since": None,
        "started_at": "2023-11-14T22:13:00.000Z", "restarts": 2, "reported_at": "2023-11-14T22:14:00.000Z",
        "dropped": 8, "notice": "",
    }  # fmt: skip
    assert first == {
        "venue": "binance", "form": "spot", "summary": LINE, "is_well": True, "trouble": "", "symbols": 20,
        "connections_open": 3, "connections_wanted": 3, "rate_per_second": 811.6, "frames": 4000,
        "published": 3999, "last_frame_at": "2023-11-14T22:13:59.500Z", "last_frame_age_ms": 500,
        "reconnections": 1, "lost_books": {"gap": 2}, "refusals": {"2: unknown symbol": 1, "3: too many": 4},
        "unreadable": 5, "snapshots": 6, "snapshots_refused": 7,
    }  # fmt: skip
    assert (second["summary"], second["is_well"]) == (TROUBLE, False)
    assert second["trouble"] == "nothing came for 60 s"


def test_a_process_that_is_not_heard_is_silent(announce: Announce, clock: Clock):
    announce(markets_report())
    clock.advance(11)
    (source,) = Client().get("/api/v1/feed").json()["markets"]
    assert source["state"] == "silent"
    assert source["notice"] == "binance spot: stream_market has not been heard since 22:14:00 UTC"


def test_figures_of_the_web_process(announce: Announce):
    announce(markets_report())
    page = Client().get("/metrics").content.decode()
    labels = 'form="spot",process="host/binance:top:20",venue="binance"'
    assert f"markets_frames_total{{{labels}}} 4000.0" in page
    assert 'markets_lost_books_total{form="spot",process="host/binance:top:20",reason="gap"' in page


@pytest.mark.database
@pytest.mark.django_db
def test_trouble_is_a_warning_of_who_is_asked_whether_all_is_ready(announce: Announce):
    announce(markets_report())
    assert "Markets" not in str(Client().get("/ready").json()["warnings"])
    announce(markets_report(venue_report(), TROUBLED))
    assert f"Markets: {TROUBLE}." in Client().get("/ready").json()["warnings"]


def test_the_overview_has_a_line_a_venue_and_marks_trouble(announce: Announce, publish: Callable[..., None]):
    publish(spot_book())
    announce(markets_report(venue_report(), TROUBLED))
    page = Client().get("/").content
    assert f"Markets {LINE} {TROUBLE}" in text_of(page)
    assert f'<li class="troubled">{TROUBLE}</li>'.encode() in page
    assert f"<li>{LINE}</li>".encode() in page
    assert b'data-url="/api/v1/feed"' in page


@pytest.mark.database
@pytest.mark.django_db
def test_so_has_the_first_page_of_the_admin(announce: Announce):
    announce(markets_report(venue_report(), TROUBLED))
    page = text_of(guest().get("/admin/").content)
    assert f"Markets working unknown {LINE} Markets trouble unknown {TROUBLE}" in page


@pytest.mark.database
@pytest.mark.django_db
def test_where_nobody_brings_markets_nothing_is_reported_of_them(
    reader: StoreReader, publish: Callable[..., None]
):
    publish(spot_book())
    assert Client().get("/api/v1/feed").json()["markets"] == []
    assert "markets_frames_total{" not in Client().get("/metrics").content.decode()
    assert b"sources" not in Client().get("/").content
    assert "Markets" not in text_of(guest().get("/admin/").content.partition(b'id="home-health"')[2])


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize("forged", [b"\xc1", b"\x80", b"x" * 5_000_000])
def test_what_cannot_be_read_takes_no_page_with_it(store: redis.Redis, announce: Announce, forged: bytes):
    announce(markets_report())
    store.hset(key_of(settings.STORE_PREFIX), "forged", forged)
    for page in ("/", "/api/v1/feed", "/metrics", "/ready"):
        answer = Client().get(page)
        assert answer.status_code in (200, 503)
    assert len(Client().get("/api/v1/feed").json()["markets"]) == 1
    assert guest().get("/admin/").status_code == 200


def guest() -> Client:
    client = Client()
    user = User.objects.filter(username="guest").first() or User.objects.create_user("guest", is_staff=True)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_a_moment_ago_is_now(announce: Announce, clock: Clock):
    announce(markets_report(reported_at=START - 9))
    assert Client().get("/api/v1/feed").json()["markets"][0]["state"] == "running"
    assert clock() == START
