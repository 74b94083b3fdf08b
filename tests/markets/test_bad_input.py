"""Whatever a venue sends, its translator publishes it, reports what is wrong with it, or calls it unreadable."""

import json
import random
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.domain.translated import KINDS, LostBook, Publication, Refusal, Translated, Unreadable
from markets.domain.venue import Translator
from markets.venues import VENUES
from tests.markets.venues_played import (
    ALL,
    KEEP_BOOKS,
    Played,
    PlayedCoinbase,
    PlayedKraken,
)

EVERY = pytest.mark.parametrize("play", ALL)
NOTHING_OF_JSON = [
    b"", b" ", b"null", b"true", b"0", b'""', b"[]", b"{}", b"{", b"\xff\xfe", b"\x00", b"NaN", b"<html>", b"pong",
    b"ping", b"[" * 200_000, b'{"data":' * 100_000, b'{"a":' + b"9" * 100_000 + b"}", b'{"data":NaN}', b"[1,2,3]",
    b'{"stream":"', b'"stream":"btcusdt@trade"', b'{"stream":"btcusdt@trade"', b'{"type":"error","message":"\\ud800"}',
    b'{"stream":null,"data":null}', b'{"error":[]}', b'{"code":"x"}', b'{"channel":["book"],"data":{}}', b'{"type":{}}',
    b'{"topic":"orderbook.200.","type":"snapshot"}', b'{"event":"error"}', b'{"success":false}', b'{"arg":{}}',
]  # fmt: skip


def translator_of(played: Played) -> Translator:
    venue = played.venue
    answers = {
        name: json.dumps(played.rest()[path].body).encode() for name, path in venue.listing_paths.items()
    }
    return venue.translator(venue.listings(answers), [kind for kind in KINDS if kind in venue.kinds], 50, 0)


