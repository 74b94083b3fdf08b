"""GET /metrics/export: files of many markets, what is refused, and how many leave at a time."""

import csv
import io
import random
import socket
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import pytest
from django.db import DatabaseError
from pyarrow import parquet

from metrics.api.export import EXPORTS_AT_ONCE
from metrics.export import tables
from metrics.kept_minutes import minutes_of
from metrics.models import MinuteRollup
from realtime.handler import ThreadedHandler
from tests.factories import spot_book
from tests.metrics.api.test_history import SPAN, minute
from tests.realtime.serving.house import Address, serving
from tests.servers import until

ADDRESS = "/api/v1/metrics/export"
KEPT = 600


@pytest.fixture
def minutes() -> None:
    rng = random.Random(7)
    kept = [
        minute(number % 300, rng, number % 3, symbol)
        for symbol in ("BTCUSDT", "ETHUSDT")
        for number in range(KEPT // 2)
    ]
    MinuteRollup.objects.bulk_create(kept)


def csv_rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.database
@pytest.mark.django_db
def test_both_forms_hold_the_same_rows(client, minutes, reader):
    answer = client.get(ADDRESS, SPAN)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="minutes-20260101T000000Z.csv"'
    rows = csv_rows(answer.getvalue())
    assert len(rows) == KEPT
    for address, form in ((f"{ADDRESS}.parquet", {}), (ADDRESS, {"format": "parquet"})):
        answer = client.get(address, SPAN | form)
        assert answer.headers["Content-Type"] == "application/octet-stream"
        table = parquet.ParquetFile(io.BytesIO(answer.getvalue())).read(use_threads=False)
        assert table.column_names == list(rows[0])
        assert table["mid_mean"].to_pylist() == [
            float(r["mid_mean"]) if r["mid_mean"] else None for r in rows
        ]
    assert 0 < table["mid_mean"].null_count < KEPT


@pytest.mark.django_db
def test_updates_leave_by_the_same_address(client, reader, publish):
    publish(spot_book())
    span = {"from": "1970-01-02T00:00:00Z", "kind": "updates"}
    (row,) = csv_rows(client.get(ADDRESS, span | {"symbols": "btcusdt"}).getvalue())
    assert (row["symbol"], row["venue"], row["form"]) == ("BTCUSDT", "binance", "spot")
    assert client.get(ADDRESS, span | {"venue": "okx"}).status_code == 404


@pytest.mark.django_db
def test_nothing_in_the_span_is_told(client, reader):
    answer = client.get(ADDRESS)
    assert answer.status_code == 404
    assert answer.json() == {
        "error": "Nothing to export",
        "message": "Nothing was recorded of this in this span; minutes appear once they are over.",
    }


@pytest.mark.parametrize(
    ("query", "name", "rule"),
    [
        ({"from": "yesterday"}, "from", "must be a time such as"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to", "from must be before to"),
        ({"kind": "ticks"}, "kind", "must be one of minutes, updates"),
        ({"format": "xlsx"}, "format", "must be one of csv, parquet"),
        ({"symbols": ","}, "symbols", "must name at least one symbol"),
        ({"symbols": "BTCUSDT,=1"}, "symbols", "must be 2 to 32 letters"),
        ({"venue": "b/c"}, "venue", "must be the name of a venue"),
        ({"form": "swap"}, "form", "must be one of spot, usdm"),
        ({"symbol": "BTCUSDT"}, "symbol", "it takes from, to"),
    ],
)
def test_a_bad_value_is_refused_with_a_sentence(client, query, name, rule):
    answer = client.get(ADDRESS, query)
    assert answer.status_code == 400
    assert rule in answer.json()["fields"][name][0]


def test_store_away_is_told(client, own_store):
    own_store.stop()
    assert client.get(ADDRESS, {"kind": "updates"}).status_code == 503


# -- By a real server ----------------------------------------------------------------------------


@pytest.fixture
def house(transactional_db, minutes, monkeypatch) -> Iterator[Address]:
    """A server of the product whose buffers hold little, and a file of many small pieces."""
    monkeypatch.setattr(tables, "ROWS_AT_ONCE", 10)
    with serving(ThreadedHandler(), send_buffer=4096) as address:
        yield address


def asking(address: Address) -> socket.socket:
    """A client who has read the beginning of an export and no more."""
    client = socket.create_connection(address)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    query = "&".join(f"{name}={value}" for name, value in SPAN.items())
    client.sendall(f"GET {ADDRESS}?{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    assert client.recv(15) == b"HTTP/1.1 200 OK"
    return client


def get(address: Address, method: str = "GET", **query: str) -> httpx.Response:
    url = f"http://127.0.0.1:{address[1]}{ADDRESS}"
    return httpx.request(method, url, params=SPAN | query, timeout=30)


def test_as_many_at_a_time_as_may_be_and_whoever_leaves_makes_room(house):
    readers = [asking(house) for _ in range(EXPORTS_AT_ONCE)]
    refused = get(house)
    assert refused.status_code == 503
    assert refused.json()["message"] == "2 exports are under way, and no more run at a time; ask again soon."
    assert refused.headers["Retry-After"] == "5"
    readers.pop().close()
    until(lambda: get(house).status_code == 200, "room for another one")
    readers.pop().close()
    for _ in range(
        EXPORTS_AT_ONCE + 1
    ):  # what is read to its end, asked for without a body, or nothing, keeps no place
        answer = get(house)
        assert len(csv_rows(answer.content)) == KEPT
        until(lambda: get(house, "HEAD").status_code == 200, "room")
        assert get(house, symbols="XRPUSDT").status_code == 404


def test_what_breaks_on_the_way_does_not_look_whole(house, monkeypatch):
    """The client learns of it: the transfer ends before its end."""
    monkeypatch.setattr(tables, "minutes_of", breaking(minutes_of))
    with pytest.raises(httpx.RemoteProtocolError):
        get(house)
    monkeypatch.undo()
    for _ in range(EXPORTS_AT_ONCE):
        until(lambda: get(house).status_code == 200, "room")


def breaking(read: Callable[..., Any]) -> Callable[..., Any]:
    """Of the first symbol all is there, and then the database is away."""
    asked = count()

    def read_until_then(*arguments: Any) -> Any:
        if next(asked):
            raise DatabaseError("away")
        return read(*arguments)

    return read_until_then
