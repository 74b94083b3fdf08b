"""The numbers of the market overview, on a market that moves."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from metrics.pages.liquidity import explained, worst
from metrics.templatetags import figures
from tests.browser.market import Market
from tests.browser.reading import agree, cell
from tests.servers import until


def test_values_move_by_themselves(overview: Page):
    for name in ("net_pressure", "spread_bps_10s", "cost", "depth_usd_10s"):
        before = cell(overview, "BNBUSDT", name).text_content()
        expect(cell(overview, "BNBUSDT", name)).not_to_have_text(before or "")


def test_every_figure_agrees_with_rest(overview: Page, market: Market):
    with market.simulator.frozen():  # whatever is on its way arrives, and the whole table is painted
        agree(lambda: (overview.evaluate(SHOWN), reported(market)))


def reported(market: Market) -> dict[str, Any]:
    """What the page should show, by what REST answers."""
    summary, rows = market.rest("summary"), market.rest("all")["metrics"]
    excluded = summary["symbols_excluded"]
    stale, suspect = excluded.get("stale", 0), excluded.get("suspect", 0)
    mood, liquidity = summary["market_sentiment"], summary["liquidity"]
    tiles = {
        "symbols_tracked": str(summary["symbols_tracked"]),
        "live": str(summary["symbols_tracked"] - sum(excluded.values())),
        "stale": str(stale),
        "suspect": str(suspect),
        "other": str(sum(excluded.values()) - stale - suspect),
        "market_sentiment.bullish_symbols": str(mood["bullish_symbols"]),
        "market_sentiment.neutral_symbols": str(mood["neutral_symbols"]),
        "market_sentiment.bearish_symbols": str(mood["bearish_symbols"]),
        "market_sentiment.avg_net_pressure": figures.signed(mood["avg_net_pressure"]),
        "liquidity.avg_spread_bps": figures.coarse(liquidity["avg_spread_bps"]),
    }
    cells = {
        symbol: {
            "net_pressure": figures.signed(row["net_pressure"]),
            "spread_bps_10s": figures.bps(row["spread_bps_10s"]),
            "cost": figures.least_cost(row),
            "cost_reason": row["cost_reason"],
            "depth": figures.compact(row["depth_usd_10s"]).replace("–", "– "),
            "depth_reason": row["depth_reason"],
            "mid_price": figures.price(row["mid_price"]),
            "quote": row["quote_asset"] or "",
            "trend": figures.trend(row["trend"]),
            "state": figures.state_word(row["state"]),
        }
        for symbol, row in ((symbol, explained(row)) for symbol, row in rows.items())
    }
    dear = [[row["symbol"], figures.least_cost(row), row["why"]] for row in worst(rows.values())]
    notional = [f"{figures.compact(sum_)} {asset}" for asset, sum_ in liquidity["total_notional"].items()]
    return {"tiles": tiles, "cells": cells, "worst": dear, "notional": notional}


SHOWN = """() => ({
    tiles: Object.fromEntries([...document.querySelectorAll("#summary [data-figure]")]
        .map((element) => [element.dataset.figure, element.textContent])),
    cells: Object.fromEntries([...document.querySelectorAll("#rows tr")].map((row) => [
        row.dataset.symbol,
        {
            ...Object.fromEntries(["net_pressure", "spread_bps_10s", "cost", "cost_reason", "depth_reason",
                "mid_price", "quote", "trend", "state"]
                .map((name) => [name, row.querySelector(`[data-cell=${name}]`).textContent])),
            depth: ["depth_usd_10s", "depth_step"]
                .map((name) => row.querySelector(`[data-cell=${name}]`).textContent).join(" "),
        },
    ])),
    worst: [...document.querySelectorAll("#worst-liquidity li")].map((item) =>
        ["a", "[data-cell=cost]", "[data-cell=why]"].map((part) => item.querySelector(part).textContent)),
    notional: [...document.querySelectorAll("#notional li")].map((element) => element.textContent),
})"""


def test_the_bar_is_as_long_as_its_number(overview: Page, market: Market):
    bar = overview.locator("#rows tr[data-symbol=BTCUSDT] .diverging rect")

    def read() -> tuple[list[float], object]:
        pressure = market.rest("all")["metrics"]["BTCUSDT"]["net_pressure"]
        shown = bar.evaluate("bar => [bar.getAttribute('x'), bar.getAttribute('width')].map(Number)")
        return shown, pytest.approx([min(0, pressure), abs(pressure)], abs=0.051)

    with market.simulator.frozen():
        agree(read)


def test_the_last_minute_is_drawn(overview: Page):
    canvas = overview.locator("#rows tr[data-symbol=BTCUSDT] canvas")
    pixels = (
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(x => x)"
    )
    until(lambda: canvas.evaluate(pixels), "the line is drawn")


def test_strongest_symbols_are_put_in_order_again_and_again(overview: Page):
    def in_order() -> bool:
        values = overview.locator("#buy-extremes [data-cell=net_pressure]").all_text_contents()
        return bool(values) and values == sorted(values, key=lambda text: -float(text))

    for _ in range(3):  # once a second; in between their numbers move on
        until(in_order, "the strongest first")
        overview.wait_for_timeout(1_000)
    overview.locator("#buy-extremes a").first.click()
    expect(overview).to_have_url(re.compile(r"/symbols/[A-Z]+/$"))
