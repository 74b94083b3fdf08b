"""What may not be on record yet: in the file of this machine, and in the reports of processes on any."""

import time
from typing import Any

import msgspec
import pytest
import redis

from halts import acknowledged
from halts.domain import HaltRecord
from halts.emergency_file import EmergencyHalts
from halts.signals import halts_issued_elsewhere
from realtime.stack.servers import LOCALHOST, free_port
from tests.factories import START

HALT = HaltRecord(strategy_id="orderbook_skew", halted=True, reason="r", actor="a", at=START)


def issued() -> list[HaltRecord]:
    answers: Any = halts_issued_elsewhere.send(sender=None)
    return [record for _, records in answers for record in records]


@pytest.fixture(autouse=True)
def machine(settings, tmp_path, store):
    settings.STATE_DIR = tmp_path
    yield tmp_path
    store.flushdb()  # what is issued here must not be heard by others


def test_nothing_was_issued():
    assert issued() == []


def test_both_words_in_the_file_of_this_machine(machine):
    resumed = HaltRecord(symbol="BTCUSDT", halted=False, reason="r", actor="a", at=START)
    for record in (HALT, resumed):
        EmergencyHalts(machine / "strategies").add(record)
    assert issued() == [HALT, resumed]


def test_what_processes_on_another_machine_apply(settings, store: redis.Redis):
    store.hset(acknowledged.key(), "a:1/0/1", acknowledged.encode("a:1/0/1", [HALT], time.time()))
    store.hset(acknowledged.key(), "b:1/0/1", acknowledged.encode("b:1/0/1", [], time.time()))
    assert issued() == [HALT]


def test_what_a_process_acknowledged_that_is_long_gone_is_history(store: redis.Redis):
    store.hset(acknowledged.key(), "a:1/0/1", acknowledged.encode("a:1/0/1", [HALT], time.time() - 3601))
    assert issued() == []


def test_a_resumption_in_redis_is_believed_by_nobody(store: redis.Redis):
    forged = msgspec.structs.replace(HALT, halted=False)
    store.hset(acknowledged.key(), "a:1/0/1", acknowledged.encode("a:1/0/1", [forged, HALT], time.time()))
    assert issued() == [HALT]


def test_without_redis_and_file_nobody_is_stopped(settings, machine):
    (machine / "strategies" / "halts.json").mkdir(parents=True)
    settings.REDIS_URL = f"redis://{LOCALHOST}:{free_port()}/0"
    assert issued() == []
