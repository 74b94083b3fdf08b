"""The pages as the server paints them first, complete without scripts."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from django.test import Client

from metrics import views
from metrics.domain.admission.news import NotLive
from metrics.domain.market import Expiry, MarketRow
from metrics.domain.reasons import explain
from metrics.store.keys import Keys
from metrics.store.reader import StoreReader
from metrics.store.writer import StoreWriter
from realtime.stack.servers import LOCALHOST, free_port
from symbols import fault_of
from tests.factories import Clock, feed_report, mixed_books, spot_book, usdm_book
from tests.symbols import LISTED, LOOK_ALIKES

pytestmark = pytest.mark.usefixtures("reader")
ROW = r'<tr role="row" data-symbol="(\w+)"'
PAGES = ["/", "/symbols/BTCUSDT/", "/symbols/NOPE/"]


TOO_LITTLE = "at least so much: the levels heard hold less than $100k, and the rest is no nearer"
NO_BOOK = "not known: there is no book of two sides to reckon with"


def text(answer) -> str:
    """What a reader sees, on one line."""
    html = re.sub(r"<(template|noscript|script)\b.*?</\1>", "", answer.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that refuses every connection."""
    client = redis.Redis.from_url(f"redis://{LOCALHOST}:{free_port()}")
    reader = StoreReader(client, Keys("away"), Expiry())
    monkeypatch.setattr(views, "get_reader", lambda: reader)


@pytest.fixture
def market(publish: Callable[..., None]) -> None:
    """Three books: the documented example, one that leans the other way, and one with a single side."""
    publish(
        spot_book(),
        spot_book("ETHBTC", bids=[(0.0433, 1.0)], asks=[(0.0434, 3.0)]),
        spot_book("SOLUSDT", bids=[(150.25, 2.0)], asks=[]),
    )


@pytest.mark.usefixtures("market")
def test_the_overview_shows_every_symbol(client: Client):
    answer = client.get("/")
    assert answer.status_code == 200
    shown = text(answer)
    assert "BTCUSDT +32.35 %" in shown
    assert f"49.8753 bps ≥124.59 bps {TOO_LITTLE} $ 0.00 100.250 USDT live <1 s" in shown
    assert "Cost of $100k bps Depth ±10 bps $ Mid price" in shown
    assert "BTCUSDT ≥124.59 bps holds less than $100k within 124.69 bps" in shown
    assert "ETHBTC −50.00 %" in shown
    assert "Symbols tracked 3 2 live · 0 stale · 1 other" in shown
    assert "679.95 USDT" in shown


@pytest.mark.usefixtures("market")
def test_what_cannot_be_known_is_a_dash(client: Client):
    shown = text(client.get("/?q=sol"))
    assert re.search(rf"SOLUSDT Binance – % .* – bps – bps {NO_BOOK} \$ – {NO_BOOK} – USDT one-sided", shown)
    assert "1 of 3" in shown


MIXED = "prices of two coins come under its name"


@pytest.mark.usefixtures("market")
def test_a_suspect_row_says_why_and_has_no_number(client: Client, publish: Callable[..., None]):
    publish(*mixed_books("XRPUSDT"))
    shown = text(client.get("/?state=suspect"))
    assert re.search(
        rf"XRPUSDT Binance – % – – bps – bps {NO_BOOK} \$ – {NO_BOOK} – USDT suspect {MIXED} <1 s", shown
    )
    assert "2 live · 0 stale · 1 other 1 suspect" in shown
    assert "1 of 4" in shown


def test_a_stale_row_says_what_is_wrong_with_the_messages_that_come(
    client: Client, publish: Callable[..., None], clock: Clock
):
    publish(spot_book())
    for _ in range(3):
        clock.advance(3)
        publish(spot_book())
    assert "stale the same message again 9 s" in text(client.get("/"))
    assert "stale the same message again last update" in text(client.get("/symbols/BTCUSDT/"))


