"""Recordings of a test's own making."""

import random
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from markets.recording.intake import Batch
from markets.recording.reading import Arrival, Recording

AT_US = 1_795_870_800_000_000
"""2026-11-28 13:00 UTC."""


def batch(place: str, *numbers: int, size: int = 0) -> Batch:
    """Frames that compress badly, of about `size` bytes."""
    noise = random.Random(str(numbers))
    return Batch(
        place,
        [
            Arrival(
                AT_US + number, b'{"n":%d,"x":"%b"}' % (number, noise.randbytes(size // 2).hex().encode())
            )
            for number in numbers
        ],
        [],
    )


def numbers_in(path: Path) -> list[int]:
    """Of the frames above."""
    return [int(arrival.frame.split(b",")[0][5:]) for arrival in Recording(path).arrivals()]


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """The system refuses to write more into any file, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
