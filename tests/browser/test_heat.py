"""Depth over time on the page of a symbol: loaded when it comes near, read with pointer and keys, told in words."""

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.market import Market
from tests.browser.reading import LIVE, come_near
from tests.servers import until

READING = re.compile(r"^\d\d:\d\d:\d\d UTC · .* · mid [\d,.]+")
READ = """async ([url, body, places]) => {
    const { HeatRows } = await import(url);
    const rows = new HeatRows();
    rows.take(body);
    rows.take(body); // what is there already is not taken twice
    return places.map(([time, price]) => {
        const row = rows.at(time);
        return row ? [row.time, rows.cellAt(row, price)] : null;
    });
}"""
DEEPEST = """async ([url, body]) => {
    const { HeatRows } = await import(url);
    const rows = new HeatRows();
    rows.take(body);
    const { row, price } = rows.deepest(-Infinity, Infinity, () => true);
    const cell = rows.cellAt(row, price);
    const most = cell.quantity / (cell.high - cell.low) * row.mid / 10_000;
    return [most, rows.hasLeftItsBook(-Infinity, Infinity)];
}"""


@pytest.fixture
def page_of_symbol(page: Page, market: Market) -> Page:
    """One of whose depth some seconds are known."""
    until(lambda: len(market.rest("heat/BTCUSDT").get("times_ms", ())) > 2, "three seconds are known")
    page.goto(f"{market.url}/symbols/BTCUSDT/")
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    return page


@pytest.fixture
def heat(page_of_symbol: Page) -> Locator:
    """The panel, once somebody looks at it."""
    panel = page_of_symbol.locator("#heat")
    come_near(page_of_symbol)  # what comes above it moves it
    panel.scroll_into_view_if_needed()
    expect(part(panel, "words")).to_contain_text("the mid price lay between")
    expect(part(panel, "words")).to_contain_text("The map reaches")
    return panel


def number(text: str) -> float:
    return float(text.replace(",", ""))


def part(panel: Locator, name: str) -> Locator:
    return panel.locator(f"[data-heat={name}]")


def test_nothing_of_it_is_loaded_before_it_comes_near(page_of_symbol: Page):
    asked: list[str] = []
    page_of_symbol.on("request", lambda request: asked.append(request.url))
    page_of_symbol.reload()
    expect(page_of_symbol.locator("#last-signal")).not_to_be_empty()
    expect(page_of_symbol.locator(".connection-text")).to_have_text(LIVE)
    assert not [url for url in asked if "heat" in url]
    come_near(page_of_symbol)
    page_of_symbol.locator("#heat").scroll_into_view_if_needed()
    expect(part(page_of_symbol.locator("#heat"), "words")).to_contain_text("the mid price lay between")
    assert [url for url in asked if "/metrics/heat/BTCUSDT?" in url]


def test_it_is_read_with_the_keyboard(heat: Locator):
    plot, told = part(heat, "plot"), part(heat, "told")
    plot.press("ArrowLeft")
    expect(told).to_have_text(READING)
    plot.press("Home")
    first = told.inner_text()
    plot.press("ArrowRight")
    expect(told).not_to_have_text(first)
    plot.press("End")
    plot.press("Shift+ArrowDown")
    expect(told).to_have_text(re.compile("bid|no orders|not known"))
    plot.press("d")
    expect(told).to_have_text(re.compile(r": about [\d.]+( [kMB])? BTC (bid|ask)"))
    expect(part(heat, "wider")).to_be_disabled()
    plot.press("+")
    expect(part(heat, "wider")).to_be_enabled()
    plot.press("-")
    expect(part(heat, "wider")).to_be_disabled()
    plot.press("Escape")
    expect(told).to_be_empty()


def test_prices_are_drawn_as_they_are_or_from_the_mid_price_of_their_moment(heat: Locator):
    plot, told = part(heat, "plot"), part(heat, "told")
    for look in ("From mid", "Price"):
        heat.get_by_text(look, exact=True).click()
        expect(heat.get_by_role("radio", name=look)).to_be_checked()
        plot.press("End")
        expect(told).to_have_text(READING)
        read = re.search(r"([\d,.]+) to ([\d,.]+): .* mid ([\d,.]+)", told.inner_text())
        assert read, told.inner_text()
        low, high, mid = map(number, read.groups())
        assert low <= mid <= high, look
        plot.press("Escape")


