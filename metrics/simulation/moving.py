"""Recorded frames as if they came at another time: the times in them move, every other byte stays where it is.

What moves are `E` and `T` of the payload, `C` and `O` of a `24hrTicker`, and the `timestamp` of the envelope.
A time is a number, or digits in quotes (feeds read both), whose size tells its unit: 10 digits are seconds, 13
milliseconds, 16 microseconds, 19 nanoseconds, decimals may follow. Or it is a date as in RFC 3339. What is
written in any other way is left alone, and so is what stands deeper in the frame.
"""

import re
from datetime import datetime, timedelta

import msgspec

MICROSECONDS = 1_000_000
DIGITS_OF_SECONDS = 10
ENVELOPE, PAYLOAD = ["object"], ["object", "payload"]
PLACES = {b"E": PAYLOAD, b"T": PAYLOAD, b"C": PAYLOAD, b"O": PAYLOAD, b"timestamp": ENVELOPE}
OF_TICKERS = frozenset({b"C", b"O"})
"""The last and the first trade of the 24 hours; in other payloads these letters mean something else."""

_TEXT = rb'" [^"\\]*+ (?: \\. [^"\\]*+ )*+ "'
_TOKEN = re.compile(
    rb"""
    "(?P<key> [ETCO] | timestamp )" \s*+ : \s*+ (?:
        (?P<quote> "? ) (?P<number> [1-9] \d{9} (?: \d{3} ){0,3} (?: \. \d{1,9} )? ) (?P=quote) (?= [\s,}] )
      | " (?P<date> \d{4}-\d\d-\d\d [Tt ] \d\d:\d\d:\d\d (?: \. \d{1,9} )? ) (?: [Zz] | [+-]\d\d:\d\d )? "
    )
    | (?P<ticker> "e" \s*+ : \s*+ "24hrTicker" )
    | (?P<payload> "data" \s*+ : \s*+ \{ )
    | (?P<object> \{ )
    | (?P<end> \} )
    """
    # Any other text, and those after it up to a brace or a key from above: books have so many, one by one is slow.
    rb'| %b [^{}"]*+ (?: (?! "(?: [ETCOe] | timestamp | data )" \s*+ : ) %b [^{}"]*+ )*+' % (_TEXT, _TEXT),
    re.VERBOSE,
)
_has_keys = re.compile(rb'"(?:[ETCO]|timestamp)"').search
_decode = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def moved(frame: bytes, by_us: int) -> bytes:
    """The frame with its times moved by so many microseconds; as it is where it is no JSON object.

    Units, decimals and offsets stay, and so does the length. What a time has no digits for is rounded down.
    """
    if not _has_keys(frame) or not _is_object(frame):
        return frame
    changed = bytearray(frame)
    for time in _times(frame):
        kind = str(time.lastgroup)
        changed[slice(*time.span(kind))] = MOVERS[kind](time[kind], by_us)
    return bytes(changed)


def _is_object(frame: bytes) -> bool:
    try:
        _decode(frame.decode())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _times(frame: bytes) -> list[re.Match[bytes]]:
    """The tokens of a sound frame that are times to be moved."""
    path: list[str] = []
    times: list[re.Match[bytes]] = []
    is_ticker = False
    for token in _TOKEN.finditer(frame):
        kind = token.lastgroup
        if kind in ("object", "payload"):
            path.append(kind)
        elif kind == "end":
            path.pop()
        elif kind == "ticker":
            is_ticker |= path == PAYLOAD
        elif kind in MOVERS and path == PLACES[token["key"]]:
            times.append(token)
    return [time for time in times if is_ticker or time["key"] not in OF_TICKERS]


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
