"""The market overview in a real browser, on a market that moves."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from metrics.templatetags import figures
from realtime.stack.servers import wait_for_port
from tests.browser.conftest import PHONE, Complaints, Theme
from tests.browser.market import SYMBOLS, TTL_SECONDS, Market
from tests.browser.reading import LIVE, agree, cell, column, fits, listed
from tests.servers import until


@pytest.fixture
def overview(page: Page, market: Market) -> Page:
    page.goto(market.url)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    return page


def expect_freshness(page: Page, freshness: str) -> None:
    expect(page.locator("html")).to_have_attribute("data-freshness", freshness)


def test_that_all_is_well_is_no_news(page: Page, market: Market):
    page.clock.set_fixed_time(datetime.now(UTC))  # however long it takes to connect, it took no time
    page.goto(market.url)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    expect(page.locator("#announcer")).to_be_empty()


# -- Numbers ---------------------------------------------------------------------------------


def test_values_move_by_themselves(overview: Page):
    for name in ("net_pressure", "spread_bps"):
        before = cell(overview, "BTCUSDT", name).text_content()
        expect(cell(overview, "BTCUSDT", name)).not_to_have_text(before or "")


def test_every_figure_agrees_with_rest(overview: Page, market: Market):
    with market.simulator.frozen():  # whatever is on its way arrives, and the whole table is painted
        agree(lambda: (overview.evaluate(SHOWN), told(market)))


def told(market: Market) -> dict[str, Any]:
    """What the page should show, by what REST says; no symbol is stale."""
    summary, rows = market.rest("summary"), market.rest("all")["metrics"]
    mood, liquidity = summary["market_sentiment"], summary["liquidity"]
    tiles = {
        "symbols_tracked": str(summary["symbols_tracked"]),
        "live": str(summary["symbols_tracked"] - sum(summary["symbols_excluded"].values())),
        "stale": "0",
        "other": str(sum(summary["symbols_excluded"].values())),
        "market_sentiment.bullish_symbols": str(mood["bullish_symbols"]),
        "market_sentiment.neutral_symbols": str(mood["neutral_symbols"]),
        "market_sentiment.bearish_symbols": str(mood["bearish_symbols"]),
        "market_sentiment.avg_net_pressure": figures.signed(mood["avg_net_pressure"]),
        "liquidity.avg_spread_bps": figures.fixed(liquidity["avg_spread_bps"]),
    }
    cells = {
        symbol: {
            "net_pressure": figures.signed(row["net_pressure"]),
            "spread_bps": figures.fixed(row["spread_bps"], 4),
            "mid_price": figures.price(row["mid_price"]),
            "trend": figures.trend(row["trend"]),
            "state": figures.state_word(row["state"]),
        }
        for symbol, row in rows.items()
    }
    notional = [f"{figures.compact(sum_)} {asset}" for asset, sum_ in liquidity["total_notional"].items()]
    return {"tiles": tiles, "cells": cells, "notional": notional}


SHOWN = """() => ({
    tiles: Object.fromEntries([...document.querySelectorAll("#summary [data-figure]")]
        .map((element) => [element.dataset.figure, element.textContent])),
    cells: Object.fromEntries([...document.querySelectorAll("#rows tr")].map((row) => [
        row.dataset.symbol,
        Object.fromEntries(["net_pressure", "spread_bps", "mid_price", "trend", "state"]
            .map((name) => [name, row.querySelector(`[data-cell=${name}]`).textContent])),
    ])),
    notional: [...document.querySelectorAll("#notional li")].map((element) => element.textContent),
})"""


def test_the_bar_is_as_long_as_its_number(overview: Page, market: Market):
    bar = overview.locator("#rows tr[data-symbol=BTCUSDT] .diverging rect")

    def read() -> tuple[list[float], object]:
        pressure = market.rest("all")["metrics"]["BTCUSDT"]["net_pressure"]
        shown = bar.evaluate("bar => [bar.getAttribute('x'), bar.getAttribute('width')].map(Number)")
        return shown, pytest.approx([min(0, pressure), abs(pressure)], abs=0.051)

    with market.simulator.frozen():
        agree(read)


def test_the_last_minute_is_drawn(overview: Page):
    canvas = overview.locator("#rows tr[data-symbol=BTCUSDT] canvas")
    pixels = (
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(x => x)"
    )
    until(lambda: canvas.evaluate(pixels), "the line is drawn")


def test_strongest_symbols_are_in_order(overview: Page):
    values = overview.locator("#buy-extremes [data-cell=net_pressure]").all_text_contents()
    assert values
    assert values == sorted(values, key=lambda text: -float(text))
    overview.locator("#buy-extremes a").first.click()
    expect(overview).to_have_url(re.compile(r"/symbols/[A-Z]+/$"))


# -- Table -----------------------------------------------------------------------------------


def test_heads_sort_and_say_so(overview: Page, market: Market):
    head = overview.locator("thead .col-pressure")

    def is_in_order(reverse: bool) -> None:
        def read() -> tuple[list[float], list[float]]:
            pressures = column(overview, "net_pressure")
            return pressures, sorted(pressures, reverse=reverse)

        agree(read)  # rows off the screen are painted within a second

    with market.simulator.frozen():
        overview.get_by_role("button", name="Net pressure").click()
        expect(head).to_have_attribute("aria-sort", "descending")
        is_in_order(reverse=True)
        overview.get_by_role("button", name="Net pressure").press("Enter")
        expect(head).to_have_attribute("aria-sort", "ascending")
        is_in_order(reverse=False)
    expect(overview.locator("thead .col-symbol")).to_have_attribute("aria-sort", "none")


def test_a_live_order_follows_the_market_but_not_under_the_pointer(overview: Page):
    overview.get_by_role("button", name="Net pressure").click()
    overview.locator("#rows tr").nth(3).hover()
    expect(overview.locator("#order")).to_have_text("Order held while you read · ")
    before = listed(overview)
    overview.wait_for_timeout(4000)
    assert listed(overview) == before
    overview.mouse.move(5, 5)
    expect(overview.locator("#order")).to_have_text("Sorted anew every 2 s · ")
    until(lambda: listed(overview) != before, "the order follows again")
    overview.get_by_role("button", name="Symbol").click()
    expect(overview.locator("#order")).to_be_hidden()


def test_text_filters_and_the_address_keeps_it(overview: Page):
    overview.get_by_role("searchbox").fill("btc")
    expect(overview.locator("#shown")).to_have_text(re.compile(rf"^\d of {SYMBOLS}$"))
    found = listed(overview)
    assert found
    assert all("BTC" in symbol for symbol in found)
    expect(overview).to_have_url(re.compile(r"\?q=BTC$"))
    overview.reload()
    expect(overview.locator(".connection-text")).to_have_text(LIVE)
    assert listed(overview) == found


def test_state_filters(overview: Page, market: Market):
    with market.simulator.frozen():
        expect(cell(overview, "BTCUSDT", "state")).to_have_text("stale")
        overview.locator(".segments").get_by_text("Live").click()
        expect(overview.locator("#empty")).to_have_text("No symbol matches.")
        overview.locator(".segments").get_by_text("Stale").click()
        expect(overview.locator("#rows tr")).to_have_count(SYMBOLS)
    overview.locator(".segments").get_by_text("Live").click()
    expect(cell(overview, "BTCUSDT", "state")).to_have_text("live")


def test_the_keyboard_is_enough(overview: Page):
    overview.keyboard.press("Tab")
    expect(overview.get_by_text("Skip to the numbers")).to_be_focused()
    overview.keyboard.press("/")
    expect(overview.get_by_role("searchbox")).to_be_focused()
    overview.keyboard.type("usdt")
    overview.keyboard.press("Escape")
    expect(overview.get_by_role("searchbox")).to_have_value("")
    first, second = overview.locator("#rows a").nth(0), overview.locator("#rows a").nth(1)
    first.focus()
    overview.keyboard.press("ArrowDown")
    expect(second).to_be_focused()
    overview.wait_for_timeout(2500)  # a new order in between takes the focus from nobody
    expect(second).to_be_focused()
    overview.keyboard.press("Enter")
    expect(overview).to_have_url(re.compile(r"/symbols/[A-Z]+/$"))


# -- What goes wrong -------------------------------------------------------------------------


def test_it_reconnects_after_the_web_server_restarts(overview: Page, market: Market, complaints: Complaints):
    complaints.expected += ["ERR_CONNECTION_REFUSED", "WebSocket connection"]
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


def test_a_silent_market_is_stale_then_gone_then_back(overview: Page, market: Market):
    with market.simulator.frozen():
        expect(cell(overview, "BTCUSDT", "state")).to_have_text("stale")
        expect(overview.locator("[data-figure=stale]")).to_have_text(str(SYMBOLS))
        expect(overview.locator(".connection-text")).to_have_text(
            re.compile(r"^No feed since \d\d:\d\d:\d\d UTC$"), timeout=15_000
        )
        expect(overview.locator("#notice")).to_contain_text("No market data has arrived since")
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


def test_without_the_store_an_open_page_goes_stale_and_recovers(overview: Page, market: Market):
    with market.store_away():
        expect(cell(overview, "BTCUSDT", "state")).to_have_text("stale")
        expect(overview.locator(".connection-text")).to_have_text(
            re.compile("^No feed since"), timeout=15_000
        )
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
    before = cell(page, "BTCUSDT", "spread_bps").text_content()
    expect(cell(page, "BTCUSDT", "spread_bps")).not_to_have_text(before or "")


# -- Looks -----------------------------------------------------------------------------------


def test_the_theme_follows_the_system_until_chosen(browser: Browser, market: Market):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(market.url)
    background = "getComputedStyle(document.body).backgroundColor"
    body = page.locator("body")
    dark = page.evaluate(background)
    page.emulate_media(color_scheme="light")
    expect(body).not_to_have_css("background-color", dark)
    light = page.evaluate(background)
    page.get_by_role("button", name="Switch to the dark theme").click()
    expect(body).to_have_css("background-color", dark)
    page.reload()
    assert page.evaluate(background) == dark
    page.get_by_role("button", name="Switch to the light theme").click()
    expect(body).to_have_css("background-color", light)
    assert page.evaluate("localStorage.getItem('theme')") is None  # back to what the system says
    context.close()


@pytest.mark.parametrize("path", ["/", "/symbols/BTCUSDT/", "/symbols/NOPE/"])
def test_a_phone_scrolls_in_one_direction_only(page: Page, market: Market, complaints: Complaints, path: str):
    complaints.expected += ["404"] if "NOPE" in path else []
    page.set_viewport_size(PHONE)
    page.goto(market.url + path)
    if "NOPE" not in path:
        expect(page.locator(".connection-text")).to_have_text(LIVE)
    page.wait_for_timeout(1500)  # the scripts have painted everything once, what is off the screen too
    fits(page, PHONE["width"])


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("path", ["/", "/symbols/BTCUSDT/"])
def test_text_stands_out_from_what_it_stands_on(page: Page, market: Market, path: str, scheme: Theme):
    page.emulate_media(color_scheme=scheme)
    page.goto(market.url + path)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    assert page.evaluate(FAINT_TEXT) == []


FAINT_TEXT = """() => {
    const rgba = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
    const luminance = ([r, g, b]) => [r, g, b].map((x) => x / 255)
        .map((x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4))
        .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (element) => {
        for (let node = element; node; node = node.parentElement) {
            const colour = rgba(getComputedStyle(node).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    return [...document.querySelectorAll("body *")]
        .filter((element) => element.checkVisibility() && hasText(element))
        .map((element) => {
            const [a, b] = [luminance(rgba(getComputedStyle(element).color)), luminance(ground(element))];
            return [element.textContent.trim(), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
        })
        .filter(([, contrast]) => contrast < 4.5);
}"""


def test_without_scripts_the_page_still_informs(browser: Browser, market: Market):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(market.url)
    expect(page.locator(".connection-text")).to_have_text(re.compile(r"^As of \d\d:\d\d:\d\d UTC$"))
    expect(page.locator("#rows tr")).to_have_count(SYMBOLS)
    expect(cell(page, "BTCUSDT", "net_pressure")).to_have_text(re.compile(r"^[+−]?\d+\.\d\d$"))
    with page.expect_navigation(url=re.compile("sort=-net_pressure")):
        page.get_by_role("button", name="Net pressure").click()
    pressures = column(page, "net_pressure")
    assert len(pressures) == SYMBOLS
    assert pressures == sorted(pressures, reverse=True)
    page.get_by_role("searchbox").fill("eth")
    with page.expect_navigation(url=re.compile("q=eth")):
        page.get_by_role("button", name="Apply").click()
    found = listed(page)
    assert found
    assert all("ETH" in symbol for symbol in found)
    page.locator("#rows a").first.click()
    expect(page.locator("#touch")).to_contain_text("Best bid")
    expect(page.locator(".rung")).to_have_count(40)
    context.close()
