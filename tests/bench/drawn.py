"""How often the overview is drawn while all of its rows move: the time from one frame of Chromium to the next."""

from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests.bench.page import Spread, ms, spread, table
from tests.bench.servers import servers, stack
from tests.browser.chromium import chromium

TITLE = "Frames of the overview"
SYMBOLS, RATE = 500, 4.0
DESK: ViewportSize = {"width": 1440, "height": 900}
WANTED_PER_SECOND = 50
LATE_MS = 1000 / WANTED_PER_SECOND + 1.0
"""A frame every 16.7 ms is what a screen of 60 Hz shows; one that is left out makes it 33.3."""

RECORD = """([seconds, pixels]) => new Promise((resolve) => {
  const times = [];
  let way = 1;
  const frame = (now) => {
    times.push(now);
    if (pixels) {
      const before = scrollY;
      scrollBy(0, way * pixels);
      if (scrollY === before) way = -way;
    }
    if (now - times[0] < 1000 * seconds) requestAnimationFrame(frame);
    else resolve(times.slice(1).map((time, i) => time - times[i]));
  };
  requestAnimationFrame(frame);
})"""


def section(short: bool) -> str:
    """At rest, and while it is scrolled."""
    seconds = 5 if short else 30
    with (
        servers() as environment,
        stack(environment, SYMBOLS, RATE) as (base, _),
        sync_playwright() as playwright,
        chromium(playwright) as browser,
    ):
        page = browser.new_page(viewport=DESK)
        page.goto(f"{base}/")
        page.wait_for_function(
            "(n) => document.querySelectorAll('[data-symbol] [data-cell=mid_price]').length === n",
            arg=SYMBOLS,
        )
        page.wait_for_timeout(3000)
        found = {
            "at rest": intervals(page, seconds, 0),
            "scrolled by 8 pixels a frame": intervals(page, seconds, 8),
        }
    rows = [(name, *line(times)) for name, times in found.items()]
    head = ("", "frames/s", "p50", "p95", "p99", "max", f"later than {LATE_MS:.0f} ms")
    return f"""Frames of Chromium, which draws without a graphics card here, over {seconds} s each: the overview at
{DESK["width"]} × {DESK["height"]} pixels with {SYMBOLS} symbols, each with {RATE:.0f} books a second, so that every
row changes with every push; feed, web process, publisher and browser on the same cores. The aim is
{WANTED_PER_SECOND} frames/s.

{table(head, rows)}"""


def intervals(page: Page, seconds: float, pixels: int) -> list[float]:
    """Milliseconds between the frames of a page that is scrolled by so many pixels with each."""
    times: list[float] = page.evaluate(RECORD, [seconds, pixels])
    return times


def line(times: list[float]) -> tuple[str, ...]:
    """Of one run."""
    found: Spread = spread(times)
    late = sum(each > LATE_MS for each in times) / len(times)
    per_second = 1000 * len(times) / sum(times)
    return (f"{per_second:.1f}", *map(ms, (found.p50, found.p95, found.p99, found.most)), f"{late:.1%}")
