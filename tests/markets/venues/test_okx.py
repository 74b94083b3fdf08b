"""OKX, held against a recording with checksums, and messages with numbers from its documentation."""

import json
from decimal import Decimal
from typing import Any

import pytest

from markets.domain.listing import Listing
from markets.domain.translated import Kind, LostBook, Publication, Refusal, Translated, Unreadable
from markets.venues.okx import OkxSpot, OkxTranslator, OkxUsdm
from tests.markets.recorded import messages, needs_recordings, published

BTC = Listing("BTCUSDT", "BTC-USDT", "USDT")
ALL: tuple[Kind, ...] = ("depth", "bookTicker", "trade")


def translator(*listings: Listing, kinds: Any = ALL) -> OkxTranslator:
    return OkxSpot().translator(listings or (BTC,), kinds, 50, 1_000_000)


def book(action: str, bids: Any, asks: Any, **more: Any) -> bytes:
    translated = {
        "bids": [[*level, "0", "1"] for level in bids],
        "asks": [[*level, "0", "1"] for level in asks],
    }
    data = [translated | {"ts": "1652459223003"} | more]
    return json.dumps(
        {"arg": {"channel": "books", "instId": "BTC-USDT"}, "action": action, "data": data}
    ).encode()


def read(of: OkxTranslator, *raw: bytes) -> list[Translated]:
    return [translated for each in raw for translated in of.read(each, 0)]


def snapshot(**more: Any) -> bytes:
    return book("snapshot", [("99", "1")], [("101", "2")], **{"seqId": 10, "prevSeqId": -1} | more)


@needs_recordings
def test_a_recorded_session__every_checksum_holds_and_no_book_is_lost() -> None:
    names = ("BTC-USD-220527", "UNI-USD-SWAP", "BTC-USDT")
    of = translator(*(Listing(name.replace("-", ""), name, "USD") for name in names))

    translated = [each for raw, at in messages("okx_v5_20220513") for each in of.read(raw, at)]

    assert not [each for each in translated if not isinstance(each, Publication)]
    assert len([each for each in translated if isinstance(each, Publication) and each.kind == "trade"]) >= 46


@needs_recordings
def test_a_recorded_change_left_out__the_next_checksum_loses_the_book() -> None:
    of = translator()
    recorded = [raw for raw, _ in messages("okx_v5_20220513") if b'"books","instId":"BTC-USDT"' in raw]
    begin = next(place for place, raw in enumerate(recorded) if b'"snapshot"' in raw)

    translated = read(of, *recorded[begin : begin + 3], *recorded[begin + 4 : begin + 20])

    assert LostBook("books:BTC-USDT", "BTCUSDT", "checksum") in translated


def test_a_book__is_published_in_the_form_of_spot_with_the_venues_time() -> None:
    of = translator(kinds=("depth",))
    read(of, snapshot())

    (publication,) = of.changed_books()

    assert isinstance(publication, Publication)
    assert publication[:2] == ("depth", "BTCUSDT")
    assert json.loads(publication.payload) == {
        "stream": "btcusdt@depth50@100ms",
        "data": {
            "lastUpdateId": 1_000_001,
            "bids": [["99", "1"]],
            "asks": [["101", "2"]],
            "E": 1_652_459_223_003,
        },
        "source": "okx-websocket",
    }
    assert not list(of.changed_books())


def test_a_touch__is_published_when_it_is_another() -> None:
    of = translator(kinds=("bookTicker",))
    deeper = book("update", [("98", "5")], [], seqId=11, prevSeqId=10)
    better = book("update", [("100", "5")], [], seqId=12, prevSeqId=11)

    translated = read(of, snapshot(), deeper, better)

    touches = [published(each.payload) for each in translated if isinstance(each, Publication)]
    assert [(touch["b"], touch["B"], touch["a"], touch["A"]) for touch in touches] == [
        ("99", "1", "101", "2"),
        ("100", "5", "101", "2"),
    ]
    assert touches[0]["u"] < touches[1]["u"]


def test_a_change_whose_number_before_is_another__loses_the_book_until_a_snapshot_comes() -> None:
    of = translator(kinds=("depth",))

    translated = read(of, snapshot(), book("update", [("98", "5")], [], seqId=13, prevSeqId=12))

    assert translated == [LostBook("books:BTC-USDT", "BTCUSDT", "gap")]
    assert not list(of.changed_books())
    assert not read(of, book("update", [("98", "5")], [], seqId=14, prevSeqId=13))
    assert not list(of.changed_books())
    read(of, snapshot(seqId=20))
    assert len(list(of.changed_books())) == 1


