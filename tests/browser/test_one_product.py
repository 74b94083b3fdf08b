"""Market pages and admin are one product: the same header, search and theme on both sides."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.desk import log_in
from tests.browser.market import Market
from tests.browser.reading import fits

LOOKS = """() => ["body", ".masthead", ".brand", ".search-key"].map((name) => {
    const { fontFamily, fontSize, color, backgroundColor, height } = getComputedStyle(document.querySelector(name));
    return [fontFamily, fontSize, color, backgroundColor, name === "body" ? "" : height];
})"""
WEIGHT = "performance.getEntriesByType('resource').map((each) => new URL(each.name).pathname)"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_feels_a_border_between_market_and_admin(page: Page, desk: Market, theme: str):
    log_in(page, desk)
    page.goto(desk.url)
    page.emulate_media(color_scheme="light")
    if theme == "dark":
        page.get_by_role("button", name="Switch to the dark theme").click()
    header, looks = page.get_by_role("navigation", name="Main").inner_text(), page.evaluate(LOOKS)
    for path in ("/admin/", "/admin/history/", "/admin/auth/user/", "/signals/", "/docs", "/admin/nowhere"):
        page.goto(desk.url + path)
        assert page.get_by_role("navigation", name="Main").inner_text() == header
        assert page.evaluate(LOOKS) == looks
        expect(page.locator(f"html.{theme}")).to_have_count(1)


@pytest.fixture(autouse=True)
def _missing(complaints):
    complaints.expected.append("404")


def test_the_admin_does_without_a_font_of_pictures(page: Page, desk: Market):
    log_in(page, desk)
    page.goto(f"{desk.url}/admin/auth/user/")
    page.evaluate("document.fonts.ready")
    assert not [path for path in page.evaluate(WEIGHT) if "material" in path.lower() or "chart" in path]
    expect(page.get_by_role("button", name="Filters").locator("svg")).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/symbols/BTCUSDT/", "/admin/history/"])
def test_the_search_goes_by_keyboard_on_every_page(page: Page, desk: Market, path: str):
    log_in(page, desk)
    page.goto(desk.url + path)
    page.keyboard.press("Control+k")
    search = page.get_by_role("dialog", name="Search")
    expect(search.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("adausdt")
    expect(search.get_by_role("status")).to_have_text("2 found")
    page.keyboard.press("ArrowDown")
    expect(search.get_by_role("link", name="ADAUSDT Symbol", exact=True)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(search.get_by_role("link", name="Halt ADAUSDT")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(search.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("halt")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Halt signals")).to_be_visible()


def test_the_search_shows_when_nothing_fits_and_closes_by_escape(page: Page, market: Market):
    page.goto(market.url)
    page.get_by_role("link", name="Search").click()
    search = page.get_by_role("dialog", name="Search")
    page.keyboard.type("halt")
    expect(search.get_by_role("status")).to_have_text("Nothing fits “halt”.")
    page.keyboard.press("Escape")
    expect(search).to_be_hidden()


def test_strangers_are_shown_where_they_may_go(page: Page, market: Market):
    page.set_viewport_size(PHONE)
    page.goto(market.url)
    assert page.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts() == [
        "Markets",
        "Signals",
        "API",
    ]
    fits(page, PHONE["width"])
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_label("Name")).to_be_visible()
    assert page.url.endswith("/admin/login/?next=/")
