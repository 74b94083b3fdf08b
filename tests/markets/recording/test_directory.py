"""What was left behind is finished, the oldest goes first, and nobody writes where another does."""

from pathlib import Path

import pytest

from markets.recording.directory import alone_in, finish, make_room, salvage, unfinished_paths
from markets.recording.names import RecordedName, name_of
from markets.recording.pairs import Pair
from markets.recording.reading import RecordingError
from tests.markets.recording.recorded import AT_US, batch, numbers_in

NAME = name_of("binance", AT_US)
FRAMES, TIMES = f"{NAME}.ndjson.gz", f"{NAME}.recv_us.gz"


def left_behind(directory: Path, name: RecordedName = NAME) -> Pair:
    pair = Pair(unfinished_paths(directory, name))
    pair.append(batch("binance", 1, 2).arrivals)
    pair.append(batch("binance", 3).arrivals)
    pair.close()
    return pair


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def test_what_is_being_written_is_no_recording_yet(tmp_path: Path):
    left_behind(tmp_path)
    assert not list(tmp_path.glob("*.gz"))


def test_what_was_left_behind_is_finished(tmp_path: Path):
    left_behind(tmp_path)
    assert salvage(tmp_path) == [NAME]
    assert names(tmp_path) == {FRAMES, TIMES}
    assert numbers_in(tmp_path / FRAMES) == [1, 2, 3]
    assert salvage(tmp_path) == []


def test_a_batch_that_is_not_whole_is_left_out(tmp_path: Path):
    times = left_behind(tmp_path).paths.times
    with times.open("r+b") as file:
        file.truncate(times.stat().st_size - 1)
    assert salvage(tmp_path) == [NAME]
    assert numbers_in(tmp_path / FRAMES) == [1, 2]


def test_who_came_to_rename_the_times_alone__is_completed(tmp_path: Path):
    left_behind(tmp_path).paths.times.rename(tmp_path / TIMES)
    assert salvage(tmp_path) == [NAME]
    assert numbers_in(tmp_path / FRAMES) == [1, 2, 3]


@pytest.mark.parametrize("missing", [0, 1])
def test_one_file_without_the_other__is_nothing(tmp_path: Path, missing: int):
    left_behind(tmp_path).paths[missing].unlink()
    assert salvage(tmp_path) == []
    assert names(tmp_path) == set()


def test_of_a_file_without_a_whole_batch_nothing_is_left(tmp_path: Path):
    for path in left_behind(tmp_path).paths:
        path.write_bytes(b"")
    assert salvage(tmp_path) == []
    assert names(tmp_path) == set()


def test_the_oldest_goes_first__whatever_its_place(tmp_path: Path):
    made = [
        name_of(place, AT_US + number) for number, place in enumerate(["okx", "binance", "okx", "kraken"])
    ]
    for name in made:
        left_behind(tmp_path, name)
        finish(tmp_path, name)
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    (tmp_path / "mine.ndjson.gz").write_bytes(bytes(10_000))
    (tmp_path / f"{made[0]}.rest.ndjson.gz").write_bytes(bytes(10_000))

    assert make_room(tmp_path, size) == 0
    assert make_room(tmp_path, size // 2) == 2

    whole = {path.name for path in tmp_path.glob("*Z.raw.ndjson.gz")}
    assert whole == {f"{name}.ndjson.gz" for name in made[2:]}
    assert (tmp_path / "mine.ndjson.gz").exists()
    assert (tmp_path / f"{made[0]}.rest.ndjson.gz").exists()


def test_what_is_being_written_stays(tmp_path: Path):
    left_behind(tmp_path)
    assert make_room(tmp_path, 1) == 0
    assert len(names(tmp_path)) == 2


def test_nobody_records_where_another_does(tmp_path: Path):
    with (
        alone_in(tmp_path / "new"),
        pytest.raises(RecordingError, match="Another process records into"),
        alone_in(tmp_path / "new"),
    ):
        pass
    with alone_in(tmp_path / "new"):
        pass


def test_a_directory_that_cannot_be_made_is_a_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="Nothing can be recorded into"), alone_in(tmp_path / "file"):
        pass
