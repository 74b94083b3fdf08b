"""Kinds beside books: read where they are asked for, ignored and counted where not."""

from typing import Any

import msgspec
import pytest

from metrics.domain.book import BookUpdate, Refused
from metrics.domain.frames import BookTicker, Dominance, MarkPrice, OnchainFlow, Ticker, Trade
from metrics.feed.partition import Partition
from metrics.feed.payloads import MARKET_WIDE
from metrics.feed.streams import Ignored
from metrics.feed.wire import WireDecoder

EVERYTHING = (BookUpdate, Trade, Ticker, BookTicker, MarkPrice, Dominance, OnchainFlow)
TRADE = {"e": "trade", "E": 1672515782136, "s": "BTCUSDT", "t": 12345, "p": "50000.00", "q": "0.001",
         "T": 1672515782135, "m": True, "M": True}  # fmt: skip
AGG_TRADE = {"e": "aggTrade", "E": 1672515782137, "s": "BTCUSDT", "a": 9, "p": "0.00001", "q": "7", "f": 1, "l": 2,
             "T": 1672515782000, "m": False}  # fmt: skip
TICKER = {"e": "24hrTicker", "E": 1672515782136, "s": "BTCUSDT", "p": "100.00", "P": "0.20", "w": "50000.0",
          "c": "50100.0", "Q": "0.1", "o": "50000.0", "h": "51000.0", "l": "49000.0", "v": "1000.0",
          "q": "50000000.0", "O": 0, "C": 86400000, "F": 0, "L": 18150, "n": 18151}  # fmt: skip
BOOK_TICKER = {"u": 400900217, "s": "BTCUSDT", "b": "25.35", "B": "31.21", "a": "25.36", "A": "40.66"}
MARK_PRICE = {"e": "markPriceUpdate", "E": 1562305380000, "s": "BTCUSDT", "p": "11794.15", "i": "11784.62",
              "P": "11784.25", "r": "-0.00038167", "T": 1562306400000}  # fmt: skip
DOMINANCE = {"E": 1672515782136, "btc_dominance": 54.3}
ONCHAIN = {"E": 1672515780, "exchange_inflow": 1200.5, "exchange_outflow": 1500.0,
           "largest_transfers": [[850.0, "outflow"], [120.0, "inflow"]]}  # fmt: skip
FRAMES = {
    "btcusdt@trade": (
        TRADE,
        Trade("BTCUSDT", "binance/spot", 12345, 50000.0, 0.001, True, 1672515782.136, 1672515782.135),
    ),
    "btcusdt@aggTrade": (
        AGG_TRADE,
        Trade("BTCUSDT", "binance/usdm", 9, 0.00001, 7.0, False, 1672515782.137, 1672515782.0, "aggTrade"),
    ),
    "btcusdt@ticker": (
        TICKER,
        Ticker("BTCUSDT", "binance/usdm", 50100.0, 1000.0, 50_000_000.0, 18151, 0.2, 1672515782.136),
    ),
    "btcusdt@bookTicker": (
        BOOK_TICKER,
        BookTicker("BTCUSDT", "binance/spot", 400900217, 25.35, 31.21, 25.36, 40.66),
    ),
    "btcusdt@markPrice": (
        MARK_PRICE,
        MarkPrice("BTCUSDT", "binance/usdm", 11794.15, 11784.62, -0.00038167, 1562305380.0),
    ),
    "global@dominance": (DOMINANCE, Dominance(54.3, 1672515782.136)),
    "btc@onchain": (
        ONCHAIN,
        OnchainFlow("BTC", 1200.5, 1500.0, [(850.0, "outflow"), (120.0, "inflow")], 1672515780.0),
    ),
}


def test_the_touch_of_a_futures_contract_is_another_market():
    data = BOOK_TICKER | {"e": "bookTicker", "E": 1568014460893, "T": 1568014460891}
    made = read(WireDecoder(reads=EVERYTHING), frame("btcusdt@bookTicker", data))
    assert (made.market, made.venue, made.update_id) == ("binance/usdm", "binance", 400900217)


def read(decoder: WireDecoder, raw: bytes, subject: str = "") -> Any:
    return decoder.decode(raw, subject)


def frame(stream, data, **envelope):
    return msgspec.json.encode({"stream": stream, "data": data, **envelope})


@pytest.mark.parametrize("stream", FRAMES)
def test_each_kind_becomes_its_frame(stream):
    data, expected = FRAMES[stream]
    assert WireDecoder(reads=EVERYTHING).decode(frame(stream, data)) == expected


@pytest.mark.parametrize("stream", FRAMES)
def test_what_is_not_asked_for_is_ignored_and_counted(stream):
    data, _ = FRAMES[stream]
    answer = WireDecoder(reads=(BookUpdate,)).decode(frame(stream, data))
    assert answer == Ignored(stream.partition("@")[2])


def test_only_the_kinds_asked_for_are_read():
    decoder = WireDecoder(reads=(Trade,))
    assert isinstance(decoder.decode(frame("btcusdt@trade", TRADE)), Trade)
    assert decoder.decode(frame("btcusdt@ticker", TICKER)) == Ignored("ticker")
    book = {"lastUpdateId": 1, "bids": [["1", "1"]], "asks": [["2", "1"]]}
    assert decoder.decode(frame("btcusdt@depth20@100ms", book)) == Ignored("depth")


