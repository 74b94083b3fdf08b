"""What the market overview shows while something behind it is away, and how it comes back."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from metrics.templatetags import figures
from realtime.stack.servers import wait_for_port
from tests.browser.conftest import SERVER_STOPS, Complaints
from tests.browser.market import SYMBOLS, TTL_SECONDS, Market
from tests.browser.reading import LIVE, cell
from tests.servers import until


def expect_freshness(page: Page, freshness: str) -> None:
    expect(page.locator("html")).to_have_attribute("data-freshness", freshness)


def test_that_all_is_well_is_no_news(page: Page, market: Market):
    page.clock.set_fixed_time(datetime.now(UTC))  # however long it takes to connect, it took no time
    page.goto(market.url)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    expect(page.locator("#announcer")).to_be_empty()


def test_it_reconnects_after_the_web_server_restarts(overview: Page, market: Market, complaints: Complaints):
    complaints.expected += SERVER_STOPS
    overview.evaluate("window.sameDocument = true")
    with market.web.stopped():
        expect(overview.locator(".connection-text")).to_have_text(re.compile(r"^Reconnecting in \d+ s$"))
        expect(overview.locator("#notice")).to_contain_text(
            "The connection to the server is down. Numbers are"
        )
        expect_freshness(overview, "stale")
        expect(overview).to_have_title(re.compile("^Stale · "))
        expect(cell(overview, "BTCUSDT", "state")).to_have_text("stale")
    overview.get_by_role("button", name="Reconnect now").click()
    expect(overview.locator(".connection-text")).to_have_text(LIVE, timeout=30_000)
    expect(overview.locator("#notice")).to_be_hidden()
    expect(cell(overview, "BTCUSDT", "state")).to_have_text("live")
    expect_freshness(overview, "fresh")
    assert overview.evaluate("window.sameDocument")


def test_nothing_is_shown_of_a_feed_while_the_web_server_is_away_however_long(
    page: Page, market: Market, complaints: Complaints
):
    complaints.expected += SERVER_STOPS
    page.clock.install()
    page.goto(market.url)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    with market.web.stopped():
        expect(page.locator("#feed-state")).to_have_text("Unknown")
        page.clock.fast_forward(60_000)
        page.clock.run_for(2_000)  # whatever is painted once a second has been
        expect(page.locator("#feed-state")).to_have_text("Unknown")
    wait_for_port(market.port, market.web.process, 30)


def test_a_feed_that_died_and_was_started_again_shows_it_on_the_open_page_and_on_a_new_one(
    overview: Page, market: Market
):
    shown = re.compile(r"^restarted 2 times, last at \d\d:\d\d:\d\d UTC$")
    restarts = overview.locator("#feed-restarts")
    expect(overview.locator(".connection-text")).to_have_text(LIVE)
    expect(restarts).to_be_hidden()
    with market.feed.started_again(2):
        expect(restarts).to_have_text(shown, timeout=30_000)
        sentence = restarts.inner_text()
        until(lambda: sentence in httpx.get(market.url).text, "on a new page")
    expect(restarts).to_be_hidden(timeout=30_000)


def test_a_silent_market_is_stale_then_gone_then_back(overview: Page, market: Market):
    with market.simulator.frozen():
        expect(cell(overview, "BTCUSDT", "state")).to_have_text("stale")
        expect(overview.locator("[data-figure=stale]")).to_have_text(str(SYMBOLS))
        expect(overview.locator(".connection-text")).to_have_text(
            re.compile(r"^No data since \d\d:\d\d:\d\d UTC$"), timeout=15_000
        )
        expect(overview.locator("#notice")).to_contain_text("nothing arrives on binance.websocket.data since")
        expect_freshness(overview, "stale")
        expect(overview.locator("#empty")).to_have_text(
            "No symbol is tracked yet.", timeout=1000 * TTL_SECONDS
        )
    expect(overview.locator(".connection-text")).to_have_text(LIVE)
    expect(cell(overview, "BTCUSDT", "state")).to_have_text("live")


def test_a_dead_feed_is_noticed(overview: Page, market: Market):
    with market.feed.stopped():
        expect(cell(overview, "BTCUSDT", "state")).to_have_text("stale")
        expect(overview.locator(".connection-text")).to_have_text(
            re.compile("^No feed since"), timeout=15_000
        )
    expect(overview.locator(".connection-text")).to_have_text(LIVE, timeout=20_000)


def test_without_the_store_an_open_page_goes_stale_and_recovers(
    overview: Page, market: Market, complaints: Complaints
):
    complaints.expected.append("503")  # the lines of the last minute are asked for again meanwhile
    with market.store_away():
        expect(cell(overview, "BTCUSDT", "state")).to_have_text("stale")
        expect(overview.locator(".connection-text")).to_have_text(
            re.compile(r"^No store since \d\d:\d\d:\d\d UTC$"), timeout=15_000
        )
        expect(overview.locator("#notice")).to_contain_text("The store of the metrics has been away since")
        expect_freshness(overview, "stale")
    expect(overview.locator(".connection-text")).to_have_text(LIVE, timeout=20_000)


def test_a_page_opened_without_the_store_fills_by_itself(page: Page, market: Market, complaints: Complaints):
    complaints.expected += ["503", "WebSocket"]
    with market.store_away():
        with market.web.stopped():
            pass  # a new web process has nothing in mind
        wait_for_port(market.port, market.web.process, 30)
        answer = page.goto(market.url)
        assert answer is not None
        assert answer.status == 503
        expect(page.locator("#notice")).to_contain_text("The store of the metrics is away.")
        expect_freshness(page, "stale")
        expect(page.locator("[data-figure=symbols_tracked]")).to_have_text(figures.UNKNOWN)
    expect(page.locator(".connection-text")).to_have_text(LIVE, timeout=40_000)
    expect(page.locator("#rows tr")).to_have_count(SYMBOLS)


@pytest.mark.parametrize(
    "spoil", [lambda frame: "", lambda frame: re.sub(r'"epoch":"\w+"', '"epoch":"x"', frame)]
)
def test_a_gap_or_a_new_epoch_asks_for_a_fresh_snapshot(
    page: Page, market: Market, spoil: Callable[[str], str]
):
    asked: list[str] = []
    updates = 0

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def ask(message: str | bytes) -> None:
            asked.append(str(message))
            server.send(message)

        socket.on_message(ask)
        server.on_message(lambda message: forward(socket, str(message)))

    def forward(socket: WebSocketRoute, frame: str) -> None:
        nonlocal updates
        updates += '"type":"update"' in frame
        frame = spoil(frame) if '"type":"update"' in frame and updates == 3 else frame
        if frame:
            socket.send(frame)

    def has_gone_on() -> bool:
        page.wait_for_timeout(50)  # frames pass only while Playwright is at work
        return updates > 12

    page.route_web_socket(re.compile("/ws/pressure/"), between)
    page.goto(market.url)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    until(has_gone_on, "more updates after the spoilt one")
    assert asked == ['{"type":"resync"}']
    before = cell(page, "BTCUSDT", "spread_bps_10s").text_content()
    expect(cell(page, "BTCUSDT", "spread_bps_10s")).not_to_have_text(before or "")
