"""What may not be on record yet: in the file of this machine, and in the reports of processes on any."""

import time
from typing import Any

import msgspec
import pytest
import redis

from halts.domain import HaltRecord
from halts.emergency_file import EmergencyHalts
from halts.signals import halts_said_elsewhere
from realtime.stack.servers import LOCALHOST, free_port
from strategies.configuration_in_force import UNKNOWN
from strategies.keys import StrategyKeys
from tests.factories import START
from tests.strategies.reports import report

HALT = HaltRecord(strategy_id="orderbook_skew", halted=True, reason="r", actor="a", at=START)


def said() -> list[HaltRecord]:
    answers: Any = halts_said_elsewhere.send(sender=None)
    return [record for _, records in answers for record in records]


@pytest.fixture(autouse=True)
def machine(settings, tmp_path, store):
    settings.STATE_DIR = tmp_path
    yield tmp_path
    store.flushdb()  # what is said here must not be heard by others


def test_nothing_was_said():
    assert said() == []


def test_both_words_in_the_file_of_this_machine(machine):
    resumed = HaltRecord(symbol="BTCUSDT", halted=False, reason="r", actor="a", at=START)
    for record in (HALT, resumed):
        EmergencyHalts(machine / "strategies").add(record)
    assert said() == [HALT, resumed]


def test_what_processes_on_another_machine_obey(settings, store: redis.Redis):
    key = StrategyKeys(settings.STORE_PREFIX).processes
    ignorant = report(configuration="none", halts=[UNKNOWN], instance="b:1/0/1", reported_at=time.time())
    for each in (report(halts=[HALT], reported_at=time.time()), ignorant):
        store.hset(key, each.instance, msgspec.msgpack.encode(each))
    assert said() == [HALT]


def test_without_redis_and_file_nobody_is_stopped(settings, machine):
    (machine / "strategies" / "halts.json").mkdir(parents=True)
    settings.REDIS_URL = f"redis://{LOCALHOST}:{free_port()}/0"
    assert said() == []
