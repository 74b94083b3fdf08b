"""What a book costs that is kept whole: processor time a change, and memory.

python -m tests.bench.whole_books BOOKS LEVELS   # what so many books of so many levels a side hold, in JSON
"""

import gc
import gzip
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from statistics import median
from typing import NamedTuple

import msgspec

from metrics.domain.analyzer import DepthAnalyzer
from metrics.domain.book import BookUpdate
from metrics.domain.frames import BookChange, BookSnapshot
from metrics.domain.full_books import FullBooks
from metrics.domain.market import Expiry
from metrics.feed.partition import Partition
from metrics.feed.wire import BOOKS_AND_REFERENCES, FULL_BOOKS, WireDecoder, read_levels
from tests.bench.cores import divided, staying_on
from tests.bench.memory import MEGABYTE
from tests.bench.page import table
from tests.bench.servers import ROOT
from tests.bench.walking import WalkingBook, diff, snapshot

TITLE = "Whole books"
DATA = ROOT.parent / "shared" / "data"
STEADY_SECONDS = 200.0
"""Of a recording: later the market leaves what its one snapshot told of, and the book is whole no more."""
RECORDINGS = {"spot_btc_eth_20240808": "spot", "usdm_btc_eth_20240808": "USD-M"}
SUBJECTS = {"spot": "market.binance.diff.X", "USD-M": "market.binance-usdm.diff.X"}
SHOWN_LEVELS, PUBLISH_EVERY_SECONDS = 20, 0.25  # as by default
ANY_SYMBOL = "WARMUSDT"
NOW_MS = 1_760_000_000_000
BOOKS = 100
LEVELS = {"5,000 a side": 5_000, "5,000 in all": 2_500}
CHANGES_A_BOOK = 200


class Arrival(NamedTuple):
    """A frame, and when it came (seconds since the epoch)."""

    at: float
    payload: bytes


class Changes(NamedTuple):
    """Changes of some markets, behind the snapshots they begin with."""

    name: str
    form: str
    frames: list[Arrival]
    number: int
    """Of changes among the frames."""
    levels: float
    """Of one change, on average."""


class Cost(NamedTuple):
    """Microseconds of processor a change: to decode, to decode and put in its place, and all the feed does with it."""

    decoded: float
    kept: float
    fed: float


def section(short: bool) -> str:
    """Time and memory."""
    rounds, books = (1, 10) if short else (5, BOOKS)
    lines = [(each, costs(each, rounds)) for each in all_changes()]
    rows = [
        (
            each.name,
            each.form,
            f"{each.number:,}",
            f"{each.levels:.0f}",
            *(f"{median(values):.1f} µs" for values in zip(*found, strict=True)),
        )
        for each, found in lines
    ]
    head = ("changes of", "form", "changes", "levels each", "decoding", "and the book", "and the feed")
    held = {name: measured(books, levels) for name, levels in LEVELS.items()}
    memory = [
        (name, f"{found['levels']:,.0f}", f"{found['mb']:.1f} MB", f"{found['bytes_a_level']:.0f}")
        for name, found in held.items()
    ]
    return f"""Processor time of one change, in a process that does nothing else; medians of {rounds} rounds, each of
which begins with new books. `decoding` is bytes to numbers, `and the book` puts them in their place and takes the
best {SHOWN_LEVELS} of both sides, `and the feed` is with the analyzer and its four drains a second, by the clock of the
changes. {_origin()}

{table(head, rows)}

What {books} whole books hold: resident memory of a process of its own, after the snapshots and {CHANGES_A_BOOK}
changes of each less before the first.

{table(("levels of a book", "levels in all", "held", "bytes a level"), memory)}"""


def _origin() -> str:
    if DATA.is_dir():
        return f"The changes were recorded: two coins, {STEADY_SECONDS:.0f} s."
    return "The changes are simulated, as there are no recordings on this machine."


def all_changes() -> Iterator[Changes]:
    """Recorded where there are recordings, else simulated."""
    for name, form in RECORDINGS.items():
        yield recorded(name, form) if DATA.is_dir() else simulated(form, 6_000)


def recorded(name: str, form: str) -> Changes:
    """A recording: what REST answered as frames, and all changes."""
    frames = [
        Arrival(told["recv_us"] / 1e6, _as_frame(told["symbol"], told["snapshot"]))
        for told in map(msgspec.json.decode, _lines(DATA / f"{name}.rest.ndjson.gz"))
    ]
    times = _lines(DATA / f"{name}.raw.recv_us.gz")
    raw = _lines(DATA / f"{name}.raw.ndjson.gz")
    changes = [
        Arrival(int(at) / 1e6, frame) for frame, at in zip(raw, times, strict=True) if b"@depth@" in frame
    ]
    steady = [each for each in changes if each.at <= changes[0].at + STEADY_SECONDS]
    return _changes(name, form, [*frames, *steady], len(steady))


