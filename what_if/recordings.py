"""The recordings that may be asked about: those that lie in one directory, by their names alone."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

import msgspec
from django.conf import settings

from markets.recording.reading import FRAMES, Recording, RecordingError
from what_if.domain.question import CannotBeJudged

MOST_AT_ONCE = 200
"""Files of one question: each is open while it is read."""
MOST_LISTED = 100
REMEMBERED = 1_000


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A recording: when its first and its last frame arrived, in seconds since the epoch, null where it has none or is
    broken, and how many bytes it has on disk."""

    name: str
    since: float | None
    until: float | None
    bytes: int


def listed() -> list[Recorded]:
    """Those there are, the last written first, MOST_LISTED at most; none where no directory is named. Raises
    CannotBeJudged where it cannot be read."""
    if not settings.WHAT_IF_RECORDINGS:
        return []
    newest = sorted(_files(), key=_written_at, reverse=True)[:MOST_LISTED]
    return [recorded for path in newest if (recorded := _recorded(path))]


def named(pattern: str) -> list[Path]:
    """The recording of this name, or those of a pattern such as `binance*_20261128T*`, by name. Raises
    CannotBeJudged."""
    found = sorted(path for path in _files() if fnmatchcase(path.name, pattern))
    if not found:
        raise CannotBeJudged(f"There is no recording {pattern}.")
    if len(found) > MOST_AT_ONCE:
        raise CannotBeJudged(
            f"{len(found)} recordings are called like {pattern}, and no more than {MOST_AT_ONCE} are read at once."
        )
    return found


def _files() -> Iterator[Path]:
    """Whole pairs that lie in the directory itself: whatever is a link may lead out of it."""
    if not settings.WHAT_IF_RECORDINGS:
        raise CannotBeJudged("No recordings are kept for what-ifs: WHAT_IF_RECORDINGS names their directory.")
    try:
        there = {path.name: path for path in Path(settings.WHAT_IF_RECORDINGS).iterdir() if _is_own(path)}
    except OSError as error:
        raise CannotBeJudged(f"The recordings cannot be read: {error.strerror}.") from error
    for name, path in there.items():
        if name.endswith(FRAMES) and Recording.times_of(path).name in there:
            yield path


def _is_own(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _written_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # whoever records has removed it meanwhile
        return 0.0


def _recorded(path: Path) -> Recorded | None:
    """None where it has been removed meanwhile."""
    try:
        recording = Recording(path)
        times = recording.times_path.stat()
    except (OSError, RecordingError):
        return None
    since, until = _ends(path, times.st_mtime_ns) or (None, None)
    return Recorded(name=path.name, since=since, until=until, bytes=recording.size + times.st_size)


@lru_cache(REMEMBERED)
def _ends(path: Path, written_at: int) -> tuple[float, float] | None:
    """As of that moment."""
    try:
        ends = Recording(path).ends()
    except RecordingError:
        return None
    return (ends[0] / 1e6, ends[1] / 1e6) if ends else None
