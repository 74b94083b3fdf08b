"""What a line of a recording may be, and what of a frame shows whether others are missing."""

import re

import msgspec

from symbols import capitals

SNAPSHOT = "depthSnapshot"
_IS_DIFF_NAME = re.compile(r"depth(@.*)?")
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def is_frame(payload: bytes) -> bool:
    """A JSON object in one line."""
    if b"\n" in payload:
        return False
    try:
        _decode_object(payload.decode())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


class Ids(msgspec.Struct):
    """Of a change: the first and the last id in it; contracts also have the one before (`pu`)."""

    U: int
    u: int
    e: str = ""
    pu: int | None = None


class _ChangeFrame(msgspec.Struct):
    stream: str
    data: Ids


_decode_change = msgspec.json.Decoder(_ChangeFrame).decode


def ids_of_change(frame: bytes) -> Ids | None:
    """None where it is no change of a book."""
    try:
        change = _decode_change(frame)
    except (msgspec.DecodeError, RecursionError):
        return None
    _, kind = named(change.stream)
    return change.data if is_change(change.data.e, change.data.pu, kind) else None


def is_change(event: str, previous_id: int | None, kind: str) -> bool:
    """Contracts have books that look like changes: the name of the stream distinguishes them."""
    return event == "depthUpdate" and (previous_id is None or _IS_DIFF_NAME.fullmatch(kind) is not None)


def named(stream: str) -> tuple[str, str]:
    """Symbol and kind in the name of a stream."""
    symbol, _, kind = stream.partition("@")
    return capitals(symbol), kind