def test_the_page_of_a_suspect_symbol_says_why_and_has_no_number(
    client: Client, publish: Callable[..., None]
):
    publish(*mixed_books("XRPUSDT"))
    answer = client.get("/symbols/XRPUSDT/")
    assert answer.status_code == 200
    shown = text(answer)
    assert shown.startswith(" Suspect · XRPUSDT · Realtime Strategies")
    assert f"suspect {MIXED} Suspect: {MIXED} . No number of it is shown" in shown
    figures = re.findall(r'data-figure="[^"]*"[^>]*>([^<]*)<', answer.content.decode())
    assert len(figures) > 30
    assert set(figures) == {"–"}
    assert 'class="rung-price' not in re.sub(r"<template.*?</template>", "", answer.content.decode())


def test_a_wrong_clock_is_a_notice_and_a_reason(client: Client, writer: StoreWriter, run: Callable):
    report = feed_report(
        wrong_clocks={"tortoise": 3600.0, "hare": -90.0}, not_live=[NotLive("ADAUSDT", None, "late")]
    )
    run(lambda: writer.write_report(report))
    overview, unknown = client.get("/"), text(client.get("/symbols/ADAUSDT/"))
    notice = (
        "Everything from hare is 90 s ahead, and refused: look at the clock of who sends it, and at ours. \
Everything from tortoise is 3,600 s late, and refused:"
    )
    assert notice in text(overview)
    assert f'data-clock-notice="{notice}' in overview.content.decode()
    assert "Feed Late" in text(overview)
    assert "Nothing of it can be shown: messages were sent too long ago." in unknown
    assert notice in text(client.get("/symbols/NOPE/"))


def test_pages_say_that_what_they_show_is_simulated(client: Client, writer: StoreWriter, run: Callable):
    run(lambda: writer.write_report(feed_report()))
    assert 'numbers come from" hidden' in client.get("/").content.decode()
    run(lambda: writer.write_report(feed_report(origins=["simulated"])))
    assert "Simulated market: what is shown is invented." in text(client.get("/"))


@pytest.mark.parametrize(("seconds", "is_marked"), [(60.0, True), (61.0, False)])
def test_what_is_simulated_is_marked_for_as_long_as_it_is_shown_though_its_feed_has_ended(
    client: Client, writer: StoreWriter, run: Callable, clock: Clock, seconds: float, is_marked: bool
):
    run(lambda: writer.write_report(feed_report(origins=["simulated"])))
    clock.advance(seconds)
    assert ("Simulated market" in text(client.get("/"))) is is_marked


def test_a_feed_that_died_and_was_started_again_says_how_often(
    client: Client, writer: StoreWriter, run: Callable
):
    run(lambda: writer.write_report(feed_report()))
    assert 'id="feed-restarts" hidden' in client.get("/").content.decode()
    run(lambda: writer.write_report(feed_report(restarts=3)))
    assert "ago restarted 3 times, last at 22:14:00 UTC" in text(client.get("/"))


@pytest.mark.usefixtures("market")
def test_the_overview_sorts_without_scripts(client: Client):
    html = client.get("/?sort=net_pressure").content.decode()
    assert re.findall(ROW, html) == ["ETHBTC", "BTCUSDT", "SOLUSDT"]
    assert 'class="col-pressure" aria-sort="ascending"' in html


@pytest.mark.usefixtures("market")
def test_the_symbol_page_shows_the_numbers_of_the_contract(client: Client):
    answer = client.get("/symbols/BTCUSDT/")
    assert answer.status_code == 200
    shown = text(answer)
    for expected in (
        "Net pressure +32.35 %",
        "Best bid 100.0 USDT",
        "Best ask 100.5 USDT",
        "49.8753 bps 0.5 USDT",
        "Mid price 100.25 USDT",
        f"Cost of $100k ≥124.59 bps $0.00 within 10 bps known to 124.69 bps {TOO_LITTLE}",
        "Microprice 100.333 USDT",
        "VWAP 99.444 101.065 USDT",
        "Strongest level 99.5 101.0 USDT",
        "All levels 4.50000 2.30000 BTC",
        "Imbalance ratio +0.3235",
        "101.5 0.8 2.3",
    ):
        assert expected in shown


@pytest.mark.usefixtures("market")
def test_a_book_with_one_side_has_a_page(client: Client):
    shown = text(client.get("/symbols/SOLUSDT/"))
    assert "one-sided" in shown
    assert "Best ask – USDT" in shown
    assert "150.25 2 2" in shown


