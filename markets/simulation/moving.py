"""Recorded frames as if they came at another time: the times in them move, every other byte stays where it is.

What moves are `E` and `T` of the payload, `C` and `O` of a `24hrTicker`, and the `timestamp` of the envelope.
A time is a number, or digits in quotes (feeds read both), whose size tells its unit: 10 digits are seconds, 13
milliseconds, 16 microseconds, 19 nanoseconds, decimals may follow. Or it is a date as in RFC 3339. What is
written in any other way is left alone, and so is what stands deeper in the frame.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

MICROSECONDS = 1_000_000
DIGITS_OF_SECONDS = 10
ENVELOPE, PAYLOAD = ["object"], ["object", "payload"]
PLACES = {b"E": PAYLOAD, b"T": PAYLOAD, b"C": PAYLOAD, b"O": PAYLOAD, b"timestamp": ENVELOPE}
OF_TICKERS = frozenset({b"C", b"O"})
"""The last and the first trade of the 24 hours; in other payloads these letters mean something else."""

Paths = Callable[[int], list[str]]
"""The objects that are open at a place of a frame."""

_TIME = re.compile(
    rb"""
    " (?= [ETCOte] )  # most quotes need no second look
    (?: (?P<key> [ETCO] | timestamp )" \s*+ : \s*+ (?:
            (?P<quote> "? ) (?P<number> [1-9] \d{9} (?: \d{3} ){0,3} (?: \. \d{1,9} )? ) (?P=quote) (?= [\s,}] )
          | " (?P<date> \d{4}-\d\d-\d\d [Tt ] \d\d:\d\d:\d\d (?: \. \d{1,9} )? ) (?: [Zz] | [+-]\d\d:\d\d )? "
        )
      | e" \s*+ : \s*+ "(?P<ticker> 24hrTicker )"
    )
    """,
    re.VERBOSE,
)
_PAYLOAD = re.compile(rb'(?P<payload>"data"\s*+:\s*+\{)')
_BRACE = re.compile(rb'%b|(?P<object>\{)|(?P<end>\})|"[^"\\]*+(?:\\.[^"\\]*+)*+"' % _PAYLOAD.pattern)
"""Or else a text, whose braces are none."""
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def moved(frame: bytes, by_us: int) -> bytes:
    """The frame with its times moved by so many microseconds; as it is where it is no JSON object.

    Units, decimals and offsets stay, and so does the length. What a time has no digits for is rounded down.
    """
    found = list(_TIME.finditer(frame))
    if not found or not _is_object(frame):
        return frame
    changed = bytearray(frame)
    for time in _in_place(found, frame):
        kind = str(time.lastgroup)
        changed[slice(*time.span(kind))] = MOVERS[kind](time[kind], by_us)
    return bytes(changed)


def _is_object(frame: bytes) -> bool:
    try:
        _decode(frame.decode())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _in_place(found: list[re.Match[bytes]], frame: bytes) -> list[re.Match[bytes]]:
    """Those of the times found in a sound frame that stand where times do."""
    path_to = _paths_of_flat(frame) or _paths(frame)
    times: list[re.Match[bytes]] = []
    is_ticker = False
    for time in found:
        if _is_escaped(frame, time.start()):
            continue  # the end of a longer key
        path = path_to(time.start())
        if time["ticker"]:
            is_ticker |= path == PAYLOAD
        elif path == PLACES[time["key"]]:
            times.append(time)
    return [time for time in times if is_ticker or time["key"] not in OF_TICKERS]


def _is_escaped(frame: bytes, quote: int) -> bool:
    return frame.startswith(b"\\", quote - 1)


def _paths_of_flat(frame: bytes) -> Paths | None:
    """Of a frame in which only two braces close, its own and that of its payload, so that nothing is nested.

    So are nearly all, and it is quicker to know. None of others.
    """
    payload = _PAYLOAD.search(frame)
    if not payload or _is_escaped(frame, payload.start()) or frame.count(b"}") != 2:
        return None
    begin, end = payload.end(), frame.index(b"}")
    return lambda place: PAYLOAD if begin <= place < end else ENVELOPE


def _paths(frame: bytes) -> Paths:
    """Of any sound frame; to be asked for places outside of texts, in their order."""
    path: list[str] = []
    read = 0

    def path_to(place: int) -> list[str]:
        nonlocal read
        for brace in _BRACE.finditer(frame, read, place):
            if brace.lastgroup == "end":
                path.pop()
            elif brace.lastgroup:
                path.append(brace.lastgroup)
        read = place
        return path

    return path_to


def _number(text: bytes, by_us: int) -> bytes:
    """A number that would get another size, and so another unit, stays."""
    whole, point, decimals = text.partition(b".")
    per_second = 10 ** (len(whole) - DIGITS_OF_SECONDS + len(decimals))
    digits = b"%d" % (int(whole + decimals) + by_us * per_second // MICROSECONDS)
    if not digits.isdigit() or len(digits) != len(whole + decimals):
        return text
    return digits[: len(whole)] + point + digits[len(whole) :]


def _date(text: bytes, by_us: int) -> bytes:
    """Any local time moves the same way. What is in no calendar stays."""
    moment, point, decimals = text.decode().partition(".")
    per_second = 10 ** len(decimals)
    seconds, rest = divmod(int(decimals or 0) + by_us * per_second // MICROSECONDS, per_second)
    try:
        later = datetime.fromisoformat(moment) + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return text
    fraction = f"{rest:0{len(decimals)}d}" if point else ""
    return f"{later.isoformat(moment[10])}{point}{fraction}".encode()


MOVERS = {"number": _number, "date": _date}
