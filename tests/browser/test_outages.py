"""What the market's pages show while a part behind them is away, and that they recover by themselves."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from metrics.templatetags import figures
from tests.browser.market import Market
from tests.browser.reading import LIVE, cell

NO_FEED = re.compile(r"^No feed since \d\d:\d\d:\d\d UTC$")
NO_STORE = re.compile(r"^No store since \d\d:\d\d:\d\d UTC$")
NO_NATS = re.compile(r"^No NATS since \d\d:\d\d:\d\d UTC$")
CUT_OFF = re.compile(
    r"^A feed has had no connection to NATS since \d\d:\d\d:\d\d UTC: its books grow stale\.$"
)
A_FEW_SECONDS = 8_000


@dataclass
class Screens:
    """The overview and the page of one of its symbols, side by side."""

    overview: Page
    symbol: Page

    def cell(self, name: str) -> Locator:
        """BTCUSDT's, on the overview."""
        return cell(self.overview, "BTCUSDT", name)

    def figure(self, path: str) -> Locator:
        """On the symbol's page."""
        return self.symbol.locator(f"[data-figure='{path}']").first

    def agree_with_rest(self, market: Market) -> None:
        """The numbers that stay are those of the last book there was."""
        depth = market.rest("depth/BTCUSDT")
        pressure = figures.signed(depth["pressure"]["net_pressure"])
        expect(self.cell("net_pressure")).to_have_text(pressure)
        expect(self.figure("pressure.net_pressure")).to_have_text(pressure)
        expect(self.figure("imbalance.ratio")).to_have_text(figures.signed(depth["imbalance"]["ratio"], 4))

    def both(self, judge: Callable[[Page], None]) -> None:
        for page in (self.overview, self.symbol):
            judge(page)

    def show(self, pill: re.Pattern[str], seconds: float = A_FEW_SECONDS / 1000) -> None:
        self.both(
            lambda page: expect(page.locator(".connection-text")).to_have_text(pill, timeout=1000 * seconds)
        )

    def are_marked_stale(self) -> None:
        """No number is shown as if it were of now."""
        expect(self.cell("state")).to_have_text("stale", timeout=A_FEW_SECONDS)
        expect(self.overview.locator("#rows tr[data-state=live]")).to_have_count(0)
        expect(self.symbol.locator("#state")).to_have_text("stale", timeout=A_FEW_SECONDS)
        self.both(lambda page: expect(page.locator("html")).to_have_attribute("data-freshness", "stale"))

    def are_well(self) -> None:
        """Live, with numbers that move, and without a word of what was."""
        self.show(LIVE, seconds=40)
        self.both(lambda page: expect(page.locator("#notice")).to_be_hidden())
        self.both(lambda page: expect(page.locator("html")).to_have_attribute("data-freshness", "fresh"))
        expect(self.cell("state")).to_have_text("live")
        expect(self.symbol.locator("#state")).to_have_text("live")
        before = self.figure("spread.microprice").text_content()
        expect(self.figure("spread.microprice")).not_to_have_text(before or "")


@pytest.fixture
def screens(page: Page, market: Market) -> Screens:
    screens = Screens(page, page.context.new_page())
    screens.overview.goto(market.url)
    screens.symbol.goto(f"{market.url}/symbols/BTCUSDT/")
    screens.are_well()
    return screens


@contextmanager
def nats_killed(market: Market) -> Iterator[None]:
    market.nats.kill()
    try:
        yield
    finally:
        market.nats.start()


def test_without_nats_both_pages_name_it_and_recover(screens: Screens, market: Market):
    with nats_killed(market):
        screens.show(NO_NATS)
        screens.both(lambda page: expect(page.locator(".notice-text").first).to_have_text(CUT_OFF))
        expect(screens.overview.locator("#feed-state")).to_have_text("No NATS")
        screens.are_marked_stale()
        screens.agree_with_rest(market)
        last_known = re.compile("the numbers are the last ones known")
        screens.both(
            lambda page: expect(page.locator(".notice-text").first).to_have_text(last_known, timeout=15_000)
        )
        screens.show(NO_NATS)
        screens.agree_with_rest(market)
    screens.are_well()


def test_a_page_opened_without_nats_shows_it_with_and_without_scripts(page: Page, market: Market):
    with nats_killed(market):
        page.wait_for_timeout(3_000)
        assert "A feed has had no connection to NATS since" in page.request.get(market.url).text()
        page.goto(f"{market.url}/symbols/BTCUSDT/")
        expect(page.locator(".connection-text")).to_have_text(NO_NATS)
    expect(page.locator(".connection-text")).to_have_text(LIVE, timeout=40_000)


def test_without_the_store_both_pages_name_it_and_recover(screens: Screens, market: Market):
    with market.store_away():
        screens.are_marked_stale()
        screens.show(NO_STORE)
        shown = re.compile(r"^The store of the metrics has been away since \d\d:\d\d:\d\d UTC\.")
        screens.both(lambda page: expect(page.locator(".notice-text").first).to_have_text(shown))
        expect(screens.overview.locator("#feed-state")).to_have_text("Unknown")
    screens.are_well()


def test_a_frozen_feed_is_reported_alike_on_both_pages(screens: Screens, market: Market):
    with market.feed.frozen():
        screens.are_marked_stale()
        screens.show(NO_FEED, seconds=3)
        screens.agree_with_rest(market)
    screens.are_well()


def test_a_feed_that_restarts_is_reported_alike_on_both_pages(screens: Screens, market: Market):
    with market.feed.stopped():
        screens.are_marked_stale()
        screens.show(NO_FEED, seconds=3)
        screens.agree_with_rest(market)
    screens.are_well()
