"""What stands in the cache about somebody's writes is looked at, not executed, and not believed where it cannot be."""

import json
import pickle
import time
from pathlib import Path
from typing import Any, cast

import pytest
import redis
from django.core.cache import caches

from stored import left_out
from tests.people import Caller

pytestmark = [pytest.mark.database, pytest.mark.django_db]

SKEW = "/strategies/orderbook_skew/config"


class Executed:
    """Unpickled, it leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self._path,))


@pytest.fixture
def manager(nobody_remembered, nothing_set, settings, caller) -> Caller:
    settings.CONFIG_WRITE_RATE = "3/min"
    person: Caller = caller("administrator")
    return person


@pytest.fixture
def key(manager: Caller, store: redis.Redis) -> str:
    """Where the writes of the manager are counted."""
    write(manager)
    (name,) = cast(list[bytes], store.keys("*throttle*"))
    return name.decode()


def write(manager: Caller) -> int:
    manager.post(SKEW, {"parameters": {"top_levels": 5}})
    return manager.status


def json_of(*moments: object) -> bytes:
    return json.dumps(moments).encode()


FORGED = {
    "nothing": b"",
    "random bytes": b"\x00\xff\xfe",
    "text": b'"a"',
    "number": b"1",
    "object": b'{"a": 1}',
    "truth": b"true",
    "texts": json_of("1", "2"),
    "lists": json_of([1.0]),
    "NaN": b"[NaN]",
    "infinity": b"[1e999]",
    "huge": json_of(1e308),
    "integer": b"[" + b"9" * 400 + b"]",
    "nobody's": json_of(None),
    "negative": json_of(-1.0),
    "the future": json_of(*[time.time() + 3600] * 3),
    "more than may be": json_of(*[time.time()] * 1000),
    "nested": b"[" * 100_000,
    "5 MB": json_of("x" * 5_000_000),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_what_cannot_be_somebodys_writes_counts_as_none_and_is_replaced(
    manager: Caller, key: str, store: redis.Redis, forged: bytes
):
    store.set(key, forged)
    assert write(manager) == 200
    moments = caches["writes"].get(key.rpartition(":")[2])
    assert moments == [pytest.approx(time.time(), abs=10)]
    assert left_out["writes"] == 1


def test_a_pickle_is_not_executed(manager: Caller, key: str, store: redis.Redis, tmp_path: Path):
    store.set(key, pickle.dumps(Executed(tmp_path / "executed")))
    assert write(manager) == 200
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize("command", ["HSET {} a b", "LPUSH {} a", "SADD {} a"])
def test_another_type_is_replaced(manager: Caller, key: str, store: redis.Redis, command: str):
    store.delete(key)
    store.execute_command(*command.format(key).split())
    assert write(manager) == 200
    assert store.type(key) == b"string"


def test_afterwards_writes_are_counted_as_ever(manager: Caller, key: str, store: redis.Redis):
    store.set(key, b"nonsense")
    assert [write(manager) for _ in range(4)] == [200, 200, 200, 429]


def test_the_first_is_reported_and_all_are_counted(
    manager: Caller, key: str, store: redis.Redis, caplog: pytest.LogCaptureFixture
):
    for _ in range(2):
        store.set(key, b"nonsense")
        write(manager)
    assert left_out["writes"] == 2
    assert caplog.text.count("not_believed writes") == 1
