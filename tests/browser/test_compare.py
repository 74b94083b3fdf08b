"""Markets side by side in a real browser."""

import re
from collections.abc import Iterable
from functools import partial
from typing import Any

from playwright.sync_api import Page, Response, WebSocketRoute, expect

from metrics.templatetags import figures
from tests.browser.market import Market
from tests.browser.reading import LIVE, agree
from tests.servers import until

CELLS = """() => Object.fromEntries([...document.querySelectorAll("#compared tr")].map((row) => [row.dataset.name,
    [...row.querySelectorAll(".figure[data-cell]")].map((cell) => cell.textContent)]))"""
LINES = "Chart.getChart('chart').data.datasets.map(({ data }) => data.length)"


def test_markets_are_added_compared_and_removed(page: Page, market: Market):
    opens = opens_told(page)
    page.goto(f"{market.url}/compare/?m=BTCUSDT")
    page.get_by_role("combobox", name="Market").fill("binance:ethusdt")
    page.get_by_role("button", name="Add").click()
    expect(page).to_have_title(re.compile(r"^BTCUSDT, ETHUSDT@binance(-usdm)? compared"))
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    until(lambda: min(page.evaluate(LINES)) > 5, "both lines are drawn")
    pressure = page.locator("#compared tr").first.locator("[data-cell=net_pressure]")
    expect(pressure).not_to_have_text(pressure.text_content() or "")
    with page.expect_response(re.compile(r"/pressure/ETHUSDT\?timeframe=1m&max_points=300&venue=binance")):
        page.get_by_text("Net pressure", exact=True).click()
        page.get_by_text("1m", exact=True).click()
    expect(page.locator("#moved-span")).to_have_text("1m")
    expect(page.locator("#chart")).to_have_attribute(
        "aria-label", re.compile(r"^BTCUSDT net pressure .+ %; ETHUSDT@binance\S* net pressure .+ %\.$")
    )
    with market.simulator.frozen():
        agree(partial(both, page, market, opens))
        expect(page.locator("#compared tr").last).to_have_attribute("data-state", "stale")
    page.get_by_role("link", name="Remove BTCUSDT").click()
    expect(page.locator("#compared tr")).to_have_count(1)


def opens_told(page: Page) -> dict[str, float]:
    """With which mid price the span of each symbol began, as the page was told last: it moves on with every second."""
    opens: dict[str, float] = {}

    def listen(answer: Response) -> None:
        if "/metrics/prices/" in answer.url and answer.ok:
            prices = answer.json()
            opens[prices["symbol"]] = prices["summary"]["open"]

    page.on("response", listen)
    return opens


def both(
    page: Page, market: Market, opens: dict[str, float]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    shown = page.evaluate(CELLS)
    return shown, told(market, shown, opens)


def told(market: Market, names: Iterable[str], opens: dict[str, float]) -> dict[str, list[str]]:
    """What the rows should show, by what REST answers."""
    rows = market.rest("all?symbols=BTCUSDT,ETHUSDT")["metrics"]
    flows = market.rest("liquidity?symbols=BTCUSDT,ETHUSDT")["markets"]
    return {
        name: cells(rows[symbol], opens[symbol], flows[symbol])
        for name in names
        for symbol in [name.partition("@")[0]]
    }


def cells(row: dict[str, Any], opened: float, liquidity: dict[str, Any]) -> list[str]:
    return [
        figures.price(row["mid_price"]),
        figures.signed(100 * (row["mid_price"] / opened - 1), 3),
        figures.signed(row["net_pressure"]),
        figures.bps(row["spread_bps_10s"]),
        figures.least_cost(row),
        figures.compact(row["depth_usd_10s"]),
        figures.signed(liquidity["ofi_10s_normalised"]),
    ]


def test_what_is_withdrawn_is_let_go_of_at_once(page: Page, market: Market):
    sockets: list[WebSocketRoute] = []

    def pass_on(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    page.route_web_socket(re.compile(r"/ws/depth/BTCUSDT/"), pass_on)
    page.goto(f"{market.url}/compare/?m=BTCUSDT&m=ETHUSDT")
    until(lambda: min(page.evaluate(LINES)) > 5, "both lines are drawn")
    nothing: dict[str, Any] = {"summary": {}, "price_history": []}
    page.route(re.compile(r"/prices/BTCUSDT"), lambda route: route.fulfill(json=nothing))
    with market.simulator.frozen():
        sockets[0].send('{"type": "removed", "symbol": "BTCUSDT"}')
        row = page.locator("#compared tr").first
        expect(row).to_contain_text("not tracked")
        expect(row.locator("[data-cell=net_pressure]")).to_have_text(figures.UNKNOWN)
        until(lambda: page.evaluate(LINES)[0] == 0, "its line is gone")
