"""How old a number is when it is received, and when a person sees it.

The publisher writes its clock into the mid price (see load.py), so that age is measured end to end:
publication on NATS to the frame in a client, or to the text of a cell in a real Chromium.
"""

import asyncio
import json
import time

import numpy as np
import websockets
from playwright.sync_api import sync_playwright

from tests.bench.load import MILLISECONDS
from tests.bench.servers import servers, stack
from tests.browser.chromium import chromium


def percentiles(values: list[float]) -> dict[str, float]:
    """p50, p99 and the largest, and how many there were."""
    array = np.array(values)
    p50, p99 = np.percentile(array, (50, 99))
    return {"p50": float(p50), "p99": float(p99), "max": float(array.max()), "count": len(values)}


def age_ms(mid_price: float, now: float) -> float:
    """Milliseconds since the publication a mid price stands for."""
    return (now * 1000 - mid_price) % MILLISECONDS


async def receive_ages(url: str, seconds: float) -> list[float]:
    """Age of every row that changed, at the moment its frame is here."""
    ages: list[float] = []
    deadline = time.monotonic() + seconds
    async with websockets.connect(url, max_size=None) as socket:
        await socket.recv()
        while time.monotonic() < deadline:
            frame = json.loads(await socket.recv())
            now = time.time()
            if frame["type"] == "update":
                ages += [age_ms(row["mid_price"], now) for row in frame["symbols"].values()]
    return ages


def frame_to_client(symbols: int, rate: float, seconds: float) -> dict[str, float]:
    """Ages at a WebSocket client while `symbols` change `rate` times a second each."""
    with servers() as environment, stack(environment, symbols, rate, seconds + 30) as (base, _):
        url = base.replace("http", "ws") + "/ws/pressure/"
        return percentiles(asyncio.run(receive_ages(url, seconds)))


WATCH_CELLS = """() => {
  window.ages = [];
  const age = (cell) => (Date.now() - Number(cell.textContent.replace(/[^0-9.]/g, ""))) % 1e9;
  const cells = document.querySelectorAll('[data-symbol] [data-cell="mid_price"]');
  const observer = new MutationObserver((changes) => {
    for (const cell of new Set(changes.map((change) => change.target))) window.ages.push(age(cell));
  });
  for (const cell of cells) observer.observe(cell, { childList: true });
  return cells.length;
}"""


def frame_to_page(symbols: int, rate: float, seconds: float) -> dict[str, float]:
    """Ages of the mid prices of the overview, at the moment the text of a cell changes in Chromium."""
    with (
        servers() as environment,
        stack(environment, symbols, rate, seconds + 60) as (base, _),
        sync_playwright() as playwright,
        chromium(playwright) as browser,
    ):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(base + "/")
        page.wait_for_timeout(3000)
        watched = page.evaluate(WATCH_CELLS)
        assert watched == symbols, f"{watched} of {symbols} symbols are on the page"
        page.wait_for_timeout(1000 * seconds)
        return percentiles(page.evaluate("window.ages"))
