"""A recording is held against itself: what is wrong is reported with file and line."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from markets.recording.reading import RecordingError
from markets.recording.verifying import Verification, recordings_in
from tests.integration.markets import DATA, needs_recordings
from tests.markets.recording.test_reading import record

EXAMPLES = Path(__file__).resolve().parent.parent.parent.parent / "examples"


def frame(kind: str, data: dict[str, Any], symbol: str = "btcusdt") -> str:
    return json.dumps({"stream": f"{symbol}@{kind}", "data": data, "source": "binance-websocket"})


def trade(number: int, kind: str = "trade", **more: Any) -> str:
    return frame(kind, {"e": kind, "s": "BTCUSDT", "t" if kind == "trade" else "a": number, **more})


def whole(last_id: int, **more: Any) -> str:
    return frame(
        "depthSnapshot",
        {"lastUpdateId": last_id, "bids": [["99.0", "1.0"]], "asks": [["101.0", "1.0"]], **more},
    )


def change(first: int, last: int, bid: float = 99.0, **more: Any) -> str:
    data = {"e": "depthUpdate", "s": "BTCUSDT", "U": first, "u": last, "b": [[str(bid), "2.0"]], "a": []}
    return frame("depth@100ms", data | more)


def touch(number: int, bid: float, **more: Any) -> str:
    data = {"u": number, "s": "BTCUSDT", "b": str(bid), "B": "2.0", "a": "101.0", "A": "1.0"}
    return frame("bookTicker", data | more)


def verified(directory: Path, lines: Sequence[str]) -> Verification:
    path = record(directory, "x.raw", list(enumerate(lines, 1)))
    return Verification(path).run()


def wrong(verification: Verification) -> list[tuple[int, str]]:
    assert all(problem.path == verification.path for problem in verification.problems)
    return [(problem.line, problem.words) for problem in verification.problems]


SOUND = [
    trade(1),
    change(9, 10),
    whole(10),
    change(11, 12, 99.5),
    touch(12, 99.5),
    touch(14, 100.0),
    change(13, 14, 100.0),
    trade(2),
]


def test_a_sound_recording_has_no_problems(tmp_path: Path):
    found = verified(tmp_path, SOUND)
    assert wrong(found) == []
    assert (found.lines, found.changes, found.snapshots, found.touches, found.agreed, found.trades) == (
        8,
        3,
        1,
        2,
        2,
        2,
    )
    assert found.without_snapshot == []


def test_a_missing_change_is_reported_where_the_next_one_stands(tmp_path: Path):
    lines = [*SOUND, change(16, 17), change(18, 19), whole(19), change(20, 21)]
    assert wrong(verified(tmp_path, lines)) == [(9, "changes of BTCUSDT are missing between 14 and 16")]


def test_changes_of_contracts_follow_the_id_before(tmp_path: Path):
    lines = [
        whole(10, E=1),
        change(8, 12, pu=7),
        change(15, 17, pu=12),
        touch(17, 99.0, e="bookTicker"),
        change(20, 21, pu=19),
    ]
    found = verified(tmp_path, lines)
    assert wrong(found) == [(5, "changes of BTCUSDT are missing between 17 and 20")]
    assert found.agreed == 1


def test_spot_and_contracts_in_one_file_have_nothing_to_do_with_each_other(tmp_path: Path):
    lines = [
        whole(10),
        whole(500, E=1),
        change(11, 12),
        change(400, 501, pu=399),
        trade(5, M=True),
        trade(2),
        change(13, 14),
    ]
    assert wrong(verified(tmp_path, lines)) == []


@pytest.mark.parametrize("is_first", [True, False])
def test_a_touch_that_contradicts_the_book_of_its_id_is_reported(tmp_path: Path, is_first: bool):
    pair = [touch(12, 99.1), change(11, 12, 99.5)]
    found = verified(tmp_path, [whole(10), *(pair if is_first else pair[::-1])])
    assert wrong(found) == [(3, "the book of BTCUSDT and a touch of the same id (12) contradict each other")]


@pytest.mark.parametrize("number", [1, 2])
def test_trades_must_rise(tmp_path: Path, number: int):
    lines = [trade(1), trade(2), trade(1, "aggTrade"), trade(number), trade(3)]
    assert wrong(verified(tmp_path, lines)) == [(4, f"trade {number} of BTCUSDT comes after 2")]


def test_times_must_not_go_back(tmp_path: Path):
    path = record(tmp_path, "x.raw", [(10, "{}"), (30, "{}"), (20, "{}"), (30, "{}")])
    assert wrong(Verification(path).run()) == [(3, "it arrived 10 µs before the line above it")]


@pytest.mark.parametrize("line", ["", "[]", "rubbish", '{"stream":'])
def test_a_line_is_a_frame(tmp_path: Path, line: str):
    assert wrong(verified(tmp_path, ["{}", line, "{}"])) == [(2, "it is no JSON object")]


@pytest.mark.parametrize("name", ["x.raw.ndjson.gz", "x.raw.recv_us.gz"])
def test_a_file_that_is_cut_is_reported_where_it_ends(tmp_path: Path, name: str):
    record(tmp_path, "x.raw", [(10, "{}"), (20, "{}")])
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-4])
    (problem,) = Verification(tmp_path / "x.raw.ndjson.gz").run().problems
    assert problem.words.startswith(str(tmp_path / name))
    assert "broken" in problem.words


def test_a_line_without_a_time_is_reported(tmp_path: Path):
    path = record(tmp_path, "x.raw", [(10, "{}"), (20, "{}")])
    (tmp_path / "x.raw.recv_us.gz").write_bytes(gzip.compress(b"10\n"))
    (problem,) = Verification(path).run().problems
    assert (problem.line, "fewer lines" in problem.words) == (2, True)


def test_changes_without_a_whole_book_are_distinguished(tmp_path: Path):
    found = verified(tmp_path, [change(11, 12), change(13, 14)])
    assert wrong(found) == []
    assert found.without_snapshot == ["BTCUSDT"]


def test_other_frames_may_state_what_they_like(tmp_path: Path):
    others = [
        "{}",
        '{"result":null,"id":1}',
        frame("trade", {"e": 5}),
        frame("depth20", {"lastUpdateId": "x"}),
        frame("kline_1m", {}),
    ]
    assert wrong(verified(tmp_path, others)) == []


def test_a_directory_without_recordings_is_a_sentence(tmp_path: Path):
    with pytest.raises(RecordingError, match="There is no recording in"):
        recordings_in(tmp_path)


def test_the_examples_are_sound():
    found = [Verification(path).run() for path in recordings_in(EXAMPLES)]
    assert [wrong(each) for each in found] == [[] for _ in found]
    assert sum(each.trades for each in found) == 4_814


@pytest.mark.recordings
@needs_recordings[1]
@pytest.mark.parametrize(
    ("name", "changes", "agreed"),
    [
        ("spot_10sym_20210405", 4_709, 1_155),
        ("spot_btc_eth_20240808", 12_965, 2_128),
        ("usdm_btc_eth_20240808", 13_137, 1_180),
    ],
)
def test_what_others_recorded_is_sound__with_the_books_that_stand_beside_it(
    name: str, changes: int, agreed: int
):
    found = Verification(DATA / f"{name}.raw.ndjson.gz").run()
    assert wrong(found) == []
    assert (found.changes, found.agreed, found.without_snapshot) == (changes, agreed, [])
