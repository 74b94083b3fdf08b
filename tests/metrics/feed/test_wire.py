"""Every line of the wire format: what is a book, what is ignored and under which name, what is refused."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.domain.book import BookUpdate, Level, Refused, read_ladder
from metrics.domain.frames import BookTicker, Frame, Trade
from metrics.feed import origins
from metrics.feed.partition import Partition
from metrics.feed.streams import Ignored
from metrics.feed.wire import WireDecoder, read_levels
from tests.factories import ASKS, BIDS, START, diff_depth, frame, spot_book, trade, usdm_book
from tests.symbols import LISTED, symbols

STREAM = "btcusdt@depth20@100ms"
SPOT = {"lastUpdateId": 160, "bids": [["50000.00", "0.10"]], "asks": [["50001.00", "0.10"]]}
USDM = {
    "e": "depthUpdate", "E": 1571889248277, "T": 1571889248276, "s": "BTCUSDT", "U": 390497796,
    "u": 390497878, "pu": 390497794, "b": [["7403.89", "0.002"]], "a": [["7405.96", "3.340"]],
}  # fmt: skip
CLIENT = {
    "timestamp": "2026-11-23T14:44:32.032554Z",
    "message_id": "0b9f",
    "source": "binance-websocket",
    "version": "1.0",
}
TRADE = {
    "e": "trade", "E": 1672515782136, "s": "BTCUSDT", "t": 12345, "p": "50000.00", "q": "0.001",
    "T": 1672515782136, "m": True, "M": True,
}  # fmt: skip
TICKER = {
    "e": "24hrTicker", "E": 1672515782136, "s": "BTCUSDT", "p": "100.00", "P": "0.20", "w": "50000.0",
    "c": "50100.0", "Q": "0.1", "o": "50000.0", "h": "51000.0", "l": "49000.0", "v": "1000.0",
    "q": "50000000.0", "O": 0, "C": 86400000, "F": 0, "L": 18150, "n": 18151,
}  # fmt: skip


@pytest.fixture
def decoder() -> WireDecoder:
    return WireDecoder()


def book(found: Frame | Ignored) -> BookUpdate:
    """It, without the message it came from."""
    assert isinstance(found, BookUpdate)
    return msgspec.structs.replace(found, message=b"")


def refusal(decoder: WireDecoder, raw: bytes) -> str | None:
    """Why a message is refused: by the decoder, or where it is a book, once its levels are read."""
    try:
        read = decoder.decode(raw)
        if isinstance(read, BookUpdate):
            read_ladder(read.bids, read.asks, 20)
    except Refused as refused:
        return refused.reason
    return None


# -- Books -----------------------------------------------------------------------------------


@pytest.mark.parametrize("envelope", [{}, CLIENT], ids=["combined", "client"])
@pytest.mark.parametrize("levels", [5, 10, 20])
@pytest.mark.parametrize("speed", ["", "@100ms", "@250ms"])
def test_spot_partial_book__either_envelope(
    decoder: WireDecoder, envelope: dict[str, Any], levels: int, speed: str
):
    found = book(decoder.decode(frame(f"btcusdt@depth{levels}{speed}", SPOT, **envelope)))
    made_at = 1795445072.032554 if envelope else None
    assert found == BookUpdate(
        "BTCUSDT", "binance/spot", 160, made_at, [(50000.0, 0.1)], [(50001.0, 0.1)], b"", levels
    )


@pytest.mark.parametrize("envelope", [{}, CLIENT], ids=["combined", "client"])
def test_usdm_partial_book__either_envelope(decoder: WireDecoder, envelope: dict[str, Any]):
    found = book(decoder.decode(frame(STREAM, USDM, **envelope)))
    assert found == BookUpdate(
        "BTCUSDT",
        "binance/usdm",
        390497878,
        1571889248.277,
        [(7403.89, 0.002)],
        [(7405.96, 3.34)],
        b"",
        20,
        names_symbol=True,
    )


def test_numbers_instead_of_strings__are_the_same_book(decoder: WireDecoder):
    plain = {"lastUpdateId": 160, "bids": [[50000, 0.1]], "asks": [[50001.0, "1e-1"]]}
    assert book(decoder.decode(frame(STREAM, plain))) == book(decoder.decode(frame(STREAM, SPOT)))


@pytest.mark.parametrize(
    ("source", "subject", "market"),
    [
        ("", "binance.websocket.data", "binance/spot"),
        ("binance-websocket", "binance.websocket.data", "binance/spot"),
        ("coinbase-websocket", "binance.websocket.data", "coinbase/spot"),
        ("", "market.kraken.depth.BTCUSDT", "kraken/spot"),
        ("coinbase-websocket", "market.kraken.depth.BTCUSDT", "coinbase/spot"),
        ("okx-usdm-websocket", "binance.websocket.data", "okx/usdm"),
        ("okx-websocket", "market.okx-usdm.depth.BTCUSDT", "okx/usdm"),
        ("okx-usdm", "market.okx.depth.BTCUSDT", "okx/usdm"),
        ("", "market", "binance/spot"),
        ("", "", "binance/spot"),
    ],
)
def test_venue__from_the_source_then_the_subject(
    decoder: WireDecoder, source: str, subject: str, market: str
):
    raw = frame(STREAM, SPOT, **({"source": source} if source else {}))
    for _ in range(2):
        assert book(decoder.decode(raw, subject)).market == market


def test_empty_side__is_a_book_all_the_same(decoder: WireDecoder):
    assert book(decoder.decode(frame(STREAM, {**SPOT, "asks": []}))).asks == []


def test_whitespace_key_order_and_escapes__make_no_difference(decoder: WireDecoder):
    plain = book(decoder.decode(frame(STREAM, SPOT)))
    spellings = [
        json.dumps({"stream": STREAM, "data": SPOT}, indent=2),
        json.dumps({"data": SPOT, "stream": STREAM}),
        json.dumps({"data": SPOT, "stream": STREAM}, separators=(",", ":")),
        json.dumps({"version": "1.0", "data": dict(reversed(SPOT.items())), "stream": STREAM}),
        json.dumps({"stream": STREAM, "data": SPOT}, separators=(",", ":")).replace("@", "\\u0040"),
        json.dumps({"stream": STREAM, "data": {**SPOT, "unknown": {"nested": [1, None]}}, "extra": 5}),
    ]
    for spelling in spellings * 2:
        assert book(decoder.decode(spelling.encode())) == plain


# -- Not books -------------------------------------------------------------------------------


SPOT_DIFF = {name: USDM[name] for name in USDM if name != "pu"}


@pytest.mark.parametrize("speed", ["", "@100ms", "@0ms", "@500ms"])
@pytest.mark.parametrize("data", [USDM, SPOT_DIFF], ids=["usdm", "spot"])
def test_diff_depth__never_read_as_a_book(decoder: WireDecoder, speed: str, data: dict[str, Any]):
    assert decoder.decode(frame(f"btcusdt@depth{speed}", data)) == Ignored("diff_depth")


@pytest.mark.parametrize("name", ["trade", "ticker", "kline_1m", "anything"])
def test_spot_diff__is_one_under_any_name(decoder: WireDecoder, name: str):
    assert decoder.decode(frame(f"btcusdt@{name}", SPOT_DIFF)) == Ignored("diff_depth")


@pytest.mark.parametrize("name", ["depth20@100ms", "depth5"])
def test_spot_diff__under_the_name_of_a_book__tells_whose(decoder: WireDecoder, name: str):
    assert decoder.decode(frame(f"btcusdt@{name}", SPOT_DIFF)) == Ignored("diff_depth", "BTCUSDT")


def test_envelope_time_of_a_touch__counts_where_it_has_none(decoder: WireDecoder):
    touch = {"u": 4, "s": "BTCUSDT", "b": "1", "B": "1", "a": "2", "A": "1"}
    found = decoder.decode(frame("btcusdt@bookTicker", touch, timestamp="2024-08-08T23:54:21Z"))
    assert isinstance(found, BookTicker)
    assert found.event_time == 1723161261.0


@pytest.mark.parametrize(
    "name", ["trade", "aggTrade", "ticker", "bookTicker", "kline_1m", "depth", "depth@0ms", "x"]
)
def test_spot_book__is_one_under_any_name(decoder: WireDecoder, name: str):
    """The producer in use upstream gives all spot books the name of the first stream it was told of."""
    found = book(decoder.decode(frame(f"btcusdt@{name}", SPOT)))
    assert (found.symbol, found.update_id, found.depth) == ("BTCUSDT", 160, 0)


@pytest.mark.parametrize("name", ["depth20@100ms", "ticker", "kline_1m", "markPrice"])
def test_trade__is_one_under_any_name(decoder: WireDecoder, name: str):
    assert isinstance(decoder.decode(frame(f"btcusdt@{name}", TRADE)), Trade)


def test_touch_of_spot__is_one_under_the_name_of_a_book(decoder: WireDecoder):
    touch = {"u": 4, "s": "BTCUSDT", "b": "1", "B": "1", "a": "2", "A": "1"}
    assert isinstance(decoder.decode(frame(STREAM, touch)), BookTicker)


def test_candle_under_the_name_of_a_book__ignored_as_what_it_is(decoder: WireDecoder):
    assert decoder.decode(frame(STREAM, {"e": "kline", "s": "BTCUSDT", "k": {}})) == Ignored("kline")


def test_depth_snapshot__is_counted_and_no_book(decoder: WireDecoder):
    assert decoder.decode(frame("btcusdt@depthSnapshot", SPOT)) == Ignored("depthSnapshot")


@pytest.mark.parametrize("unit", [1, 10**3, 10**6, 10**9], ids=["s", "ms", "µs", "ns"])
def test_event_time__is_the_same_in_every_unit(decoder: WireDecoder, unit: int):
    stamp = 1723161261 * unit
    assert book(decoder.decode(frame(STREAM, USDM | {"E": stamp}))).event_time == 1723161261.0
    assert book(decoder.decode(frame(STREAM, SPOT, timestamp=stamp))).event_time == 1723161261.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2024-08-08T23:54:21Z", 1723161261.0),
        ("2024-08-08T23:54:21.5+00:00", 1723161261.5),
        ("2024-08-08T23:54:21.123456789Z", 1723161261.123456),
        ("2024-08-09T01:54:21+02:00", 1723161261.0),
        ("2024-08-08T23:54:21", 1723161261.0),
    ],
)
def test_envelope_time__counts_where_the_payload_has_none(decoder: WireDecoder, text: str, seconds: float):
    assert book(decoder.decode(frame(STREAM, SPOT, timestamp=text))).event_time == seconds
    both = frame(STREAM, USDM | {"E": 1571889248277}, timestamp=text)
    assert book(decoder.decode(both)).event_time == 1571889248.277


@pytest.mark.parametrize(
    ("subject", "source", "market"),
    [
        ("market.binance-usdm.depth.BTCUSDT", "", "binance/usdm"),
        ("market.okx-usdm.depth.BTCUSDT", "okx-websocket", "okx/usdm"),
        ("market.binance-usdm.depth.BTCUSDT", "okx-websocket", "okx/usdm"),
    ],
)
def test_form__as_the_subject_says(decoder: WireDecoder, subject: str, source: str, market: str):
    raw = frame(STREAM, SPOT, **({"source": source} if source else {}))
    assert book(decoder.decode(raw, subject)).market == market
    spot_trade = frame("btcusdt@trade", TRADE, **({"source": source} if source else {}))
    found = decoder.decode(spot_trade, subject)
    assert isinstance(found, Trade)
    assert found.market == market


@pytest.mark.parametrize(
    ("stream", "data", "kind"),
    [
        ("btcusdt@markPrice@1s", {"e": "markPriceUpdate", "p": "1", "i": "1", "r": ""}, "markPrice"),
        ("btcusdt@kline_1m", {"e": "kline", "k": {"t": 1}}, "kline"),
        ("btcusdt@miniTicker", {"e": "24hrMiniTicker"}, "miniTicker"),
        ("btcusdt@forceOrder", {}, "forceOrder"),
        ("btcusdt@avgPrice", None, "avgPrice"),
        ("!miniTicker@arr", [{"e": "24hrMiniTicker"}], "unnamed"),
        ("!ticker_1h@arr", [], "unnamed"),
        ("btcusdt", {}, "unnamed"),
    ],
)
def test_other_kinds__ignored_under_their_name(decoder: WireDecoder, stream: str, data: Any, kind: str):
    for _ in range(2):
        assert decoder.decode(frame(stream, data)) == Ignored(kind)


@pytest.mark.parametrize("raw", [b'{"result":null,"id":1}', b"[]", b'[{"e":"24hrTicker"}]', b"{}"])
def test_acknowledgements_and_arrays__ignored_without_a_name(decoder: WireDecoder, raw: bytes):
    assert decoder.decode(raw) == Ignored("unnamed")


def test_invented_kinds__cannot_fill_the_report(decoder: WireDecoder):
    """Anybody who may publish could otherwise make the counters, and every report, grow for ever."""
    names = ["".join(chr(97 + number // 26**place % 26) for place in range(4)) for number in range(3_000)]
    kinds = {decoder.decode(frame(f"btcusdt@{name}", {})) for name in names}
    assert kinds == {Ignored("other")}
    assert decoder.decode(frame("btcusdt@klines", {})) == Ignored("other")


# -- Refusals --------------------------------------------------------------------------------


def changed(**changes: Any) -> bytes:
    return frame(STREAM, SPOT | changes)


def with_bid(price: Any, quantity: Any) -> bytes:
    return changed(bids=[["50000.00", "0.10"], [price, quantity]])


def bare(number: str) -> bytes:
    """The book with its bid quantity written as a bare JSON token."""
    return frame(STREAM, SPOT).replace(b'"0.10"', number.encode(), 1)


REFUSALS = {
    "nothing": (b"", "not_json"),
    "text": (b"hello", "not_json"),
    "truncated": (frame(STREAM, SPOT)[:-30], "not_json"),
    "trailing rubbish": (frame(STREAM, SPOT) + b"}", "not_json"),
    "bare NaN": (bare("NaN"), "not_json"),
    "bare Infinity": (bare("Infinity"), "not_json"),
    "invalid UTF-8 in the stream": (frame(STREAM, SPOT).replace(b"btc", b"b\xff\xfe"), "not_json"),
    "invalid UTF-8 in a key": (frame(STREAM, SPOT).replace(b"bids", b"b\xffds"), "missing_field"),
    "truncated UTF-8": (frame(STREAM, SPOT).replace(b"100ms", b"100m\xe2\x82"), "not_json"),
    "a number": (b"5", "wrong_type"),
    "a string": (b'"btcusdt@depth20"', "wrong_type"),
    "null": (b"null", "wrong_type"),
    "stream is a number": (b'{"stream":5,"data":{}}', "wrong_type"),
    "data is an array": (frame(STREAM, []), "wrong_type"),
    "data is null": (frame(STREAM, None), "wrong_type"),
    "no data": (b'{"stream":"btcusdt@depth20@100ms"}', "missing_field"),
    "no id": (frame(STREAM, {"bids": [], "asks": []}), "missing_field"),
    "no asks": (frame(STREAM, {"lastUpdateId": 1, "bids": []}), "missing_field"),
    "asks null": (changed(asks=None), "missing_field"),
    "futures book without its type": (frame(STREAM, {"u": 1, "b": [], "a": []}), "missing_field"),
    "levels are objects": (changed(bids=[{"price": 1, "quantity": 2}]), "wrong_type"),
    "level of three": (changed(bids=[["1", "2", "3"]]), "wrong_type"),
    "level of one": (changed(bids=[["1"]]), "wrong_type"),
    "price is a word": (with_bid("plenty", "1"), "wrong_type"),
    "price is empty": (with_bid("", "1"), "wrong_type"),
    "price is null": (with_bid(None, "1"), "wrong_type"),
    "price is true": (with_bid(True, "1"), "wrong_type"),
    "price in hexadecimal": (with_bid("0x10", "1"), "wrong_type"),
    "price with a separator": (with_bid("1_000", "1"), "wrong_type"),
    "NaN price": (with_bid("NaN", "1"), "bad_number"),
    "nan quantity": (with_bid("1", "nan"), "bad_number"),
    "infinite quantity": (with_bid("1", "Infinity"), "bad_number"),
    "-inf price": (with_bid("-inf", "1"), "bad_number"),
    "overflowing price": (with_bid("1e999", "1"), "bad_number"),
    "absurd price": (with_bid("1e30", "1"), "bad_number"),
    "absurd quantity": (with_bid("1", 10**30), "bad_number"),
    "integer beyond 64 bits": (with_bid("1", 10**400), "bad_number"),
    "price 0": (with_bid("0.00000000", "1"), "bad_number"),
    "price -0": (with_bid("-0", "1"), "bad_number"),
    "negative price": (with_bid("-1", "1"), "bad_number"),
    "negative quantity": (with_bid("1", "-1"), "bad_number"),
    "id is a string": (changed(lastUpdateId="160"), "wrong_type"),
    "id is a float": (changed(lastUpdateId=160.0), "wrong_type"),
    "id is true": (changed(lastUpdateId=True), "wrong_type"),
    "id of a futures book is a string": (frame(STREAM, USDM | {"u": "390497878"}), "wrong_type"),
    "id of a futures book is a float": (frame(STREAM, USDM | {"u": 390497878.0}), "wrong_type"),
    "negative id": (changed(lastUpdateId=-1), "bad_number"),
    "id beyond 63 bits": (changed(lastUpdateId=2**63), "bad_number"),
    "id is a fraction": (changed(lastUpdateId=1.5), "wrong_type"),
    "id is a word": (changed(lastUpdateId="newest"), "wrong_type"),
    "event time in no unit": (frame(STREAM, USDM | {"E": 10**15}), "bad_time"),
    "event time 0": (frame(STREAM, USDM | {"E": 0}), "bad_time"),
    "event time of 1970": (frame(STREAM, USDM | {"E": 1000}), "bad_time"),
    "negative event time": (frame(STREAM, USDM | {"E": -1571889248277}), "bad_time"),
    "event time is a word": (frame(STREAM, USDM | {"E": "now"}), "wrong_type"),
    "event time beyond 64 bits": (frame(STREAM, USDM | {"E": 10**400}), "bad_time"),
    "envelope's time is no time": (frame(STREAM, SPOT, timestamp="yesterday"), "bad_time"),
    "envelope's time is long ago": (frame(STREAM, SPOT, timestamp="1999-01-01T00:00:00Z"), "bad_time"),
    "too many levels": (changed(bids=[["1", "1"]] * 5001), "too_many_levels"),
    "too large": (changed(padding="x" * 2**20), "too_large"),
    "too deep": (frame(STREAM, SPOT)[:-1] + b',"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}", "too_deep"),
    "another symbol inside": (frame(STREAM, USDM | {"s": "ETHUSDT"}), "symbol_mismatch"),
    "lower-case symbol inside": (frame(STREAM, USDM | {"s": "btcusdt"}), "symbol_mismatch"),
    "symbol with a space": (frame("btc usdt@depth20", SPOT), "bad_symbol"),
    "symbol with markup": (frame("<b>@depth20", SPOT), "bad_symbol"),
    "symbol of one": (frame("b@depth20", SPOT), "bad_symbol"),
    "symbol of 33": (frame("b" * 33 + "@depth20", SPOT), "bad_symbol"),
    "no symbol": (frame("@depth20", SPOT), "bad_symbol"),
    "symbol that only looks like one": (frame("btcu\u017fdt@depth20", SPOT), "bad_symbol"),
    "sharp s": (frame("btcu\u00dfdt@depth20", SPOT), "bad_symbol"),
    "bad symbol of a trade": (frame("btc/usdt@trade", TRADE), "bad_symbol"),
    "symbol of another script": (frame("ВTCUSDT@depth20", SPOT), "bad_symbol"),
    "symbol of another script, in UTF-8": (frame(STREAM, SPOT).replace(b"b", "В".encode(), 1), "bad_symbol"),
    "symbol of half a character": (frame(STREAM, SPOT).replace(b"btc", b"\\ud842"), "not_json"),
    "trade that is no JSON": (frame("btcusdt@trade", TRADE)[:-5], "not_json"),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "reason"), REFUSALS.values(), ids=REFUSALS.keys())
@pytest.mark.parametrize("known", [False, True], ids=["first", "stream known"])
def test_refusal__with_its_reason_and_no_memory_of_it(
    decoder: WireDecoder, raw: bytes, reason: str, known: bool
):
    sound = frame(STREAM, SPOT)
    if known:
        decoder.decode(sound)
        decoder.decode(frame("btcusdt@trade", TRADE))
    for _ in range(2):
        assert refusal(decoder, raw) == reason
    assert isinstance(decoder.decode(sound), BookUpdate)


def test_five_thousand_levels__are_just_allowed(decoder: WireDecoder):
    bids = [[str(10_000 - place), "1"] for place in range(5_000)]
    assert len(book(decoder.decode(changed(bids=bids))).bids) == 5_000


SWAPPED = frame(STREAM, SPOT).replace(b'{"stream"', b'{"stream":"ethusdt@depth20@100ms","stream"', 1)
INNER = json.dumps(
    {"data": SPOT | {"stream": "ethusdt@depth20@100ms"}, "stream": STREAM}, separators=(",", ":")
).encode()


@pytest.mark.parametrize("raw", [SWAPPED, INNER], ids=["key twice", "key inside the data"])
@pytest.mark.parametrize("known", [(), ("btcusdt",), ("ethusdt",), ("btcusdt", "ethusdt")])
def test_two_stream_names__ambiguous_whatever_was_seen_before(
    decoder: WireDecoder, raw: bytes, known: tuple[str, ...]
):
    for symbol in known:
        decoder.decode(frame(f"{symbol}@depth20@100ms", SPOT))
    for _ in range(2):
        assert refusal(decoder, raw) == "ambiguous_stream"


def test_trade_with_two_stream_names__ambiguous(decoder: WireDecoder):
    raw = frame("btcusdt@trade", TRADE)
    decoder.decode(raw)
    assert refusal(decoder, raw[:-1] + b',"stream":"btcusdt@depth20"}') == "ambiguous_stream"


# -- Symbols beyond ASCII --------------------------------------------------------------------


@pytest.mark.parametrize("symbol", LISTED)
@pytest.mark.parametrize("is_escaped", [False, True], ids=["UTF-8", "escaped"])
def test_a_symbol_in_any_script_of_the_rule__whatever_the_form_and_the_spelling_in_json(
    decoder: WireDecoder, symbol: str, is_escaped: bool
):
    stream = f"{symbol.lower()}@depth20@100ms"
    for data in (SPOT, USDM | {"s": symbol}):
        raw = json.dumps(
            {"stream": stream, "data": data}, ensure_ascii=is_escaped, separators=(",", ":")
        ).encode()
        for _ in range(2):
            assert book(decoder.decode(raw)).symbol == symbol


def test_a_symbol_beyond_ascii__cross_checked_with_the_payload(decoder: WireDecoder):
    raw = frame("币安人生usdt@depth20@100ms", USDM | {"s": "币安人USDT"})
    assert refusal(decoder, raw) == "symbol_mismatch"


# -- What is remembered ----------------------------------------------------------------------


@pytest.mark.parametrize("is_escaped", [True, False])
def test_a_name_of_other_letters__is_read_once__however_it_is_written(decoder: WireDecoder, is_escaped: bool):
    data = {"stream": "币安人生usdt@depth20", "data": SPOT}
    raw = json.dumps(data, separators=(",", ":"), ensure_ascii=is_escaped).encode()
    for _ in range(2):
        assert book(decoder.decode(raw)).symbol == "币安人生USDT"
    assert len(decoder._routes) == 1


def test_invented_stream_names__do_not_pile_up():
    decoder = WireDecoder()
    long_name = "btcusdt@depth20@" + "x" * 10_000
    for number in range(1_000):
        with pytest.raises(Refused, match="bad_venue"):
            decoder.decode(frame(f"{long_name}{number}", SPOT, source=f"{long_name}{number}"))
        decoder.decode(frame(f"{long_name}{number}", SPOT, source=f"v{number}-websocket"))
    remembered = [*decoder._routes, *(source for _, source, _ in decoder._markets)]
    assert sum(map(len, remembered)) < 1_000_000


@pytest.mark.parametrize(
    ("source", "market"),
    [
        ("okx-websocket", "okx/spot"),
        ("OKX", "okx/spot"),
        ("a" * 32, "a" * 32 + "/spot"),
        ("gate_io-2", "gate_io-2/spot"),
    ],
)
def test_a_venue_is_a_word_in_small_letters(decoder: WireDecoder, source: str, market: str):
    assert book(decoder.decode(frame("btcusdt@depth20", SPOT, source=source))).market == market


@pytest.mark.parametrize(
    "source",
    ["a" * 33, "-okx", "okx/usdm", "okx:1", "o kx", "Ökx", "a@b", "*", "a,b", "\x00", "okx-usdm-usdm"],
)
def test_what_can_be_no_venue_is_refused(decoder: WireDecoder, source: str):
    """Keys, lists and addresses name venues."""
    for _ in range(2):
        with pytest.raises(Refused, match="bad_venue"):
            decoder.decode(frame("btcusdt@depth20", SPOT, source=source))


def test_names_that_come_no_more__are_forgotten_within_a_minute_and_others_are_not(decoder: WireDecoder):
    for second in range(90):
        decoder.tidy(START + second)
        if second == 29:
            decoder.decode(frame("onceusdt@depth20", SPOT, source="kraken-websocket"), "once")
        decoder.decode(frame("btcusdt@depth20", SPOT), "often")
        assert len(decoder._routes | decoder._routes._before) == (2 if 29 <= second < 60 else 1)
        assert len(decoder._markets | decoder._markets._before) == (2 if 29 <= second < 60 else 1)


def test_many_names_at_once__are_bounded(decoder: WireDecoder, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(origins, "MOST_REMEMBERED", 100)
    for number in range(1_000):
        assert book(decoder.decode(frame(f"n{number}usdt@depth20", SPOT))).symbol == f"N{number}USDT"
        assert book(decoder.decode(frame("btcusdt@depth20", SPOT))).symbol == "BTCUSDT"
        assert len(decoder._routes) + len(decoder._routes._before) <= 200


# -- Partitions ------------------------------------------------------------------------------


@given(symbol=symbols, count=st.integers(1, 64))
def test_partitions__exactly_one_owns_each_symbol(symbol: str, count: int):
    assert sum(Partition(index, count).owns(symbol) for index in range(count)) == 1


def test_partitions__are_by_crc_32_of_the_symbol_in_utf_8():
    assert Partition(1405052144 % 64, 64).owns("币安人生USDT")
    assert Partition(637963053 % 64, 64).owns("비트코인KRW")


@given(names=st.lists(symbols, min_size=1, max_size=20), count=st.integers(1, 8))
def test_decoders_of_all_partitions__read_every_book_once(names: list[str], count: int):
    frames = [frame(f"{name.lower()}@depth20", SPOT) for name in names]
    read = [
        found.symbol
        for index in range(count)
        for decoder in [WireDecoder(Partition(index, count))]
        for found in map(decoder.decode, frames)
        if isinstance(found, BookUpdate)
    ]
    assert sorted(read) == sorted(names)


def test_other_partition__counted_as_such_whatever_the_kind():
    decoder = WireDecoder(Partition(*next((i, 2) for i in range(2) if not Partition(i, 2).owns("BTCUSDT"))))
    for raw in (spot_book(), usdm_book(), diff_depth(), trade()):
        assert decoder.decode(raw) == Ignored("other_partition")


@pytest.mark.parametrize("text", ["0/1", "3/4", "0/100"])
def test_partition__written_and_read(text: str):
    assert str(Partition.parse(text)) == text


@pytest.mark.parametrize("text", ["", "1", "4/4", "1/0", "-1/4", "1/4/2", "a/b", "1 / 4", "0/4\n"])
def test_partition__that_is_none__a_sentence(text: str):
    with pytest.raises(ValueError, match="written i/n"):
        Partition.parse(text)


@pytest.mark.parametrize("data", [SPOT, USDM, SPOT | USDM], ids=["spot", "usdm", "both"])
def test_levels_read_again__are_those_of_the_book(decoder: WireDecoder, data: dict[str, Any]):
    found = decoder.decode(frame(STREAM, data))
    assert isinstance(found, BookUpdate)
    assert read_levels(found.message) == (found.bids, found.asks)


@pytest.mark.parametrize(("bids", "asks"), [(BIDS, []), ([], ASKS)])
@pytest.mark.parametrize("form", [spot_book, usdm_book])
def test_levels_read_again__of_one_side(
    decoder: WireDecoder, form: Callable[..., bytes], bids: list[Level], asks: list[Level]
):
    found = decoder.decode(form(bids=bids, asks=asks))
    assert isinstance(found, BookUpdate)
    assert read_levels(found.message) == (bids, asks)


@pytest.mark.parametrize(
    ("said", "origin"),
    [
        ("simulated", "simulated"),
        ("replayed", "replayed"),
        ("binance", ""),
        ({"venue": ["x"]}, ""),
        (None, ""),
    ],
)
def test_a_book_says_that_it_is_simulated_or_replayed_and_what_else_stands_there_is_passed_over(
    said: object, origin: str
):
    book = WireDecoder().decode(spot_book(origin=said))
    assert isinstance(book, BookUpdate)
    assert book.origin == origin
