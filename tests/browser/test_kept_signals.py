"""A chart that reaches further back than the signals that are kept says so."""

import json
import re

from playwright.sync_api import Page, Route, expect

from tests.browser.market import Market

MARKS = "[...Chart.getChart('chart').$marks.values()].flat().map(({ kind }) => kind)"


def test_the_chart_shows_since_when_signals_are_kept(page: Page, market: Market):
    kept_since = ""

    def answer(route: Route) -> None:
        """What the API answers, with the oldest kept moved to a time of the test's choice."""
        body = {"count": 0, "signals": []} | ({"kept_since": kept_since} if kept_since else {})
        route.fulfill(body=json.dumps(body), content_type="application/json")

    page.route(re.compile(r"/api/v1/signals\?"), answer)
    page.goto(f"{market.url}/symbols/BTCUSDT/?timeframe=5m")
    note = page.locator("#kept-since")
    expect(page.locator("#last-signal")).to_have_text("none yet")
    expect(note).to_be_hidden()

    kept_since = page.evaluate("new Date(Date.now() - 150_000).toISOString()")
    page.wait_for_timeout(5_000)
    expect(note).to_be_hidden()  # this page has seen everything since it was opened
    page.reload()
    expect(note).to_have_text(f"signals since {kept_since[11:19]} UTC; older ones are not all kept")
    expect(note).to_be_visible()
    page.locator("#timeframe").get_by_text("1m", exact=True).click()
    expect(note).to_be_hidden()
    page.locator("#timeframe").get_by_text("15m", exact=True).click()
    expect(note).to_be_visible()


def test_no_mark_is_drawn_before_the_time_from_which_none_is_missing(page: Page, market: Market):
    """A quiet strategy's would stand there, beside a gap that is none."""
    page.goto(market.url)
    at = [page.evaluate(f"new Date(Date.now() - {seconds}_000).toISOString()") for seconds in (200, 150, 100)]
    signals = [
        {
            "id": each,
            "timestamp": each,
            "action": action,
            "strategy": "Skew",
            "metadata": {"strategy_config": {}},
        }
        for each, action in ((at[2], "sell"), (at[0], "buy"))
    ]
    body = json.dumps({"count": 2, "signals": signals, "kept_since": at[1]})
    page.route(re.compile(r"/api/v1/signals\?"), lambda route: route.fulfill(body=body))
    page.goto(f"{market.url}/symbols/BTCUSDT/?timeframe=5m")
    expect(page.locator("#kept-since")).to_be_visible()
    assert page.evaluate(MARKS) == ["sell"]


def test_signals_about_another_market_are_not_drawn_on_the_line_of_this_one(page: Page, market: Market):
    page.goto(market.url)
    books = {"buy": ("okx", "spot"), "sell": ("binance", "spot"), "hold": None}
    signals = [
        {
            "id": action,
            "timestamp": page.evaluate(f"new Date(Date.now() - {10 * (1 + place)}_000).toISOString()"),
            "action": action,
            "strategy": "Skew",
            "metadata": {
                "strategy_config": {},
                "book": book and {"venue": book[0], "form": book[1]},
            },
        }
        for place, (action, book) in enumerate(books.items())
    ]
    body = json.dumps({"count": 3, "signals": signals})
    page.route(re.compile(r"/api/v1/signals\?"), lambda route: route.fulfill(body=body))
    page.goto(f"{market.url}/symbols/BTCUSDT/?timeframe=5m")
    expect(page.locator("#last-signal")).to_contain_text("sell at")
    assert page.evaluate(MARKS) == ["hold", "sell"]
