"""The page of one symbol in a real browser, on a market that moves."""

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from metrics.answers.liquidity_shapes import LiquidityNow
from metrics.pages.liquidity_panel import panel
from metrics.templatetags import figures
from tests.browser.conftest import SERVER_STOPS, Complaints, Theme
from tests.browser.market import TTL_SECONDS, Market
from tests.browser.reading import LIVE, agree, come_near
from tests.servers import until


@pytest.fixture
def book(page: Page, market: Market) -> Page:
    page.goto(f"{market.url}/symbols/BTCUSDT/")
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    return page


def figure(page: Page, path: str) -> Locator:
    return page.locator(f"[data-figure='{path}']").first


def test_values_move_by_themselves(book: Page):
    for path in ("pressure.net_pressure", "spread.microprice", "liquidity.bid_depth_5"):
        before = figure(book, path).text_content()
        expect(figure(book, path)).not_to_have_text(before or "")


def test_every_figure_agrees_with_rest(book: Page, market: Market):
    def read() -> tuple[dict[str, str], dict[str, str]]:
        figures_answered = shown(market.rest("depth/BTCUSDT"), book.evaluate(DECIMALS))
        return book.evaluate(SHOWN, list(figures_answered)), figures_answered

    with market.simulator.frozen():
        agree(read)


def test_what_trading_costs_comes_as_a_reader_does_and_agrees_with_rest(book: Page, market: Market):
    section = book.locator("#liquidity")
    assert section.get_attribute("data-is-there") is None
    come_near(book)
    before = section.locator("[data-figure='trades.2.bought']").text_content() or ""
    expect(section.locator("[data-figure='trades.2.bought']")).not_to_have_text(before)

    def read() -> tuple[dict[str, object], dict[str, object]]:
        return section.evaluate(PANEL), told(market.rest("liquidity/BTCUSDT"))

    with market.simulator.frozen():
        agree(read)
        expect(book.locator("#state")).to_have_text("stale")
        style = "figure => getComputedStyle(figure).fontStyle"
        assert section.locator("[data-figure='costs.0.buy.bps']").evaluate(style) == "italic"


PANEL = """(panel) => ({
    ...Object.fromEntries(
        [...panel.querySelectorAll("[data-figure]")].map((each) => [each.dataset.figure, each.textContent])),
    shortfalls: [...panel.querySelectorAll(".shortfalls li")].map((each) => each.textContent),
    bars: [...panel.querySelectorAll(".band-bar")].map(
        (bar) => [...bar.children].map((rect) => rect.getAttribute("width"))),
    curves: Chart.getChart(panel.querySelector("canvas")).data.datasets.map(
        ({ data }) => data.map(({ x, y }) => [x, Number.isNaN(y) ? null : y])),
})"""


def told(body: dict[str, Any]) -> dict[str, object]:
    """What the panel should show, by what REST answers: each figure, and what is drawn and said of them."""
    shown = panel(cast(LiquidityNow, body), "BTC", "USDT")
    formats = {"usd": figures.dollars, "quantity": figures.quantity}
    costs = {
        f"costs.{i}.{way}.{name}": figures.coarse(cost[way] and cost[way][name])
        for i, cost in enumerate(body["costs"])
        for way in ("buy", "sell")
        for name in ("bps", "bps_of_best")
    }
    bands = {
        f"bands.{i}.{side}.{name}": formats[name](band[side] and band[side][name])
        for i, band in enumerate(body["bands"])
        for side in ("bid", "ask")
        for name in ("usd", "quantity")
    }
    return {
        **{f"known_to_bps.{side}": figures.coarse(reach) for side, reach in body["known_to_bps"].items()},
        **costs,
        **bands,
        **{f"bands.{i}.imbalance": figures.signed(band["imbalance"]) for i, band in enumerate(body["bands"])},
        "resilience.shocks": figures.fixed(body["resilience"]["shocks"], 0),
        "resilience.median_seconds": figures.coarse(body["resilience"]["median_seconds"]),
        **{cell["path"]: cell["text"] for line in shown["lines"] for cell in line["cells"]},
        "shortfalls": shown["shortfalls"],
        "bars": [[band["bid_bar"], band["ask_bar"]] for band in shown["bands"]],
        "curves": [
            [[cost["size_usd"], cost[way] and cost[way]["bps"]] for cost in body["costs"]]
            for way in ("buy", "sell")
        ],
    }


