"""Recorded markets: `NAME.ndjson.gz` with a frame a line, and `NAME.recv_us.gz` with when each arrived."""

import gzip
import heapq
import zlib
from collections.abc import Callable, Iterator
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple

from markets.recording.names import place_named

FRAMES, TIMES = ".ndjson.gz", ".recv_us.gz"
AT_ONCE = 2**20
"""Bytes of times: they are many, and mostly only passed over."""
BROKEN = (OSError, EOFError, zlib.error)  # what gzip raises on a file that is cut or is none


class RecordingError(Exception):
    """A recording cannot be read; the message is a sentence naming the file."""


class Arrival(NamedTuple):
    """One recorded frame: when it arrived (microseconds since the epoch) and its bytes.

    `place` is where it is from, as subjects name it, empty where the name of the recording does not say it.
    """

    at_us: int
    frame: bytes
    place: str = ""


class Recording:
    """One file of frames with its arrival times, read line by line."""

    def __init__(self, path: Path) -> None:
        """Raise RecordingError unless both files are there."""
        if not path.name.endswith(FRAMES):
            raise RecordingError(f"{path} is not a recording: its name does not end in {FRAMES}.")
        self.path = path
        self.times_path = self.times_of(path)
        for needed in (path, self.times_path):
            if not needed.is_file():
                raise RecordingError(f"{needed} does not exist.")
        self.size = path.stat().st_size
        self._place = place_named(path.name) or ""
        self._file: BinaryIO | None = None

    @staticmethod
    def times_of(path: Path) -> Path:
        """Where the arrival times of these frames are."""
        return path.with_name(path.name.removesuffix(FRAMES) + TIMES)

    @property
    def read(self) -> int:
        """Compressed bytes of frames read so far, out of `size`."""
        return self._file.tell() if self._file is not None and not self._file.closed else 0

    def ends(self) -> tuple[int, int] | None:
        """When its first and its last frame arrived, None where it has none. Raises RecordingError."""
        with gzip.open(self.times_path) as times:
            first = end = self._line(times)
            while part := self._part(times):
                end = (end + part)[-AT_ONCE:]
        try:
            return (int(first), int(end.split()[-1])) if first else None
        except (ValueError, IndexError):
            raise RecordingError(f"{self.times_path} holds something else than times.") from None

    def arrivals(self) -> Iterator[Arrival]:
        """Every frame in file order; RecordingError where a file is broken or the two do not match."""
        try:
            with self.path.open("rb") as self._file, gzip.open(self._file) as frames:
                yield from self._paired(frames)
        except BROKEN as error:
            raise RecordingError(f"{self.path} is broken: {error}.") from error

    def _paired(self, frames: gzip.GzipFile) -> Iterator[Arrival]:
        with gzip.open(self.times_path) as times:
            while frame := frames.readline():
                yield Arrival(self._time(times), frame.rstrip(b"\n"), self._place)
            if self._line(times):
                raise RecordingError(f"{self.times_path} has more lines than {self.path.name}.")

    def _time(self, times: gzip.GzipFile) -> int:
        line = self._line(times)
        if not line:
            raise RecordingError(f"{self.times_path} has fewer lines than {self.path.name}.")
        try:
            return int(line)
        except ValueError:
            raise RecordingError(f"{self.times_path} holds {line!r} where a time should be.") from None

    def _line(self, times: gzip.GzipFile) -> bytes:
        return self._of_times(times.readline)

    def _part(self, times: gzip.GzipFile) -> bytes:
        return self._of_times(lambda: times.read(AT_ONCE))

    def _of_times(self, read: Callable[[], bytes]) -> bytes:
        try:
            return read()
        except BROKEN as error:
            raise RecordingError(f"{self.times_path} is broken: {error}.") from error


def merged(recordings: list[Recording]) -> Iterator[Arrival]:
    """The frames of all of them in order of arrival, holding one line of each in memory."""
    return heapq.merge(*(recording.arrivals() for recording in recordings), key=itemgetter(0))
