"""The directory of recordings: who writes there, what was left behind, and how much room all of it takes."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from markets.recording.names import RecordedName, read_name
from markets.recording.pairs import Paths, cut, sync_directory, whole_sizes
from markets.recording.reading import FRAMES, TIMES, RecordingError

UNFINISHED = ".part"
"""Behind the names of files that are being written."""
LOCK = ".recording"


@contextmanager
def in_words(directory: Path) -> Iterator[None]:
    """What the system refuses, a full disk among it, is a RecordingError."""
    try:
        yield
    except OSError as error:
        raise RecordingError(
            f"Nothing can be recorded into {directory}: {error.strerror}. What is recorded there is whole."
        ) from error


@contextmanager
def alone_in(directory: Path) -> Iterator[None]:
    """The only one to record there; makes the directory. Raises RecordingError."""
    with in_words(directory):
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / LOCK).open("ab")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RecordingError(f"Another process records into {directory}.") from None
        yield


def finished_paths(directory: Path, name: RecordedName) -> Paths:
    """Of a recording that is whole."""
    return Paths(directory / f"{name}{FRAMES}", directory / f"{name}{TIMES}")


def unfinished_paths(directory: Path, name: RecordedName) -> Paths:
    """Of one that is being written."""
    return Paths(*(path.with_name(path.name + UNFINISHED) for path in finished_paths(directory, name)))


def finish(directory: Path, name: RecordedName) -> None:
    """Give it the name of a whole one; the times first, because who finds frames looks for their times."""
    unfinished, finished = unfinished_paths(directory, name), finished_paths(directory, name)
    if unfinished.times.exists():  # else it was renamed by who did not come to rename the frames
        unfinished.times.rename(finished.times)
    unfinished.frames.rename(finished.frames)
    sync_directory(directory)


def salvage(directory: Path) -> list[RecordedName]:
    """Finish what whoever recorded here before left behind, up to the last batch that is whole; returns which."""
    with in_words(directory):
        left = {file.name for file in _files(directory) if file.is_unfinished}
        return [name for name in sorted(left) if _salvage(directory, name)]


def _salvage(directory: Path, name: RecordedName) -> bool:
    unfinished = unfinished_paths(directory, name)
    times = (
        unfinished.times if unfinished.times.exists() else finished_paths(directory, name).times
    )  # renamed first
    paths = Paths(unfinished.frames, times)
    sizes = whole_sizes(paths) if paths.frames.exists() and times.exists() else None
    if not sizes or not sizes.frames:
        unfinished.frames.unlink(missing_ok=True)
        times.unlink(missing_ok=True)
        return False
    cut(paths, sizes)
    finish(directory, name)
    return True


def make_room(directory: Path, most_bytes: int) -> int:
    """Remove the oldest whole recordings until all together take no more; how many were removed."""
    files = list(_files(directory))
    excess = sum(file.size for file in files) - most_bytes
    unfinished = {file.name for file in files if file.is_unfinished}
    oldest_first = sorted({file.name for file in files} - unfinished, key=lambda name: name.begin)
    removed = 0
    while excess > 0 and removed < len(oldest_first):
        name = oldest_first[removed]
        for path in finished_paths(directory, name):
            path.unlink(missing_ok=True)
        excess -= sum(file.size for file in files if file.name == name)
        removed += 1
    return removed


class _File(NamedTuple):
    path: Path
    name: RecordedName
    size: int

    @property
    def is_unfinished(self) -> bool:
        return self.path.name.endswith(UNFINISHED)


def _files(directory: Path) -> Iterator[_File]:
    """All that recording has put there, whole or not."""
    ends = tuple(end + more for end in (FRAMES, TIMES) for more in ("", UNFINISHED))
    with os.scandir(directory) as entries:
        for entry in entries:
            name = read_name(entry.name)
            if name and entry.name.removeprefix(str(name)) in ends:
                yield _File(Path(entry.path), name, entry.stat().st_size)
