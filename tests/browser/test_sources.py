"""Where the market comes from, on the overview: a line a venue, that goes on by itself."""

import re
import time
from collections.abc import Callable, Iterator

import msgspec
import pytest
import redis
from django.conf import settings
from playwright.sync_api import Page, expect

from markets.reports.report import VenueReport
from markets.reports.store import key_of
from tests.browser.conftest import PHONE, Complaints
from tests.browser.market import Market
from tests.browser.reading import LIVE, fits
from tests.markets.reports.reports import TROUBLED, markets_report, venue_report
from tests.servers import redis_url

WELL = "binance spot 20 symbols, 3 of 3 connections, 812 frames/s"
TROUBLE = "okx spot: nothing came for 60 s; trying until it is back"
Announce = Callable[..., None]


@pytest.fixture
def announce(market: Market) -> Iterator[Announce]:
    """A process reports these venues; it has ended in good order afterwards."""
    with redis.Redis.from_url(redis_url(market.store.port)) as client:

        def announce(*venues: VenueReport, age: float = 0.0) -> None:
            report = markets_report(*venues, reported_at=time.time() - age)
            client.hset(key_of(settings.STORE_PREFIX), report.instance, msgspec.msgpack.encode(report))

        yield announce
        client.delete(key_of(settings.STORE_PREFIX))


def open_overview(page: Page, market: Market) -> None:
    page.goto(market.url)
    expect(page.locator(".connection-text")).to_have_text(LIVE)


def test_lines_go_on_by_themselves_and_trouble_is_marked(page: Page, market: Market, announce: Announce):
    announce(venue_report(), venue_report(venue="okx"))
    open_overview(page, market)
    lines = page.locator("#sources li")
    expect(lines).to_have_text([WELL, WELL.replace("binance", "okx")])
    expect(page.locator("#sources .troubled")).to_have_count(0)
    announce(venue_report(rate_per_second=1_204.0), TROUBLED)
    expect(lines).to_have_text([WELL.replace("812", "1,204"), TROUBLE])
    expect(page.locator("#sources .troubled")).to_have_text([TROUBLE])


def test_a_process_that_died_is_reported(page: Page, market: Market, announce: Announce):
    announce(venue_report())
    open_overview(page, market)
    announce(venue_report(), age=60)
    silent = page.locator("#sources .troubled")
    expect(silent).to_have_text(
        re.compile(r"^binance spot: stream_market has not been heard since \d\d:\d\d:\d\d UTC$")
    )


def test_where_no_venue_is_reached_the_notice_names_them_and_not_where_the_feed_listens(
    page: Page, market: Market, announce: Announce
):
    never = venue_report(connections_open=0, last_frame_at=time.time(), trouble="no answer")
    words = re.compile(
        r"Nothing has come from binance spot since \d\d:\d\d:\d\d UTC\."
        r" binance spot: no answer; trying until it is back\."
        " For a simulated market start make run without MARKET"
    )
    open_overview(page, market)
    notice = page.locator("#notice")
    with market.simulator.stopped():
        expect(notice).to_contain_text("NATS_CONSUMER_TOPIC", timeout=30_000)
        announce(never)
        for path in ("/", "/symbols/BTCUSDT/"):
            page.goto(market.url + path)
            expect(notice).to_contain_text(words)
            page.wait_for_timeout(1_500)  # frames have come
            expect(notice).to_contain_text(words)
    page.goto(market.url)
    expect(page.locator(".connection-text")).to_have_text(LIVE, timeout=30_000)


def test_long_words_fit_on_a_phone(page: Page, market: Market, announce: Announce):
    announce(venue_report(), venue_report(venue="okx", trouble="x" * 200))
    page.set_viewport_size(PHONE)
    open_overview(page, market)
    fits(page, PHONE["width"])


def test_nothing_stands_there_where_nobody_brings_a_market(page: Page, market: Market):
    open_overview(page, market)
    expect(page.locator(".sources")).to_have_count(0)


def test_a_server_that_does_not_answer_leaves_no_old_figures(
    page: Page, market: Market, announce: Announce, complaints: Complaints
):
    announce(venue_report())
    open_overview(page, market)
    complaints.expected.append("503")
    page.route("**/api/v1/feed", lambda route: route.fulfill(status=503, body="{}"))
    expect(page.locator("#sources .troubled")).to_have_text(["how they do is not known at the moment"])
    page.unroute("**/api/v1/feed")
    expect(page.locator("#sources li")).to_have_text([WELL])