@pytest.mark.usefixtures("market")
def test_symbols_are_found_in_any_case_and_without_the_slash(client: Client):
    assert client.get("/symbols/btcusdt").headers["Location"] == "/symbols/BTCUSDT/"
    assert client.get("/symbols/BTCUSDT").status_code == 200


@pytest.mark.usefixtures("market")
def test_an_unknown_symbol_is_404_and_tells_what_is_tracked(client: Client):
    answer = client.get("/symbols/NOPE/")
    assert answer.status_code == 404
    assert "NOPE is not tracked" in text(answer)
    assert 'href="/symbols/ETHBTC/"' in answer.content.decode()


@pytest.mark.usefixtures("market")
def test_numbers_without_a_feed_are_marked_with_their_time(client: Client, clock: Clock):
    clock.advance(30)
    answer = client.get("/")
    assert 'data-freshness="stale"' in answer.content.decode()
    assert "data-unheard" not in answer.content.decode()
    assert "No market data has arrived since 22:14:00 UTC." in text(answer)
    assert "0 live · 3 stale" in text(answer)
    clock.advance(40)
    assert "No market data has arrived since 22:14:00 UTC." in text(client.get("/symbols/BTCUSDT/"))


def test_a_market_nobody_has_heard_of_yet_is_empty_not_zero(client: Client):
    answer = client.get("/")
    assert answer.status_code == 200
    assert "No market data has arrived yet." in text(answer)
    assert "No symbol is tracked yet." in text(answer)
    assert 'data-freshness="stale" data-unheard' in answer.content.decode()
    assert "Average net pressure – %" in text(answer)


@pytest.mark.usefixtures("away")
@pytest.mark.parametrize("path", ["/", "/symbols/BTCUSDT/"])
def test_without_the_store_a_page_says_so(client: Client, path: str):
    answer = client.get(path)
    assert answer.status_code == 503
    assert "The store of the metrics is away." in text(answer)
    assert 'data-freshness="stale"' in answer.content.decode()


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("path", [*PAGES, "/nothing"])
def test_no_page_carries_inline_scripts_or_styles(client: Client, path: str):
    html = client.get(path).content.decode()
    assert not re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", html)


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize("name", ["ß", "..", "b", "<b>", *LOOK_ALIKES])
def test_what_is_no_symbol_has_no_page_and_is_told_why(client: Client, name: str):
    answer = client.get(f"/symbols/{quote(name)}/")
    assert answer.status_code == 404
    assert "There is no such page" in text(answer)
    assert f"A symbol is {fault_of(name)}." in unescape(answer.content.decode())


@pytest.mark.parametrize("symbol", LISTED)
def test_symbols_of_all_scripts_have_a_row_and_a_page(
    client: Client, publish: Callable[..., None], symbol: str
):
    publish(spot_book(symbol), spot_book("ETHBTC"))
    address = f"/symbols/{quote(symbol)}/"
    overview = client.get("/", {"q": symbol[:4].lower()}).content.decode()
    assert f'<a href="{address}">{symbol}</a>' in overview
    assert re.findall(ROW, overview) == [symbol]
    assert client.get(f"/symbols/{quote(symbol.lower())}/").headers["Location"] == address
    page = client.get(address).content.decode()
    assert f"<title>{symbol} · Realtime Strategies</title>" in page
    assert f'data-socket-path="/ws/depth/{quote(symbol)}/"' in page
    assert f'data-pressure-url="/api/v1/metrics/pressure/{quote(symbol)}"' in page
    assert f'data-signals-url="/api/v1/signals?symbol={quote(symbol)}&amp;state=sent"' in page
    unknown = client.get(f"/symbols/{quote(f'A{symbol}')}/").content.decode()
    assert f"A{symbol} is not tracked" in unknown
    assert f'data-look-url="/api/v1/metrics/all?symbols=A{quote(symbol)}"' in unknown


