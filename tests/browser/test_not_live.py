"""A symbol that is not live says why, wherever somebody looks, and comes back by itself."""

import re
import time
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from playwright.sync_api import Page, expect

from metrics.domain.market import STATES
from metrics.domain.reasons import REASONS
from metrics.templatetags import figures
from tests.browser.conftest import PHONE, SERVER_STOPS, Complaints, Theme
from tests.browser.desk import log_in
from tests.browser.market import Market
from tests.browser.reading import LIVE, cell, fits, listed
from tests.browser.test_looks import FAINT_TEXT
from tests.browser.voice import Voice, Words, speaking
from tests.factories import frame, spot_book, trade, usdm_book
from tests.servers import until

SYMBOL, WITHDRAWN, WHOLE = "MIXUSDT", "GONEUSDT", "WHOLEUSDT"
MIXED = "prices of two coins come under its name"
POINTS = "Chart.getChart('chart').data.datasets[0].data.length"
LATE = r"^Everything from tortoise is 3,60\d"
SIGNLESS_SECONDS = 25.0  # ten without a sign, and some for a busy machine


def coin(mid: float, update_id: int, symbol: str = SYMBOL) -> bytes:
    bids = [(mid - place, 3.0 + place) for place in range(1, 21)]
    asks = [(mid + place, 1.0 + place) for place in range(1, 21)]
    return spot_book(symbol, bids, asks, update_id)


def one_coin(step: int) -> list[bytes]:
    return [coin(61_000 + step, 2 * step)]


def two_coins(step: int) -> list[bytes]:
    return [coin(61_000 + step, 2 * step), coin(2_683, 2 * step + 1)]


def late(step: int) -> list[bytes]:
    """Of a venue whose clock is an hour behind."""
    return [usdm_book("LATEUSDT", update_id=step, event_time=time.time() - 3600, source="tortoise")]


def change(step: int) -> bytes:
    data = {"e": "depthUpdate", "E": round(1_000 * time.time()), "s": WHOLE, "U": step, "u": step}
    return frame(f"{WHOLE.lower()}@depth@100ms", data | {"b": [["99.5", f"{1 + step % 7}"]], "a": []})


def kept_whole(step: int) -> list[bytes]:
    """A snapshot whenever one is wanted, and every change behind it."""
    sides = {"bids": [["99", "1"], ["98", "2"]], "asks": [["101", "1"], ["102", "4"]]}
    return [frame(f"{WHOLE.lower()}@depthSnapshot", {"lastUpdateId": step - 1} | sides), change(step)]


def every_other_change(step: int) -> list[bytes]:
    return [] if step % 2 else [change(step)]


def again() -> Words:
    """One and the same message in every step."""
    reported: list[bytes] = []

    def words(step: int) -> list[bytes]:
        reported.extend([] if reported else one_coin(step))
        return reported

    return words


@pytest.fixture(scope="module")
def mouth(market: Market) -> Iterator[Voice]:
    with speaking(market, one_coin) as mouth:
        yield mouth


@pytest.fixture
def voice(mouth: Voice, market: Market) -> Voice:
    """Sends books of one coin under the name of SYMBOL, which is live, for a start."""
    mouth.words = one_coin
    is_live(market, SYMBOL)
    return mouth


def is_live(market: Market, symbol: str) -> None:
    def shown() -> bool:
        return market.rest("all").get("metrics", {}).get(symbol, {}).get("state") == "live"

    until(shown, f"{symbol} is live", SIGNLESS_SECONDS)


def open_book(page: Page, market: Market, symbol: str = SYMBOL) -> Page:
    """The page of a symbol, live, with a line on its chart."""
    is_live(market, symbol)
    page.goto(f"{market.url}/symbols/{symbol}/")
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    expect(page.locator("#state")).to_have_text("live")
    until_drawn(page)
    return page


def until_drawn(page: Page) -> None:
    until(lambda: page.evaluate(POINTS) > 1, "the line is drawn")


def shown_figures(page: Page, places: str = "#touch, #cards, #gap, #span-figures") -> set[str]:
    """What stands in places for figures of the book."""
    return set(page.locator(f":is({places}) [data-figure]").all_text_contents())