def test_it_is_read_under_the_pointer(heat: Locator):
    readout = part(heat, "readout")
    expect(readout).to_have_text(re.compile("^Point at the map"))
    heat.get_by_text("1m", exact=True).click()
    box = part(heat, "plot").bounding_box()
    assert box
    at = {"x": box["width"] - 20, "y": box["height"] / 2}
    part(heat, "plot").hover(position={"x": at["x"], "y": at["y"]})
    expect(readout).to_have_text(re.compile(r"^\d\d:\d\d:\d\d UTC"))
    expect(heat.locator(".heat-cross").first).to_be_visible()
    heat.get_by_role("heading").hover()
    expect(readout).to_have_text(re.compile("^Point at the map"))


def test_it_goes_on_while_it_is_seen(page_of_symbol: Page, heat: Locator):
    with page_of_symbol.expect_response(re.compile("/metrics/heat/BTCUSDT.*since=")) as told:
        pass
    times = told.value.json()["times_ms"]
    assert times == sorted(set(times))


def test_what_is_read_is_what_the_bytes_say(heat: Locator, market: Market):
    body = market.rest("heat/BTCUSDT")
    buckets, scale = body["scale"]["buckets"], body["scale"]
    cells = b64decode(body["cells"])
    places: list[tuple[int, float]] = []
    expected: list[tuple[int, int | None, float | None]] = []
    for row, time in enumerate(body["times_ms"]):
        mid = (body["best_bid"][row] + body["best_ask"][row]) / 2
        for side, (way, name) in enumerate(((-1, "bid_reach_bps"), (1, "ask_reach_bps"))):
            for bucket in (0, 17, buckets - 1):
                byte = cells[2 * buckets * row + side * buckets + bucket]
                away = way * (bucket + 0.5) / buckets * body[name][row] / 10_000
                places.append((time, mid * (1 + away)))
                power = scale["lowest_power"] + (byte - 1) / scale["steps_of_a_doubling"]
                expected.append((time, side, 2**power if byte else 0))
        places.append((time, mid * (1 + 1.01 * body["ask_reach_bps"][row] / 10_000)))
        expected.append((time, None, None))
    address = f"{market.url}/static/realtime/js/heat_rows.js"
    found: list[Any] = heat.page.evaluate(READ, [address, body, places])
    for (time, cell), (at, meant, held) in zip(found, expected, strict=True):
        assert time == at
        assert (cell and cell["side"]) == meant
        assert (cell and cell["quantity"]) == (None if held is None else pytest.approx(held))
    a_bp = [
        held * buckets / body[("bid_reach_bps", "ask_reach_bps")[side]][body["times_ms"].index(time)]
        for time, side, held in _all_cells(body, cells)
    ]
    most, has_left = heat.page.evaluate(DEEPEST, [address, body])
    assert most == pytest.approx(max(a_bp))
    mids = [(bid + ask) / 2 for bid, ask in zip(body["best_bid"], body["best_ask"], strict=True)]
    reaches = [sum(both) for both in zip(body["bid_reach_bps"], body["ask_reach_bps"], strict=True)]
    known = max(mid * reach / 10_000 for mid, reach in zip(mids, reaches, strict=True))
    assert has_left == (max(mids) - min(mids) > known)
    gap = body["times_ms"][-1] + 1000 * body["holds_seconds"]
    nothing = heat.page.evaluate(READ, [address, body, [(gap, 1.0), (body["times_ms"][0] - 1, 1.0)]])
    assert nothing == [None, None], "a row holds so long, and what was before the first is not known"


def _all_cells(body: Mapping[str, Any], cells: bytes) -> Iterator[tuple[int, int, float]]:
    """Time, side and quantity of every one that holds something."""
    scale = body["scale"]
    width = 2 * scale["buckets"]
    for place, byte in enumerate(cells):
        if byte:
            power = scale["lowest_power"] + (byte - 1) / scale["steps_of_a_doubling"]
            yield body["times_ms"][place // width], place % width // scale["buckets"], 2**power
