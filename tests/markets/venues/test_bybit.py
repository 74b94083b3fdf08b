"""Bybit, with messages built from its documentation."""

import json
from typing import Any

from markets.domain.listing import Listing
from markets.domain.translated import LostBook, Publication, Refusal, Translated
from markets.venues.bybit import BybitSpot, BybitTranslator, BybitUsdm
from tests.markets.recorded import published

BTC = Listing("BTCUSDT", "BTCUSDT", "USDT")
TOPIC = "orderbook.200.BTCUSDT"


def translator(kinds: Any = ("depth",)) -> BybitTranslator:
    return BybitSpot().translator((BTC,), kinds, 50, 0)


def book(kind: str, number: int, bids: Any, asks: Any) -> bytes:
    data = {"s": "BTCUSDT", "b": bids, "a": asks, "u": number, "seq": 5}
    return json.dumps(
        {"topic": TOPIC, "type": kind, "ts": 1_672_304_484_978, "data": data, "cts": 7}
    ).encode()


SNAPSHOT = book("snapshot", 10, [["99", "1"]], [["101", "2"]])


def read(of: BybitTranslator, *raw: bytes) -> list[Translated]:
    return [translated for each in raw for translated in of.read(each, 0)]


def shown(of: BybitTranslator) -> Any:
    (publication,) = of.changed_books()
    assert isinstance(publication, Publication)
    return published(publication.payload)


def test_a_change_with_the_next_number__changes_the_book() -> None:
    of = translator()

    assert not read(of, SNAPSHOT, book("delta", 11, [["99", "0"], ["98", "4"]], []))

    assert (shown(of)["bids"], shown_again(of)) == ([["98", "4"]], [])


def shown_again(of: BybitTranslator) -> list[Translated]:
    return list(of.changed_books())


def test_a_change_with_another_number__loses_the_book() -> None:
    assert read(translator(), SNAPSHOT, book("delta", 12, [], [])) == [LostBook(TOPIC, "BTCUSDT", "gap")]


def test_a_snapshot__replaces_all_at_any_time() -> None:
    of = translator()

    read(of, SNAPSHOT, book("snapshot", 50, [["90", "1"]], [["91", "1"]]))

    data = shown(of)
    assert (data["bids"], data["asks"]) == ([["90", "1"]], [["91", "1"]])


def test_the_first_number_after_a_restart__is_a_snapshot_whatever_it_is_called() -> None:
    of = translator()

    assert not read(of, SNAPSHOT, book("delta", 1, [["90", "1"]], [["91", "1"]]))

    assert shown(of)["bids"] == [["90", "1"]]


def test_a_change_before_any_snapshot__is_nothing() -> None:
    of = translator()

    assert not read(of, book("delta", 12, [["99", "1"]], []))
    assert not list(of.changed_books())


def test_trades__get_rising_numbers_and_the_side_of_the_aggressor() -> None:
    trade = {"T": 5, "s": "BTCUSDT", "v": "0.001", "p": "16578.50", "L": "PlusTick", "i": "20f43950-d8dd"}
    trades = [trade | {"S": "Buy"}, trade | {"S": "Sell"}]
    message = {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": 6, "data": trades}

    translated = read(translator(kinds=("trade",)), json.dumps(message).encode())

    sold = [published(each.payload) for each in translated if isinstance(each, Publication)]
    assert [(each["m"], each["p"], each["q"], each["T"]) for each in sold] == [
        (False, "16578.50", "0.001", 5),
        (True, "16578.50", "0.001", 5),
    ]
    assert sold[0]["t"] < sold[1]["t"]


def test_a_refusal__is_reported_in_the_venues_words() -> None:
    refused = b'{"success":false,"ret_msg":"Invalid symbol","conn_id":"a","req_id":"1","op":"subscribe"}'

    assert read(translator(), refused) == [Refusal("Invalid symbol")]


def test_subscriptions__name_topics() -> None:
    channels = BybitUsdm().channels((BTC,), ("depth", "trade"))["/v5/public/linear"]

    assert json.loads(BybitUsdm().subscribe(channels, 3)[0]) == {
        "op": "subscribe",
        "args": [TOPIC, "publicTrade.BTCUSDT"],
        "req_id": "3",
    }


def test_what_trades__is_listed_and_delivery_contracts_are_not() -> None:
    pair = {"symbol": "BTCUSDT", "baseCoin": "BTC", "quoteCoin": "USDT", "status": "Trading"}
    delivery = pair | {"symbol": "BTC-26DEC25", "contractType": "LinearFutures"}
    days = [{"symbol": "BTCUSDT", "turnover24h": "7.5"}]
    answers = {"instruments": [pair, delivery], "days": days}

    translated = {name: json.dumps({"result": {"list": each}}).encode() for name, each in answers.items()}

    assert BybitUsdm().listings(translated) == [Listing("BTCUSDT", "BTCUSDT", "USDT", 7.5)]
