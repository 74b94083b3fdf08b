"""In which forms a table leaves: how each is written, what it is called, and what it says it is."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from metrics.export import csv_file, parquet_file
from metrics.export.columns import Column, Row
from metrics.export.tables import Asked


class Form(NamedTuple):
    """How one is written, and its media type."""

    pieces: Callable[[Sequence[Column], Iterable[list[Row]]], Iterator[bytes]]
    content_type: str


FORMS: Mapping[str, Form] = {
    "csv": Form(csv_file.csv_parts, csv_file.CONTENT_TYPE),
    "parquet": Form(parquet_file.parquet_parts, parquet_file.CONTENT_TYPE),
}
"""By the end of their names."""


def file_name(asked: Asked, form: str) -> str:
    """What to keep it under: `minutes-20261127T120000Z.csv`, by when it begins."""
    return f"{asked.table}-{asked.span.start:%Y%m%dT%H%M%SZ}.{form}"
