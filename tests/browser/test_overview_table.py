"""The table of all markets: ordered, filtered, by pointer and by keyboard."""

import re

from playwright.sync_api import Page, expect

from tests.browser.market import SYMBOLS, Market
from tests.browser.reading import LIVE, agree, cell, column, listed
from tests.servers import until


def test_heads_sort_and_show_it(overview: Page, market: Market):
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
    expect(overview.locator("#order")).to_have_text("Order and net pressure held while you read · ")
    before = listed(overview), column(overview, "net_pressure")
    overview.wait_for_timeout(4000)
    assert (listed(overview), column(overview, "net_pressure")) == before
    overview.mouse.move(5, 5)
    expect(overview.locator("#order")).to_have_text("Sorted anew every second · ")
    until(lambda: listed(overview) != before[0], "the order follows again")
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
    expect(overview.get_by_text("Skip to the content")).to_be_focused()
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
