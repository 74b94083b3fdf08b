"""Times of recorded frames move, whatever unit they have, and nothing else does."""

import calendar
import json
import math
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.simulation.moving import MICROSECONDS, moved

HOUR = 3_600_000_000
YEAR = 8760 * HOUR
BOOK = (
    b'{"stream":"btcusdt@depth20@100ms","data":{"e":"depthUpdate","E":1571889248277,"T":1571889248276,"s":"BTCUSDT",'
    b'"U":390497796,"u":390497878,"pu":390497794,"b":[["7403.89","0.002"]],"a":[["7405.96","3.340"]]}}'
)


def payload(text: str) -> bytes:
    return f'{{"stream":"btcusdt@any","data":{{{text}}}}}'.encode()


# -- What moves -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("1723161255", "1723164855"),
        ("1723161255208", "1723164855208"),
        ("1723161255208123", "1723164855208123"),
        ("1723161255208123456", "1723164855208123456"),
        ("1723161255.208", "1723164855.208"),
        ("1723161255208.0", "1723164855208.0"),
        ('"1723161255208"', '"1723164855208"'),
        ('"2024-08-08T23:54:15Z"', '"2024-08-09T00:54:15Z"'),
    ],
)
def test_a_time_keeps_its_unit_and_its_decimals(before: str, after: str):
    for key in "ET":
        assert moved(payload(f'"{key}":{before},"x":1'), HOUR) == payload(f'"{key}":{after},"x":1')


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2026-11-23T23:59:59.032554Z", "2026-11-24T00:00:01.532554Z"),
        ("2026-11-23T23:59:59.5Z", "2026-11-24T00:00:02.0Z"),
        ("2026-11-23T23:59:59+00:00", "2026-11-24T00:00:01+00:00"),
        ("2024-02-28 23:59:58.000000001-05:30", "2024-02-29 00:00:00.500000001-05:30"),
        ("2026-11-23t23:59:59.9z", "2026-11-24t00:00:02.4z"),
        ("2026-11-23T23:59:59.032554", "2026-11-24T00:00:01.532554"),
    ],
)
def test_the_timestamp_of_an_envelope_keeps_its_decimals_and_its_offset(before: str, after: str):
    frame = '{{"stream":"btcusdt@trade","data":{{}},"timestamp": "{}","source":"binance-websocket"}}'
    assert moved(frame.format(before).encode(), 2_500_000) == frame.format(after).encode()


@pytest.mark.parametrize(
    "frame",
    [
        '{{"stream":"}}","data":{{"E":{}}}}}',
        '{{"stream":"{{","data":{{"x":"}}","E":{}}}}}',
        '{{"data":{{"k":{{"T":"{{"}},"E":{}}},"x":"}}"}}',
        '{{"x":[{{}},{{"data":{{}}}}],"data":{{"o":[{{}}],"E":{}}}}}',
    ],
)
def test_braces_in_texts_and_nested_objects_confuse_nobody(frame: str):
    assert moved(frame.format("1723161255208").encode(), HOUR) == frame.format("1723164855208").encode()


def test_all_times_of_a_frame_move_by_the_same():
    assert moved(BOOK, HOUR) == BOOK.replace(b"1571889248", b"1571892848")
    assert moved(moved(BOOK, YEAR), -YEAR) == BOOK


def test_what_a_time_has_no_digits_for_is_rounded_down():
    assert moved(payload('"E":1723161255208'), 1_999) == payload('"E":1723161255209')
    assert moved(payload('"E":1723161255208'), -1) == payload('"E":1723161255207')


def test_the_next_funding_stays_as_far_ahead_as_it_was():
    mark = (
        '"e":"markPriceUpdate","E":1562305380000,"s":"BTCUSDT","p":"11794.15","r":"0.0001","T":1562306400000'
    )
    later = mark.replace("1562305380000", "1562308980000").replace("1562306400000", "1562310000000")
    assert moved(payload(mark), HOUR) == payload(later)


@pytest.mark.parametrize("text", ['"e":"24hrTicker",{}', '{},"s":"BTCUSDT","e" : "24hrTicker"'])
def test_a_ticker_says_when_its_first_and_last_trades_were(text: str):
    times = '"E":1672515782136,"O":1672429382136,"C":1672515782130'
    later = times.replace("16725157", "16725193").replace("16724293", "16724329")
    assert moved(payload(text.format(times)), HOUR) == payload(text.format(later))


