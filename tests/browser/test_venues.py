"""One coin at two venues: which of them is shown, what both say, and what lies between."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from metrics.domain.book import Level
from metrics.templatetags import figures
from tests.browser.conftest import PHONE, Complaints
from tests.browser.market import SYMBOLS, Market
from tests.browser.reading import LIVE, agree, cell, fits
from tests.browser.test_accessibility import is_open_to_all
from tests.browser.voice import Voice, Words, speaking
from tests.factories import spot_book
from tests.servers import until

COIN, SAME_COIN = "TWINUSDT", "TWINUSDC"
AT_BINANCE, AT_OKX = 100.0, 100.5
PEERS, LATECOMER = "PEERUSDT", "LATEUSDT"
FOLLOWED, AT_VENUE = f"/symbols/{COIN}/", f"/symbols/{COIN}/?venue=okx"
GIVEN_BACK_MS = 45_000


def levels(price: float, step: float, turn: int) -> list[Level]:
    return [(round(price + step * place, 2), 1.0 + place + turn % 3) for place in range(20)]


def book(symbol: str, venue: str, mid: float, turn: int) -> bytes:
    bids, asks = levels(mid - 0.01, -0.01, turn), levels(mid + 0.01, 0.01, turn + 1)
    return spot_book(symbol, bids, asks, turn, source=f"{venue}-websocket")


def at_okx(turn: int) -> list[bytes]:
    return [book(COIN, "okx", AT_OKX + turn % 5 / 100, turn), book(SAME_COIN, "okx", AT_OKX, turn)]


def at_both(turn: int) -> list[bytes]:
    return [book(COIN, "binance", AT_BINANCE, turn), *at_okx(turn)]


def at_peers(*venues: str) -> Words:
    """A coin at venues of which none comes before another."""
    return lambda turn: [*at_both(turn), *(book(PEERS, venue, AT_BINANCE, turn) for venue in venues)]


def late_at(*venues: str, coin: Words = at_both) -> Words:
    """A coin that comes later than the other."""
    return lambda turn: [*coin(turn), *(book(LATECOMER, venue, AT_BINANCE, turn) for venue in venues)]


@pytest.fixture(scope="module")
def voice(market: Market) -> Iterator[Voice]:
    with speaking(market, at_both) as voice:
        until(lambda: len(market.rest(f"venues/{COIN}").get("markets", [])) == 2, "both venues are heard")
        until(lambda: market.rest(f"depth/{COIN}")["venue"] == "binance", "the first is followed")
        yield voice


@pytest.fixture
def twin(page: Page, market: Market, voice: Voice) -> Page:
    """The page of the coin, live."""
    page.goto(market.url + FOLLOWED)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    return page


def test_the_overview_can_be_asked_for_one_venue_and_for_every_market(overview: Page, voice: Voice):
    expect(overview.locator("#rows tr")).to_have_count(SYMBOLS + 2)
    expect(cell(overview, COIN, "venue")).to_have_text("Binance")
    overview.get_by_label("Venue").select_option("OKX")
    expect(overview.locator("#shown")).to_have_text("2 of 2")
    expect(overview).to_have_url(re.compile(r"/\?venue=okx$"))
    expect(cell(overview, COIN, "venue")).to_have_text("OKX")
    expect(overview.locator("[data-figure=symbols_tracked]")).to_have_text("2")
    until(lambda: overview.evaluate(HAS_LINE, COIN), "its last minute is drawn")
    expect(overview.locator("#buy-extremes li, #sell-extremes li").first).to_contain_text("TWIN")
    overview.get_by_role("button", name="Mid price").click()
    expect(overview).to_have_url(re.compile(r"/\?venue=okx&sort=-mid_price$"))
    overview.get_by_label("Venue").select_option("Every market")
    expect(overview.locator("#what-is-tracked")).to_have_text("Markets tracked")
    expect(overview.locator(f"#rows tr[data-symbol={COIN}]")).to_have_count(2)
    expect(overview.locator(f"#rows tr[data-name='{COIN}@okx'] [data-cell=venue]")).to_have_text("OKX")
    expect(overview.locator("#rows tr", has_text="perpetual").first).to_be_visible()
    link = overview.locator(f"#rows tr[data-name='{COIN}@okx'] a")
    expect(link).to_have_attribute("href", f"{FOLLOWED}?venue=okx&form=spot")
    overview.reload()
    expect(overview.locator(f"#rows tr[data-symbol={COIN}]")).to_have_count(2)
    overview.get_by_label("Venue").select_option("Followed markets")
    expect(overview.locator("#what-is-tracked")).to_have_text("Symbols tracked")
    expect(overview.locator(f"#rows tr[data-symbol={COIN}]")).to_have_count(1)


HAS_LINE = """(symbol) => {
    const canvas = document.querySelector(`#rows tr[data-symbol=${symbol}] canvas`);
    const { width, height } = canvas;
    return width > 0 && canvas.getContext("2d").getImageData(0, 0, width, height).data.some(Boolean);
}"""


def test_without_scripts_venues_can_be_chosen_and_compared(browser: Browser, market: Market, voice: Voice):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(market.url)
    page.get_by_label("Venue").select_option("OKX")
    with page.expect_navigation(url=re.compile("venue=okx")):
        page.get_by_role("button", name="Apply").click()
    expect(page.locator("#rows tr")).to_have_count(2)
    with page.expect_navigation(url=re.compile("venue=okx.*sort=-mid_price")):
        page.get_by_role("button", name="Mid price").click()
    expect(page.locator("#rows tr")).to_have_count(2)
    page.locator("#rows").get_by_role("link", name=COIN).click()
    expect(page).to_have_url(re.compile(r"\?venue=okx$"))
    expect(page.locator("#place-venue")).to_have_text("OKX")
    expect(page.get_by_role("region", name=f"{COIN} at all venues").locator("tbody tr")).to_have_count(2)
    page.get_by_text("All pairs as a table").click()
    expect(page.get_by_role("region", name="Gaps of all pairs").locator("tbody tr")).to_have_count(2)
    expect(page.locator("[data-figure=widest_bps]")).not_to_have_text(figures.UNKNOWN)
    page.get_by_role("link", name=f"Follow {COIN}").click()
    expect(page.locator("#place-venue")).to_have_text("Binance")
    context.close()


def test_a_page_may_be_fixed_to_a_venue(page: Page, market: Market, voice: Voice):
    page.goto(market.url + AT_VENUE)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    expect(page).to_have_title(f"{COIN} at OKX · Realtime Strategies")
    bid = page.locator("#touch [data-figure='spread.best_bid']")
    until(lambda: float(bid.text_content() or "") > AT_BINANCE + 0.4, "the price is that of OKX")
    lowest = page.locator("#price-figures [data-figure='summary.low']")
    expect(lowest).to_have_text(re.compile("^100.5"))
    page.locator("#timeframe").get_by_text("15m").click()
    expect(page).to_have_url(re.compile(r"\?venue=okx&timeframe=15m$"))
    page.get_by_role("link", name=f"Follow {COIN}").click()
    expect(page.locator("#place-venue")).to_have_text("Binance")
    expect(lowest).to_have_text(re.compile("^100.0"))


def test_what_is_not_at_a_venue_is_told_with_a_way_to_where_it_is(
    page: Page, market: Market, voice: Voice, complaints: Complaints
):
    complaints.expected.append("404")
    page.goto(f"{market.url}{FOLLOWED}?venue=kraken")
    expect(page.get_by_role("heading", name=f"{COIN} is not tracked at Kraken")).to_be_visible()
    page.get_by_role("link", name=f"{COIN} wherever it is followed").click()
    expect(page.locator("#place-venue")).to_have_text("Binance")


def test_venues_stand_side_by_side_with_the_best_of_each_side_marked(twin: Page, voice: Voice):
    rows = twin.locator("#venue-rows tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Binance followed")
    expect(rows.nth(0).locator("[data-cell=is_best_ask]")).to_have_text("best")
    expect(rows.nth(0).locator("[data-cell=is_best_bid]")).to_have_text("")
    expect(rows.nth(1).locator("[data-cell=is_best_bid]")).to_have_text("best")
    expect(twin.locator("#same-coin-rows li")).to_contain_text(SAME_COIN)
    expect(twin.locator("#gap-pair")).not_to_contain_text(SAME_COIN)
    rows.nth(1).get_by_role("link", name="OKX").press("Enter")
    expect(twin).to_have_url(re.compile(r"\?venue=okx&form=spot$"))


def test_what_grows_stale_by_the_clock_is_the_best_no_more(twin: Page, voice: Voice):
    row = twin.locator("#venue-rows tr").first
    marks = row.locator("[data-cell=is_best_bid], [data-cell=is_best_ask]")
    expect(marks).to_have_text(["", "best"])
    twin.route("**/metrics/venues/*", lambda route: None)  # nobody answers any more
    expect(row.locator("[data-cell=state]")).to_have_text("stale")
    expect(marks).to_have_text(["", ""])


def test_where_one_venue_brings_a_symbol_nothing_is_compared(page: Page, market: Market):
    page.goto(f"{market.url}/symbols/SUIUSDT/")
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    expect(page.locator("#venues")).to_be_hidden()
    expect(page.locator("#gap-panel")).to_be_hidden()
    expect(page.locator("#place-venue")).to_have_text("Binance")


def test_the_gap_agrees_with_rest_to_the_digit(twin: Page, voice: Voice):
    pair = twin.locator("#gap-pair")
    expect(pair.locator("option:checked")).to_have_text("Buy at Binance, sell at OKX")

    def read() -> tuple[object, object]:
        with twin.expect_response(re.compile("/metrics/venues/")) as answer:
            pass
        gaps = {(gap["buy_at"], gap["sell_at"]): gap for gap in answer.value.json()["gaps"]}
        gap = gaps["binance", "okx"]
        told = {
            "now_bps": figures.bps(gap["now_bps"]),
            "widest_bps": figures.bps(gap["widest_bps"]),
            "widest_at": figures.utc_time(gap["widest_at"]),
            "open_seconds": figures.fixed(gap["open_seconds"], 1),
        }
        drawn = [bps for bps in gap["history"] if bps is not None]
        return (twin.evaluate(GAP_SHOWN, list(told)), twin.evaluate(GAP_DRAWN)), (told, drawn)

    agree(read)
    pair.select_option("Buy at OKX, sell at Binance")
    expect(twin.locator("#gap-figures [data-figure=now_bps]")).to_have_text(re.compile("^−"))
    expect(twin.locator("#gap-chart")).to_have_accessible_name(
        re.compile(r"^Buy at OKX, sell at Binance, over the last 15 minutes: now −[\d.]+ bps, at most −")
    )
    twin.wait_for_timeout(2_500)  # the next answer chooses nothing else
    expect(pair.locator("option:checked")).to_have_text("Buy at OKX, sell at Binance")


GAP_SHOWN = """(names) => Object.fromEntries(
    names.map((name) => [name, document.querySelector(`#gap-figures [data-figure=${name}]`).textContent]))"""
GAP_DRAWN = """() => Chart.getChart("gap-chart").data.datasets[0].data.map(({ y }) => y)
    .filter((y) => !Number.isNaN(y))"""


def test_a_venue_that_falls_silent_gives_way_to_another_and_comes_back(
    twin: Page, market: Market, voice: Voice
):
    """Meanwhile a symbol is new, of which the first market has never been heard: when that comes, a page that is open
    tells that it is shown, and nothing more."""
    overview = twin.context.new_page()
    overview.goto(market.url)
    venue, notice = twin.locator("#place-venue"), twin.locator("#standing-in")
    lowest = twin.locator("#price-figures [data-figure='summary.low']")
    expect(notice).to_be_hidden()
    expect(venue).to_have_text("Binance")
    voice.words = late_at("okx", coin=at_okx)
    expect(notice).to_have_text(
        re.compile(r"^Binance has been silent since \d\d:\d\d:\d\d UTC; showing OKX$")
    )
    expect(venue).to_have_text("OKX")
    expect(twin.locator("#state")).to_have_text("live")
    expect(lowest).to_have_text(re.compile("^100.5"))  # nothing of the other market is left in the chart
    expect(twin.locator("#venue-rows tr").first).to_contain_text("OKX followed")
    expect(twin.locator("#venue-rows tr").last.locator("[data-cell=state]")).to_have_text("stale")
    expect(cell(overview, COIN, "venue")).to_have_text("OKX")
    expect(cell(overview, COIN, "instead")).to_have_text("instead of Binance")
    is_told_at_first_sight(twin, market)
    until(lambda: market.rest(f"depth/{LATECOMER}").get("venue") == "okx", "the new one is there")
    late = twin.context.new_page()
    late.goto(f"{market.url}/symbols/{LATECOMER}/")
    expect(late.locator(".connection-text")).to_have_text(LIVE)
    twin.wait_for_timeout(6_000)
    voice.words = late_at("okx", "binance")
    expect(late.locator("#venue-rows tr")).to_have_count(
        2, timeout=20_000
    )  # one market is asked about less often
    expect(notice).to_have_text(
        re.compile("^Binance is live, and followed once it has been live for 30 s; showing OKX$")
    )
    until(lambda: has_hole(twin), "where one was not live the gap has a hole, and no zero")
    expect(notice).to_have_text("Back at Binance", timeout=GIVEN_BACK_MS)
    expect(venue).to_have_text("Binance")
    expect(lowest).to_have_text(re.compile("^100.0"))
    expect(late.locator("#standing-in")).to_have_text(
        "Now showing Binance, which comes before OKX", timeout=GIVEN_BACK_MS
    )
    for symbol in (COIN, LATECOMER):
        expect(cell(overview, symbol, "venue")).to_have_text("Binance")
        expect(cell(overview, symbol, "instead")).to_have_text("")
    with late.expect_response(re.compile("/metrics/venues/")):
        pass
    expect(late.locator("#standing-in")).to_have_text("Now showing Binance, which comes before OKX")


def is_told_at_first_sight(twin: Page, market: Market) -> None:
    """Whoever opens the page now learns it without scripts."""
    html = twin.request.get(market.url + FOLLOWED).text()
    assert re.search(r'data-left="binance/spot">Binance has been silent since [\d:]+ UTC; showing OKX<', html)


def has_hole(twin: Page) -> bool:
    line = twin.evaluate("Chart.getChart('gap-chart').data.datasets[0].data.map(({ y }) => y)")
    holes = [place for place, y in enumerate(line) if y != y or y is None]
    return bool(holes) and all(y > 0 for y in line if y == y and y is not None)


@pytest.mark.parametrize("path", ["/?venue=*&q=TWIN", AT_VENUE])
def test_nothing_in_what_venues_bring_keeps_anybody_out(page: Page, market: Market, voice: Voice, path: str):
    page.emulate_media(reduced_motion="reduce")
    page.goto(market.url + path)
    expect(page.locator(".connection-text")).to_have_text(LIVE)
    if path == AT_VENUE:
        page.get_by_text("All pairs as a table").click()
    is_open_to_all(page)
    page.set_viewport_size(PHONE)
    fits(page, PHONE["width"])


def test_a_venue_that_does_not_come_before_the_other_is_not_promised_back(
    page: Page, market: Market, voice: Voice
):
    voice.words = at_peers("coinbase", "kraken")
    until(lambda: len(market.rest(f"venues/{PEERS}").get("markets", [])) == 2, "both are heard")
    until(lambda: market.rest(f"depth/{PEERS}").get("venue") == "coinbase", "the first is followed")
    overview, notice = page.context.new_page(), page.locator("#standing-in")
    overview.goto(f"{market.url}/?q={PEERS}")
    page.clock.install()
    page.goto(f"{market.url}/symbols/{PEERS}/")
    expect(page.locator("#place-venue")).to_have_text("Coinbase")
    expect(notice).to_be_hidden()
    voice.words = at_peers("kraken")
    expect(notice).to_have_text(
        re.compile(r"^Now showing Kraken; Coinbase has been silent since \d\d:\d\d:\d\d UTC$")
    )
    expect(cell(overview, PEERS, "venue")).to_have_text("Kraken")
    expect(cell(overview, PEERS, "instead")).to_have_text("")
    voice.words = at_peers("coinbase", "kraken")
    expect(notice).to_have_text("Now showing Kraken; Coinbase is live")
    page.clock.fast_forward("01:00")
    expect(notice).to_be_hidden()
    expect(page.locator("#place-venue")).to_have_text("Kraken")


def test_no_minute_of_the_market_that_was_left_is_drawn_as_that_of_the_next(
    page: Page, market: Market, voice: Voice
):
    voice.words = at_peers("coinbase", "kraken")
    until(lambda: len(market.rest(f"venues/{PEERS}").get("markets", [])) == 2, "both are heard")
    left = market.rest(f"depth/{PEERS}")["venue"]
    (taken,) = {"coinbase", "kraken"} - {left}
    asked: list[Route] = []
    page.route("**/metrics/sparklines*", lambda route: asked.append(route))
    page.goto(f"{market.url}/?q={PEERS}")
    expect(cell(page, PEERS, "venue")).to_have_text(left.capitalize())
    until(lambda: page.evaluate("1") and asked, "its minute is asked for")
    voice.words = at_peers(taken)
    expect(cell(page, PEERS, "venue")).to_have_text(taken.capitalize())
    page.wait_for_timeout(500)
    before = len(asked)
    for route in asked:
        route.fulfill(json=ALL_BUYERS)
    page.wait_for_timeout(500)
    assert not page.evaluate(IS_AT_THE_TOP, PEERS)
    until(lambda: page.evaluate("1") and len(asked) > before, "its minute is asked for once it is its own")
    asked[-1].fulfill(json=ALL_BUYERS)
    until(lambda: page.evaluate(IS_AT_THE_TOP, PEERS), "its minute is drawn")


ALL_BUYERS = {"symbols": {PEERS: [90.0] * 30}}
IS_AT_THE_TOP = """(symbol) => {
    const canvas = document.querySelector(`#rows tr[data-symbol=${symbol}] canvas`);
    const [width, height] = [canvas.width, Math.floor(canvas.height / 4)];
    const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    return copy.getImageData(0, 0, width, height).data.some(Boolean);
}"""
