"""How many bytes a page takes to appear, by what the browser counts on the wire."""

from collections import Counter
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.market import Market
from tests.browser.reading import LIVE

FONT = "Font"
MOST_BYTES = 150_000
"""Of the overview, before its fonts."""
MOST_FONTS = 2


class Weight:
    """Bytes of answers, heads included, and how many there were, by the kind the browser gives them.

    A page renews its data every few seconds: what it asks for again it does not take to appear.
    """

    def __init__(self) -> None:
        self.bytes, self.answers = Counter[str](), Counter[str]()
        self._kinds: dict[str, str] = {}
        self._seen: set[str] = set()

    def begun(self, event: dict[str, Any]) -> None:
        address = event["response"]["url"]
        if address not in self._seen:
            self._kinds[event["requestId"]] = event["type"]
        self._seen.add(address)

    def ended(self, event: dict[str, Any]) -> None:
        if kind := self._kinds.get(event["requestId"]):
            self.bytes[kind] += round(event["encodedDataLength"])
            self.answers[kind] += 1


@pytest.mark.parametrize("path", ["/", "/symbols/BTCUSDT/", "/compare/?m=BTCUSDT&m=ETHUSDT"])
def test_a_market_page_is_light(browser: Browser, market: Market, path: str):
    context = browser.new_context()
    page = context.new_page()
    wire, weight = context.new_cdp_session(page), Weight()
    wire.send("Network.enable")
    wire.on("Network.responseReceived", weight.begun)
    wire.on("Network.loadingFinished", weight.ended)
    page.goto(market.url + path, wait_until="networkidle")
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    page.evaluate("document.fonts.ready")
    context.close()
    assert weight.answers["Document"] == 1
    assert weight.answers["Script"] > 10
    assert weight.bytes.total() - weight.bytes[FONT] < MOST_BYTES, weight.bytes
    assert 0 < weight.answers[FONT] <= MOST_FONTS
