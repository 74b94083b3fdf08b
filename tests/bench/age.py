"""How old a number is when it is received, and when a person sees it.

The publisher writes its clock into the mid price (see load.py), so that age is measured end to end:
publication on NATS to the frame in a client, or to the text of a cell in a real Chromium.
"""

import asyncio
import json
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import websockets
from playwright.sync_api import ViewportSize, sync_playwright

from tests.bench.load import MILLISECONDS
from tests.bench.page import Spread, spread, spreads
from tests.bench.servers import servers, stack
from tests.browser.chromium import chromium

TITLE = "Age of a number"
SYMBOLS, RATE = 100, 10.0
TALL: ViewportSize = {"width": 1440, "height": 6000}
"""All rows are on screen: the page draws those that are not only once a second."""


class Shown(NamedTuple):
    """A symbol's mid price (the time it was published, in milliseconds), and when it was shown."""

    symbol: str
    published: float
    at: float


def section(short: bool) -> str:
    """Frame to client, frame to person."""
    seconds = 5 if short else 30
    with servers() as environment, stack(environment, SYMBOLS, RATE) as (base, _):
        in_client = asyncio.run(watch_socket(base.replace("http", "ws") + "/ws/pressure/", seconds))
        on_page = watch_page(base, seconds)
    found: dict[str, Spread] = {}
    for place, seen in (("frame in a WebSocket client", in_client), ("text on the page, Chromium", on_page)):
        found[f"{place}: the book that is shown"] = spread([age(each.published, each.at) for each in seen])
        found[f"{place}: every book"] = spread(list(waits(seen)))
    return f"""From publication on NATS to the number in a client, {SYMBOLS} symbols × {RATE:.0f} updates/s,
{seconds} s each, push interval 250 ms, all processes on this machine. The publisher writes its clock into the
price. Of the books that arrive between two pushes only the newest is shown: its age is one line, and the other
counts every book, until it or a newer one is shown. The page is in a window so tall that all rows are on screen;
time is taken when the browser is about to draw the changed text.

{spreads(found)}"""


def age(published: float, at: float) -> float:
    """Milliseconds from publication until `at`."""
    return (at - published) % MILLISECONDS


def waits(seen: Iterable[Shown]) -> Iterator[float]:
    """The age of every book when it, or a newer one of its symbol, was shown.

    Books are published evenly, so that those between two shown ones stand at even distances before the second.
    """
    last: dict[str, float] = {}
    for symbol, published, at in seen:
        passed = age(last[symbol], published) if symbol in last else 0.0
        for number in range(max(1, round(passed * RATE / 1000))):
            yield age(published, at) + number * 1000 / RATE
        last[symbol] = published


async def watch_socket(url: str, seconds: float) -> list[Shown]:
    """Every row that changed, at the moment its frame is here and read."""
    seen: list[Shown] = []
    deadline = time.monotonic() + seconds
    async with websockets.connect(url, max_size=None) as socket:
        await socket.recv()
        while time.monotonic() < deadline:
            frame = json.loads(await socket.recv())
            now = 1000 * time.time()
            if frame["type"] == "update":
                seen += [Shown(name, row["mid_price"], now) for name, row in frame["symbols"].items()]
    return seen


WATCH_CELLS = """() => {
  window.shown = [];
  const cells = document.querySelectorAll('[data-symbol] [data-cell="mid_price"]');
  const observer = new MutationObserver((changes) => {
    const changed = new Set(changes.map((change) => change.target));
    requestAnimationFrame(() => {
      for (const cell of changed) {
        const published = Number(cell.textContent.replace(/[^0-9.]/g, ""));
        window.shown.push([cell.closest("[data-symbol]").dataset.symbol, published, Date.now()]);
      }
    });
  });
  for (const cell of cells) observer.observe(cell, { childList: true });
  return cells.length;
}"""


def watch_page(base: str, seconds: float) -> list[Shown]:
    """Mid prices of the overview, at the moment Chromium is about to draw them."""
    with sync_playwright() as playwright, chromium(playwright) as browser:
        page = browser.new_page(viewport=TALL)
        page.goto(base + "/")
        page.wait_for_timeout(3000)
        watched = page.evaluate(WATCH_CELLS)
        assert watched == SYMBOLS, f"{watched} of {SYMBOLS} symbols are on the page"
        page.wait_for_timeout(1000 * seconds)
        return [Shown(*each) for each in page.evaluate("window.shown")]
