"""A risk manager of the running market, and what the strategies last reported."""

import httpx
from playwright.sync_api import Page, expect

from tests.browser.market import Market

NAME, PASSWORD = "rita", "correct horse battery staple"


def newest(market: Market) -> str:
    """The id of the newest signal that was sent."""
    signals = httpx.get(f"{market.url}/api/v1/signals?state=sent&limit=1").json()["signals"]
    return signals[0]["id"] if signals else ""


def log_in(page: Page, market: Market, name: str = NAME) -> None:
    page.goto(f"{market.url}/admin/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="System")).to_be_visible()
    page.wait_for_load_state()  # its scripts listen now
