"""Binance: what it sends goes on as it came."""

import json

import pytest

from markets.domain.listing import Listing
from markets.domain.translated import Kind, Publication, Refusal, Unreadable
from markets.venues.binance import BinanceSpot, BinanceTranslator, BinanceUsdm

BTC = Listing("BTCUSDT", "BTCUSDT", "USDT")
KINDS: tuple[Kind, ...] = ("depth", "diff", "trade", "bookTicker", "ticker")
FRAME = b'{"stream":"btcusdt@depth20@100ms","data":{"lastUpdateId":160,"bids":[["5.0","1"]],"asks":[["6.0","1"]]}}'


def translator() -> BinanceTranslator:
    return BinanceSpot().translator((BTC,), KINDS, 50, 0)


def test_a_frame__goes_on_byte_by_byte_with_its_source_and_when_it_came() -> None:
    (translated,) = translator().read(FRAME, 1_700_000_000_000_001)

    assert translated == Publication(
        "depth",
        "BTCUSDT",
        FRAME[:-1] + b',"timestamp":"2023-11-14T22:13:20.000001Z","source":"binance-websocket"}',
    )


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        ("btcusdt@depth@100ms", "diff"),
        ("btcusdt@trade", "trade"),
        ("btcusdt@bookTicker", "bookTicker"),
        ("btcusdt@ticker", "ticker"),
    ],
)
def test_what_a_frame_is__is_known_by_the_stream_it_was_asked_for(stream: str, kind: str) -> None:
    (translated,) = translator().read(
        json.dumps({"stream": stream, "data": {}}, separators=(",", ":")).encode(), 0
    )

    assert isinstance(translated, Publication)
    assert translated.kind == kind


def test_aggregated_trades_of_contracts__are_trades() -> None:
    of = BinanceUsdm().translator((BTC,), KINDS, 50, 0)

    (translated,) = of.read(b'{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade"}}', 0)

    assert isinstance(translated, Publication)
    assert translated.kind == "trade"


@pytest.mark.parametrize("raw", [b'{"result":null,"id":1}', b'{"stream":"ethusdt@trade","data":{}}'])
def test_acknowledgements_and_what_was_not_asked_for__are_nothing(raw: bytes) -> None:
    assert not list(translator().read(raw, 0))


@pytest.mark.parametrize(
    "raw",
    [
        b'{"error":{"code":2,"msg":"Invalid request"},"id":1}',
        b'{"code":2,"msg":"Invalid request"}',
    ],
)
def test_a_refusal__is_reported_in_the_venues_words(raw: bytes) -> None:
    assert list(translator().read(raw, 0)) == [Refusal("2: Invalid request")]


def test_what_is_no_json__is_unreadable() -> None:
    with pytest.raises(Unreadable):
        list(translator().read(b"<html>", 0))


def test_contracts__have_two_sockets() -> None:
    by_path = BinanceUsdm().channels((BTC,), KINDS)

    assert by_path == {
        "/public/stream": ["btcusdt@depth20@100ms", "btcusdt@depth@100ms", "btcusdt@bookTicker"],
        "/market/stream": ["btcusdt@aggTrade", "btcusdt@ticker"],
    }


def test_subscriptions__are_asked_for_by_name() -> None:
    assert json.loads(BinanceSpot().subscribe(["btcusdt@trade"], 4)[0]) == {
        "method": "SUBSCRIBE",
        "params": ["btcusdt@trade"],
        "id": 4,
    }


def test_what_trades__is_listed_and_contracts_with_a_date_are_not() -> None:
    pair = {"symbol": "BTCUSDT", "baseAsset": "BTC", "quoteAsset": "USDT", "status": "TRADING"}
    symbols = [
        pair | {"contractType": "PERPETUAL"},
        pair | {"symbol": "BTCUSDT_260327", "contractType": "CURRENT_QUARTER"},
        pair | {"symbol": "OLDUSDT", "status": "BREAK"},
    ]
    answers = {"symbols": {"symbols": symbols}, "days": [{"symbol": "BTCUSDT", "quoteVolume": "5.5"}]}

    translated = {name: json.dumps(each).encode() for name, each in answers.items()}

    assert BinanceUsdm().listings(translated) == [Listing("BTCUSDT", "BTCUSDT", "USDT", 5.5)]