def test_a_heartbeat__whose_numbers_are_equal__keeps_the_book() -> None:
    beat = book("update", [], [], seqId=10, prevSeqId=10)

    assert not [each for each in read(translator(), snapshot(), beat) if isinstance(each, LostBook)]


def test_a_checksum_of_0__means_nothing() -> None:
    assert not [each for each in read(translator(), snapshot(checksum=0)) if isinstance(each, LostBook)]


def test_a_wrong_checksum__loses_the_book() -> None:
    assert read(translator(), snapshot(checksum=7)) == [LostBook("books:BTC-USDT", "BTCUSDT", "checksum")]


def test_a_crossed_book__is_lost() -> None:
    translated = read(translator(), snapshot(), book("update", [("102", "1")], [], seqId=11, prevSeqId=10))

    assert translated[-1] == LostBook("books:BTC-USDT", "BTCUSDT", "crossed")


def test_contracts__are_counted_in_the_base_asset() -> None:
    contract = Listing("BTCUSDT", "BTC-USDT", "USDT", unit=Decimal("0.01"))
    of = OkxUsdm().translator((contract,), ALL, 50, 0)
    trade = {"instId": "BTC-USDT", "tradeId": "7", "px": "100", "sz": "3", "side": "sell", "ts": "1"}
    message = json.dumps({"arg": {"channel": "trades", "instId": "BTC-USDT"}, "data": [trade]}).encode()

    touch, translated = read(of, snapshot(), message)

    assert isinstance(touch, Publication)
    assert published(touch.payload)["A"] == "0.02"
    assert isinstance(translated, Publication)
    assert (published(translated.payload)["q"], published(translated.payload)["m"]) == ("0.03", True)
    assert "M" not in published(translated.payload)


def test_linear_perpetuals__are_listed_with_their_size_and_inverse_ones_are_not() -> None:
    contract = {
        "instId": "BTC-USDT-SWAP",
        "uly": "BTC-USDT",
        "ctType": "linear",
        "ctVal": "0.01",
        "ctMult": "1",
    }
    inverse = {"instId": "BTC-USD-SWAP", "uly": "BTC-USD", "ctType": "inverse", "ctVal": "100", "ctMult": "1"}
    unsized = contract | {"instId": "ETH-USDT-SWAP", "uly": "ETH-USDT", "ctVal": ""}
    day = {"instId": "BTC-USDT-SWAP", "last": "50000", "volCcy24h": "2"}
    answers = {"instruments": [contract, inverse, unsized], "days": [day]}

    found = OkxUsdm().listings({name: json.dumps({"data": data}).encode() for name, data in answers.items()})

    assert found == [Listing("BTCUSDT", "BTC-USDT-SWAP", "USDT", 100_000.0, Decimal("0.01"))]


def test_a_refusal__is_reported_in_the_venues_words() -> None:
    refused = b'{"event":"error","code":"60018","msg":"Wrong URL or channel","connId":"a"}'

    assert read(translator(), refused) == [Refusal("60018: Wrong URL or channel")]


def test_subscriptions__name_channel_and_market() -> None:
    channels = OkxSpot().channels((BTC,), ("depth", "bookTicker", "trade"))["/ws/v5/public"]

    assert channels == ["books:BTC-USDT", "trades:BTC-USDT"]
    assert json.loads(OkxSpot().subscribe(channels, 1)[0])["args"] == [
        {"channel": "books", "instId": "BTC-USDT"},
        {"channel": "trades", "instId": "BTC-USDT"},
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"[]",
        b"\xff",
        snapshot().replace(b'"99"', b'"nan"'),
        snapshot().replace(b'"99"', b"99"),
        snapshot().replace(b'"1652459223003"', b'"soon"'),
        snapshot().replace(b'["99", "1", "0", "1"]', b'["99"]'),
    ],
)
def test_what_the_documentation_does_not_describe__is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        read(translator(), raw)


def test_pongs_acknowledgements_and_other_markets__are_nothing() -> None:
    ack = b'{"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a"}'

    assert not read(translator(), b"pong", ack, snapshot().replace(b"BTC-USDT", b"DOGE-USDT"))
