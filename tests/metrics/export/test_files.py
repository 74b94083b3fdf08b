"""What is written is what was there, in either form, piece by piece."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime

import pandas as pd
import pytest
from pyarrow import parquet

from metrics.export.columns import Column, Row
from metrics.export.files import FORMS

COLUMNS = [
    Column("symbol", "word"),
    Column("minute", "second"),
    Column("received_at", "moment"),
    Column("mid", "number"),
    Column("updates", "count"),
]
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROWS: list[Row] = [
    ("BTCUSDT", NOON, NOON.replace(microsecond=250_001), 0.1 + 0.2, 7),
    ("币安人生USDT", NOON, NOON, None, 0),
    (None, NOON, NOON, 2.025e-07, 2**31 - 1),
]


def pieces(form: str, parts: list[list[Row]]) -> list[bytes]:
    return list(FORMS[form].pieces(COLUMNS, parts))


def test_csv_reads_as_what_was_written():
    text = b"".join(pieces("csv", [ROWS[:2], ROWS[2:]])).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["symbol", "minute", "received_at", "mid", "updates"],
        ["BTCUSDT", "2026-01-01T12:00:00Z", "2026-01-01T12:00:00.250001Z", "0.30000000000000004", "7"],
        ["币安人生USDT", "2026-01-01T12:00:00Z", "2026-01-01T12:00:00.000000Z", "", "0"],
        ["", "2026-01-01T12:00:00Z", "2026-01-01T12:00:00.000000Z", "2.025e-07", "2147483647"],
    ]
    frame = pd.read_csv(io.StringIO(text), parse_dates=["minute", "received_at"])
    assert list(frame["received_at"]) == [row[2] for row in ROWS]
    assert frame["mid"].isna().tolist() == [False, True, False]


def test_csv_runs_no_formula():
    written = b"".join(pieces("csv", [[("=HYPERLINK(1)", NOON, NOON, -1.5, 1)]])).decode()
    assert "\n'=HYPERLINK(1),2026-01-01T12:00:00Z,2026-01-01T12:00:00.000000Z,-1.5,1\n" in written


def test_parquet_keeps_types_and_null_is_null():
    file = parquet.ParquetFile(io.BytesIO(b"".join(pieces("parquet", [ROWS[:2], ROWS[2:]]))))
    assert {field.name: str(field.type) for field in file.schema_arrow} == {
        "symbol": "string",
        "minute": "timestamp[us, tz=UTC]",
        "received_at": "timestamp[us, tz=UTC]",
        "mid": "double",
        "updates": "int64",
    }
    table = file.read(use_threads=False)
    assert [tuple(row.values()) for row in table.to_pylist()] == ROWS
    assert (table["mid"].null_count, table["symbol"].null_count) == (1, 1)
    assert file.num_row_groups == 2


@pytest.mark.parametrize("form", list(FORMS))
def test_a_piece_is_written_once_its_rows_are_read_and_before_the_next_are(form: str):
    read = []

    def parts() -> Iterator[list[Row]]:
        for number in range(3):
            read.append(number)
            yield ROWS * 100

    written = FORMS[form].pieces(COLUMNS, parts())
    sizes = []
    for number in range(3):
        sizes.append(len(next(written)))
        assert read == [*range(number + 1)]
    assert max(sizes) < 1.2 * min(sizes), "a piece holds what was read since the last one, and nothing older"


@pytest.mark.parametrize("form", list(FORMS))
def test_what_fails_on_the_way_leaves_no_file_that_looks_whole(form: str):
    def parts() -> Iterator[list[Row]]:
        yield ROWS
        raise OSError("gone")

    written = FORMS[form].pieces(COLUMNS, parts())
    begun = next(written)
    with pytest.raises(OSError, match="gone"):
        next(written)
    if form == "parquet":
        assert not begun.endswith(b"PAR1")
