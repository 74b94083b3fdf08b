"""Halting from the pages of the market, without leaving them: by key, by button, many at once."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, Complaints
from tests.browser.desk import log_in
from tests.browser.market import SYMBOLS, Market
from tests.browser.reading import LIVE
from tests.browser.test_accessibility import is_open_to_all, objections, say

WHY = "exchange maintenance"
TIME = r"\d\d:\d\d:\d\d UTC"


@pytest.fixture
def rita(page: Page, market: Market, manager: None) -> Iterator[Page]:
    """A risk manager at the overview; what she has halted is resumed afterwards."""
    log_in(page, market)
    # By which the server knows this browser without its database.
    with page.expect_response(lambda answer: "/halts/reasons" in answer.url):
        page.goto(market.url)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    yield page
    if symbols := halted(page, market):
        say(page, market, "resume", symbols=symbols, reason="the test is over")


def halted(page: Page, market: Market) -> list[str]:
    symbols: list[str] = page.request.get(f"{market.url}/api/v1/halts/symbols").json()["data"]
    return symbols


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def reason(page: Page) -> Locator:
    return dialog(page).get_by_role("textbox", name="Reason")


def named(page: Page) -> Locator:
    return dialog(page).get_by_role("textbox", name="Symbols")


def outcome(page: Page) -> Locator:
    return page.locator("#halt-outcome")


def test_key_reason_enter_halts_the_row_that_has_the_focus(rita: Page, market: Market):
    row = rita.locator("#rows tr").nth(2).get_by_role("link")
    symbol = row.inner_text()
    row.focus()
    rita.keyboard.press("h")
    expect(dialog(rita)).to_be_visible()
    expect(rita.locator("#halt-scope")).to_have_text(f"All strategies on {symbol}")
    expect(reason(rita)).to_be_focused()
    rita.keyboard.type(WHY)
    rita.keyboard.press("Enter")
    expect(outcome(rita)).to_have_text(
        f"Halted: All strategies on {symbol}. No signal is sent until it is resumed."
    )
    assert halted(rita, market) == [symbol]
    expect(rita.get_by_role("button", name="Close")).to_be_focused()
    rita.keyboard.press("Enter")
    expect(dialog(rita)).to_be_hidden()
    expect(row).to_be_focused()


def test_escape_closes_and_nothing_is_halted(rita: Page, market: Market):
    rita.locator("#rows a").first.focus()
    rita.keyboard.press("h")
    rita.keyboard.type("no, not yet")
    rita.keyboard.press("Escape")
    expect(dialog(rita)).to_be_hidden()
    expect(rita.locator("#rows a").first).to_be_focused()
    assert not halted(rita, market)


def test_a_row_is_halted_by_touch_on_a_phone(rita: Page, market: Market):
    rita.set_viewport_size(PHONE)
    rita.get_by_role("button", name="Halt BTCUSDT", exact=True).click()
    rita.keyboard.type(WHY)
    dialog(rita).get_by_role("button", name="Halt", exact=True).click()
    expect(outcome(rita)).to_contain_text("Halted: All strategies on BTCUSDT.")
    dialog(rita).get_by_role("button", name="Close").click()
    expect(rita.get_by_role("button", name="Resume BTCUSDT", exact=True)).to_be_visible()
    assert halted(rita, market) == ["BTCUSDT"]


def test_nothing_is_sent_without_a_reason(rita: Page, market: Market):
    rita.get_by_role("button", name="Halt BTCUSDT").click()
    rita.keyboard.press("Enter")
    expect(dialog(rita)).to_be_visible()
    expect(outcome(rita)).to_have_text("")
    assert not halted(rita, market)


def test_the_key_halts_the_row_under_the_pointer_and_else_asks_which(rita: Page):
    rita.locator("#rows tr[data-symbol=BTCUSDT] .col-trend").hover()
    rita.keyboard.press("h")
    expect(rita.locator("#halt-scope")).to_have_text("All strategies on BTCUSDT")
    rita.keyboard.press("Escape")
    rita.mouse.move(5, 5)
    expect(rita.locator("#rows tr:hover")).to_have_count(0)
    rita.keyboard.press("h")
    expect(named(rita)).to_be_focused()
    rita.keyboard.type("btcusdt, ethusdt")
    expect(rita.locator("#halt-scope")).to_have_text("All strategies on 2 symbols: BTCUSDT, ETHUSDT")


def test_the_key_is_a_letter_where_something_is_typed_and_beside_other_keys(rita: Page):
    rita.get_by_role("searchbox").press_sequentially("eth")
    expect(rita.get_by_role("searchbox")).to_have_value("eth")
    rita.locator("#rows a").first.focus()
    rita.keyboard.press("Shift+h")
    rita.keyboard.press("Alt+h")
    expect(dialog(rita)).to_be_hidden()


def test_the_key_can_be_switched_off_and_stays_so(rita: Page):
    opener = rita.get_by_role("button", name="Halt…", exact=True)
    expect(opener).to_have_attribute("aria-keyshortcuts", "h")
    rita.keyboard.press("h")
    rita.get_by_label("H opens this").uncheck()
    rita.keyboard.press("Escape")
    rita.reload()
    expect(rita.locator(".connection-text")).to_have_text(LIVE)
    expect(opener).not_to_have_attribute("aria-keyshortcuts", "h")
    rita.keyboard.press("h")
    expect(dialog(rita)).to_be_hidden()
    opener.click()
    rita.get_by_label("H opens this").check()
    rita.keyboard.press("Escape")
    rita.keyboard.press("h")
    expect(dialog(rita)).to_be_visible()


def test_the_last_reasons_are_offered(rita: Page, market: Market):
    say(rita, market, "halt", symbol="BTCUSDT", reason="thin book")
    rita.get_by_role("button", name="Halt ETHUSDT").click()
    rita.get_by_role("button", name="thin book").click()
    expect(reason(rita)).to_be_focused()
    rita.keyboard.press("Enter")
    expect(outcome(rita)).to_contain_text("Halted: All strategies on ETHUSDT.")
    assert halted(rita, market) == ["BTCUSDT", "ETHUSDT"]


def test_reasons_for_resuming_are_not_offered_for_a_halt_nor_the_other_way_round(rita: Page, market: Market):
    say(rita, market, "halt", symbol="BTCUSDT", reason="thin book")
    say(rita, market, "resume", symbol="BTCUSDT", reason="the book is back")
    say(rita, market, "halt", symbol="BTCUSDT", reason="thin book")
    rita.get_by_role("button", name="Halt ETHUSDT").click()
    offers = rita.locator("#halt-reasons")
    expect(offers).to_contain_text("thin book")
    expect(offers).not_to_contain_text("the book is back")
    rita.keyboard.press("Escape")
    rita.get_by_role("button", name="Resume BTCUSDT", exact=True).click()
    expect(offers).to_contain_text("the book is back")
    expect(offers).not_to_contain_text("thin book")


def test_what_is_halted_already_is_shown_before_and_after(rita: Page, market: Market):
    say(rita, market, "halt", symbol="BTCUSDT", reason="thin book")
    rita.goto(f"{market.url}/symbols/BTCUSDT/")
    expect(rita.locator(".connection-text")).to_have_text(LIVE)

    def again(reason: str) -> None:
        rita.keyboard.press("h")
        expect(rita.locator("#halt-already")).to_have_text(
            re.compile(
                rf"^BTCUSDT is halted already, since {TIME}, by rita: “thin book”\. "
                r"The same reason changes nothing; another one replaces it\.$"
            )
        )
        rita.keyboard.type(reason)
        rita.keyboard.press("Enter")

    again("thin book")
    expect(outcome(rita)).to_have_text(
        "Halted already: All strategies on BTCUSDT, for this reason. Nothing changed."
    )
    rita.keyboard.press("Enter")
    again("maintenance")
    expect(outcome(rita)).to_have_text(
        re.compile(
            rf"^BTCUSDT was halted already, since {TIME}, by rita: “thin book”; that reason is replaced\.$"
        )
    )
    assert halted(rita, market) == ["BTCUSDT"]


def test_what_is_halted_stands_on_top_of_the_overview_and_goes_when_it_is_resumed(rita: Page, market: Market):
    lines = rita.locator("#halted-now")
    expect(lines).to_have_text("")
    rita.get_by_role("button", name="Halt BTCUSDT", exact=True).click()
    rita.keyboard.type(WHY)
    rita.keyboard.press("Enter")
    expect(lines).to_contain_text(
        re.compile(rf"Halted: all strategies on BTCUSDT\. Since \d+ \w+, {TIME}, rita: “{WHY}”")
    )
    rita.keyboard.press("Escape")
    assert not objections(rita)
    lines.get_by_role("link", name="Resume all strategies on BTCUSDT").click()
    rita.get_by_label("Reason").fill("it is over")
    rita.get_by_role("button", name="Resume", exact=True).click()
    rita.goto(market.url)
    expect(lines).to_have_text("")


def test_a_symbol_nobody_knows_is_asked_for_again(rita: Page, market: Market, complaints: Complaints):
    complaints.expected.append("409 (Conflict)")
    rita.mouse.move(5, 5)
    rita.keyboard.press("h")
    rita.keyboard.type("btcusd")
    rita.keyboard.press("Tab")
    rita.keyboard.type(WHY)
    rita.keyboard.press("Enter")
    expect(outcome(rita)).to_contain_text("BTCUSD? You may mean BTCUSDT")
    expect(dialog(rita).get_by_role("button", name="Halt BTCUSDT", exact=True)).to_be_focused()
    assert not halted(rita, market)
    rita.keyboard.press("Enter")
    expect(outcome(rita)).to_contain_text("Halted: All strategies on BTCUSDT.")
    rita.keyboard.press("Escape")
    rita.keyboard.press("h")
    named(rita).fill("btcusd")
    reason(rita).fill(WHY)
    rita.keyboard.press("Enter")
    rita.get_by_role("button", name="Halt BTCUSD all the same").click()
    expect(outcome(rita)).to_contain_text("Halted: All strategies on BTCUSD.")
    assert halted(rita, market) == ["BTCUSD", "BTCUSDT"]


def test_selected_rows_are_halted_and_resumed_together(rita: Page, market: Market):
    for symbol in ("BTCUSDT", "ETHUSDT"):
        rita.get_by_label(f"Select {symbol}", exact=True).check()
    rita.get_by_role("button", name="Halt 2 selected…").click()
    rita.keyboard.type(WHY)
    rita.keyboard.press("Enter")
    expect(outcome(rita)).to_contain_text("Halted: All strategies on 2 symbols: BTCUSDT, ETHUSDT.")
    rita.keyboard.press("Enter")
    expect(rita.get_by_role("button", name="Halt 2 selected…")).to_be_hidden()
    assert halted(rita, market) == ["BTCUSDT", "ETHUSDT"]
    for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT"):
        rita.get_by_label(f"Select {symbol}", exact=True).check()
    rita.get_by_role("button", name="Resume 2 selected…").click()
    rita.keyboard.type("it is over")
    rita.keyboard.press("Enter")
    expect(outcome(rita)).to_contain_text("Resumed: All strategies on 2 symbols")
    assert not halted(rita, market)


def test_all_that_the_filter_shows_are_halted(rita: Page, market: Market):
    rita.get_by_role("searchbox").fill("btc")
    rita.get_by_role("button", name=re.compile(r"Halt all \d of this filter…")).click()
    rita.keyboard.type(WHY)
    rita.keyboard.press("Enter")
    expect(outcome(rita)).to_contain_text("Halted: All strategies on")
    symbols = halted(rita, market)
    assert 0 < len(symbols) < SYMBOLS
    assert all("BTC" in symbol for symbol in symbols)


def test_the_page_of_a_symbol_halts_and_resumes_it_by_key(rita: Page, market: Market):
    rita.goto(f"{market.url}/symbols/BTCUSDT/")
    expect(rita.locator(".connection-text")).to_have_text(LIVE)
    resume = rita.get_by_role("button", name="Resume…")
    expect(resume).to_be_hidden()
    rita.keyboard.press("h")
    rita.keyboard.type(WHY)
    rita.keyboard.press("Enter")
    rita.keyboard.press("Escape")
    resume.press("Enter")
    rita.keyboard.type("it is over")
    rita.keyboard.press("Enter")
    expect(outcome(rita)).to_have_text("Resumed: All strategies on BTCUSDT. Signals are sent again.")
    expect(resume).to_be_hidden()
    assert not halted(rita, market)


def test_of_several_the_dialog_shows_of_each_what_is_true_of_it(rita: Page, market: Market):
    say(rita, market, "halt", symbol="ETHUSDT", reason=WHY)
    rita.mouse.move(5, 5)
    rita.keyboard.press("h")
    named(rita).fill("ethusdt btcusdt")
    reason(rita).fill(WHY)
    rita.keyboard.press("Enter")
    expect(outcome(rita)).to_have_text(
        "Halted: All strategies on BTCUSDT. No signal is sent until it is resumed. "
        "Halted already, for this reason: ETHUSDT."
    )


def test_the_dialog_shows_what_is_still_halted_of_what_it_resumed(rita: Page, market: Market):
    say(rita, market, "halt", symbol="BTCUSDT", reason=WHY)
    say(rita, market, "halt", reason=WHY)
    rita.get_by_role("button", name="Resume BTCUSDT", exact=True).click()
    rita.keyboard.type("it is over")
    rita.keyboard.press("Enter")
    expect(outcome(rita)).to_have_text("Resumed: All strategies on BTCUSDT. Still halted: everything.")
    expect(outcome(rita)).to_have_attribute("data-kind", "late")
    say(rita, market, "resume", reason="the test is over")


def test_a_halt_the_database_has_not_taken_shows_which_ways_it_took(
    rita: Page, market: Market, complaints: Complaints
):
    complaints.expected.append("503 (Service Unavailable)")
    with market.database_away():
        rita.get_by_role("button", name="Halt BTCUSDT").click()
        rita.keyboard.type(WHY)
        rita.keyboard.press("Enter")
        expect(outcome(rita)).to_contain_text("Sent by way of file and NATS; not on record yet")
    say(rita, market, "resume", symbols=["BTCUSDT"], reason="the test is over")


def test_a_visitor_sees_nothing_of_it(page: Page, market: Market):
    for path in ("/", "/symbols/BTCUSDT/"):
        page.goto(market.url + path)
        expect(page.locator(".connection-text")).to_have_text(LIVE)
        for offer in ("halt-dialog", "row-halt", "data-halt-key", "/static/halts/"):
            assert offer not in page.content()
        page.keyboard.press("h")
        expect(dialog(page)).to_have_count(0)
    assert httpx.get(f"{market.url}/api/v1/halts/reasons").status_code == 401


@pytest.mark.parametrize("path", ["/?q=BT", "/symbols/BTCUSDT/"])
def test_nothing_in_the_dialog_keeps_anybody_out(
    rita: Page, market: Market, path: str, complaints: Complaints
):
    complaints.expected.append("409 (Conflict)")
    rita.emulate_media(reduced_motion="reduce")
    rita.goto(market.url + path)
    expect(rita.locator(".connection-text")).to_have_text(LIVE)
    is_open_to_all(rita)
    assert rita.evaluate("document.documentElement.scrollWidth <= innerWidth")
    rita.mouse.move(1, 1)
    rita.keyboard.press("h")
    expect(dialog(rita)).to_be_visible()
    is_open_to_all(rita)
