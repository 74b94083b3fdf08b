"""What is published of every venue is what the feed reads: live books with exactly its prices, and references."""

import gzip
import json
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest

from markets.domain.listing import Listing
from markets.domain.told import Kind, Publication
from markets.subjects import subject_of
from markets.venues import VENUES
from metrics.domain.admission.contracts import DIFF
from metrics.domain.analyzer import DepthAnalyzer
from metrics.domain.book import BookUpdate, Refused
from metrics.domain.frames import BookTicker, Trade
from metrics.domain.market import LIVE
from metrics.feed.streams import Ignored
from metrics.feed.wire import WireDecoder
from tests.factories import depth_analyzer, newest
from tests.markets.exchange import Exchange, until
from tests.markets.quick_time import quickly
from tests.markets.recorded import VENUES as RECORDED
from tests.markets.recorded import messages, needs_recordings
from tests.markets.running import Published, running, stream_of
from tests.markets.venues_played import ALL, Played, PlayedBinance

KINDS: tuple[Kind, ...] = ("depth", "bookTicker", "trade")


class Feed:
    """The rules of the feed, and what it makes of each message."""

    def __init__(self) -> None:
        self.analyzer: DepthAnalyzer = depth_analyzer()
        self.refused: list[str] = []
        self.books: list[BookUpdate] = []
        self.references: list[Trade | BookTicker] = []
        self._decoder = WireDecoder()

    def take(self, publication: Publication, venue: str, form: str, now: float) -> None:
        subject = subject_of(venue, form, publication.kind, publication.symbol)
        try:
            frame = self._decoder.decode(publication.payload, subject)
            if isinstance(frame, BookUpdate):
                self.analyzer.update(frame, now)
                self.books.append(frame)
            elif isinstance(frame, Trade | BookTicker):
                self.analyzer.hear(frame, now)
                self.references.append(frame)
            else:
                assert isinstance(frame, Ignored)
                assert frame.kind == DIFF
        except Refused as refusal:
            self.refused.append(refusal.reason)
        self.refused += [counted.reason for counted in self.analyzer.settle(now)]


@pytest.mark.parametrize("play", ALL)
def test_books_of_every_venue__are_live_with_exactly_its_best_prices(play: Callable[[], Played]) -> None:
    async def run() -> None:
        played = play()
        feed = Feed()
        async with played.exchange().open() as exchange:
            stream = stream_of(played.venue, exchange, f"top:5:{played.quote}", KINDS)
            async with running(stream) as heard:
                await until(lambda: len(heard.of("depth")) == 3)
                await until(lambda: len(exchange.open_now) == stream.figures.connections_wanted)
                for _ in range(5):
                    await _move_all(played, exchange, heard)
                now = time.time()
                for each in heard.all:
                    feed.take(each, played.venue.name, played.venue.form, now)

        assert feed.refused == []
        assert len(feed.books) == 18
        market = f"{played.venue.name}/{played.venue.form}"
        assert {book.market for book in feed.books} == {market}
        rows = {each.row.symbol: each.row for each in newest(feed.analyzer, now)}
        for coin, name in zip(played.coins, played.names, strict=True):
            assert rows[played.symbol(coin)].book == LIVE
            last = [book for book in feed.books if book.symbol == played.symbol(coin)][-1]
            told = played.book(name)
            assert last.bids[0][0] == float(told.bids[0][0])
            assert last.asks[0][0] == float(told.asks[0][0])
        kinds = {type(each) for each in feed.references}
        assert kinds == {Trade, BookTicker}
        assert {each.market for each in feed.references} == {market}

    quickly(run())


async def _move_all(played: Played, exchange: Exchange, heard: Published) -> None:
    """Every book changes, and somebody trades."""
    books, trades = len(heard.of("depth")), len(heard.of("trade"))
    paths = getattr(played.venue, "paths", {})
    for name in played.names:
        await exchange.say(played.moved(name), path=paths.get("depth", ""))
        await exchange.say(played.trade(name), path=paths.get("trade", ""))
    await until(lambda: len(heard.of("depth")) == books + len(played.names))
    await until(lambda: len(heard.of("trade")) >= trades + len(played.names))


