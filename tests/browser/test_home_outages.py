"""The admin's first page vouches for nothing that it cannot see, with each part away or frozen."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from realtime.stack.servers import wait_for_port
from tests.browser.conftest import DESKTOP, Complaints
from tests.browser.desk import log_in
from tests.browser.market import Market
from tests.browser.test_accessibility import is_open_to_all

SINCE = r"since \d\d:\d\d:\d\d UTC"
LONG = 40_000
GREEN = """() => [...document.querySelectorAll("#home-health li")]
  .filter((item) => item.querySelector(".works"))
  .map((item) => [item.firstElementChild.innerText, item.querySelector(".works").innerText.trim()])"""


@pytest.fixture
def home(page: Page, desk: Market) -> Page:
    log_in(page, desk)
    expect(page.locator("#acknowledged")).to_have_text("Signals are sent from 1 of 1 process.")
    expect_states(page, Database="working", Store="working", feed="working")
    return page


@contextmanager
def store_frozen(desk: Market) -> Iterator[None]:
    desk.store.freeze()
    try:
        yield
    finally:
        desk.store.thaw()


def expect_states(home: Page, **states: str) -> None:
    wanted = {"Market feed" if name == "feed" else name: state for name, state in states.items()}
    home.wait_for_function(
        f"""wanted => {{
          const found = Object.fromEntries(({GREEN})());
          return Object.entries(wanted).every(([name, state]) => found[name] === state);
        }}""",
        arg=wanted,
        timeout=LONG,
    )


def test_a_producer_that_falls_silent_is_distinguished_from_a_feed_that_is_away(home: Page, desk: Market):
    market = home.context.new_page()
    market.goto(desk.url)
    quiet = re.compile(f"Feed is connected; nothing arrives on binance.websocket.data {SINCE}. Look whether")
    with desk.simulator.frozen():
        expect(home.locator("#home-health")).to_contain_text(quiet, timeout=LONG)
        expect_states(home, feed="away", Store="working")
        expect(market.locator(".connection-text")).to_have_text(
            re.compile(f"^No data {SINCE}$"), timeout=LONG
        )
        expect(market.locator("#notice")).to_contain_text(quiet)
        newcomer = home.context.new_page()
        newcomer.goto(desk.url)
        expect(newcomer.locator("#notice")).to_contain_text(quiet)
        newcomer.close()
    expect_states(home, feed="working")
    expect(market.locator(".connection-text")).to_have_text(re.compile("^Live"), timeout=LONG)


def test_a_feed_that_is_away_is_reported_with_since_when(home: Page, desk: Market):
    with desk.feed.stopped():
        expect(home.locator("#home-health")).to_contain_text(
            re.compile(f"No feed has been heard {SINCE}"), timeout=LONG
        )
        expect_states(home, feed="away")
        expect(home.locator("#home-trouble, #home-market").first).to_be_attached()
    expect_states(home, feed="working")


@pytest.mark.parametrize("trouble", ["away", "frozen"])
def test_a_store_that_does_not_answer_leaves_nothing_green_that_comes_through_it(
    home: Page, desk: Market, trouble: str
):
    with desk.store_away() if trouble == "away" else store_frozen(desk):
        expect_states(home, Store="away", feed="unknown", Strategies="unknown", Database="working")
        expect(home.locator("#home-health")).to_contain_text(re.compile(f"Seen away {SINCE}"))
        expect(home.locator("#home-market")).to_contain_text("the store does not answer")
        home.set_viewport_size(DESKTOP)
        is_open_to_all(home)
    expect_states(home, Store="working", feed="working")


@pytest.mark.parametrize("trouble", ["frozen", "stopped"])
def test_without_an_answer_nothing_stays_green(
    home: Page, desk: Market, complaints: Complaints, trouble: str
):
    complaints.expected += ["ERR_CONNECTION", "WebSocket", "Failed to load", "net::"]
    with desk.web.frozen() if trouble == "frozen" else desk.web.stopped():
        expect(home.locator("#lost")).to_contain_text(
            re.compile(r"^No answer from the server. All of this is as it was at \d\d:\d\d:\d\d UTC"),
            timeout=LONG,
        )
        expect_states(home, Database="unknown", Store="unknown", feed="unknown")
        expect(home.locator("#acknowledged")).to_have_attribute("data-kind", "unknown", timeout=LONG)
        expect(home.locator("#acknowledged")).to_have_text(re.compile(rf"^Not known {SINCE}: "))
    wait_for_port(desk.port, desk.web.process, 30)
    expect(home.locator("#lost")).to_be_hidden(timeout=LONG)
    expect_states(home, Database="working", Store="working", feed="working")


def test_with_the_database_away_the_page_shows_that_it_is_not_renewed(
    home: Page, desk: Market, complaints: Complaints
):
    complaints.expected += ["503", "WebSocket"]
    with desk.database_away():
        expect(home.locator("#lost")).to_contain_text(
            "The server is there and cannot show this page", timeout=LONG
        )
        expect_states(home, Database="unknown", Store="unknown", feed="unknown")
    expect(home.locator("#lost")).to_be_hidden(timeout=LONG)
    expect_states(home, Database="working")