@pytest.mark.usefixtures("market")
@pytest.mark.parametrize(("name", "stranger"), LOOK_ALIKES.items(), ids=map(ascii, LOOK_ALIKES))
def test_a_filter_that_only_looks_like_a_symbol_is_told_its_stranger(
    client: Client, name: str, stranger: str
):
    page = unescape(client.get("/", {"q": name}).content.decode())
    assert f"No symbol matches: character 1 is {stranger}." in page


@pytest.fixture
def venues(publish: Callable[..., None], clock: Clock) -> None:
    """One coin at two venues, contracts on it, and the same coin against another dollar."""
    cheap, dear = ([(100.0, 1.0)], [(100.5, 1.0)]), ([(101.0, 1.0)], [(101.5, 1.0)])
    for place in range(3):
        publish(
            spot_book("BTCUSDT", *cheap, place + 1),
            spot_book("BTCUSDT", *dear, place + 1, source="okx-websocket"),
            usdm_book("BTCUSDT", *dear, place + 1, clock(), source="okx-websocket"),
            spot_book("BTCUSDC", *dear, place + 1, source="okx-websocket"),
            spot_book("ETHUSDT", *cheap, place + 1),
        )
        clock.advance(1)


@pytest.mark.usefixtures("market")
def test_with_one_market_nothing_is_asked_about_venues(client: Client):
    html = client.get("/").content.decode()
    assert 'id="places" hidden' in html
    assert "with-venues" not in html
    html = client.get("/symbols/BTCUSDT/").content.decode()
    assert re.search(r'id="venues"[^>]* hidden', html)
    assert re.search(r'id="gap-panel"[^>]* hidden', html)
    assert '<span id="place-venue">Binance</span>' in html


@pytest.mark.usefixtures("venues")
def test_the_overview_shows_the_markets_of_a_venue(client: Client):
    html = client.get("/?venue=okx").content.decode()
    assert re.findall(ROW, html) == ["BTCUSDC", "BTCUSDT"]
    assert 'href="/symbols/BTCUSDT/?venue=okx"' in html
    assert 'id="places">' in html
    assert '<option value="okx" selected>OKX</option>' in html
    assert "Symbols tracked 2" in text(client.get("/?venue=okx"))
    assert "BTCUSDT OKX perpetual" in text(client.get("/?form=usdm"))


@pytest.mark.usefixtures("venues")
def test_the_overview_shows_every_market_by_itself(client: Client):
    html = client.get("/?venue=*&sort=-venue").content.decode()
    assert re.findall(r'data-name="([^"]+)"', html)[:5] == [
        "BTCUSDC@okx",
        "BTCUSDT@okx",
        "BTCUSDT@okx-usdm",
        "BTCUSDT@binance",
        "ETHUSDT@binance",
    ]
    assert 'href="/symbols/BTCUSDT/?venue=okx&amp;form=usdm"' in html
    assert "Markets tracked 5" in text(client.get("/?venue=*"))


@pytest.mark.usefixtures("venues")
def test_the_page_of_a_symbol_compares_its_venues(client: Client):
    shown = text(client.get("/symbols/BTCUSDT/"))
    assert "BTCUSDT Binance live" in shown
    for expected in (
        "Binance followed 100.0 best 100.5 49.8753 100.00 100.50 live 1 s",
        "OKX best 101.0 101.5",
        "OKX perpetual best 101.0 best 101.5",
        "Against other dollars BTCUSDC 101.250 USDC OKX live",
        "Now 49.7512 bps Widest 49.7512 bps Widest at 22:14:00 UTC Open 3.0 s",
        "Buy at OKX, sell at Binance −147.7833 −147.7833",
    ):
        assert expected in shown
    assert 'href="/symbols/BTCUSDC/"' in client.get("/symbols/BTCUSDT/").content.decode()


@pytest.mark.usefixtures("venues")
def test_a_page_is_fixed_to_a_venue(client: Client):
    answer = client.get("/symbols/BTCUSDT/?venue=okx&form=spot")
    html = answer.content.decode()
    assert "BTCUSDT OKX fixed Follow BTCUSDT" in text(answer)
    assert "Best bid 101.0 USDT" in text(answer)
    assert 'data-socket-path="/ws/depth/BTCUSDT/?venue=okx&amp;form=spot"' in html
    assert 'id="standing-in"' not in html
    assert 'href="/?venue=okx&amp;form=spot">← All symbols' in html
    redirected = client.get("/symbols/btcusdt/?venue=okx")
    assert redirected.headers["Location"] == "/symbols/BTCUSDT/?venue=okx"