def test_the_last_day_is_drawn_with_a_gap_where_no_minute_was_kept_and_read_with_the_keyboard(
    page: Page, market: Market
):
    newest = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=5)
    rows: list[dict[str, Any]] = [
        {
            "timestamp": (newest - timedelta(minutes=5 * steps)).isoformat().replace("+00:00", "Z"),
            **{f"{name}_{part}": 10.0 + steps for name in DAY for part in ("mean", "min", "max")},
            "mid_mean": 100.25,
            "seconds_not_live": 1.5,
        }
        for steps in (9, 8, 3, 2, 0)
    ]
    page.route(re.compile(r"/metrics/history/BTCUSDT"), lambda route: route.fulfill(json={"rows": rows}))
    page.route(re.compile(r"/BTCUSDT/day/\?bare"), with_an_hour, times=1)
    page.goto(f"{market.url}/symbols/BTCUSDT/")
    come_near(page)
    for chart in ("spread", "cost", "depth", "pressure"):
        until(partial(is_drawn, page, chart, [19, 18, None, 13, 12, None, 10]), f"the line of {chart}")
    figures_of_day = page.locator("#day-figures .figure")
    slider = page.get_by_role("slider", name="Five minutes from")
    expect(page.locator("#day-time")).to_have_text(f"{rows[-1]['timestamp'][11:16]} UTC")
    slider.press("Home")
    expect(page.locator("#day-time")).to_have_text(f"{rows[0]['timestamp'][11:16]} UTC")
    expect(figures_of_day).to_have_text(
        ["19.00", "19.00 (19.00 – 19.00)", "$19.00 ($19.00 – $19.00)", "+19.00", "100.250", "1.5"]
    )
    expect(slider).to_have_attribute(
        "aria-valuetext",
        re.compile("UTC: spread 19.00 bps, cost 19.00 bps, depth .19.00, net pressure .19.00 %$"),
    )
    slider.press("End")
    expect(page.locator("#day-time")).to_have_text(f"{rows[-1]['timestamp'][11:16]} UTC")
    page.locator("#day-cost").hover(position={"x": 100, "y": 20})
    expect(page.locator("#day-time")).to_have_text(f"{rows[0]['timestamp'][11:16]} UTC")
    page.get_by_text("Hours as a table").click()
    expect(page.get_by_role("region", name="Hours of the last day")).to_be_visible()


def with_an_hour(route: Route) -> None:
    """The part as it is once a minute is kept."""
    body = route.fetch().text()
    route.fulfill(body=body.replace("<tbody>", "<tbody><tr><th scope='row'>01. 10:00</th></tr>", 1))


def is_drawn(page: Page, chart: str, line: list[int | None]) -> bool:
    return bool(page.evaluate(DRAWN, chart) == line)


DAY = ("spread_bps", "cost_bps", "depth_usd", "pressure")
DRAWN = """(name) => Chart.getChart(`day-${name}`).data.datasets[0].data.map(
    ({ y }) => (Number.isNaN(y) ? null : y))"""


DECIMALS = "() => document.querySelector('#bids .rung-price').textContent.split('.')[1]?.length ?? 0"
SHOWN = """(paths) => Object.fromEntries(
    paths.map((path) => [path, document.querySelector(`[data-figure="${path}"]`).textContent]))"""


def shown(depth: dict[str, Any], decimals: int) -> dict[str, str]:
    """What the page should show, by what REST answers."""
    spread, liquidity, strongest = depth["spread"], depth["liquidity"], depth["strongest_levels"]
    return {
        "pressure.net_pressure": figures.signed(depth["pressure"]["net_pressure"]),
        "pressure.buy_pressure": figures.fixed(depth["pressure"]["buy_pressure"]),
        "imbalance.ratio": figures.signed(depth["imbalance"]["ratio"], 4),
        "spread.best_bid": figures.fixed(spread["best_bid"], decimals),
        "spread.best_ask": figures.fixed(spread["best_ask"], decimals),
        "spread.spread_abs": figures.fixed(spread["spread_abs"], decimals),
        "spread.spread_bps": figures.bps(spread["spread_bps"]),
        "spread.mid_price": figures.fixed(spread["mid_price"], decimals + 1),
        "spread.microprice": figures.fixed(spread["microprice"], decimals + 2),
        "vwap.bid": figures.fixed(depth["vwap"]["bid"], decimals + 2),
        "liquidity.ask_depth_10": figures.quantity(liquidity["ask_depth_10"]),
        "liquidity.bid_notional": figures.compact(liquidity["bid_notional"]),
        "strongest_levels.ask.price": figures.fixed(strongest["ask"]["price"], decimals),
        "strongest_levels.bid.volume": figures.quantity(strongest["bid"]["volume"]),
    }