Sides = dict[str, dict[float, float]]


def _okx(message: Any) -> tuple[str, str, list[Any], list[Any]] | None:
    if message.get("arg", {}).get("channel") != "books" or "data" not in message:
        return None
    told = message["data"][0]
    return message["arg"]["instId"], message["action"], told["bids"], told["asks"]


def _coinbase(message: Any) -> tuple[str, str, list[Any], list[Any]] | None:
    if message["type"] == "snapshot":
        return message["product_id"], "snapshot", message["bids"], message["asks"]
    if message["type"] != "l2update":
        return None
    bids, asks = ([each[1:] for each in message["changes"] if each[0] == side] for side in ("buy", "sell"))
    return message["product_id"], "update", bids, asks


@needs_recordings
@pytest.mark.parametrize(
    ("venue", "recording", "names", "read"),
    [
        ("okx", "okx_v5_20220513", ("BTC-USDT", "UNI-USD-SWAP"), _okx),
        ("coinbase", "coinbase_2021", ("SKL-USD", "DASH-BTC", "YFI-BTC"), _coinbase),
    ],
)
def test_recorded_books__are_read_by_the_feed_with_the_prices_of_the_venue(
    venue: str, recording: str, names: tuple[str, ...], read: Callable[[Any], Any]
) -> None:
    """Beside books that are kept by hand, without any of the code that is tried."""
    spot = VENUES[venue, "spot"]
    translator = spot.translator(
        [Listing(name.replace("-", ""), name, "USD") for name in names], KINDS, 50, 0
    )
    feed = Feed()
    truth: dict[str, Sides] = defaultdict(lambda: {"bids": {}, "asks": {}})
    next_us = checked = 0
    for raw, at_us in islice(messages(recording), 3_000):
        for told in translator.read(raw, at_us):
            assert isinstance(told, Publication)
            feed.take(told, venue, "spot", at_us / 1e6)
        if change := read(json.loads(raw)):
            name, action, *sides = change
            if action == "snapshot":
                truth.pop(name, None)
            for side, levels in zip(("bids", "asks"), sides, strict=True):
                truth[name][side].update((float(each[0]), float(each[1])) for each in levels)
        if at_us < next_us:
            continue
        next_us = at_us + 1_000_000
        for publication in translator.changed_books():
            feed.take(publication, venue, "spot", at_us / 1e6)
            name = next(each for each in names if each.replace("-", "") == publication.symbol)
            best_bid = max(price for price, quantity in truth[name]["bids"].items() if quantity)
            best_ask = min(price for price, quantity in truth[name]["asks"].items() if quantity)
            assert (feed.books[-1].bids[0][0], feed.books[-1].asks[0][0]) == (best_bid, best_ask)
            checked += 1

    assert checked > 10
    assert feed.refused == []
    assert {each.row.book for each in newest(feed.analyzer, at_us / 1e6)} == {LIVE}


@needs_recordings
def test_a_recorded_session_of_binance__goes_through_the_engine_frame_by_frame_as_it_came() -> None:
    with gzip.open(RECORDED.parent / "spot_btc_eth_20240808.raw.ndjson.gz") as file:
        recorded = [line.rstrip() for line in islice(file, 1_500)]
    wanted = [raw for raw in recorded if b"@ticker" not in raw and raw.startswith(b'{"stream":"btcusdt@')]
    kinds: tuple[Kind, ...] = ("depth", "diff", "trade", "bookTicker")

    async def run() -> list[bytes]:
        played = PlayedBinance(["BTC"])
        played.answers_subscriptions = False
        async with (
            played.exchange().open() as exchange,
            running(stream_of(played.venue, exchange, "BTCUSDT", kinds)) as heard,
        ):
            await until(lambda: exchange.asked)
            await exchange.say(*recorded)
            await until(lambda: len(heard.all) >= len(wanted))
            return [each.payload for each in heard.all]

    payloads = quickly(run())
    assert len(wanted) > 200
    for raw, payload in zip(wanted, payloads, strict=True):
        assert payload.startswith(raw[:-1] + b',"timestamp":"')
