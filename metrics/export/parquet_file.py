"""Exported tables as Parquet: columns with their types, a row group for each part."""

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO

from metrics.export.columns import Column, Row

CONTENT_TYPE = (
    "application/octet-stream"  # generators of clients know no other name of a file that is no text
)


def parquet_parts(columns: Sequence[Column], parts: Iterable[list[Row]]) -> Iterator[bytes]:
    """The file, a piece for each part of its rows, and what it ends with. None is null."""
    import pyarrow as pa  # forty megabytes of memory, and only this needs them
    from pyarrow import parquet

    moment = pa.timestamp("us", tz="UTC")
    types = {
        "word": pa.string(),
        "second": moment,
        "moment": moment,
        "number": pa.float64(),
        "count": pa.int64(),
    }
    schema = pa.schema([(column.name, types[column.kind]) for column in columns])
    written = BytesIO()
    with parquet.ParquetWriter(written, schema, compression="zstd") as file:
        for rows in parts:
            values = zip(zip(*rows, strict=True), schema.types, strict=True)
            file.write_batch(pa.record_batch([pa.array(*each) for each in values], schema=schema))
            yield _taken(written)
    yield _taken(written)


def _taken(written: BytesIO) -> bytes:
    piece = written.getvalue()
    written.seek(0)
    written.truncate()
    return piece
