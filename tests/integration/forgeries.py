"""What somebody who reaches Redis might write there."""

import json
import math
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

LARGE = b"\xa5" * 5_000_000


class Executed:
    """Unpickled, it leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self._path,))


def raw_forgeries(executed: Path) -> dict[str, bytes]:
    """Bytes that are no value of any kind; some of them make a file where they are executed."""
    return {
        "nothing": b"",
        "random": os.urandom(200),
        "pickle": pickle.dumps(Executed(executed)),
        "old pickle": pickle.dumps(Executed(executed), 0),
        "text": b"hello",
        "number": b"1",
        "JSON": json.dumps({"a": [1, {"b": None}]}).encode(),
        "msgpack list": msgspec.msgpack.encode(["a", 1.0, None]),
        "msgpack object": msgspec.msgpack.encode({"a": 1}),
        "nested msgpack": b"\x91" * 100_000 + b"\x01",
        "nested JSON": b"[" * 100_000,
        "endless list": b"\xdd\xff\xff\xff\xff",
        "5 MB": LARGE,
        "5 MB of text": json.dumps("x" * 5_000_000).encode(),
    }


NAMES = [
    b"forged", b"\xff\xfe", b"", b"a\n\0\x1b[31m", ("В" * 8).encode(), b"x" * 10_000, b"\x80\x04pickle",
]  # fmt: skip
"""That things may stand under."""


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": [value]}
    return value


NASTY: dict[str, Any] = {
    "NaN": math.nan,
    "infinity": math.inf,
    "below everything": -math.inf,
    "a word": "x",
    "nothing": None,
    "huge": 1e308,
    "the year 99999": 3_093_527_980_800.0,
    "the year 9000": 221_845_392_000.0,
    "negative": -1,
    "negative huge": -1e300,
    "more than 32 bits": 2**63 - 1,
    "control characters": "a\n\0\x1b[31m",
    "markup": "<script>alert(1)</script>",
    "slashes": "../../..",
    "an empty list": [],
    "an object": {"a": 1},
    "nested": _nested(100),
    "truth": True,
    "long": "x" * 100_000,
}
"""What may stand where something else should."""


def variants(value: Any, nasty: Any) -> Iterator[Any]:
    """`value` with each of its parts in turn replaced, and with one more where parts have names."""
    if isinstance(value, dict):
        for name in value:
            yield from ({**value, name: part} for part in variants(value[name], nasty))
        yield {**value, "forged": nasty}
        if isinstance(nasty, str):
            yield {**value, nasty: 1}
    elif isinstance(value, list):
        for place, part in enumerate(value):
            for other in variants(part, nasty):
                yield [*value[:place], other, *value[place + 1 :]]
        yield [*value, nasty]
    yield nasty