def _lines(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as lines:
        for line in lines:
            yield line.rstrip(b"\n")


def _as_frame(symbol: str, body: object) -> bytes:
    return msgspec.json.encode({"stream": f"{symbol.lower()}@depthSnapshot", "data": body})


def simulated(form: str, count: int) -> Changes:
    """Two walking books, a change of each every tenth of a second."""
    rng, is_contracts = Random(3), form != "spot"
    books = {name: WalkingBook(rng, 1_000) for name in ("BTCUSDT", "ETHUSDT")}
    times = {"E": 0, "T": 0} if is_contracts else {}
    begin = NOW_MS / 1000
    frames: list[Arrival] = []
    for step in range(count // 2):
        at = begin + step / 10
        for name, book in books.items():
            frames.append(Arrival(at, diff(name, book.change(), round(1000 * at), is_contracts=is_contracts)))
            if (
                not step
            ):  # the snapshot is of the middle of the changes, else those of contracts do not join it
                frames.append(Arrival(at, snapshot(name, book, 1_000, **times)))
    return _changes("two simulated coins", form, frames, count)


def _changes(name: str, form: str, frames: list[Arrival], count: int) -> Changes:
    frames.sort(key=lambda arrival: arrival.at)  # which keeps the order of what came at one time
    decoder = new_decoder()
    decoded = [decoder.decode(payload, SUBJECTS[form]) for _, payload in frames]
    levels = [len(each.bids) + len(each.asks) for each in decoded if isinstance(each, BookChange)]
    assert len(levels) == count, "something else is among the changes"
    return Changes(name, form, frames, count, sum(levels) / count)


def new_decoder() -> WireDecoder:
    """As a feed has it that keeps full books."""
    return WireDecoder(Partition(), BOOKS_AND_REFERENCES | FULL_BOOKS)


def new_books() -> FullBooks:
    """As a feed has them."""
    return FullBooks(levels=SHOWN_LEVELS, max_books=1_000)


def costs(changes: Changes, rounds: int) -> list[Cost]:
    """Of every round."""
    with staying_on(divided().reader):
        return [
            Cost(*(_cpu_us(way, changes) for way in (decode_all, keep_all, feed_all))) for _ in range(rounds)
        ]


def _cpu_us(way: Callable[[Changes], None], changes: Changes) -> float:
    gc.collect()
    began = time.process_time()
    way(changes)
    return 1e6 * (time.process_time() - began) / changes.number


def decode_all(changes: Changes) -> None:
    """Bytes to numbers, and no further."""
    decode, subject = new_decoder().decode, SUBJECTS[changes.form]
    for _, payload in changes.frames:
        decode(payload, subject)


def keep_all(changes: Changes) -> None:
    """Whole books, and the best of them after every change."""
    decode, subject, books = new_decoder().decode, SUBJECTS[changes.form], new_books()
    for at, payload in changes.frames:
        _keep(books, decode(payload, subject), at)
    assert books.totals() == (2, 2), books.totals()


def feed_all(changes: Changes) -> None:
    """What the feed does with it, but for storing."""
    decode, subject, books = new_decoder().decode, SUBJECTS[changes.form], new_books()
    analyzer = DepthAnalyzer(
        read_levels, levels=SHOWN_LEVELS, max_symbols=100, max_event_lag=30.0, expiry=Expiry(5.0, 60.0)
    )
    drain_at = 0.0
    for at, payload in changes.frames:
        shown = _keep(books, decode(payload, subject), at)
        if shown:
            analyzer.update(shown, at)
        if at >= drain_at:
            analyzer.drain()
            drain_at = at + PUBLISH_EVERY_SECONDS
    assert analyzer.accepted >= 0.8 * changes.number, analyzer.accepted


def _keep(books: FullBooks, frame: object, at: float) -> BookUpdate | None:
    assert isinstance(frame, (BookChange, BookSnapshot)), frame
    return books.take(frame, at)


def measured(books: int, levels: int) -> dict[str, float]:
    """Megabytes that so many books of so many levels a side hold, as a process of its own finds."""
    command = [sys.executable, "-m", "tests.bench.whole_books", str(books), str(levels)]
    found: dict[str, float] = json.loads(subprocess.check_output(command, cwd=ROOT, text=True))
    return found


def hold(books: int, levels: int) -> dict[str, float]:
    """Fill this process with the books of so many coins, which look alike."""
    import psutil

    walking = WalkingBook(Random(5), levels)
    frames = [snapshot(ANY_SYMBOL, walking, levels)]
    frames += [diff(ANY_SYMBOL, walking.change(), NOW_MS) for _ in range(CHANGES_A_BOOK)]
    decode, kept, memory = new_decoder().decode, new_books(), psutil.Process().memory_info

    def fill(into: FullBooks, name: str) -> None:
        for frame in frames:
            _keep(into, decode(_of(name, frame), SUBJECTS["spot"]), 0.0)

    fill(new_books(), ANY_SYMBOL)
    gc.collect()
    before = memory().rss
    for number in range(books):
        fill(kept, f"S{number:03d}USDT")
    gc.collect()
    held = memory().rss - before
    assert kept.totals() == (books, books), kept.totals()
    total = sum(each.levels for each in kept.integrity(1.0))
    return {"mb": held / MEGABYTE, "levels": total, "bytes_a_level": held / total}


def _of(name: str, frame: bytes) -> bytes:
    """The frame of another coin."""
    return frame.replace(ANY_SYMBOL.encode(), name.encode()).replace(
        ANY_SYMBOL.lower().encode(), name.lower().encode()
    )


if __name__ == "__main__":
    print(json.dumps(hold(int(sys.argv[1]), int(sys.argv[2]))))
