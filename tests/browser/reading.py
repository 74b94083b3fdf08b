"""What stands on a page that moves, read so that one look cannot see two moments."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.servers import until

LIVE = re.compile(r"^Live \d\d:\d\d:\d\d UTC$")
WIDTH = "document.documentElement.scrollWidth"


def cell(page: Page, symbol: str, name: str) -> Locator:
    """One cell of the overview's table."""
    return page.locator(f"#rows tr[data-symbol={symbol}] [data-cell={name}]")


def listed(page: Page) -> list[str]:
    """The symbols of the overview's table from top to bottom."""
    return page.locator("#rows tr").evaluate_all("rows => rows.map(row => row.dataset.symbol)")


def column(page: Page, name: str) -> list[float]:
    """The numbers of one column from top to bottom."""
    texts = page.locator(f"#rows [data-cell={name}]").all_text_contents()
    return [float(text.replace(",", "").replace("−", "-")) for text in texts]


def agree(read: Callable[[], tuple[object, object]], seconds: float = 10) -> None:
    """Read what is shown and what is meant until they are the same; fails with the difference."""
    deadline = time.monotonic() + seconds
    shown, meant = read()
    while shown != meant and time.monotonic() < deadline:
        time.sleep(0.05)
        shown, meant = read()
    assert shown == meant


def come_near(page: Page) -> None:
    """Everything is there that a page asks for as its reader comes near."""
    for part in page.locator("[data-part]").all():
        part.scroll_into_view_if_needed()
        expect(part).to_have_attribute("data-is-there", "")


def fits(page: Page, width: int) -> None:
    """The page is laid out for this width and needs no more, once its pictures are drawn anew."""
    until(lambda: page.evaluate("innerWidth") == width, f"a window of {width} pixels")
    until(lambda: page.evaluate(WIDTH) <= width, f"{page.url} in {width} pixels")
