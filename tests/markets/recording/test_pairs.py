"""Whatever is cut off: what is left is the beginning of what was written, and only what was not on disk is lost."""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from markets.recording.pairs import Pair, Paths, cut, whole_sizes
from markets.recording.reading import Arrival, Recording
from tests.markets.recording.recorded import batch, files_no_larger_than

FRAMES = st.binary(max_size=40).map(lambda noise: b'{"x":"%b"}' % noise.hex().encode())
BATCHES = st.lists(
    st.lists(
        st.builds(Arrival, st.integers(10**15, 2 * 10**15), FRAMES, st.just("")), min_size=1, max_size=5
    ),
    min_size=1,
    max_size=6,
)

on_disk = settings(max_examples=40)  # every batch waits for the disk


def paths_in(directory: Path) -> Paths:
    return Paths(directory / "x.ndjson.gz", directory / "x.recv_us.gz")


def written(directory: Path, batches: Sequence[Sequence[Arrival]]) -> tuple[Paths, list[list[int]]]:
    """The files, and how long each of them was after every batch."""
    pair = Pair(paths_in(directory))
    sizes = []
    for each in batches:
        pair.append(each)
        sizes.append([path.stat().st_size for path in pair.paths])
    pair.close()
    return pair.paths, sizes


@on_disk
@given(BATCHES)
def test_what_is_written_is_read_back(batches: list[list[Arrival]]):
    with TemporaryDirectory() as directory:
        paths, sizes = written(Path(directory), batches)
        assert list(Recording(paths.frames).arrivals()) == [arrival for each in batches for arrival in each]
        assert list(whole_sizes(paths)) == sizes[-1]


@on_disk
@given(BATCHES, st.booleans(), st.data())
def test_cut_anywhere__all_that_was_on_disk_before_is_left(
    batches: list[list[Arrival]], is_of_times: bool, data: st.DataObject
):
    with TemporaryDirectory() as directory:
        paths, sizes = written(Path(directory), batches)
        before = paths[is_of_times].read_bytes()
        size = data.draw(st.integers(0, len(before)), "cut at")
        with paths[is_of_times].open("r+b") as file:
            file.truncate(size)
            if data.draw(st.booleans(), "with zeros in place of what was not on disk"):
                file.truncate(len(before))

        after = paths[is_of_times].read_bytes()

        cut(paths, whole_sizes(paths))

        ends = [each[is_of_times] for each in sizes]
        whole = sum(before[:end] == after[:end] for end in ends)  # some bytes are zeros anyway
        arrivals = [arrival for each in batches[:whole] for arrival in each]
        assert list(Recording(paths.frames).arrivals()) == arrivals


@on_disk
@given(BATCHES, st.data())
def test_one_byte_that_is_wrong__ends_it_there(batches: list[list[Arrival]], data: st.DataObject):
    with TemporaryDirectory() as directory:
        paths, sizes = written(Path(directory), batches)
        content = bytearray(paths.frames.read_bytes())
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= 0xFF
        paths.frames.write_bytes(content)

        cut(paths, whole_sizes(paths))

        before = sum(each[0] <= place for each in sizes)
        counts = list(accumulate((len(each) for each in batches), initial=0))
        read = list(Recording(paths.frames).arrivals())
        assert read[: counts[before]] == [arrival for each in batches[:before] for arrival in each]


def test_what_cannot_be_written__leaves_the_files_as_they_were(tmp_path: Path):
    pair = Pair(paths_in(tmp_path))
    pair.append(batch("x", 1, 2).arrivals)
    before = [path.read_bytes() for path in pair.paths]
    with files_no_larger_than(20_000), pytest.raises(OSError, match="too large"):
        pair.append(batch("x", 3, 4, size=50_000).arrivals)
    assert [path.read_bytes() for path in pair.paths] == before
    pair.append(batch("x", 5).arrivals)
    pair.close()
    assert [each.at_us for each in Recording(pair.paths.frames).arrivals()] == [
        each.at_us for each in batch("x", 1, 2, 5).arrivals
    ]


def test_a_recording_never_takes_the_place_of_another(tmp_path: Path):
    Pair(paths_in(tmp_path)).close()
    with pytest.raises(FileExistsError):
        Pair(paths_in(tmp_path))