@pytest.mark.timeout(120)
def test_a_suspect_row_shows_why_and_no_number_and_comes_back(overview: Page, voice: Voice):
    expect(cell(overview, SYMBOL, "state")).to_have_text("live")
    voice.words = two_coins
    expect(cell(overview, SYMBOL, "state")).to_have_text("suspect")
    expect(cell(overview, SYMBOL, "reason")).to_have_text(MIXED)
    row = overview.locator(f"#rows tr[data-symbol={SYMBOL}]")
    expect(row.get_by_role("cell", name=f"suspect {MIXED}")).to_be_visible()
    for name in ("net_pressure", "spread_bps_10s", "mid_price", "trend"):
        expect(cell(overview, SYMBOL, name)).to_have_text(figures.UNKNOWN)
    expect(overview.locator("[data-figure=suspect]")).to_have_text("1")
    expect(overview.locator(".suspects")).to_be_visible()
    overview.locator(".segments").get_by_text("Suspect").click()
    assert listed(overview) == [SYMBOL]
    overview.locator(".segments").get_by_text("All", exact=True).click()
    overview.get_by_role("button", name="Mid price").click()
    overview.mouse.move(5, 5)
    expect(overview.locator("#rows tr").last).to_have_attribute("data-symbol", SYMBOL)
    voice.words = one_coin
    expect(cell(overview, SYMBOL, "state")).to_have_text("live", timeout=1000 * SIGNLESS_SECONDS)
    expect(cell(overview, SYMBOL, "reason")).to_be_empty()
    expect(cell(overview, SYMBOL, "mid_price")).to_have_text(re.compile(r"^61,\d{3}\.00$"))
    expect(overview.locator(".suspects")).to_be_hidden()


@pytest.mark.timeout(120)
def test_a_suspect_book_leaves_no_figure_on_its_page_and_comes_back(page: Page, market: Market, voice: Voice):
    book = open_book(page, market)
    expect(book.locator(".rung")).to_have_count(40)
    voice.words = two_coins
    expect(book.locator("#state")).to_have_text("suspect")
    expect(book.locator("#reason")).to_have_text(MIXED)
    expect(book.get_by_role("status").filter(has_text="Suspect:")).to_contain_text(MIXED)
    expect(book).to_have_title(f"Suspect · {SYMBOL} · Realtime Strategies")
    expect(book.locator(".rung")).to_have_count(0)
    assert book.evaluate(POINTS) == 0
    assert shown_figures(book) == {figures.UNKNOWN}
    voice.words = one_coin
    expect(book.locator("#state")).to_have_text("live", timeout=1000 * SIGNLESS_SECONDS)
    expect(book.locator("#reason")).to_be_empty()
    expect(book.locator("#suspicion")).to_be_hidden()
    expect(book.locator("#announcer")).to_have_text("No longer suspect.")
    expect(book).to_have_title(f"{SYMBOL} · Realtime Strategies")
    expect(book.locator(".rung")).to_have_count(40)
    expect(book.locator("[data-figure='spread.best_bid']")).to_have_text(re.compile(r"^61,\d{3}$"))
    until_drawn(book)


@pytest.mark.timeout(120)
def test_a_full_book_that_lacks_a_change_shows_no_figure_keeps_its_past_and_comes_back(
    page: Page, market: Market, voice: Voice
):
    voice.words = kept_whole
    book = open_book(page, market, WHOLE)
    assert book.locator(".rung").count() > 0
    voice.words = every_other_change
    expect(book.locator("#state")).to_have_text("gap")
    expect(book.locator("#reason")).to_contain_text("a change of its book is missing")
    expect(book.locator("#suspicion")).to_be_hidden()
    expect(book.locator(".rung")).to_have_count(0)
    assert shown_figures(book, "#touch, #cards, #gap") == {figures.UNKNOWN}
    assert book.evaluate(POINTS) > 1  # its past was true
    first_paint = page.request.get(f"{market.url}/symbols/{WHOLE}/").text()
    assert ">gap<" in first_paint
    voice.words = kept_whole
    expect(book.locator("#state")).to_have_text("live")
    expect(book.locator("[data-figure='spread.best_bid']")).to_have_text("99.5")


