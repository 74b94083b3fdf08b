"""What is measured on its way through the store: saved slot by slot, read and added up."""

from pathlib import Path

from django.conf import settings
from redis.asyncio import Redis

import stored as believed
from strategies.domain.measurements import ALL, HOUR_SECONDS, SLOT_SECONDS
from strategies.keys import MEASURED_SECONDS
from strategies.measured_reader import MeasuredReader
from strategies.runner import StrategyRunner
from tests.factories import START, Clock
from tests.strategies.runners import KEYS, do, make_runner
from tests.strategies.test_engine import depth

SKEW = "orderbook_skew"


def hear(runner: StrategyRunner, clock: Clock, bid: float, symbol: str = "BTCUSDT", seconds: float = 3.0):
    """One more book of a symbol, whose bids outweigh its asks so many times."""
    clock.now += seconds
    runner.process(depth(bid, 1, round(10 * clock.now), symbol))


def counts(measured: MeasuredReader, *names: str) -> dict[str, int]:
    found = measured.last_hour(SKEW, *names)
    return {name: each.quantities["ratio"].count for name, each in found.items()}


def test_what_was_measured_is_saved_by_symbol_and_over_all(runner, clock, measured):
    for bid in (0.5, 1.5, 2.5):
        hear(runner, clock, bid)
    hear(runner, clock, 9, "ETHUSDT")
    assert counts(measured, "BTCUSDT") == {}
    do(runner.measured.save)
    assert counts(measured, "BTCUSDT", "ETHUSDT", "NOPEUSDT", ALL) == {"BTCUSDT": 3, "ETHUSDT": 1, ALL: 4}
    btc = measured.last_hour(SKEW, "BTCUSDT")["BTCUSDT"]
    assert (btc.since, btc.until) == (START + 3, START + 9)
    assert (btc.quantities["ratio"].lowest, btc.quantities["ratio"].highest) == (0.5, 2.5)
    assert btc.quantities.keys() == {"ratio", "spread_percent", "total_volume"}


def test_processes_that_share_symbols_or_follow_one_another_are_added_up(
    runner, clock, measured, tmp_path: Path
):
    hear(runner, clock, 1.5)
    do(runner.measured.save)
    follower = make_runner(clock, tmp_path, Redis.from_url(settings.REDIS_URL), "host:2/0/1")
    hear(follower, clock, 2.5)
    do(follower.measured.save)
    assert counts(measured, "BTCUSDT", ALL) == {"BTCUSDT": 2, ALL: 2}


def test_of_more_than_an_hour_only_the_last_is_counted_and_older_is_forgotten(runner, clock, measured, store):
    clock.now -= clock.now % SLOT_SECONDS

    async def pass_minutes() -> None:
        for _ in range(140):
            hear(runner, clock, 1.5, seconds=60)
            await runner.measured.save()

    do(pass_minutes)
    (found,) = measured.last_hour(SKEW, ALL).values()
    assert HOUR_SECONDS - 60 <= clock.now - found.since <= HOUR_SECONDS + SLOT_SECONDS
    assert store.zcard(KEYS.measured_slots) == MEASURED_SECONDS / SLOT_SECONDS
    clock.now += HOUR_SECONDS + SLOT_SECONDS
    assert counts(measured, ALL) == {}


def test_what_cannot_be_saved_is_saved_when_the_store_is_back(runner, clock, measured, monkeypatch):
    hear(runner, clock, 1.5)
    with monkeypatch.context() as outage:
        outage.setattr(runner.measured, "_redis", Redis(port=1))
        do(runner.measured.save)
    hear(runner, clock, 2.5, seconds=SLOT_SECONDS)
    do(runner.measured.save)
    assert counts(measured, ALL) == {ALL: 2}


def test_what_cannot_be_read_is_left_out_and_what_is_of_another_type_written_anew(
    runner, clock, measured, store
):
    store.set(KEYS.measured_slots, "no set")
    hear(runner, clock, 1.5)
    assert counts(measured, ALL) == {}
    do(runner.measured.save)
    assert counts(measured, ALL) == {ALL: 1}
    (slot,) = store.zrange(KEYS.measured_slots, 0, -1)
    key = KEYS.measured(SKEW, slot.decode())
    for damaged in (b"", b"\x80", b"\xc1", store.hget(key, ALL)[:-1]):
        store.hset(key, "BTCUSDT", damaged)
        assert counts(measured, "BTCUSDT", ALL) == {ALL: 1}
    store.delete(key)
    store.lpush(key, "no hash")
    store.zadd(KEYS.measured_slots, {b"\xff": START})
    assert counts(measured, ALL) == {}
    assert believed.left_out["measurements"] >= 5
