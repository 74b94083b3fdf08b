"""A halted symbol says so on the public pages for as long as the halt holds."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from playwright.sync_api import Page, expect

from configuration.domain.catalogue import CATALOGUE
from tests.browser.conftest import DESKTOP, PHONE, SERVER_STOPS, Complaints, Theme
from tests.browser.desk import log_in
from tests.browser.market import Market
from tests.browser.reading import LIVE, cell, fits
from tests.browser.test_accessibility import is_open_to_all
from tests.browser.test_looks import FAINT_TEXT

SYMBOL, OTHER = "BTCUSDT", "ETHUSDT"
THEMES: tuple[Theme, ...] = ("light", "dark")
SKEW = CATALOGUE["orderbook_skew"].name
QUARTER_PAST = timedelta(minutes=16)
INSERT = """INSERT INTO halts_haltchange (strategy_id, symbol, halted, reason, actor, changed_by, source, at)
            VALUES (?, ?, ?, ?, 'rita', '', 'api', ?)"""
Issue = Callable[..., datetime]


@pytest.fixture
def issue(market: Market) -> Iterator[Issue]:
    """Put a halt or a resumption on record, issued some time ago, and return when; before and after there is none."""
    path = market.database.url.removeprefix("sqlite:///")

    def issue(
        symbol: str, strategy_id: str = "", *, halted: bool = True, ago: timedelta = timedelta()
    ) -> datetime:
        at = datetime.now(UTC) - ago
        with closing(sqlite3.connect(path, timeout=10)) as database, database:
            word = (strategy_id, symbol, halted, "odd books", f"{at:%Y-%m-%d %H:%M:%S.%f}")
            database.execute(INSERT, word)
        return at

    def forget() -> None:
        # Both: a halt in the file, of whose resumption nothing is on record any more, would hold again.
        (market.directory / "strategies" / "halts.json").unlink(missing_ok=True)
        with closing(sqlite3.connect(path, timeout=10)) as database, database:
            database.execute("DELETE FROM halts_haltchange")

    forget()
    yield issue
    forget()


def headline(of: str, at: datetime) -> re.Pattern[str]:
    """Of today or, shortly after midnight, of yesterday."""
    return re.compile(rf"^{of} halted since .*{at:%H:%M} UTC\.$")


def test_sixteen_minutes_after_a_halt_the_page_of_its_symbol_shows_it_to_everybody(
    page: Page, market: Market, manager: None, issue: Issue
):
    page.emulate_media(reduced_motion="reduce")
    at = issue(SYMBOL, ago=QUARTER_PAST)
    for is_known in (False, True):
        if is_known:
            log_in(page, market)
        page.goto(f"{market.url}/symbols/{SYMBOL}/")
        expect(page.locator("#halt-headline")).to_have_text(headline("Signals", at), timeout=5_000)
        expect(page.locator("#halt-detail")).to_have_text(f"No strategy sends any about {SYMBOL}.")
        expect(page.locator(".connection-text")).to_have_text(LIVE)
        expect(page).to_have_title(f"Halted · {SYMBOL} · Realtime Strategies")
        expect(page.locator("#halt").get_by_text("odd books")).to_have_count(int(is_known))
        for size, theme in product((DESKTOP, PHONE), THEMES):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=theme)
            expect(page.locator("#halt-headline")).to_be_visible()
            fits(page, size["width"])
            assert page.evaluate(FAINT_TEXT) == []
        is_open_to_all(page)


def test_the_page_of_a_symbol_follows_its_halt_live(page: Page, market: Market, manager: None, issue: Issue):
    log_in(page, market)
    page.goto(f"{market.url}/symbols/{SYMBOL}/")
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    expect(page.locator("#halt")).to_be_hidden()
    at = issue(SYMBOL, "orderbook_skew")
    banner = page.locator("#halt-headline")
    expect(banner).to_have_text(headline(f"Signals of {SKEW}", at), timeout=5_000)
    expect(page.locator("#halt-detail")).to_have_text("Other strategies go on.")
    expect(page).to_have_title(re.compile(rf"^Partly halted · {SYMBOL} · "))
    issue("")
    expect(page.locator("#halt-detail")).to_have_text("Everything is halted: no strategy sends any.")
    expect(page).to_have_title(re.compile(rf"^Halted · {SYMBOL} · "))
    expect(page.locator("#halt-words li")).to_have_count(2)
    expect(page.locator("#halt-words")).to_contain_text("everything “odd books” rita")
    issue("", halted=False)
    issue(SYMBOL, "orderbook_skew", halted=False)
    expect(page.locator("#halt")).to_be_hidden(timeout=5_000)
    expect(page.locator("#announcer")).to_have_text("Signals are no longer halted.")
    expect(page).to_have_title(re.compile(rf"^{SYMBOL} · "))


def test_what_is_halted_fits_the_page_of_signals_on_a_phone(
    page: Page, market: Market, manager: None, issue: Issue
):
    page.set_viewport_size(PHONE)
    issue("")
    issue(SYMBOL, "orderbook_skew")
    for is_known in (False, True):
        if is_known:
            log_in(page, market)
        page.goto(f"{market.url}/signals/")
        expect(page.locator(".standing-line.halt-line")).to_have_count(2)
        fits(page, PHONE["width"])


def test_the_title_of_open_pages_follows_a_halt_of_everything(
    page: Page, market: Market, manager: None, issue: Issue, complaints: Complaints
):
    log_in(page, market)
    opened = [page.context.new_page() for _ in range(4)]
    for each, path in zip(opened, ("/", "/signals/", "/admin/", "/admin/strategies/"), strict=True):
        complaints.listen_to(each)
        each.goto(f"{market.url}{path}")
        expect(each).not_to_have_title(re.compile("Halted"))
    issue("")
    for each in opened:
        expect(each).to_have_title(re.compile("^Halted · "), timeout=10_000)
    issue("", halted=False)
    for each in opened:
        expect(each).not_to_have_title(re.compile("Halted"), timeout=10_000)


def test_the_title_shows_it_where_numbers_cannot_be_believed_any_more(
    page: Page, market: Market, issue: Issue, complaints: Complaints
):
    complaints.expected += SERVER_STOPS
    issue(SYMBOL)
    page.goto(f"{market.url}/symbols/{SYMBOL}/")
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    expect(page).to_have_title(f"Halted · {SYMBOL} · Realtime Strategies")
    with market.web.stopped():
        expect(page).to_have_title(f"Halted · Stale · {SYMBOL} · Realtime Strategies")
        expect(page.locator("#halt-headline")).to_be_visible()
    expect(page).to_have_title(f"Halted · {SYMBOL} · Realtime Strategies", timeout=30_000)


def test_a_row_is_marked_while_its_symbol_is_halted_and_no_other_row(
    page: Page, market: Market, issue: Issue
):
    page.emulate_media(reduced_motion="reduce")
    page.goto(market.url)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    issue(OTHER, "orderbook_skew")
    issue(SYMBOL)
    expect(cell(page, SYMBOL, "halted")).to_have_text("halted", timeout=5_000)
    for size, theme in product((DESKTOP, PHONE), THEMES):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=theme)
        expect(cell(page, SYMBOL, "halted")).to_be_visible()
        expect(cell(page, OTHER, "halted")).to_be_hidden()
        expect(page.get_by_role("rowheader", name=f"{SYMBOL} halted")).to_be_visible()
        fits(page, size["width"])
        assert page.evaluate(FAINT_TEXT) == []
    page.get_by_role("searchbox", name="Symbol").fill(SYMBOL)
    is_open_to_all(page)
    issue(SYMBOL, halted=False)
    expect(cell(page, SYMBOL, "halted")).to_be_hidden(timeout=5_000)


def test_a_mark_is_there_at_first_sight_and_changes_nothing_for_the_keyboard(
    page: Page, market: Market, issue: Issue
):
    issue(SYMBOL)
    page.goto(market.url)
    page.wait_for_timeout(1_500)  # a page painted before it was asked for has caught up
    page.goto(market.url)
    expect(page.locator("#rows tr[data-halted]")).to_have_count(1)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    page.locator("#rows tr[data-halted] a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#halt-headline")).to_be_visible()
