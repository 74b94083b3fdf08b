"""What the recorded files contain, read without the product: books, counts, and the rules applied naively."""

import gzip
import heapq
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import takewhile
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import pytest

from tests import oracle
from tests.integration.pipeline import Arrival

DATA = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "data"
CASES = DATA.parent / "cases"
"""Seconds of the recordings as a real producer sent them on, mistakes included."""
needs_recordings = [
    pytest.mark.recordings,
    pytest.mark.skipif(
        not (DATA.is_dir() and CASES.is_dir()), reason="the recorded markets are not in ../shared"
    ),
]
SILENCE_SECONDS = 5
IGNORED_AS = {"depth@100ms": "diff_depth", "depth@0ms": "diff_depth"}


def arrivals(*files: str, seconds: float = math.inf) -> list[Arrival]:
    """Frames of some files (name and part, as in "spot_btc_eth_20240808.raw"), merged by arrival.

    They are those of the first `seconds`.
    """
    merged = heapq.merge(*(_arrivals(DATA / name) for name in files), key=lambda arrival: arrival[0])
    return _first(merged, seconds)


def case(name: str) -> list[Arrival]:
    """Frames of a producer's mistake."""
    return list(_arrivals(CASES / name))


def of_kinds(frames: Iterable[Arrival], *kinds: str) -> list[Arrival]:
    """Those of streams that end in one of `kinds`, as in "depth@100ms"."""
    return [arrival for arrival in frames if kind_of(arrival[1]) in kinds]


def kind_of(frame: bytes) -> str:
    """What follows the symbol in the name of the stream."""
    # {"stream":"btcusdt@depth20@100ms","data":…: the second quoted text is the stream
    return frame.split(b'"', 4)[3].decode().partition("@")[2]


def _first(frames: Iterator[Arrival], seconds: float) -> list[Arrival]:
    first = next(frames)
    return [first, *takewhile(lambda arrival: arrival[0] - first[0] <= seconds, frames)]


def _arrivals(path: Path) -> Iterator[Arrival]:
    with gzip.open(f"{path}.ndjson.gz") as frames, gzip.open(f"{path}.recv_us.gz") as times:
        for frame, at_us in zip(frames, times, strict=True):
            yield int(at_us) / 1e6, frame.rstrip(b"\n")


class Book(NamedTuple):
    """A recorded partial book, levels in exact decimals."""

    at: float
    symbol: str
    form: str
    update_id: int
    bids: oracle.Side
    asks: oracle.Side


class Market:
    """The rules of the wire format, one by one, over frames in order of arrival."""

    def __init__(self, frames: Iterable[Arrival]) -> None:
        self.by_form: dict[tuple[str, str], list[Book]] = {}
        self.refused: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()
        self.messages = 0
        for at, frame in frames:
            self.messages += 1
            self.last_at = at
            kind = kind_of(frame)
            if kind == "depth20@100ms":
                self._take(read_book(at, frame))
            else:
                self.ignored[IGNORED_AS.get(kind, kind)] += 1

    @property
    def accepted(self) -> dict[str, list[Book]]:
        """Books of the market that each symbol means: spot, where there is any."""
        return {
            symbol: books
            for (symbol, _), books in sorted(self.by_form.items(), key=itemgetter(0), reverse=True)
        }

    def _take(self, book: Book) -> None:
        before = self.by_form.setdefault((book.symbol, book.form), [])
        is_on_time = before and book.at - before[-1].at <= SILENCE_SECONDS
        if is_on_time and book.update_id <= before[-1].update_id:
            self.refused["out_of_date"] += 1
            return
        before.append(book)


def read_book(at: float, frame: bytes) -> Book:
    """Either form of partial book."""
    message = json.loads(frame)
    symbol, data = message["stream"].partition("@")[0].upper(), message["data"]
    if "lastUpdateId" in data:
        return Book(
            at, symbol, "spot", data["lastUpdateId"], oracle.side(data["bids"]), oracle.side(data["asks"])
        )
    assert data["s"] == symbol
    return Book(at, symbol, "usdm", data["u"], oracle.side(data["b"]), oracle.side(data["a"]))
