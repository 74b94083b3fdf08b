"""What is long goes out compressed to whoever reads that, and every answer says that it may differ so."""

import gzip
import tracemalloc
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from realtime.compression import compress, reads_gzip
from tests.factories import spot_book

SCHEMA = "/api/schema"
READS = {"Accept-Encoding": "gzip, deflate, br, zstd"}


@pytest.mark.parametrize("accepted", ["gzip", "gzip, br", "br;q=1.0, gzip;q=0.8", "deflate,gzip;q=0.05"])
def test_gzip_is_read_where_it_is_named(accepted: str):
    assert reads_gzip(accepted)


@pytest.mark.parametrize(
    "accepted", ["", "identity", "br", "gzip;q=0", "gzip ; q=0.0, br", "gzip;q=0.000", "gzipped"]
)
def test_gzip_is_not_read_where_it_is_not_named_or_unwanted(accepted: str):
    assert not reads_gzip(accepted)


def test_what_strangers_claim_to_read_is_not_kept():
    tracemalloc.start()
    for number in range(100):
        reads_gzip(f"{number}" * 10_000)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 100_000


def test_a_long_answer_is_compressed_and_the_same(client: Client):
    plain, packed = client.get(SCHEMA), client.get(SCHEMA, headers=READS)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content) / 5
    assert packed.headers["Content-Length"] == str(len(packed.content))


@pytest.mark.parametrize("address", [SCHEMA, "/info", "/nothing", "/api/v1/nothing", "/admin/"])
@pytest.mark.parametrize("headers", [{}, READS])
@pytest.mark.parametrize("method", ["get", "head"])
def test_every_answer_states_once_that_it_may_differ(
    client: Client, store: Any, db: None, address: str, headers: dict[str, str], method: str
):
    answer = getattr(client, method)(address, headers=headers)
    assert [name.strip() for name in answer.headers["Vary"].split(",")].count("Accept-Encoding") == 1


def test_it_is_stated_beside_what_else_an_answer_differs_by(client: Client, db: None):
    assert client.get("/admin/login/").headers["Vary"] == "Cookie, Accept-Encoding"


def test_a_head_has_the_headers_of_the_answer(client: Client):
    head, answer = client.head(SCHEMA, headers=READS), client.get(SCHEMA, headers=READS)
    assert head.headers == answer.headers


def test_a_weak_tag_is_known_again_however_the_answer_came(client: Client, reader: Any, publish: Any):
    publish(*(spot_book(f"S{number}USDT") for number in range(20)))
    address = "/api/v1/metrics/all"
    packed, plain = client.get(address, headers=READS), client.get(address)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["ETag"] == plain.headers["ETag"]
    for headers in ({}, READS):
        again = client.get(address, headers={"If-None-Match": packed.headers["ETag"], **headers})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["Vary"] == packed.headers["Vary"]
        assert "Content-Encoding" not in again.headers


@pytest.mark.parametrize(
    ("headers", "is_compressed"),
    [({}, True), ({"ETag": 'W/"7"'}, True), ({"ETag": '"7"'}, False)],
)
def test_the_bytes_that_a_strong_tag_stands_for_stay(headers: dict[str, str], is_compressed: bool):
    answer = HttpResponse(b"x" * 2000, content_type="application/json", headers=headers)
    compress(answer)
    assert ("Content-Encoding" in answer.headers) is is_compressed
    assert (answer.content == b"x" * 2000) is not is_compressed


def test_what_is_short_stays_as_it_is(client: Client):
    answer = client.get("/info", headers=READS)
    assert answer.json()
    assert "Content-Encoding" not in answer.headers


def test_pages_vary_in_length_by_chance_and_data_do_not():
    lengths: dict[str, set[int]] = {"text/html; charset=utf-8": set(), "application/json": set()}
    for kind, found in lengths.items():
        for _ in range(50):
            answer = HttpResponse(b"x" * 2000, content_type=kind)
            compress(answer)
            found.add(len(answer.content))
    pages, data = lengths.values()
    assert len(pages) > 10
    assert len(data) == 1
