"""Exported tables as CSV, fit for spreadsheets and read by pandas as it stands."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from metrics.export.columns import Column, Kind, Row
from spreadsheets import BYTE_ORDER_MARK, csv_lines

CONTENT_TYPE = "text/csv; charset=utf-8"


def csv_parts(columns: Sequence[Column], parts: Iterable[list[Row]]) -> Iterator[bytes]:
    """The file, a piece for each part of its rows, and its head alone where there is none. None is an empty field,
    times end in Z."""
    writes = [AS_TEXT.get(column.kind) for column in columns]
    head = BYTE_ORDER_MARK + csv_lines([[column.name for column in columns]])
    for rows in parts:
        yield (head + csv_lines(_fields(row, writes) for row in rows)).encode()
        head = ""
    if head:
        yield head.encode()


def _time(precision: str) -> Callable[[datetime], str]:
    """All of a column are as long: what reads them learns their form from the first."""
    return lambda at: f"{at.replace(tzinfo=None).isoformat(timespec=precision)}Z"


AS_TEXT: Mapping[Kind, Callable[[datetime], str]] = {
    "second": _time("seconds"),
    "moment": _time("microseconds"),
}


def _fields(row: Row, writes: Sequence[Callable[[Any], str] | None]) -> Iterator[Any]:
    for value, write in zip(row, writes, strict=True):
        yield value if write is None or value is None else write(value)