@pytest.mark.timeout(120)
def test_a_page_opened_on_a_suspect_book_shows_it_at_once(page: Page, market: Market, voice: Voice):
    voice.words = two_coins
    page.goto(market.url)
    expect(cell(page, SYMBOL, "state")).to_have_text("suspect")
    first_paint = page.request.get(f"{market.url}/symbols/{SYMBOL}/").text()
    assert f"<title>Suspect · {SYMBOL} · Realtime Strategies</title>" in first_paint
    page.goto(f"{market.url}/symbols/{SYMBOL}/")
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    expect(page.locator("#suspicion")).to_be_visible()
    expect(page).to_have_title(f"Suspect · {SYMBOL} · Realtime Strategies")
    voice.words = one_coin
    expect(page.locator("#state")).to_have_text("live", timeout=1000 * SIGNLESS_SECONDS)
    expect(page).to_have_title(f"{SYMBOL} · Realtime Strategies")
    expect(page.locator(".rung")).to_have_count(40)


def test_what_is_withdrawn_does_not_stand_as_if_it_were_current(page: Page, market: Market, voice: Voice):
    voice.words = lambda step: [*one_coin(step), coin(61_000, step, WITHDRAWN)]
    book = open_book(page, market, WITHDRAWN)
    voice.words = lambda step: [*one_coin(step), trade(WITHDRAWN, "2683.00", trade_id=step, at=time.time())]
    expect(book.locator("#state")).to_have_text("not tracked")
    expect(book.locator(".rung")).to_have_count(0)
    assert shown_figures(book) == {figures.UNKNOWN}
    assert book.evaluate(POINTS) == 0
    expect(book.locator("#chart-empty")).to_have_text("Not tracked.")
    voice.words = lambda step: [*one_coin(step), coin(2_683 + step / 10, step, WITHDRAWN)]
    expect(book.locator("#state")).to_have_text("live")
    expect(book.locator(".rung")).to_have_count(40)
    until_drawn(book)


def test_a_symbol_that_left_while_the_server_was_away_is_not_tracked(
    page: Page, market: Market, voice: Voice, complaints: Complaints
):
    complaints.expected += SERVER_STOPS
    # A chart that is renewed before the page has heard of it is of nothing any more.
    complaints.expected.append("status of 404")
    voice.words = lambda step: [*one_coin(step), coin(2_683, step, WITHDRAWN)]
    book = open_book(page, market, WITHDRAWN)
    with market.web.stopped():
        voice.words = lambda step: [*one_coin(step), trade(WITHDRAWN, "61000", trade_id=step, at=time.time())]
        expect(book.locator(".connection-text")).to_have_text(re.compile("^Reconnecting"))
        book.wait_for_timeout(1_000)
    expect(book.locator("#state")).to_have_text("not tracked", timeout=30_000)
    assert shown_figures(book) == {figures.UNKNOWN}
    expect(book.locator(".connection-text")).to_have_text(re.compile("^(Live|Stale since)"))
    expect(book.locator("#notice")).to_be_hidden()


def test_a_stale_row_shows_what_is_wrong_with_the_messages_that_come(
    overview: Page, market: Market, voice: Voice
):
    expect(cell(overview, SYMBOL, "state")).to_have_text("live")
    voice.words = again()
    expect(cell(overview, SYMBOL, "state")).to_have_text("stale")
    expect(cell(overview, SYMBOL, "reason")).to_have_text("the same message again")
    overview.goto(f"{market.url}/symbols/{SYMBOL}/")
    expect(overview.locator("#reason")).to_have_text("the same message again")
    expect(overview.locator("#suspicion")).to_be_hidden()
    voice.words = one_coin
    expect(overview.locator("#state")).to_have_text("live")
    expect(overview.locator("#reason")).to_be_empty()


WORDS = """async (bodies) => {
    const { reasonWords } = await import("/static/realtime/js/reasons.js");
    return bodies.map(({ reason, state }) => reasonWords(reason, state));
}"""


def test_reasons_read_the_same_as_on_the_first_paint(overview: Page):
    states = STATES
    bodies: list[dict[str, Any]] = [
        {"state": state, "reason": reason} for state in states for reason in (None, *REASONS)
    ]
    assert overview.evaluate(WORDS, bodies) == [figures.reason_words(body) for body in bodies]
    assert overview.evaluate(WORDS, [{"state": "stale", "reason": "of_tomorrow"}]) == ["of tomorrow"]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("path", ["/", f"/symbols/{SYMBOL}/"])
