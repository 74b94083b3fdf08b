"""How every venue's messages are read and written."""

import math
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec

from markets.domain.translated import Unreadable

T = TypeVar("T")
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time that names its zone; else it would be read as one of this machine."""
NOT_READ = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_encode = msgspec.json.Encoder().encode


def reader(shape: type[T]) -> Callable[[bytes], T]:
    """Reads JSON of a shape; raises Unreadable where it is of another."""
    decode = msgspec.json.Decoder(shape).decode

    def read(raw: bytes) -> T:
        try:
            return decode(raw)
        except NOT_READ as error:
            raise Unreadable(str(error)) from None

    return read


def written(message: Any) -> str:
    """As JSON."""
    return _encode(message).decode()


def amount(text: str) -> float:
    """A number that only sorts markets by how busy they are: 0 for what is none."""
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0


def whole(text: str) -> int:
    """Digits as a number. Raises Unreadable for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        raise Unreadable(f"{text[:40]!r} is no whole number")
    return int(text)


def milliseconds(moment: datetime) -> int:
    """Since the epoch."""
    return round(moment.timestamp() * 1_000)
