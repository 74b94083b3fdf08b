"""A change comes into force, signals appear, a halt stops them: the whole system in a real browser."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Complaints
from tests.browser.market import Market
from tests.servers import until

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def desk(market: Market) -> Iterator[Market]:
    """The market with a strategy process and an account."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
        created = market.manage(
            "createsuperuser", "--noinput", "--username", "rita", "--email", "r@desk.test"
        )
        assert created.start().wait(60) == 0
    market.strategies.start()
    until(lambda: newest(market), "signals are sent")
    yield market
    market.strategies.stop()


def newest(market: Market) -> str:
    """The id of the newest signal."""
    signals = httpx.get(f"{market.url}/api/v1/signals?limit=1").json()["signals"]
    return signals[0]["id"] if signals else ""


def log_in(page: Page, market: Market) -> None:
    page.goto(f"{market.url}/admin/")
    page.get_by_label("Username").fill("rita")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="System")).to_be_visible()


def test_signals_arrive_and_wait_while_one_is_read(page: Page, desk: Market):
    page.goto(f"{desk.url}/signals/")
    first = page.locator(".signal").first
    seen = first.get_attribute("data-id")
    expect(page.locator(f'.signal:first-child:not([data-id="{seen}"])')).to_be_visible()
    opened = page.locator(".signal").first
    opened.locator("summary").click()
    expect(page.locator("#held")).to_have_text(re.compile(r"Show \d+ (or more )?new"))
    assert page.locator("details[open]").count() == 1
    page.locator("#held").click()
    expect(page.locator("details[open]")).to_have_count(0)
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_change_is_seen_to_come_into_force(page: Page, desk: Market):
    log_in(page, desk)
    page.goto(f"{desk.url}/admin/strategies/orderbook_skew/global/")
    line = page.locator("[data-in-force]").first
    expect(line).to_have_text("In force in 1 of 1 process.")
    page.get_by_role("textbox", name="top_levels").fill("7")
    page.get_by_label("Reason").fill("deeper")
    page.get_by_role("button", name="Save").click()
    expect(line).to_have_text(re.compile(r"^In force in 1 of 1 process, (under )?\d+\.\d s after saving\.$"))


def test_the_first_page_follows_what_others_change_and_names_who_is_silent(page: Page, desk: Market):
    log_in(page, desk)
    all_of_it = page.locator("#all-in-force")
    expect(all_of_it).to_have_text("All that is saved is in force in 1 process.")
    page.evaluate("window.isStillHere = true")
    other = page.context.new_page()
    other.goto(f"{desk.url}/admin/strategies/trade_momentum/symbols/ETHUSDT/")
    other.get_by_role("textbox", name="momentum_window").fill("20")
    other.get_by_label("Reason").fill("calmer")
    other.get_by_role("button", name="Save").click()
    expect(other.get_by_text("saved as version 1")).to_be_visible()

    row = page.locator("#home-in-force li").first
    expect(row.get_by_role("link")).to_have_text("Trade Momentum · ETHUSDT")
    expect(row).to_contain_text("version 1")
    expect(row.locator("[data-in-force]")).to_have_text(
        re.compile(r"^In force in 1 of 1 process, (under )?\d+\.\d s after saving\.$")
    )
    expect(page.locator("#home-changes")).to_contain_text("calmer")
    with desk.strategies.frozen():
        expect(row).to_contain_text(
            re.compile(r"In force in 0 of 1 process\. \S+ is silent: not heard for \d+ s")
        )
        expect(all_of_it).to_have_attribute("data-kind", "warn")
        expect(all_of_it).to_have_text("No strategy process is heard.")
    expect(all_of_it).to_have_text("All that is saved is in force in 1 process.")
    assert page.evaluate("window.isStillHere")


def test_the_numbers_of_the_first_page_move_and_say_when_they_do_not(
    page: Page, desk: Market, complaints: Complaints
):
    complaints.expected += ["/ws/configuration/", "Failed to load resource"]
    log_in(page, desk)
    as_of = page.locator("#as-of")
    first = as_of.inner_text()
    expect(as_of).not_to_have_text(first)
    expect(page.locator("#home-extremes a").first).to_have_attribute("href", re.compile(r"^/symbols/\w+/$"))
    with desk.web.frozen():
        expect(as_of).to_contain_text("No answer", timeout=20_000)
    expect(as_of).to_contain_text("As of")


def test_a_symbol_box_spells_and_tells_what_is_not_tracked(page: Page, desk: Market):
    log_in(page, desk)
    page.goto(f"{desk.url}/admin/strategies/orderbook_skew/")
    box, hint = page.get_by_placeholder("Symbol"), page.get_by_text("not tracked now")
    expect(hint).to_be_hidden()
    box.fill(" btc")  # may still become one
    expect(hint).to_be_hidden()
    box.fill("nope")
    expect(hint).to_be_visible()
    box.fill(" nopeusdt ")
    page.get_by_role("button", name="Override").click()
    expect(page.get_by_role("heading", name="Order Book Skew · NOPEUSDT")).to_be_visible()
    expect(page.get_by_text("NOPEUSDT is not tracked now")).to_be_visible()


def test_a_lost_connection_is_said_and_comes_back(page: Page, desk: Market, complaints: Complaints):
    complaints.expected.append("/ws/configuration/")  # the browser complains of every attempt
    log_in(page, desk)
    page.goto(f"{desk.url}/admin/strategies/orderbook_skew/global/")
    line = page.locator("[data-in-force]").first
    in_force = re.compile(r"^In force in 1 of 1 process")
    expect(line).to_have_text(in_force)
    with desk.web.stopped():
        expect(line).to_have_text(LOST)
    expect(line).to_have_text(in_force, timeout=30_000)
    with desk.web.frozen():  # the connection stands, and nobody is there
        expect(line).to_have_text(LOST, timeout=20_000)
    expect(line).to_have_text(in_force, timeout=30_000)


LOST = "Whether this is in force cannot be told: connection lost, reconnecting."


def test_a_halt_stops_signals_until_it_is_resumed(page: Page, desk: Market):
    log_in(page, desk)
    page.get_by_role("link", name="Halt…").click()
    page.get_by_label("Reason").fill("odd books")
    page.get_by_role("button", name="Halt", exact=True).click()
    expect(page.locator("#obeyed")).to_have_text("The halts are obeyed in 1 of 1 process.")
    expect(page.locator(".state-chip")).to_have_text(["HALTED"] * 6)
    last = newest(desk)
    page.goto(f"{desk.url}/signals/")
    expect(page.get_by_text("Halted: everything.")).to_be_visible()
    page.wait_for_timeout(3_000)  # as long as it takes for many signals to be sent, were they sent
    assert newest(desk) == last
    page.goto(f"{desk.url}/admin/")
    page.get_by_role("link", name="Resume everything").click()
    page.get_by_label("Reason").fill("books are fine")
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.locator("#obeyed")).to_have_text("Signals leave from 1 of 1 process.")
    until(lambda: newest(desk) != last, "signals leave again")
