"""Markets of one symbol in the store: written together, read apart, and gone with their books."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import redis
from django.conf import settings

from metrics.domain.analyzer import Current
from metrics.domain.choice import FOLLOWED, read_choice
from metrics.domain.market import MOST_MARKETS, MarketRow
from metrics.feed.runner import DepthFeed
from metrics.store.keys import Keys
from metrics.store.reader import StoreReader
from metrics.store.values import ROWS
from metrics.store.writer import StoreWriter
from stored import left_out
from tests.factories import START, Clock, market_id, market_row, spot_book, stored_book, trade

KEYS = Keys(settings.STORE_PREFIX)
BTC = market_id()
OKX, KRAKEN = (market_id(market=market) for market in ("okx/spot", "kraken/usdm"))
Run = Callable[..., Any]


def current(market: str = "binance/spot", symbol: str = "BTCUSDT", at: float = START) -> Current:
    which: dict[str, Any] = {"symbol": symbol, "market": market, "received_at": at}
    return Current(market_row(**which), stored_book(**which))


@pytest.fixture
def markets(writer: StoreWriter, run: Run) -> None:
    """Three of bitcoin, of which okx is followed, and one of ether."""
    bitcoin = [current(market) for market in ("okx/spot", "binance/spot", "kraken/usdm")]
    run(lambda: writer.write_current([("BTCUSDT", bitcoin), ("ETHUSDT", [current(symbol="ETHUSDT")])], []))


def test_markets_of_a_symbol_stand_in_one_value_and_their_books_each_by_itself(
    markets: None, reader: StoreReader, store: redis.Redis
):
    assert store.hkeys(KEYS.rows) == [b"BTCUSDT", b"ETHUSDT"]
    assert sorted(store.hkeys(KEYS.books)) == [
        b"BTCUSDT@binance", b"BTCUSDT@kraken-usdm", b"BTCUSDT@okx", b"ETHUSDT@binance",
    ]  # fmt: skip
    assert [row.id for row in reader.markets()["BTCUSDT"]] == [OKX, BTC, KRAKEN]
    assert [row.id for row in reader.markets_of("BTCUSDT")] == [OKX, BTC, KRAKEN]
    assert reader.markets_of("NOSUCH") == []
    some = reader.markets_of_each(["NOSUCH", "ETHUSDT", "BTCUSDT"])
    assert some == {symbol: reader.markets_of(symbol) for symbol in ("BTCUSDT", "ETHUSDT")}
    assert reader.markets_of_each([]) == {}
    assert set(reader.books([BTC, OKX, KRAKEN, market_id("XRPUSDT")])) == {BTC, OKX, KRAKEN}


@pytest.mark.parametrize(
    ("choice", "names", "meant"),
    [
        (FOLLOWED, ["BTCUSDT", "ETHUSDT"], OKX),
        (read_choice("binance", None), ["BTCUSDT", "ETHUSDT"], BTC),
        (read_choice(None, "usdm"), ["BTCUSDT"], KRAKEN),
        (read_choice("kraken", "spot"), [], None),
        (read_choice("*", "spot"), ["BTCUSDT@okx", "BTCUSDT@binance", "ETHUSDT@binance"], OKX),
    ],
)
def test_what_is_chosen_of_them(
    markets: None, reader: StoreReader, choice: Any, names: list[str], meant: Any
):
    assert list(reader.rows(choice)) == names
    assert reader.market("BTCUSDT", choice) == meant
    book = reader.book("BTCUSDT", choice)
    assert (book and book.id) == meant


def test_a_market_that_has_expired_is_not_shown_and_the_next_is_meant(
    writer: StoreWriter, reader: StoreReader, run: Run, clock: Clock
):
    both = [current("okx/spot"), current(at=START + 30)]
    run(lambda: writer.write_current([("BTCUSDT", both)], []))
    clock.advance(60.5)
    assert [row.id for row in reader.markets_of("BTCUSDT")] == [BTC]
    assert reader.market("BTCUSDT") == BTC
    assert set(reader.books([BTC, OKX])) == {BTC}
    clock.advance(30)
    assert (reader.markets(), reader.markets_of("BTCUSDT"), reader.book("BTCUSDT")) == ({}, [], None)


# -- What is believed ------------------------------------------------------------------------


def rows(*markets: str) -> list[MarketRow]:
    return [market_row(market=market) for market in markets]


NO_MARKETS = ["", "binance", "Okx/spot", "okx/swap", "o kx/spot", "/spot", "okx@a/spot", "x" * 33 + "/spot"]


@pytest.mark.parametrize(
    "value",
    [
        [],
        [market_row(), market_row(symbol="ETHUSDT", market="okx/spot")],
        [market_row(symbol="ETHUSDT")],
        rows("binance/spot", "okx/spot", "binance/spot"),
        rows(*(f"v{number}/spot" for number in range(MOST_MARKETS + 1))),
        *(rows("binance/spot", market) for market in NO_MARKETS),
        market_row(),
        [market_row(), market_row(market="okx/spot", received_at=START + 3600)],
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_of_the_markets_of_its_symbol_is_left_out_and_counted(
    reader: StoreReader, store: redis.Redis, value: Any
):
    store.hset(KEYS.rows, "BTCUSDT", msgspec.msgpack.encode(value))
    store.hset(KEYS.rows, "ADAUSDT", msgspec.msgpack.encode([market_row(symbol="ADAUSDT")]))
    assert list(reader.markets()) == ["ADAUSDT"]
    assert reader.markets_of("BTCUSDT") == []
    assert left_out[ROWS.kind] == 2


def test_as_many_markets_as_there_may_be_are_read(reader: StoreReader, store: redis.Redis):
    value = rows(*(f"v{number}/spot" for number in range(MOST_MARKETS)))
    store.hset(KEYS.rows, "BTCUSDT", msgspec.msgpack.encode(value))
    assert len(reader.markets_of("BTCUSDT")) == MOST_MARKETS


def test_a_book_under_the_name_of_another_market_is_left_out(
    markets: None, reader: StoreReader, store: redis.Redis
):
    store.hset(KEYS.books, OKX.name, msgspec.msgpack.encode(stored_book()))
    assert reader.books([OKX, BTC]).keys() == {BTC}
    assert left_out["books"] == 1


# -- What goes -------------------------------------------------------------------------------


def test_a_market_that_goes_takes_its_book_and_leaves_the_others(
    markets: None, writer: StoreWriter, reader: StoreReader, store: redis.Redis, run: Run
):
    left = [current(), current("kraken/usdm")]
    _, gone = run(lambda: writer.write_current([("BTCUSDT", left)], [OKX]))
    assert gone == []
    assert [row.id for row in reader.markets_of("BTCUSDT")] == [BTC, KRAKEN]
    assert sorted(store.hkeys(KEYS.books)) == [b"BTCUSDT@binance", b"BTCUSDT@kraken-usdm", b"ETHUSDT@binance"]
    _, gone = run(lambda: writer.write_current([("BTCUSDT", [])], [BTC, KRAKEN]))
    assert gone == ["BTCUSDT"]
    assert (store.hkeys(KEYS.rows), store.hkeys(KEYS.books)) == ([b"ETHUSDT"], [b"ETHUSDT@binance"])


def test_a_market_that_went_and_is_back_keeps_its_book(
    markets: None, writer: StoreWriter, store: redis.Redis, run: Run
):
    run(lambda: writer.write_current([("BTCUSDT", [current("okx/spot")])], [OKX, BTC]))
    assert sorted(store.hkeys(KEYS.books)) == [b"BTCUSDT@kraken-usdm", b"BTCUSDT@okx", b"ETHUSDT@binance"]


def test_books_of_markets_that_are_gone_are_tidied_up(
    markets: None, writer: StoreWriter, store: redis.Redis, run: Run
):
    """A feed that died could not tell which of its markets are gone, and the next one has never heard of them."""
    run(lambda: writer.write_current([("BTCUSDT", [current(at=START + 50)])], []))
    run(lambda: writer.tidy(START + 55))
    assert sorted(store.hkeys(KEYS.books)) == [b"BTCUSDT@binance", b"ETHUSDT@binance"]
    store.hset(KEYS.rows, "BTCUSDT", b"nonsense")
    run(lambda: writer.tidy(START + 70))
    assert (store.hkeys(KEYS.rows), store.hkeys(KEYS.books)) == ([], [])


# -- Gone before it is written ---------------------------------------------------------------


@pytest.fixture
def meanwhile(feed: DepthFeed, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """What the feed is sent while it writes the history, between what is drained and what is stored of it."""

    def send(*frames: bytes) -> None:
        write_history = feed.writer.write_history

        async def and_hear(now: float) -> None:
            await write_history(now)
            monkeypatch.setattr(feed.writer, "write_history", write_history)
            for raw in frames:
                feed.process(raw)

        monkeypatch.setattr(feed.writer, "write_history", and_hear)

    return send


def test_a_symbol_that_is_taken_back_while_the_history_is_written_ends_nothing(
    feed: DepthFeed, reader: StoreReader, run: Run, meanwhile: Callable[..., None], clock: Clock
):
    feed.process(spot_book(bids=[(2683.0, 1.0)], asks=[(2684.0, 1.0)]))
    meanwhile(trade(price="61829.76", at=clock()))
    run(feed.publish_once)
    assert reader.markets() == {}
    feed.process(spot_book(bids=[(61829.0, 1.0)], asks=[(61830.0, 1.0)], update_id=2))
    run(feed.publish_once)
    run(feed.publish_once)
    (row,) = reader.markets_of("BTCUSDT")
    assert row.mid_price == 61829.5


def test_a_market_that_is_taken_back_meanwhile_leaves_the_others(
    feed: DepthFeed,
    reader: StoreReader,
    store: redis.Redis,
    run: Run,
    meanwhile: Callable[..., None],
    clock: Clock,
):
    feed.process(spot_book(source="okx"))
    feed.process(spot_book(bids=[(2683.0, 1.0)], asks=[(2684.0, 1.0)]))
    run(feed.publish_once)
    assert [row.id for row in reader.markets_of("BTCUSDT")] == [BTC, OKX]
    feed.process(spot_book(bids=[(2683.0, 1.0)], asks=[(2684.0, 1.0)], update_id=2))
    meanwhile(trade(price="61829.76", at=clock()))
    run(feed.publish_once)
    run(feed.publish_once)
    assert [row.id for row in reader.markets_of("BTCUSDT")] == [OKX]
    assert store.hkeys(KEYS.books) == [b"BTCUSDT@okx"]


def test_a_market_that_is_taken_back_and_comes_again_meanwhile_is_stored_as_it_is_by_then(
    feed: DepthFeed, reader: StoreReader, run: Run, meanwhile: Callable[..., None], clock: Clock
):
    feed.process(spot_book(bids=[(2683.0, 1.0)], asks=[(2684.0, 1.0)]))
    run(feed.publish_once)
    feed.process(spot_book(bids=[(2683.0, 1.0)], asks=[(2684.0, 1.0)], update_id=2))
    true = spot_book(bids=[(61829.0, 1.0)], asks=[(61830.0, 1.0)], update_id=3)
    meanwhile(trade(price="61829.76", at=clock()), true)
    run(feed.publish_once)
    for _ in range(2):
        run(feed.publish_once)
    (row,) = reader.markets_of("BTCUSDT")
    assert row.mid_price == 61829.5


def test_a_book_of_one_side_that_has_both_meanwhile_is_stored_as_it_is_by_then(
    feed: DepthFeed, reader: StoreReader, run: Run, meanwhile: Callable[..., None]
):
    feed.process(spot_book(asks=[]))
    meanwhile(spot_book(update_id=2))
    run(feed.publish_once)
    (row,) = reader.markets_of("BTCUSDT")
    assert (row.book, row.mid_price) == ("live", 100.25)
    run(feed.publish_once)
    (row,) = reader.markets_of("BTCUSDT")
    assert (row.book, row.mid_price) == ("live", 100.25)
