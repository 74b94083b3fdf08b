"""The page that shows the API for reading alone."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints
from tests.browser.market import Market

LOGO = "cdn.redoc.ly/redoc/logo-mini.svg"


def test_every_call_is_there_to_read_and_nothing_comes_from_elsewhere(
    page: Page, market: Market, complaints: Complaints
):
    complaints.expected = [LOGO]  # of Redoc's makers, at the foot: it takes itself away where it is kept out
    page.goto(f"{market.url}/redoc")
    expect(page.get_by_role("heading", name="Realtime Strategies").first).to_be_visible(timeout=30_000)
    expect(page.get_by_text("/api/v1/metrics/depth/{symbol}").first).to_be_attached()
    expect(page.locator(f"img[src*='{LOGO}']")).to_have_count(0)
    assert all("Content Security Policy" in each or "request to" in each for each in complaints.found)