def translate(translator: Translator, raw: bytes) -> list[Translated] | None:
    """What becomes of it; None where it cannot be read."""
    try:
        translated = list(translator.read(raw, time.time_ns() // 1_000))
    except Unreadable:
        return None
    translated += translator.changed_books()
    assert all(isinstance(each, Publication | LostBook | Refusal) for each in translated)
    return translated


def messages_of(played: Played) -> list[bytes]:
    """A good one of each sort."""
    name = played.names[0]
    translated = [played.snapshot(name), played.moved(name), played.trade(name)]
    return [each if isinstance(each, bytes) else each.encode() for each in translated]


@EVERY
@pytest.mark.parametrize("raw", NOTHING_OF_JSON, ids=range(len(NOTHING_OF_JSON)))
def test_what_is_no_message__publishes_nothing_but_what_bears_the_name_of_a_stream(
    play: Callable[[], Played], raw: bytes
) -> None:
    translated = translate(translator_of(play()), raw) or []

    assert not [each for each in translated if isinstance(each, Publication) and b"btcusdt@trade" not in raw]


STRANGE: list[Any] = [
    None, True, [], {}, "", "nan", "NaN", "-1", "1e999", "1" * 5_000, "0" * 5_000 + "1", "１", -1, 0, 1.5, 10**30,
    -(10**30), 1e308, "9" * 30, [[]], [["1"]], [["1", "2", "3", "4", "5"]], [[1, 2]], [["1", None]], {"a": {}},
    "0001-01-01T00:00:00", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-11-28T09:00:00",
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something stands in a message."""
    found = [path] if path else []
    if isinstance(value, dict):
        return found + [each for key in value for each in places(value[key], (*path, key))]
    if isinstance(value, list):
        return found + [each for at, one in enumerate(value[:2]) for each in places(one, (*path, at))]
    return found


def put(message: Any, path: tuple[Any, ...], value: Any) -> None:
    for step in path[:-1]:
        message = message[step]
    message[path[-1]] = value


@EVERY
def test_every_value_of_every_message__may_be_anything_else(play: Callable[[], Played]) -> None:
    for raw in messages_of(play()):
        for path in places(json.loads(raw)):
            for strange in STRANGE:
                message = json.loads(raw)
                put(message, path, strange)
                translator = translator_of(play())
                for each in messages_of(play())[:1]:
                    translate(translator, each)
                translate(translator, json.dumps(message, separators=(",", ":")).encode())


@EVERY
def test_every_member_of_every_message__may_be_missing_or_stand_twice(play: Callable[[], Played]) -> None:
    for raw in messages_of(play()):
        for path in places(json.loads(raw)):
            message = json.loads(raw)
            parent = message
            for step in path[:-1]:
                parent = parent[step]
            del parent[path[-1]]
            translate(translator_of(play()), json.dumps(message, separators=(",", ":")).encode())
        translate(translator_of(play()), raw[:-1] + b"," + raw[1:])


@EVERY
@given(st.randoms(use_true_random=False), st.integers(0, 2), st.binary(min_size=1, max_size=3))
def test_bytes_of_a_message__may_be_others(
    play: Callable[[], Played], chance: random.Random, which: int, others: bytes
) -> None:
    played = play()
    translator = translator_of(played)
    first, *_ = good = messages_of(played)
    raw = bytearray(good[which])
    at = chance.randrange(len(raw))
    raw[at : at + len(others)] = others

    translate(translator, first)
    translate(translator, bytes(raw))
    translate(translator, bytes(raw[:at]))


# -- Nothing false is shown ------------------------------------------------------------------------


@pytest.mark.parametrize("play", [*KEEP_BOOKS])
@pytest.mark.parametrize("bad", ["nan", "-1", "x", "1_000"])
def test_a_change_with_a_level_that_is_none__leaves_no_book_half_changed(
    play: Callable[[], Played], bad: str
) -> None:
    played = play()
    name = played.names[0]
    translator = translator_of(played)
    translate(translator, _bytes(played.snapshot(name)))
    quantity = played.book(name).asks[-1][1]
    moved = _bytes(played.moved(name))
    broken = (
        moved[: moved.rindex(quantity.encode())]
        + bad.encode()
        + moved[moved.rindex(quantity.encode()) + len(quantity) :]
    )

    assert translate(translator, broken) is None
    translated = translate(translator, _bytes(played.moved(name))) or []

    assert not [each for each in translated if isinstance(each, Publication)]
    assert [channel for channel in translator.missing_books() if name in channel]


def test_a_message_of_coinbase_that_cannot_be_read__takes_the_book_of_its_market_along() -> None:
    played = PlayedCoinbase()
    translator = translator_of(played)
    for name in played.names:
        translate(translator, _bytes(played.snapshot(name)))

    assert (
        translate(translator, b'{"type":"l2update","product_id":"BTC-USD","changes":[["buy",1,2]]}') is None
    )
    assert list(translator.missing_books()) == ["level2_batch:BTC-USD"]

    assert translate(translator, b'{"type":"l2update","product_id":7}') is None
    assert len(list(translator.missing_books())) == 3


@pytest.mark.parametrize("play", [PlayedCoinbase, PlayedKraken])
def test_a_time_without_a_place__is_no_time(play: Callable[[], Played]) -> None:
    played = play()
    raw = _bytes(played.trade(played.names[0]))
    assert raw.count(b'Z"') == 1

    assert translate(translator_of(play()), raw.replace(b'Z"', b'"')) is None


def test_text_of_kraken_that_is_none__is_unreadable() -> None:
    played = PlayedKraken()
    raw = _bytes(played.snapshot("BTC/USD"))

    assert translate(translator_of(played), raw.replace(b"100.10", b'"\xff"')) is None


def _bytes(message: str | bytes) -> bytes:
    return message if isinstance(message, bytes) else message.encode()


@pytest.mark.parametrize(
    "answer", [b"", b"null", b"[]", b"{}", b"<html>", b"[" * 200_000, b'{"symbols":[{}]}', b"\xff"]
)
@pytest.mark.parametrize("key", VENUES)
def test_a_listing_that_is_none__is_unreadable(key: tuple[str, str], answer: bytes) -> None:
    venue = VENUES[key]
    try:
        listings = venue.listings(dict.fromkeys(venue.listing_paths, answer))
    except Unreadable:
        return
    assert listings == []


@EVERY
def test_every_value_of_a_listing__may_be_anything_else(play: Callable[[], Played]) -> None:
    venue = play().venue
    for wrong, path_of_it in venue.listing_paths.items():
        good = {
            name: json.dumps(play().rest()[path].body).encode() for name, path in venue.listing_paths.items()
        }
        for path in places(play().rest()[path_of_it].body):
            for strange in STRANGE:
                body = json.loads(good[wrong])
                put(body, path, strange)
                try:
                    found = venue.listings(good | {wrong: json.dumps(body).encode()})
                except Unreadable:
                    continue
                assert all(each.turnover < sys.float_info.max * 2 for each in found)