def test_a_phone_has_room_for_the_reason_and_weak_eyes_read_it(
    page: Page, market: Market, voice: Voice, path: str
):
    voice.words = two_coins
    page.set_viewport_size(PHONE)
    page.goto(market.url)
    expect(cell(page, SYMBOL, "reason")).to_have_text(MIXED)
    page.goto(market.url + path)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    page.wait_for_timeout(1_500)
    fits(page, PHONE["width"])
    for scheme in get_args(Theme):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(FAINT_TEXT) == []


@pytest.mark.timeout(120)
def test_a_wrong_clock_is_a_notice_on_every_live_page_reported_once(page: Page, market: Market, voice: Voice):
    symbol = page.context.new_page()
    page.goto(market.url)
    symbol.goto(f"{market.url}/symbols/BTCUSDT/")
    notice = re.compile(LATE + " s late, and refused: look at the clock")
    voice.words = lambda step: one_coin(step) + late(step)
    for each in (page, symbol):
        expect(each.locator(".notice-text").first).to_have_text(notice)
        expect(each.locator("#announcer")).to_have_text(notice)
        expect(each.locator(".connection-text")).to_have_text(LIVE)
    page.evaluate("document.getElementById('announcer').textContent = ''")
    first_paint = symbol.request.get(f"{market.url}/symbols/LATEUSDT/").text()
    assert "Nothing of it can be shown: messages were sent too long ago." in first_paint
    symbol.reload()
    expect(symbol.locator(".notice-text").first).to_have_text(notice)
    expect(page.locator("#announcer")).to_be_empty()
    voice.words = one_coin
    for each in (page, symbol):
        expect(each.locator("#notice")).to_be_hidden(timeout=20_000)
    expect(page.locator("#announcer")).to_have_text("Live again.")


@pytest.mark.timeout(120)
def test_home_lists_what_is_not_live_and_whose_clock_is_wrong(page: Page, desk: Market, voice: Voice):
    log_in(page, desk)
    voice.words = lambda step: two_coins(step) + late(step)
    suspect = page.locator("#home-not-live li").filter(has_text=SYMBOL)
    expect(suspect).to_contain_text(f"suspect {MIXED}")
    refused = page.locator("#home-not-live li").filter(has_text="LATEUSDT")
    expect(refused).to_contain_text("not shown messages were sent too long ago")
    expect(page.locator("#home-clock")).to_contain_text(re.compile(LATE))
    strategies = page.locator("#home-health li").filter(has_text="Strategies")
    expect(strategies).to_contain_text(re.compile(r"1 of 1 process heard; refused so far: .*\d+ late"))
    page.set_viewport_size(PHONE)
    fits(page, PHONE["width"])
    voice.words = one_coin
    expect(page.get_by_role("link", name="1 suspect")).to_have_count(0, timeout=1000 * SIGNLESS_SECONDS)
    expect(page.locator("#home-clock")).to_be_hidden()


@pytest.mark.timeout(120)
def test_the_first_point_of_a_chart_brings_the_figures_of_its_span_along(
    page: Page, market: Market, voice: Voice
):
    def one_side(step: int) -> list[bytes]:
        return [*one_coin(step), spot_book("HALFUSDT", [(100.0, 3.0)], [], step)]

    def both_sides(step: int) -> list[bytes]:
        return [*one_coin(step), spot_book("HALFUSDT", [(100.0, 3.0)], [(101.0, 1.0)], step)]

    voice.words = one_side
    until(lambda: "HALFUSDT" in market.rest("all").get("metrics", {}), "one side is shown", SIGNLESS_SECONDS)
    page.goto(f"{market.url}/symbols/HALFUSDT/")
    expect(page.locator("#state")).to_have_text("one-sided")
    expect(page.locator("#chart-empty")).to_have_text("No update in this span.")
    voice.words = both_sides
    expect(page.locator("#state")).to_have_text("live")
    expect(page.locator("#chart-empty")).to_be_hidden()
    expect(page.locator("#span-figures [data-figure='summary.avg_pressure']")).to_have_text(
        "+50.00", timeout=5_000
    )
