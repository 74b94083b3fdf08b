"""Kraken: checksums against a recording of version 1, messages of version 2 from its documentation."""

import json
import zlib
from typing import Any

from markets.domain.book import Level, VenueBook
from markets.domain.listing import Listing
from markets.domain.translated import LostBook, Publication, Refusal, Translated
from markets.venues.kraken import DEPTH, Kraken, KrakenTranslator, checksum
from tests.markets.recorded import messages, needs_recordings, published

BTC = Listing("BTCUSD", "BTC/USD", "USD")
RECORDED_DEPTH = 1_000
MOMENT = "2023-10-06T17:35:55.440295Z"


def translator(kinds: Any = ("depth", "bookTicker", "trade")) -> KrakenTranslator:
    return Kraken().translator((BTC,), kinds, 50, 0)


def side(levels: list[tuple[str, str]]) -> str:
    """As version 2 writes it: numbers with all their digits."""
    return ",".join(f'{{"price":{price},"qty":{quantity}}}' for price, quantity in levels)


def book(kind: str, bids: list[tuple[str, str]], asks: list[tuple[str, str]], number: int) -> bytes:
    data = f'"bids":[{side(bids)}],"asks":[{side(asks)}],"checksum":{number},"timestamp":"{MOMENT}"'
    return f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"BTC/USD",{data}}}]}}'.encode()


def number_of(bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> int:
    """By hand: the best ten of a side that is in order."""
    digits = [text.replace(".", "").lstrip("0") for level in [*asks[:10], *bids[:10]] for text in level]
    return zlib.crc32("".join(digits).encode())


BIDS, ASKS = [("99.0", "1.00000000"), ("98.5", "0.00000120")], [("101.0", "2.50000000")]
SNAPSHOT = book("snapshot", BIDS, ASKS, number_of(BIDS, ASKS))


def read(of: KrakenTranslator, *raw: bytes) -> list[Translated]:
    return [translated for each in raw for translated in of.read(each, 0)]


@needs_recordings
def test_a_recorded_session_of_version_1__every_checksum_holds() -> None:
    books: dict[str, VenueBook] = {}
    checked = 0
    for raw, _ in messages("kraken_v1_2021"):
        message = json.loads(raw)
        if not isinstance(message, list):
            continue
        pair, translated = (
            message[-1],
            {name: levels for part in message[1:-2] for name, levels in part.items()},
        )
        bids, asks = (_levels(translated.get(name, translated.get(f"{name}s", []))) for name in "ba")
        if "as" in translated:
            books[pair] = VenueBook(bids, asks)
            continue
        books[pair].change(bids, asks)
        books[pair].cut(RECORDED_DEPTH)
        assert checksum(books[pair]) == int(translated["c"])
        checked += 1
    assert checked > 2_000


def _levels(translated: list[list[str]]) -> list[Level]:
    return [Level(each[0], each[1]) for each in translated]


def test_a_snapshot_with_its_checksum__is_a_book_in_the_text_of_the_venue() -> None:
    of = translator(kinds=("depth",))

    assert not read(of, SNAPSHOT)

    (publication,) = of.changed_books()
    assert isinstance(publication, Publication)
    data = published(publication.payload)
    assert [tuple(level) for level in data["bids"]] == BIDS
    assert [tuple(level) for level in data["asks"]] == ASKS
    assert data["E"] == 1_696_613_755_440


def test_a_wrong_checksum__loses_the_book() -> None:
    translated = read(translator(kinds=("depth",)), SNAPSHOT, book("update", [("99.5", "1")], [], 7))

    assert translated == [LostBook("book:BTC/USD", "BTCUSD", "checksum")]


def test_what_falls_behind_the_depth__is_gone_without_a_word() -> None:
    bids = [(f"{1_000 - step}.0", "1.0") for step in range(DEPTH)]
    asks = [("2000.0", "1.0")]
    better = [("1001.0", "1.0"), *bids]
    without = better[1:]
    of = translator(kinds=("depth",))

    translated = read(
        of,
        book("snapshot", bids, asks, number_of(bids, asks)),
        book("update", better[:1], [], number_of(better, asks)),
        book("update", [("1001.0", "0")], [], number_of(without, asks)),
    )

    assert not translated
    kept = of._kept.get("BTC/USD")
    assert kept
    assert kept.book
    assert len(kept.book.bids) == DEPTH - 1


def test_a_trade__is_published() -> None:
    data = (
        f'{{"symbol":"BTC/USD","side":"sell","price":0.5117,"qty":40.0,"trade_id":7,"timestamp":"{MOMENT}"}}'
    )

    (translated,) = read(translator(), f'{{"channel":"trade","type":"update","data":[{data}]}}'.encode())

    assert isinstance(translated, Publication)
    trade = published(translated.payload)
    assert (trade["t"], trade["p"], trade["q"], trade["m"]) == (7, "0.5117", "40.0", True)


def test_a_refusal__is_reported_in_the_venues_words() -> None:
    refused = b'{"error":"Currency pair not supported BTC/XYZ","method":"subscribe","success":false,"symbol":"BTC/XYZ"}'

    assert read(translator(), refused) == [Refusal("BTC/XYZ Currency pair not supported BTC/XYZ")]


def test_heartbeats_status_pongs_and_acknowledgements__are_nothing() -> None:
    assert not read(
        translator(),
        b'{"channel":"heartbeat"}',
        b'{"channel":"status","type":"update","data":[{"system":"online"}]}',
        b'{"method":"pong","time_in":"2023"}',
        b'{"method":"subscribe","success":true,"result":{"channel":"book","symbol":"BTC/USD"}}',
    )


def test_subscriptions__are_one_message_a_channel_and_want_no_old_trades() -> None:
    channels = Kraken().channels((BTC,), ("depth", "bookTicker", "trade"))["/v2"]

    assert [json.loads(each)["params"] for each in Kraken().subscribe(channels, 1)] == [
        {"channel": "book", "symbol": ["BTC/USD"], "depth": 100},
        {"channel": "trade", "symbol": ["BTC/USD"], "snapshot": False},
    ]


def test_pairs__are_spelt_as_everybody_does() -> None:
    pairs = {
        "XXBTZUSD": {"wsname": "XBT/USD", "status": "online"},
        "XDGUSD": {"wsname": "XDG/USD", "status": "online"},
        "OLD": {"wsname": "OLD/USD", "status": "cancel_only"},
    }
    days = {"XXBTZUSD": {"v": ["1", "2"], "p": ["49000", "50000"]}}
    answers = {"pairs": json.dumps({"result": pairs}).encode(), "days": json.dumps({"result": days}).encode()}

    assert Kraken().listings(answers) == [
        Listing("BTCUSD", "BTC/USD", "USD", 100_000.0),
        Listing("DOGEUSD", "DOGE/USD", "USD"),
    ]
