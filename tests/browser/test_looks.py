"""The public pages in either theme, on a phone, for weak eyes and without scripts."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, Complaints, Theme
from tests.browser.desk import log_in
from tests.browser.market import SYMBOLS, Market
from tests.browser.reading import LIVE, cell, column, fits, listed


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
    assert page.evaluate("localStorage.getItem('theme')") is None  # back to what the system prefers
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
    if "BTCUSDT" in path:
        ladder, chart = (page.locator(each).bounding_box() for each in (".ladder", ".chart-price"))
        assert ladder
        assert chart
        assert ladder["y"] < chart["y"]


@pytest.mark.parametrize("order", ["", "?sort=-spread_bps_10s"])
def test_the_head_of_a_column_ends_where_its_numbers_end(page: Page, market: Market, order: str):
    page.goto(market.url + order)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    ends = page.evaluate(
        """() => ["spread", "cost", "depth", "mid", "age"].map((name) => {
            const words = document.createRange();
            words.selectNodeContents(document.querySelector(`thead .col-${name} button`));
            words.setEndBefore(document.querySelector(`thead .col-${name} .arrow`));
            const cell = document.querySelector(`tbody .col-${name}`).getBoundingClientRect();
            return words.getBoundingClientRect().right - cell.right;
        })"""
    )
    assert all(abs(each) < 2 for each in ends), ends


@pytest.mark.parametrize("path", ["/", "/signals/", "/docs", "/admin/login/"])
def test_what_can_be_pressed_in_the_header_of_a_phone_stays_in_one_line_and_a_time_whole(
    page: Page, market: Market, path: str
):
    page.set_viewport_size(PHONE)
    page.goto(market.url + path)
    pills = page.locator(".connection-text")
    for words in ("Live 09:25:18 UTC", "Reconnecting in 30 s", "No store since 09:25:18 UTC"):
        tops = page.evaluate(
            """(words) => {
                for (const pill of document.querySelectorAll(".connection-text")) pill.textContent = words;
                return [...document.querySelectorAll(".masthead > :is(.brand, .search-key, .icon-button, .way)")]
                    .map((each) => each.getBoundingClientRect()).map((box) => (box.top + box.bottom) / 2);
            }""",
            words,
        )
        assert len(tops) == 4
        assert max(tops) - min(tops) < 4, (words, pills.count())
        assert page.evaluate(BROKEN_TIMES) == [], words
    fits(page, PHONE["width"])


BROKEN_TIMES = """() => [...document.querySelectorAll("body *")].flatMap((element) => [...element.childNodes])
    .filter((node) => node.nodeType === 3 && node.parentElement.checkVisibility())
    .flatMap((node) => [...node.data.matchAll(/\\d\\d:\\d\\d:\\d\\d UTC/g)].map((time) => {
        const range = document.createRange();
        range.setStart(node, time.index);
        range.setEnd(node, time.index + time[0].length);
        const tops = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
        return tops.size > 1 ? node.data : "";
    })).filter(Boolean)"""


def test_every_way_of_the_header_is_in_sight_on_a_phone(page: Page, desk: Market):
    log_in(page, desk)
    for width in (PHONE["width"], 320):
        page.set_viewport_size({"width": width, "height": PHONE["height"]})
        lines = set()
        for way in page.locator(".masthead nav .way").all():
            box = way.bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            lines.add(box["y"])
        assert len(lines) == 1 or width < PHONE["width"]


def test_a_time_among_the_counts_of_signals_stays_whole_on_a_phone(page: Page, desk: Market):
    page.set_viewport_size(PHONE)
    page.goto(f"{desk.url}/signals/")
    moments = page.locator("#latest .moment, #latest time")
    expect(page.locator("#latest time").first).to_contain_text("UTC")
    assert not moments.evaluate_all("all => all.filter((each) => each.getClientRects().length > 1).length")


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