def test_the_ladder_is_in_order_and_adds_up(book: Page):
    asks, bids, widths = book.evaluate(LADDER)
    assert len(asks) == len(bids) == 20
    prices = [price for price, _, _ in asks + bids]
    assert prices == sorted(prices, reverse=True)
    quantities = [quantity for _, quantity, _ in bids]
    cumulative = [total for _, _, total in bids]
    assert cumulative == pytest.approx([sum(quantities[: i + 1]) for i in range(20)], abs=1e-4)
    assert max(widths) == 100


LADDER = """() => {
    const numbers = (row) => [...row.children].slice(0, 3).map((each) => Number(each.textContent.replaceAll(",", "")));
    const side = (name) => [...document.querySelectorAll(`#${name} .rung`)].map(numbers);
    const shares = document.querySelectorAll("#bids .share, #asks .share");
    return [side("asks"), side("bids"), [...shares].map((rect) => Number(rect.getAttribute("width")))];
}"""  # at one moment


def test_the_chart_covers_the_chosen_span(book: Page):
    with book.expect_response(re.compile(r"/pressure/BTCUSDT\?timeframe=15m")) as answer:
        book.locator("#timeframe").get_by_text("15m", exact=True).click()
    points = answer.value.json()["data_points"]
    expect(figure(book, "data_points")).to_have_text(f"{points:,}")
    span = "(({ min, max }) => max - min)(Chart.getChart('chart').scales.x)"
    until(lambda: book.evaluate(span) == 900_000, "the chart covers it")
    book.reload()
    expect(book.locator("#timeframe").get_by_role("radio", name="15m")).to_be_checked()


def test_the_chart_grows_with_the_market(book: Page):
    newest = "Chart.getChart('chart').data.datasets[0].data.at(-1)?.x"
    until(lambda: book.evaluate(newest), "the history is drawn")
    before = book.evaluate(newest)
    until(lambda: book.evaluate(newest) > before, "the line grows")


def test_a_silent_symbol_is_stale_since_then_not_tracked_then_back(book: Page, market: Market):
    with market.simulator.frozen():
        expect(book.locator("#state")).to_have_text("stale")
        expect(book.locator("#age-text")).to_have_text(re.compile(r"^since \d\d:\d\d:\d\d UTC, \d+ s ago$"))
        book.wait_for_timeout(1000 * (TTL_SECONDS - 5))  # heartbeats keep the connection meanwhile
        expect(book.locator(".connection-text")).to_have_text(re.compile("^No data since"))
        expect(book.locator("#state")).to_have_text("not tracked", timeout=15_000)
        expect(figure(book, "spread.best_bid")).to_have_text(figures.UNKNOWN)
        expect(book.locator(".rung")).to_have_count(0)
    expect(book.locator(".connection-text")).to_have_text(LIVE)
    expect(book.locator("#state")).to_have_text("live")
    expect(book.locator(".rung")).to_have_count(40)


def test_it_reconnects_after_the_web_server_restarts(book: Page, market: Market, complaints: Complaints):
    complaints.expected += SERVER_STOPS
    with market.web.stopped():
        expect(book.locator(".connection-text")).to_have_text(re.compile(r"^Reconnecting in \d+ s$"))
        expect(book.locator("#state")).to_have_text("stale")
    expect(book.locator(".connection-text")).to_have_text(LIVE, timeout=30_000)
    expect(book.locator("#state")).to_have_text("live")


