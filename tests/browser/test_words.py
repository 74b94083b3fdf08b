"""Words that would be misread: what is counted where, and names that must be read whole."""

from playwright.sync_api import Page, expect

from tests.browser.market import Market


def test_sentiment_and_trend_show_which_is_which(page: Page, market: Market):
    page.goto(market.url)
    tile = page.get_by_label("Market summary").locator(".tile-first")
    expect(tile).to_contain_text("by net pressure now; the column Trend takes 10 s")
    head = page.get_by_role("columnheader", name="Trend, 10 s")
    expect(
        head
    ).to_have_accessible_description("""Trend: net pressure averaged over the last 10 s, bullish above \
+20 %, bearish below −20 %. The tile Sentiment counts symbols by their net pressure at this moment.""")
    spread = page.get_by_role("columnheader", name="Spread, 10 s bps")
    expect(spread).to_have_accessible_description("Spread: the median of the last 10 s.")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(head).to_be_hidden()
    expect(tile).to_contain_text("by net pressure now")
    expect(page.locator(".of-trend")).to_be_hidden()