@pytest.mark.usefixtures("venues")
def test_a_market_nobody_brings_has_no_page_and_says_where_the_symbol_is(client: Client):
    answer = client.get("/symbols/ETHUSDT/?venue=okx")
    assert answer.status_code == 404
    assert "ETHUSDT is not tracked at OKX" in text(answer)
    html = answer.content.decode()
    assert '<a href="/symbols/ETHUSDT/">ETHUSDT wherever it is followed</a>' in html
    assert 'data-look-url="/api/v1/metrics/all?venue=okx&amp;symbols=ETHUSDT"' in html


@pytest.mark.usefixtures("venues")
def test_a_page_says_that_another_market_stands_in(
    client: Client, publish: Callable[..., None], clock: Clock
):
    for place in range(4, 12):
        publish(spot_book("BTCUSDT", [(101.0, 1.0)], [(101.5, 1.0)], place, source="okx-websocket"))
        clock.advance(1)
    shown = text(client.get("/symbols/BTCUSDT/"))
    assert "Binance has been silent since 22:14:02 UTC; showing OKX" in shown
    assert "BTCUSDT OKX live" in shown


@pytest.mark.usefixtures("venues")
@pytest.mark.parametrize("path", ["/", "/symbols/BTCUSDT/"])
def test_pages_carry_which_markets_come_first(client: Client, settings, path: str):
    settings.PRIMARY_MARKETS = ["okx/spot", "binance/usdm"]
    assert 'data-primary-markets="okx/spot,binance/usdm"' in client.get(path).content.decode()


@pytest.mark.usefixtures("market")
def test_where_a_symbol_is_not_at_a_venue_the_trouble_of_that_market_alone_is_told(
    client: Client, writer: StoreWriter, run: Callable
):
    troubles = [
        NotLive("ADAUSDT", None, "late", market="binance/spot"),
        NotLive("ADAUSDT", None, "crossed", market="kraken/usdm"),
        NotLive("XRPUSDT", None, "not_json"),
    ]
    run(lambda: writer.write_report(feed_report(not_live=troubles)))

    def told(address: str) -> str:
        return text(client.get(f"/symbols/{address}"))

    assert "Nothing of it can be shown: messages were sent too long ago." in told("ADAUSDT/")
    assert f"Nothing of it can be shown: {explain('crossed')}." in told("ADAUSDT/?venue=kraken")
    unreadable = told("XRPUSDT/?venue=okx")  # it may have been of any market
    assert f"Nothing of it can be shown: {explain('not_json')}." in unreadable
    for address in ("ADAUSDT/?venue=okx", "ADAUSDT/?venue=kraken&form=spot", "SOLUSDT/?venue=okx"):
        assert "No depth of this symbol has arrived lately" in told(address)


@pytest.mark.usefixtures("venues")
def test_the_overview_reads_the_market_once(
    client: Client, reader: StoreReader, monkeypatch: pytest.MonkeyPatch
):
    read, times = reader.markets, []

    def counted() -> dict[str, list[MarketRow]]:
        times.append(reader.clock())
        return read()

    monkeypatch.setattr(reader, "markets", counted)
    assert re.findall(ROW, client.get("/?venue=okx").content.decode()) == ["BTCUSDC", "BTCUSDT"]
    assert len(times) == 1


def test_an_unknown_address_is_404_in_the_same_look(client: Client):
    answer = client.get("/nothing")
    assert answer.status_code == 404
    assert "There is no such page" in text(answer)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_only_answers_questions(client: Client, path: str):
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_behind_the_log_in_where_metrics_are(client: Client, settings, path: str):
    settings.METRICS_REQUIRE_LOGIN = True
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/?next=/")


def test_scripts_never_write_markup():
    scripts = Path(__file__).parents[2] / "static" / "realtime" / "js"
    for script in scripts.glob("*.js"):
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", script.read_text()
        )