def test_an_unknown_symbol_shows_what_is_tracked_and_waits(
    page: Page, market: Market, complaints: Complaints
):
    complaints.expected.append("404")
    answer = page.goto(f"{market.url}/symbols/NOPE/")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="NOPE is not tracked")).to_be_visible()
    page.get_by_role("link", name="BTCUSDT").click()
    expect(page.get_by_role("heading", name="BTCUSDT")).to_be_visible()
    page.get_by_role("link", name="All symbols").click()
    expect(page.locator("#rows tr").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_chart_wears_the_theme(page: Page, market: Market, scheme: Theme):
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{market.url}/symbols/BTCUSDT/")
    ticks = "Chart.getChart('chart').options.scales.x.ticks.color"
    label = "getComputedStyle(document.querySelector('.chart-legend')).color"
    until(lambda: page.evaluate(ticks) == page.evaluate(label), "the chart has the page's colours")
    before = page.evaluate(label)
    page.locator("#theme").click()
    until(lambda: page.evaluate(label) != before, "the page changes")
    until(lambda: page.evaluate(ticks) == page.evaluate(label), "the chart changes with the page")


def test_prices_beside_the_chart_have_as_many_decimals_as_distinguish_them(book: Page):
    labels = "Chart.getChart('price-chart').scales.y.ticks.map((tick) => [tick.value, tick.label])"
    until(lambda: len(book.evaluate(labels)) > 1, "the scale is drawn")
    lines = [(value, label.replace(",", "")) for value, label in book.evaluate(labels)]
    assert all(float(label) == pytest.approx(value, rel=1e-9) for value, label in lines)
    decimals = {len(label.partition(".")[2]) for _, label in lines}
    assert len(decimals) == 1
    assert decimals == {0} or not all(label.endswith("0") for _, label in lines)


def test_the_mid_price_is_drawn_and_written(book: Page, market: Market):
    newest = "Chart.getChart('price-chart').data.datasets[0].data.at(-1)?.y"
    until(lambda: book.evaluate(newest), "the history is drawn")
    before = book.evaluate(newest)
    until(lambda: book.evaluate(newest) != before, "the line grows")
    chart = book.locator("#price-chart")
    expect(chart).to_have_accessible_name(
        re.compile(
            r"^Mid price over the last 5 minutes: last [\d,.]+ USDT, between [\d,.]+ and [\d,.]+, \S+ % since"
        )
    )
    expect(book.locator("#chart")).to_have_accessible_name(
        re.compile("^Net pressure over the last 5 minutes: on")
    )
    for _ in range(20):
        low, last, high, mid = book.evaluate(SPAN_OF_PRICES)
        assert low <= last <= high
        assert last == mid
        book.wait_for_timeout(100)
    with market.simulator.frozen():

        def read() -> tuple[object, object]:
            mid = market.rest("depth/BTCUSDT")["spread"]["mid_price"]
            return book.evaluate(newest), mid

        agree(read)


SPAN_OF_PRICES = """() => ["#price-figures [data-figure='summary.low']", "#price-figures [data-figure='summary.close']",
    "#price-figures [data-figure='summary.high']", "#touch [data-figure='spread.mid_price']"]
    .map((place) => Number(document.querySelector(place).textContent.replaceAll(",", "")))"""


def test_where_the_book_was_not_live_both_lines_have_a_gap(book: Page, market: Market):
    with market.simulator.frozen():
        expect(book.locator("#state")).to_have_text("stale")
        book.wait_for_timeout(1_000)
    expect(book.locator("#state")).to_have_text("live")
    for chart in ("chart", "price-chart"):
        gaps = f"Chart.getChart('{chart}').data.datasets[0].data.filter(({{ y }}) => Number.isNaN(y)).length"
        until(partial(book.evaluate, gaps), "the line breaks")


def test_the_charts_have_the_same_scale_of_time(book: Page):
    edges = "(id) => (({ left, right }) => [left, right])(Chart.getChart(id).chartArea)"
    assert book.evaluate(edges, "chart") == pytest.approx(book.evaluate(edges, "price-chart"), abs=0.5)


def test_one_figure_is_written_in_one_way(book: Page):
    for path in ("pressure.buy_pressure", "pressure.sell_pressure", "imbalance.ratio"):
        expect(figure(book, path)).to_be_hidden()
    book.get_by_text("Net pressure in other words").press("Enter")
    for path in ("pressure.buy_pressure", "pressure.sell_pressure", "imbalance.ratio"):
        expect(figure(book, path)).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_bars_of_the_ladder_lie_beside_the_digits(book: Page, width: int):
    book.set_viewport_size({"width": width, "height": 900})
    assert book.evaluate(COVERED) == []


COVERED = """() => [...document.querySelectorAll(".rung")].filter((rung) => {
    const edges = [...rung.querySelectorAll(".figure")].map((figure) => {
        const range = document.createRange();
        range.selectNodeContents(figure);
        return range.getBoundingClientRect();
    });
    const bar = rung.querySelector("svg").getBoundingClientRect();
    const isApart = edges.every((edge, i) => edge.right <= (edges[i + 1] ?? bar).left);
    return !isApart || bar.width < 20 || bar.right > document.documentElement.clientWidth;
}).map((rung) => rung.textContent)"""
