"""What is left out, and what is no reason to leave anything out."""

import msgspec
import pytest
import redis
from redis.exceptions import ConnectionError as StoreAway
from redis.exceptions import ResponseError

from realtime.stack.servers import LOCALHOST, free_port
from stored import Values, left_out

NUMBERS = Values("numbers", msgspec.json.Decoder(int).decode, name=str, time=float)


def test_a_value_stands_under_its_name_and_is_of_the_past(caplog: pytest.LogCaptureFixture):
    assert NUMBERS.read(b"7", now=0.0, name=b"7") == 7
    assert NUMBERS.read(b"60", now=0.0) == 60
    for raw, name in ((b"61", b"61"), (b"7", b"8"), (b"x", b"x"), (b"", b""), (b"7" * 5_000_000, b"7")):
        assert NUMBERS.read(raw, now=0.0, name=name) is None
    assert left_out["numbers"] == 5
    assert caplog.text.count("not_believed numbers") == 1


def test_a_mistake_of_ours_is_not_hidden():
    def mistaken(_: bytes) -> int:
        raise KeyError("a mistake")

    with pytest.raises(KeyError):
        Values("numbers", mistaken).read(b"7")


def test_a_store_that_is_away_is_no_value_that_cannot_be_read():
    with pytest.raises(StoreAway):
        NUMBERS.of_hash(redis.Redis.from_url(f"redis://{LOCALHOST}:{free_port()}"), "numbers", 0.0)
    with pytest.raises(StoreAway):
        NUMBERS.listed(StoreAway())
    with pytest.raises(ResponseError):
        NUMBERS.listed(ResponseError("OOM command not allowed"))
    assert not left_out
