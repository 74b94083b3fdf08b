"""Recordings of all places while they are written: begun, rotated, finished, and the oldest removed."""

from pathlib import Path
from typing import NamedTuple

from markets.recording.directory import finish, in_words, make_room, unfinished_paths
from markets.recording.intake import Batch
from markets.recording.names import RecordedName, name_of
from markets.recording.pairs import Pair

LARGEST_BYTES = 256 * 1024 * 1024
SHARE = 4
"""What is being written is at most this part of all that may be kept, so that there are always older ones to remove."""
HOUR_US = 3_600_000_000


class _Open(NamedTuple):
    name: RecordedName
    hour: int
    pair: Pair


class Files:
    """Writes batches; a place has one recording open at most. `removed` and `finished` count recordings."""

    def __init__(self, directory: Path, most_bytes: int | None = None) -> None:
        self.finished = self.removed = 0
        self._directory, self._most_bytes = directory, most_bytes
        self._open: dict[str, _Open] = {}
        self._newest = 0

    def write(self, batch: Batch, now_us: int) -> bool:
        """Returns once it is on disk: does a new recording begin with it?

        Raises RecordingError where it cannot be written; what was before is whole.
        """
        place, begins = batch.place, self._is_due(batch.place, now_us)
        with in_words(self._directory):
            if begins:
                self._finish(place)
                self._open[place] = self._begun(place, now_us)
            self._open[place].pair.append(batch.arrivals)
            if self._most_bytes is not None:
                self.removed += make_room(self._directory, self._most_bytes)
        return begins

    def finish_past_hours(self, now_us: int) -> None:
        """Also of places that have fallen silent. Raises RecordingError."""
        with in_words(self._directory):
            for place in [each for each, opened in self._open.items() if opened.hour != now_us // HOUR_US]:
                self._finish(place)

    def close(self) -> None:
        """Finish all that are open. Raises RecordingError."""
        with in_words(self._directory):
            for place in list(self._open):
                self._finish(place)

    def _is_due(self, place: str, now_us: int) -> bool:
        now = self._open.get(place)
        return now is None or now.hour != now_us // HOUR_US or now.pair.size >= self._largest

    def _begun(self, place: str, now_us: int) -> _Open:
        self._newest = max(now_us, self._newest + 1)  # no name twice, also where a clock is put back
        name = name_of(place, self._newest)
        return _Open(name, now_us // HOUR_US, Pair(unfinished_paths(self._directory, name)))

    def _finish(self, place: str) -> None:
        opened = self._open.pop(place, None)
        if opened is None:
            return
        opened.pair.close()
        if opened.pair.size:
            finish(self._directory, opened.name)
            self.finished += 1
        else:
            for path in opened.pair.paths:
                path.unlink()

    @property
    def _largest(self) -> int:
        if self._most_bytes is None:
            return LARGEST_BYTES
        return min(LARGEST_BYTES, self._most_bytes // (SHARE * len(self._open)))
