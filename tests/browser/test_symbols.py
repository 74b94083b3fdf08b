"""A symbol in Chinese through all pages, from the overview to a halt; a look-alike is named by its letter."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import log_in
from tests.browser.market import Market
from tests.browser.reading import LIVE, cell, listed
from tests.browser.swing import swinging
from tests.servers import until

SYMBOL, LOOK_ALIKE = "币安人生USDT", "ВTCUSDT"
SKEW = "/admin/strategies/orderbook_skew/"
MARKS = "[...Chart.getChart('chart').$marks.values()].flat().map(({ kind }) => kind)"


@pytest.mark.timeout(240)
def test_a_symbol_in_chinese_from_the_overview_to_a_halt(page: Page, desk: Market):
    log_in(page, desk)
    with swinging(desk, SYMBOL):
        is_found_on_the_overview(page, desk)
        has_a_live_page(page)
        chart = page.context.new_page()
        chart.goto(page.url)
        is_given_an_override(page, desk)
        expect(chart.locator("#last-signal")).to_have_text(re.compile("Order Book Skew, version 1$"))
        expect(chart.locator("#decisions li").first).to_contain_text(
            f"Order Book Skew on {SYMBOL}: Buy threshold"
        )
        until(lambda: {"change", "buy"} <= set(chart.evaluate(MARKS)), "signal and change are on the chart")
        is_halted_and_resumed(page, desk)
        expect(chart.locator("#decisions li").first).to_contain_text(f"Resumed: all strategies on {SYMBOL}")


def is_found_on_the_overview(page: Page, desk: Market) -> None:
    page.goto(desk.url)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    page.get_by_label("Symbol contains").fill("人生usd")
    until(lambda: listed(page) == [SYMBOL], "the only row")
    expect(cell(page, SYMBOL, "quote")).to_have_text("USDT")
    page.get_by_label("Symbol contains").fill(LOOK_ALIKE)
    expect(page.locator("#empty")).to_have_text("No symbol matches: character 1 is В (U+0412).")
    page.get_by_label("Symbol contains").fill("币")
    page.locator("#rows a").click()


def has_a_live_page(page: Page) -> None:
    expect(page).to_have_title(f"{SYMBOL} · Realtime Strategies")
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    pressure = page.locator("[data-figure='pressure.net_pressure']").first
    before = pressure.text_content()
    expect(pressure).not_to_have_text(before or "")


def is_given_an_override(page: Page, desk: Market) -> None:
    page.goto(f"{desk.url}{SKEW}")
    box = page.get_by_placeholder("Symbol", exact=True)
    box.fill(LOOK_ALIKE)
    page.get_by_role("button", name="Override").click()
    expect(page.get_by_text("where character 1 is В (U+0412, CYRILLIC CAPITAL LETTER VE)")).to_be_visible()
    box.fill("ßtcusdt")
    expect(box).to_have_value("ßTCUSDT")
    box.fill(SYMBOL.lower())
    expect(box).to_have_value(SYMBOL)
    expect(page.locator("#untracked-orderbook_skew")).to_be_hidden()
    page.get_by_role("button", name="Override").click()
    expect(page.get_by_role("heading", name=f"Order Book Skew · {SYMBOL}")).to_be_visible()
    page.get_by_role("textbox", name="buy_threshold").fill("1.9")
    page.get_by_label("Reason").fill("thin")
    page.get_by_role("button", name="Save").click()
    line = page.locator(f"[data-in-force][data-symbol={SYMBOL}]")
    expect(line).to_have_text(re.compile(r"^In force in 1 of 1 process, (under )?\d+\.\d s after saving\.$"))


def is_halted_and_resumed(page: Page, desk: Market) -> None:
    page.goto(f"{desk.url}/admin/halt/")
    page.locator("#halt-symbol").fill(SYMBOL)
    page.get_by_label("Reason").fill("odd books")
    page.get_by_role("button", name="Halt", exact=True).click()
    expect(page.locator("#acknowledged")).to_have_text("The halts are applied in 1 of 1 process.")
    page.get_by_role("link", name=f"Resume all strategies on {SYMBOL}").click()
    page.get_by_label("Reason").fill("books are fine")
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.locator("#acknowledged")).to_have_text("Signals are sent from 1 of 1 process.")
