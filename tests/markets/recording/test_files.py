"""Recordings begin, are finished and go, each at its time."""

from pathlib import Path

import pytest

from markets.recording.files import HOUR_US, Files
from markets.recording.reading import RecordingError
from tests.markets.recording.recorded import AT_US, batch, files_no_larger_than, numbers_in


def whole(directory: Path) -> list[list[int]]:
    """What is in the whole recordings, in the order of their names."""
    return [numbers_in(path) for path in sorted(directory.glob("*.ndjson.gz"))]


def test_a_recording_of_a_place_goes_on_until_the_hour_is_over(tmp_path: Path):
    files = Files(tmp_path)
    assert files.write(batch("okx", 1), AT_US)
    assert not files.write(batch("okx", 2), AT_US + HOUR_US - 1)
    assert files.write(batch("binance", 3), AT_US + HOUR_US - 1)
    assert whole(tmp_path) == []
    assert files.write(batch("okx", 4), AT_US + HOUR_US)
    assert whole(tmp_path) == [[1, 2]]
    files.close()
    assert whole(tmp_path) == [[3], [1, 2], [4]]
    assert files.finished == 3


def test_a_place_that_has_fallen_silent_is_finished_once_its_hour_is_over(tmp_path: Path):
    files = Files(tmp_path)
    files.write(batch("okx", 1), AT_US)
    files.finish_past_hours(AT_US + HOUR_US - 1)
    assert whole(tmp_path) == []
    files.finish_past_hours(AT_US + HOUR_US)
    assert whole(tmp_path) == [[1]]
    assert files.write(batch("okx", 2), AT_US + HOUR_US)


def test_a_large_recording_is_finished_early(tmp_path: Path):
    files = Files(tmp_path, most_bytes=400_000)
    begun = [files.write(batch("okx", number, size=60_000), AT_US + number) for number in range(8)]
    files.close()
    assert sum(begun) > 1
    assert not all(begun)
    assert [number for numbers in whole(tmp_path) for number in numbers] == list(range(8))


def test_the_oldest_go_and_the_recording_goes_on(tmp_path: Path):
    files = Files(tmp_path, most_bytes=400_000)
    for number in range(60):
        for place in ("okx", "binance-usdm"):
            files.write(batch(place, number, size=30_000), AT_US + 10 * number)
            assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 400_000
    files.close()
    assert files.removed > 0
    for place in ("okx", "binance-usdm"):
        kept = [
            number for path in sorted(tmp_path.glob(f"{place}_*.ndjson.gz")) for number in numbers_in(path)
        ]
        assert kept == list(range(60 - len(kept), 60))
        assert len(kept) > 4


def test_a_clock_that_is_put_back_takes_no_name_twice(tmp_path: Path):
    files = Files(tmp_path)
    for number, at_us in enumerate([AT_US, AT_US - HOUR_US, AT_US]):
        assert files.write(batch("okx", number), at_us)
    files.close()
    assert whole(tmp_path) == [[0], [1], [2]]


def test_a_full_disk_is_a_sentence__and_what_is_there_is_whole(tmp_path: Path):
    files = Files(tmp_path)
    files.write(batch("okx", 1), AT_US)
    with (
        files_no_larger_than(20_000),
        pytest.raises(RecordingError, match="File too large"),
    ):
        files.write(batch("okx", 2, size=100_000), AT_US)
    files.close()
    assert whole(tmp_path) == [[1]]


def test_a_file_with_nothing_in_it_does_not_stay(tmp_path: Path):
    files = Files(tmp_path)
    with files_no_larger_than(10), pytest.raises(RecordingError):
        files.write(batch("okx", 1), AT_US)
    files.close()
    assert list(tmp_path.iterdir()) == []