# -- What stays -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '"e":"24hrMiniTicker","C":1672515782136,"O":1672429382136',
        '"C":1672515782136,"k":{"e":"24hrTicker"}',
        '"e":"kline","k":{"E":1672515782136,"T":1672515840000}',
        '"o":[{"T":1672515782136},["E",1672515782136]]',
        '"data":{"E":1672515782136}',
        '"x":"\\"E\\":1672515782136,"',
        '"x":"{","y\\"E":1672515782136',
        '"x":"\\\\","EE":1672515782136,"timestamp":"2026-11-23T14:44:32Z"',
        '"p":1672515782136,"t":1672515782136,"U":1672515782136',
    ],
)
def test_what_only_looks_like_the_time_of_a_frame_stays(text: str):
    assert moved(payload(text), HOUR) == payload(text)


@pytest.mark.parametrize(
    "frame",
    [
        b'{"E":1672515782136}',
        b'{"E":1672515782136,"data":{}}',
        b'{"other":{"E":1672515782136},"T":1672515782136}',
        b'{"x\\"data":{"E":1672515782136}}',
        b'{"data":["{"],"x":{"E":1672515782136}}',
    ],
)
def test_only_the_payload_has_an_event_time(frame: bytes):
    assert moved(frame, HOUR) == frame


@pytest.mark.parametrize(
    "value",
    [
        *("0", "86400000", "167251578213", "16725157821361", "-1672515782136", "null", "true", "[1672515782136]"),
        *("1672515782136e0", "1.672515782136E12", "1672515782136.5e1", "1672515782136.0000000001"),
        *('""', '"0999999999999"', '"1672515782136 "', '"1672515782136, x"', '"soon"', '"2026-11-23"'),
        *('"2026-13-23T14:44:32Z"', '"2026-11-23T14:44:60Z"', '"2026-11-23T14:44:32Z or so"', '"9999-12-31T23:30:00Z"'),
    ],
)  # fmt: skip
def test_what_is_no_time_stays(value: str):
    assert moved(payload(f'"E":{value},"T":{value}'), HOUR) == payload(f'"E":{value},"T":{value}')


@pytest.mark.parametrize(
    ("value", "by_us"), [("9999999999999", HOUR), ("1000000000", -HOUR), ("1000000000", -48 * YEAR)]
)
def test_a_time_that_would_get_another_unit_stays(value: str, by_us: int):
    assert moved(payload(f'"E":{value}'), by_us) == payload(f'"E":{value}')


def test_a_frame_that_is_cut_off_stays():
    for length in range(len(BOOK)):
        assert moved(BOOK[:length], HOUR) == BOOK[:length]


@pytest.mark.parametrize(
    "frame",
    [
        BOOK + b"}",
        b"[" + BOOK + b"]",
        BOOK.replace(b'"7403.89"', b"NaN"),
        BOOK.replace(b"BTC", b"BT\xff"),
        BOOK.replace(b'"U":', b'"x":' + b"[" * 5_000 + b"]" * 5_000 + b',"U":'),
    ],
    ids=["one brace more", "array", "NaN", "not UTF-8", "too deep"],
)
def test_a_malformed_frame_stays(frame: bytes):
    assert moved(frame, HOUR) == frame


# -- Against a slow one -----------------------------------------------------------------------


class Number(str):
    """A number as it is written."""


class Object(tuple[tuple[str, Any], ...]):
    """Members in their order, those of one name too."""


SECONDS = {10: Fraction(1), 13: Fraction(1, 10**3), 16: Fraction(1, 10**6), 19: Fraction(1, 10**9)}
"""In one unit, by the digits of a time in it."""
DATE = "%Y-%m-%dT%H:%M:%S"


def decoded(frame: bytes) -> Any:
    """Everything a frame says, numbers as they are written; ValueError where it is no JSON."""
    return json.loads(
        frame.decode(), object_pairs_hook=Object, parse_int=Number, parse_float=Number, parse_constant=refused
    )


def refused(constant: str) -> None:
    raise ValueError(constant)


def later_frame(envelope: Object, by: Fraction) -> Object:
    return Object((key, later_member(key, value, by)) for key, value in envelope)


def later_member(key: str, value: Any, by: Fraction) -> Any:
    if key == "data" and isinstance(value, Object):
        times = ("E", "T", "C", "O") if ("e", "24hrTicker") in value else ("E", "T")
        return Object((name, later(each, by) if name in times else each) for name, each in value)
    return later(value, by) if key == "timestamp" else value


def later(value: Any, by: Fraction) -> Any:
    """`value` moved by `by` seconds, where it is a time."""
    if not isinstance(value, str):
        return value
    if found := re.fullmatch(r"([1-9][0-9]*)(\.[0-9]{1,9})?", value):
        return type(value)(later_number(value, len(found[1]), places(found[2]), by))
    if found := re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?", value):
        with suppress(ValueError):
            start = calendar.timegm(time.strptime(found[1], DATE))
            moment, point, rest = fixed(start + Fraction(found[2] or 0) + by, places(found[2])).partition(".")
            return time.strftime(DATE, time.gmtime(int(moment))) + point + rest + (found[3] or "")
    return value


