"""Recorded markets are read as they were recorded, or refused in a sentence."""

import gzip
from pathlib import Path

import pytest

from markets.recording.reading import Arrival, Recording, RecordingError, merged


def record(directory: Path, name: str, lines: list[tuple[int, str]]) -> Path:
    frames = directory / f"{name}.ndjson.gz"
    frames.write_bytes(gzip.compress("".join(frame + "\n" for _, frame in lines).encode()))
    times = directory / f"{name}.recv_us.gz"
    times.write_bytes(gzip.compress("".join(f"{at}\n" for at, _ in lines).encode()))
    return frames


def test_files_are_merged_in_order_of_arrival(tmp_path: Path):
    one = record(tmp_path, "one.raw", [(10, "a"), (30, "c"), (30, "d")])
    two = record(tmp_path, "two.depth20", [(20, "b"), (30, "e"), (40, "f")])
    arrivals = list(merged([Recording(one), Recording(two)]))
    assert arrivals == [
        Arrival(10, b"a"),
        Arrival(20, b"b"),
        Arrival(30, b"c"),
        Arrival(30, b"d"),
        Arrival(30, b"e"),
        Arrival(40, b"f"),
    ]


def test_a_recording_can_be_read_again(tmp_path: Path):
    recording = Recording(record(tmp_path, "one", [(1, "a"), (2, "b")]))
    assert list(recording.arrivals()) == list(recording.arrivals())


def test_progress_counts_compressed_bytes(tmp_path: Path):
    recording = Recording(record(tmp_path, "one", [(at, f"frame {at}") for at in range(100)]))
    assert recording.read == 0
    arrivals = recording.arrivals()
    next(arrivals)
    assert 0 < recording.read <= recording.size


def test_reading_is_lazy(tmp_path: Path):
    path = record(tmp_path, "long", [(at, f"{at:0100d}") for at in range(50_000)])
    arrivals = merged([Recording(path)])
    assert next(arrivals).at_us == 0
    # Nothing but the first buffers has been read: cutting the tail off now is noticed only at the end.
    path.write_bytes(path.read_bytes()[:-2_000])
    with pytest.raises(RecordingError, match="is broken"):
        list(arrivals)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(RecordingError, match=r"nothing\.ndjson\.gz does not exist"):
        Recording(tmp_path / "nothing.ndjson.gz")


def test_missing_times_are_named(tmp_path: Path):
    path = record(tmp_path, "one", [(1, "a")])
    (tmp_path / "one.recv_us.gz").unlink()
    with pytest.raises(RecordingError, match=r"one\.recv_us\.gz does not exist"):
        Recording(path)


def test_another_kind_of_file_is_refused(tmp_path: Path):
    with pytest.raises(RecordingError, match="is not a recording"):
        Recording(tmp_path / "trades.csv")


@pytest.mark.parametrize("suffix", ["ndjson.gz", "recv_us.gz"])
@pytest.mark.parametrize(
    "content", [b"", b"no gzip at all", gzip.compress(b"1\n" * 9_000)[:-12]], ids=["empty", "other", "cut"]
)
def test_a_broken_file_is_named(tmp_path: Path, suffix: str, content: bytes):
    path = record(tmp_path, "one", [(1, "a"), (2, "b")])
    (tmp_path / f"one.{suffix}").write_bytes(content)
    with pytest.raises(RecordingError, match=suffix.split(".")[0]):
        list(Recording(path).arrivals())


@pytest.mark.parametrize(("times", "problem"), [("1\n", "fewer"), ("1\n2\n3\n", "more"), ("1\nx\n", "holds")])
def test_times_that_do_not_match_are_refused(tmp_path: Path, times: str, problem: str):
    path = record(tmp_path, "one", [(1, "a"), (2, "b")])
    (tmp_path / "one.recv_us.gz").write_bytes(gzip.compress(times.encode()))
    with pytest.raises(RecordingError, match=problem):
        list(Recording(path).arrivals())
