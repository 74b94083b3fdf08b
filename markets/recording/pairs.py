"""Two files that grow by whole batches: frames a line each, and when each arrived.

A batch is one member of gzip in either file, so that what is on disk can be read at every moment, and what was cut off
anywhere is whole again without its last member: nothing is written anew. On recordings of some 70 kB a second, with
a batch a second, this takes 2 to 5 % more room than one member for everything; of quiet markets a quarter.
"""

import gzip
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from markets.recording.reading import Arrival

LEVEL = 6
CHUNK = 1024 * 1024
GZIP = 16 + zlib.MAX_WBITS


class Paths(NamedTuple):
    """Where the frames are, and where their times."""

    frames: Path
    times: Path


class Sizes(NamedTuple):
    """In bytes."""

    frames: int
    times: int


class Pair:
    """A new recording. Raises OSError where it cannot be written."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self._files = [path.open("xb", buffering=0) for path in paths]
        self._sizes = Sizes(0, 0)
        sync_directory(paths.frames.parent)

    @property
    def size(self) -> int:
        """Bytes of both on disk."""
        return sum(self._sizes)

    def append(self, arrivals: Sequence[Arrival]) -> None:
        """Returns once the batch is on disk. Where it raises OSError, both files are what they were."""
        members = (
            _member(b"".join(b"%b\n" % arrival.frame for arrival in arrivals)),
            _member(b"".join(b"%d\n" % arrival.at_us for arrival in arrivals)),
        )
        try:
            for file, member in zip(self._files, members, strict=True):
                _write(file, member)
            for file in self._files:
                os.fsync(file.fileno())
        except OSError:
            self._take_back()
            raise
        self._sizes = Sizes(*(size + len(member) for size, member in zip(self._sizes, members, strict=True)))

    def close(self) -> None:
        """No more."""
        for file in self._files:
            file.close()

    def _take_back(self) -> None:
        for file, size in zip(self._files, self._sizes, strict=True):
            file.truncate(size)
            file.seek(size)


def whole_sizes(paths: Paths) -> Sizes:
    """Up to the last batch that both files have whole."""
    sizes = Sizes(0, 0)
    for frames, times in zip(_members(paths.frames), _members(paths.times), strict=False):
        if frames.lines != times.lines:
            break
        sizes = Sizes(frames.end, times.end)
    return sizes


def cut(paths: Paths, sizes: Sizes) -> None:
    """Take away what lies behind."""
    for path, size in zip(paths, sizes, strict=True):
        if path.stat().st_size != size:
            os.truncate(path, size)


def sync_directory(directory: Path) -> None:
    """Names that were made or changed in it are on disk afterwards."""
    number = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _member(content: bytes) -> bytes:
    return gzip.compress(content, LEVEL, mtime=0)


def _write(file: BinaryIO, content: bytes) -> None:
    """All of it: a disk that is nearly full takes a part, and refuses the next."""
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]


class _Member(NamedTuple):
    end: int
    lines: int


def _members(path: Path) -> Iterator[_Member]:
    """Those that are whole, up to the first that is not."""
    with path.open("rb") as file:
        inflating, lines, rest = zlib.decompressobj(GZIP), 0, b""
        while chunk := rest or file.read(CHUNK):
            try:
                lines += inflating.decompress(chunk).count(b"\n")
            except zlib.error:
                return
            rest = inflating.unused_data
            if inflating.eof:
                yield _Member(file.tell() - len(rest), lines)
                inflating, lines = zlib.decompressobj(GZIP), 0