def later_number(text: str, size: int, decimals: int, by: Fraction) -> str:
    if size not in SECONDS:
        return text
    found = fixed(Fraction(text) + by / SECONDS[size], decimals)
    return found if len(found) == len(text) and found[0] != "-" else text


def places(decimals: str | None) -> int:
    return len(decimals) - 1 if decimals else 0


def fixed(value: Fraction, decimals: int) -> str:
    whole, rest = divmod(math.floor(value * 10**decimals), 10**decimals)
    return f"{whole}.{rest:0{decimals}d}" if decimals else f"{whole}"


def written(value: Any, space: str) -> str:
    """JSON with `space` wherever some may stand."""
    if isinstance(value, Object):
        members = (f"{written(key, space)}{space}:{space}{written(each, space)}" for key, each in value)
        return "{" + ",".join(f"{space}{member}{space}" for member in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(f"{space}{written(each, space)}{space}" for each in value) + "]"
    return value if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def digits(sizes: Iterable[int]) -> st.SearchStrategy[str]:
    return st.sampled_from(sorted(sizes)).flatmap(
        lambda size: st.integers(10 ** (size - 1), 10**size - 1).map(str)
    )


joined = "".join
decimals = st.sampled_from(["", "", ".0", ".25", ".123456789"])
dates = st.datetimes(datetime(2000, 1, 1), datetime(9900, 1, 1)).map("{:%Y-%m-%dT%H:%M:%S}".format)
offsets = st.sampled_from(["", "Z", "+00:00", "-05:30"])
quoted = st.tuples(digits(SECONDS), decimals).map(joined)
times = quoted.map(Number) | quoted | st.tuples(dates, decimals, offsets).map(joined)
odd_numbers = st.tuples(
    st.sampled_from(["", "-"]),
    digits({9, 10, 11, 13, 19, 20}),
    st.sampled_from(["", ".5", ".0123456789"]),
    st.sampled_from(["", "e0", "E+3"]),
).map(joined)
texts = st.sampled_from(
    ["24hrTicker", '"E":1672515782136,', '{"data":{', "}}", "\\", '\\"', "ETHUSDT", "币安人生"]
)
scalars = times | odd_numbers.map(Number) | odd_numbers | texts | st.sampled_from([None, True, False])
keys = st.sampled_from(
    ["E", "T", "C", "O", "e", "s", "data", "timestamp", "stream", 'x"E', 'x"data', "E ", "{", "}"]
)


def objects(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Object]:
    member = (
        st.tuples(st.sampled_from("ETCO"), times) | st.tuples(keys, values) | st.just(("e", "24hrTicker"))
    )
    return st.lists(member, max_size=6).map(Object)


anything = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | objects(inner), max_leaves=8)


def envelope(others: Object, data: Any, timestamp: Any) -> Object:
    """With one payload: which of two a reader would take for it is anybody's guess."""
    others = Object(member for member in others if member[0] != "data")
    return Object((*others, ("data", data), ("timestamp", timestamp)))


envelopes = st.builds(envelope, objects(anything), objects(anything) | anything, scalars)
frames = st.builds(written, envelopes, st.sampled_from(["", "", " ", "\n\t"])).map(str.encode)
shifts = st.integers(-30 * YEAR, 30 * YEAR)


def without_digits(frame: bytes) -> bytes:
    return re.sub(rb"\d", b"0", frame)


@given(frames, shifts)
def test_times_move_as_a_slow_one_moves_them_and_every_other_byte_stays(frame: bytes, by_us: int):
    found = moved(frame, by_us)
    assert decoded(found) == later_frame(decoded(frame), Fraction(by_us, MICROSECONDS))
    assert without_digits(found) == without_digits(frame)


@given(
    frames, st.integers(0, 500), st.sampled_from([b"", b'"', b"{", b"}", b"\\", b",", b"\xff", b"1"]), shifts
)
def test_a_damaged_frame_stays_or_is_a_sound_one(frame: bytes, place: int, rubbish: bytes, by_us: int):
    damaged = frame[:place] + rubbish + frame[place + 1 :]
    try:
        expected = later_frame(decoded(damaged), Fraction(by_us, MICROSECONDS))
    except (ValueError, TypeError):  # no JSON, or no object
        assert moved(damaged, by_us) == damaged
    else:
        assert decoded(moved(damaged, by_us)) == expected
