"""What the recorded files say, read without the product: books, counts, and the rules applied naively."""

import gzip
import heapq
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests import oracle
from tests.integration.pipeline import Arrival

DATA = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "data"
SILENCE_SECONDS = 5
IGNORED_AS = {"depth@100ms": "diff_depth", "depth@0ms": "diff_depth"}


def arrivals(*files: str) -> list[Arrival]:
    """Frames of some files (name and part, as in "spot_btc_eth_20240808.raw"), merged by arrival."""
    return list(heapq.merge(*map(_arrivals, files), key=lambda arrival: arrival[0]))


def _arrivals(name: str) -> Iterator[Arrival]:
    with gzip.open(DATA / f"{name}.ndjson.gz") as frames, gzip.open(DATA / f"{name}.recv_us.gz") as times:
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
        self.accepted: dict[str, list[Book]] = {}
        self.refused: Counter[str] = Counter()
        self.ignored: Counter[str] = Counter()
        self.messages = 0
        for at, frame in frames:
            self.messages += 1
            self.last_at = at
            # {"stream":"btcusdt@depth20@100ms","data":…: the second quoted text is the stream
            kind = frame.split(b'"', 4)[3].decode().partition("@")[2]
            if kind == "depth20@100ms":
                self._take(read_book(at, frame))
            else:
                self.ignored[IGNORED_AS.get(kind, kind)] += 1

    def _take(self, book: Book) -> None:
        before = self.accepted.setdefault(book.symbol, [])
        if before and book.at - before[-1].at <= SILENCE_SECONDS:
            if book.form != before[-1].form:
                self.refused["market_mismatch"] += 1
                return
            if book.update_id <= before[-1].update_id:
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
