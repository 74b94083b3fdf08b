"""Coinbase, held against a recording: never crossed, and equal to its tickers where they name the same moment."""

import json
from typing import Any

from markets.domain.listing import Listing
from markets.domain.translated import LostBook, Publication, Refusal, Translated
from markets.venues.coinbase import Coinbase, CoinbaseTranslator
from tests.markets.recorded import messages, needs_recordings, published

BTC = Listing("BTCUSD", "BTC-USD", "USD")
MINUTE_US = 60_000_000


def translator(*listings: Listing, kinds: Any = ("depth", "bookTicker", "trade")) -> CoinbaseTranslator:
    return Coinbase().translator(listings or (BTC,), kinds, 50, 0)


def message(**fields: Any) -> bytes:
    return json.dumps({"product_id": "BTC-USD", "time": "2021-04-17T16:43:37.075687Z"} | fields).encode()


SNAPSHOT = message(type="snapshot", bids=[["99", "1"]], asks=[["101", "2"]])


def read(of: CoinbaseTranslator, *raw: bytes, at_us: int = 0) -> list[Translated]:
    return [translated for each in raw for translated in of.read(each, at_us)]


@needs_recordings
def test_a_recorded_session__is_never_crossed_and_agrees_with_every_ticker_of_its_time() -> None:
    recorded = [(raw, at, json.loads(raw)) for raw, at in messages("coinbase_2021")]
    names = {each["product_id"] for _, _, each in recorded if each["type"] == "snapshot"}
    of = translator(*(Listing(name.replace("-", ""), name, "USD") for name in names))
    began: dict[str, str] = {}
    checked = 0

    for raw, at, each in recorded:
        assert not [translated for translated in of.read(raw, at) if isinstance(translated, LostBook)]
        name = each.get("product_id", "")
        if each["type"] == "l2update":
            began.setdefault(name, each["time"])
        # The first ticker of a market is of the last trade before the subscription, and of the book of that moment.
        elif each["type"] == "ticker" and each["time"] >= began.get(name, "~"):
            kept = of._kept.get(name)
            assert kept
            assert kept.book
            assert (kept.book.bids.touch, kept.book.asks.touch) == (
                float(each["best_bid"]),
                float(each["best_ask"]),
            )
            checked += 1
    assert checked > 25


@needs_recordings
def test_every_recorded_match__is_a_trade() -> None:
    recorded = [json.loads(raw) for raw, _ in messages("coinbase_2021")]
    matches = [each for each in recorded if each["type"] == "match"]
    names = {each["product_id"] for each in matches}
    of = translator(*(Listing(name.replace("-", ""), name, "USD") for name in names), kinds=("trade",))

    translated = [each for raw, at in messages("coinbase_2021") for each in of.read(raw, at)]

    trades = [published(each.payload) for each in translated if isinstance(each, Publication)]
    assert [(trade["t"], trade["p"], trade["q"]) for trade in trades] == [
        (each["trade_id"], each["price"], each["size"]) for each in matches
    ]


def test_a_change__is_published_with_its_time() -> None:
    of = translator(kinds=("depth",))
    change = message(
        type="l2update", changes=[["buy", "100", "3"], ["sell", "101", "0"], ["sell", "102", "1"]]
    )

    read(of, SNAPSHOT, change)

    (publication,) = of.changed_books()
    assert isinstance(publication, Publication)
    data = published(publication.payload)
    assert (data["bids"], data["asks"]) == ([["100", "3"], ["99", "1"]], [["102", "1"]])
    assert data["E"] == 1_618_677_817_076


def test_a_crossed_book__is_lost() -> None:
    translated = read(translator(), SNAPSHOT, message(type="l2update", changes=[["buy", "101", "1"]]))

    assert translated[-1] == LostBook("level2_batch:BTC-USD", "BTCUSD", "crossed")


def test_a_book_that_is_silent_for_a_minute_while_the_venue_is_not__is_lost() -> None:
    of, beat = translator(), message(type="heartbeat")
    read(of, SNAPSHOT)

    assert not read(of, beat, at_us=MINUTE_US)
    assert read(of, beat, at_us=MINUTE_US + 1) == [LostBook("level2_batch:BTC-USD", "BTCUSD", "silent")]


def test_the_side_of_a_match__is_that_of_who_was_there_before() -> None:
    match = {"type": "match", "trade_id": 7, "price": "100", "size": "1"}

    translated = read(translator(), message(side="buy", **match), message(side="sell", **match))

    assert [published(each.payload)["m"] for each in translated if isinstance(each, Publication)] == [
        True,
        False,
    ]


def test_the_last_match_before_the_subscription__is_no_news() -> None:
    assert not read(translator(), message(type="last_match", trade_id=7, price="1", size="1", side="buy"))


def test_a_refusal__is_reported_in_the_venues_words() -> None:
    refused = b'{"type":"error","message":"Failed to subscribe","reason":"NO-SUCH is not a valid product"}'

    assert read(translator(), refused) == [Refusal("Failed to subscribe NO-SUCH is not a valid product")]


def test_subscriptions__name_the_products_of_each_channel() -> None:
    channels = Coinbase().channels((BTC,), ("depth", "trade"))["/"]

    assert json.loads(Coinbase().subscribe(channels, 1)[0]) == {
        "type": "subscribe",
        "channels": [
            {"name": "heartbeat", "product_ids": ["BTC-USD"]},
            {"name": "level2_batch", "product_ids": ["BTC-USD"]},
            {"name": "matches", "product_ids": ["BTC-USD"]},
        ],
    }


def test_products_that_trade__are_listed_with_their_turnover() -> None:
    product = {"id": "BTC-USD", "base_currency": "BTC", "quote_currency": "USD", "status": "online"}
    products = [product, product | {"id": "OLD-USD", "status": "delisted"}]
    stats = {"BTC-USD": {"stats_24hour": {"last": "50000", "volume": "2"}}, "OLD-USD": {}}
    answers = {"products": json.dumps(products).encode(), "stats": json.dumps(stats).encode()}

    assert Coinbase().listings(answers) == [Listing("BTCUSD", "BTC-USD", "USD", 100_000.0)]
