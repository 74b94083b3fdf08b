"""How many signals each halt has held back: counted by the processes together, and kept in Redis."""

import asyncio
from collections.abc import Iterator

import msgspec
import pytest
import redis
from django.conf import settings
from redis.asyncio import Redis

from halts.domain import UNKNOWN, HaltRecord
from realtime.stack.servers import free_port
from strategies.domain.signal import moment
from strategies.held_back import HeldBackCounts
from strategies.keys import COUNTED_SECONDS, KEPT_HALTED, StrategyKeys
from strategies.reader import HeldBack, StrategiesReader
from tests.factories import START, Clock

KEYS = StrategyKeys(settings.STORE_PREFIX)
EVERYTHING = HaltRecord(halted=True, reason="r", actor="rita", at=START + 1)
SKEW = HaltRecord(strategy_id="orderbook_skew", halted=True, reason="r", actor="rita", at=START + 2)
NONE = HeldBack(0, None, is_complete=True)


class Process:
    """What strategy processes do about it."""

    def __init__(self, clock: Clock, loop: asyncio.Runner) -> None:
        self.redis = Redis.from_url(settings.REDIS_URL)
        self.counts = HeldBackCounts(self.redis, KEYS, clock)
        self._loop = loop

    def save(self) -> None:
        self._loop.run(self.counts.save())

    def hold_back(self, halt: HaltRecord, signals: int = 1) -> None:
        for _ in range(signals):
            self.counts.count(halt)
        self.save()


@pytest.fixture
def loop() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def process(store: redis.Redis, clock: Clock, loop: asyncio.Runner) -> Process:
    """One that has counted from the start on."""
    process = Process(clock, loop)
    process.save()
    return process


@pytest.fixture
def reader(store: redis.Redis) -> StrategiesReader:
    return StrategiesReader(store, KEYS)


def test_each_halt_has_a_count_of_its_own_however_many_they_are(
    process: Process, reader: StrategiesReader, clock: Clock
):
    clock.advance(60)
    process.hold_back(EVERYTHING, 10 * KEPT_HALTED)
    process.hold_back(SKEW)
    assert reader.held_back([EVERYTHING, SKEW]) == {
        EVERYTHING.scope: (10 * KEPT_HALTED, moment(START + 60), True),
        SKEW.scope: (1, moment(START + 60), True),
    }


def test_processes_add_theirs_together_also_after_a_restart(
    process: Process, reader: StrategiesReader, clock: Clock, loop: asyncio.Runner
):
    process.hold_back(SKEW, 3)
    clock.advance(5)
    Process(clock, loop).hold_back(SKEW, 2)
    assert reader.held_back([SKEW])[SKEW.scope] == (5, moment(START + 5), True)


def test_another_reason_does_not_begin_the_count_anew_and_another_halt_does(
    process: Process, reader: StrategiesReader
):
    process.hold_back(SKEW, 3)
    replaced = msgspec.structs.replace(SKEW, at=START + 9, since=SKEW.at, reason="maintenance")
    assert reader.held_back([replaced])[SKEW.scope].signals == 3
    assert reader.held_back([msgspec.structs.replace(SKEW, at=START + 9)]) == {SKEW.scope: NONE}


def test_of_a_halt_that_is_older_than_the_count_there_are_at_least_so_many(
    process: Process, reader: StrategiesReader, store: redis.Redis
):
    older = msgspec.structs.replace(SKEW, at=START - 1)
    process.hold_back(older, 2)
    assert reader.held_back([older])[SKEW.scope][::2] == (2, False)
    store.flushdb()  # so that what was counted is lost
    assert reader.held_back([SKEW]) == {SKEW.scope: (0, None, False)}


def test_what_was_not_known_to_be_halted_belongs_to_no_halt(process: Process, store: redis.Redis):
    process.hold_back(UNKNOWN)
    assert store.keys(f"{settings.STORE_PREFIX}:held_back:*") == [KEYS.counted_since.encode()]


def test_while_the_store_is_away_nothing_is_lost(
    reader: StrategiesReader, clock: Clock, loop: asyncio.Runner, store: redis.Redis
):
    process = Process(clock, loop)
    pool = process.redis.connection_pool
    port, pool.connection_kwargs["port"] = pool.connection_kwargs["port"], free_port()
    process.hold_back(SKEW, 2)
    pool.connection_kwargs["port"] = port
    pool.reset()
    process.hold_back(SKEW)
    process.save()
    assert reader.held_back([SKEW])[SKEW.scope].signals == 3


def test_a_count_is_forgotten_a_year_after_the_last(process: Process, store: redis.Redis):
    process.hold_back(SKEW)
    assert store.ttl(KEYS.held_back(SKEW)) in (COUNTED_SECONDS, COUNTED_SECONDS - 1)


@pytest.mark.parametrize(
    "forged",
    [
        {"signals": "many"},
        {"signals": "-1"},
        {"signals": "1", "last": "2026-13-01T08:00:00.000Z"},
        {b"\xff": "1"},
    ],
)
def test_a_count_that_cannot_be_costs_itself_alone(
    process: Process, reader: StrategiesReader, store: redis.Redis, forged: dict[str, str]
):
    process.hold_back(EVERYTHING)
    store.hset(KEYS.held_back(SKEW), items=[part for pair in forged.items() for part in pair])
    assert list(reader.held_back([EVERYTHING, SKEW])) == [EVERYTHING.scope]


def test_keys_of_another_type_are_left_out_and_written_anew(
    process: Process, reader: StrategiesReader, store: redis.Redis
):
    store.delete(KEYS.counted_since)
    store.hset(KEYS.counted_since, "forged", "1")
    store.set(KEYS.held_back(SKEW), "forged")
    assert reader.held_back([SKEW]) == {}
    process.hold_back(SKEW)
    assert reader.held_back([SKEW])[SKEW.scope].signals == 1


@pytest.mark.parametrize("forged", ["many", str(2**63 - 1)])
def test_a_forged_count_holds_up_no_other_and_none_is_counted_twice(
    process: Process, reader: StrategiesReader, store: redis.Redis, forged: str
):
    store.hset(KEYS.held_back(SKEW), "signals", forged)
    process.counts.count(EVERYTHING)
    process.hold_back(SKEW, 2)
    process.save()
    process.save()
    assert [count.signals for count in reader.held_back([EVERYTHING, SKEW]).values()] == [1, 2]


def test_when_counting_began_is_believed_only_as_a_moment(
    process: Process, reader: StrategiesReader, store: redis.Redis
):
    store.set(KEYS.counted_since, "0")
    assert reader.held_back([SKEW]) == {SKEW.scope: (0, None, False)}
