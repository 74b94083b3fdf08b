"""What venues really sent, and when it arrived."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

VENUES = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "data" / "venues"
needs_recordings = pytest.mark.skipif(
    not VENUES.is_dir(), reason="the recorded messages of venues are not in ../shared"
)


def messages(name: str) -> Iterator[tuple[bytes, int]]:
    """Every message of a recording, with when it arrived (microseconds)."""
    with (
        gzip.open(VENUES / f"{name}.raw.ndjson.gz") as raw,
        gzip.open(VENUES / f"{name}.raw.recv_us.gz") as times,
    ):
        for line, at in zip(raw, times, strict=True):
            yield line.rstrip(b"\n"), int(at)


def published(payload: bytes) -> Any:
    """The data of a frame."""
    return json.loads(payload)["data"]
