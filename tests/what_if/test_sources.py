"""Recordings as a source: of a span no more is read than what may lie in it."""

from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync

from tests.markets.recording.test_reading import record
from what_if.sources import Recordings

SECOND = 1_000_000


def read(source: Recordings, since: float, until: float) -> list[tuple[float, bytes]]:
    async def work() -> list[Any]:
        return [(each.at, each.data) async for batch in source.read(since, until) for each in batch]

    return async_to_sync(work)()


def test_what_lies_in_a_span_comes_in_order_and_files_that_do_not_reach_into_it_are_left_alone(
    tmp_path: Path,
):
    hours = [
        (number, [(at * SECOND, f"{at}") for at in times])
        for number, times in enumerate([(1, 2), (2, 5), (7, 9)])
    ]
    paths = [record(tmp_path, f"{number}", lines) for number, lines in hours]
    source = Recordings(paths)
    assert (source.first, int(source.end)) == (1.0, 9)
    assert read(source, 2.0, 7.5) == [(2.0, b"2"), (2.0, b"2"), (5.0, b"5"), (7.0, b"7")]
    paths[2].write_bytes(b"broken")
    assert read(source, 2.0, 7.0) == [(2.0, b"2"), (2.0, b"2"), (5.0, b"5")]


def test_a_recording_of_nothing_adds_nothing(tmp_path: Path):
    source = Recordings([record(tmp_path, "one", [(SECOND, "1")]), record(tmp_path, "empty", [])])
    assert read(source, 0.0, 2.0) == [(1.0, b"1")]