def test_the_venue_comes_from_the_source_and_else_from_the_subject():
    decoder = WireDecoder(reads=EVERYTHING)
    raw = frame("btcusdt@trade", TRADE, source="coinbase-websocket")
    assert read(decoder, raw, "market.kraken.trade.BTCUSDT").venue == "coinbase"
    raw = frame("btcusdt@trade", TRADE)
    assert read(decoder, raw, "market.kraken.trade.BTCUSDT").venue == "kraken"
    assert read(decoder, raw, "binance.websocket.data").venue == "binance"
    book = frame("btcusdt@depth20", {"lastUpdateId": 1, "bids": [["1", "1"]], "asks": [["2", "1"]]})
    assert read(decoder, book, "market.okx.depth.BTCUSDT").venue == "okx"


def test_a_partition_reads_tickers_of_all_and_trades_of_its_own():
    mine = Partition(0, 2)
    other = next(name for name in ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT") if not mine.owns(name))
    decoder = WireDecoder(mine, EVERYTHING, everywhere=MARKET_WIDE)
    stream = other.lower()
    assert decoder.decode(frame(f"{stream}@trade", TRADE | {"s": other})) == Ignored("other_partition")
    assert isinstance(decoder.decode(frame(f"{stream}@ticker", TICKER | {"s": other})), Ticker)
    assert WireDecoder(mine).decode(frame(f"{stream}@ticker", TICKER)) == Ignored("other_partition")


@pytest.mark.parametrize(
    ("stream", "data", "reason"),
    [
        ("btcusdt@trade", TRADE | {"p": "NaN"}, "bad_number"),
        ("btcusdt@trade", TRADE | {"p": "0"}, "bad_number"),
        ("btcusdt@trade", TRADE | {"q": "0.0"}, "bad_number"),
        ("btcusdt@trade", TRADE | {"q": "-1"}, "bad_number"),
        ("btcusdt@trade", TRADE | {"q": "1e40"}, "bad_number"),
        ("btcusdt@trade", TRADE | {"p": "plenty"}, "wrong_type"),
        ("btcusdt@trade", TRADE | {"s": "ETHUSDT"}, "symbol_mismatch"),
        ("btcusdt@trade", TRADE | {"e": "24hrTicker"}, "missing_field"),
        ("btcusdt@trade", TRADE | {"e": "tradeLite"}, "wrong_event"),
        ("btcusdt@trade", {name: TRADE[name] for name in TRADE if name != "t"}, "missing_field"),
        ("btcusdt@trade", TRADE | {"E": 1}, "bad_time"),
        ("btcusdt@aggTrade", AGG_TRADE | {"T": 0}, "bad_time"),
        ("btcusdt@ticker", TICKER | {"E": 10**17}, "bad_time"),
        ("btcusdt@trade", {"e": "trade"}, "missing_field"),
        ("btcusdt@ticker", TICKER | {"c": "Infinity"}, "bad_number"),
        ("btcusdt@ticker", TICKER | {"n": -1}, "bad_number"),
        ("btcusdt@ticker", TICKER | {"P": "nan"}, "bad_number"),
        ("btcusdt@bookTicker", BOOK_TICKER | {"a": "25.35"}, "crossed"),
        ("btcusdt@bookTicker", BOOK_TICKER | {"B": "0"}, "bad_number"),
        ("btcusdt@bookTicker", BOOK_TICKER | {"u": -1}, "bad_number"),
        ("btcusdt@bookTicker", BOOK_TICKER | {"u": None}, "wrong_type"),
        ("btcusdt@bookTicker", BOOK_TICKER | {"e": "trade"}, "wrong_type"),
        ("btcusdt@bookTicker", BOOK_TICKER | {"e": "touch"}, "wrong_event"),
        ("btcusdt@bookTicker", {k: v for k, v in BOOK_TICKER.items() if k != "u"}, "missing_field"),
        ("btcusdt@markPrice", MARK_PRICE | {"r": "some"}, "bad_number"),
        ("btcusdt@markPrice", MARK_PRICE | {"i": "NaN"}, "bad_number"),
        ("btcusdt@markPrice", MARK_PRICE | {"i": "-1"}, "bad_number"),
        ("global@dominance", DOMINANCE | {"btc_dominance": 100.5}, "bad_number"),
        ("global@dominance", DOMINANCE | {"btc_dominance": None}, "wrong_type"),
        ("btc@dominance", DOMINANCE, "bad_symbol"),
        ("btc@onchain", ONCHAIN | {"exchange_inflow": -1}, "bad_number"),
        ("btc@onchain", ONCHAIN | {"largest_transfers": [[1.0, "sideways"]]}, "wrong_type"),
        ("btc@onchain", ONCHAIN | {"largest_transfers": [["NaN", "inflow"]]}, "bad_number"),
    ],
)
def test_what_cannot_be_a_number_is_refused(stream, data, reason):
    with pytest.raises(Refused) as refusal:
        WireDecoder(reads=EVERYTHING).decode(frame(stream, data))
    assert refusal.value.reason == reason


def test_an_empty_funding_rate_is_unknown():
    raw = frame("btcusdt@markPrice@1s", MARK_PRICE | {"r": "", "i": ""})
    price = read(WireDecoder(reads=EVERYTHING), raw)
    assert (price.funding_rate, price.index_price) == (None, None)


def test_a_windowed_ticker_is_another_kind():
    assert WireDecoder(reads=EVERYTHING).decode(frame("btcusdt@ticker_1h", {})) == Ignored("ticker")
