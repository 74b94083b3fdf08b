"""Halts land in every process, whatever is away, and stand until they are lifted."""

import asyncio
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from nats.aio.client import Client

from tests.servers import freeze, nats_url, until
from tests.strategies.house import House, strategies, took
from tests.strategies.processes.asking import (
    Market,
    reports,
    signals,
    state_of,
    suppressed,
)

pytestmark = pytest.mark.database


def test_halting_over_rest_stops_signals_and_resuming_lets_them_out(house: House):
    with strategies(house):
        Market.flip(house)
        until(lambda: signals(house) == 1, "a signal")
        state = house.ask("POST", "/strategies/orderbook_skew/halt", {"reason": "test"})
        assert (state["data"]["state"], state["metadata"]) == ("HALTED", {"action": "halted"})
        landed = took(lambda: all(report.halts for report in reports(house)), "halted", 3)
        assert landed < 1
        Market.flip(house)
        until(lambda: suppressed(house) == 1, "held back")
        assert signals(house) == 1
        state = house.ask("POST", "/strategies/orderbook_skew/resume", {"reason": "test"})
        assert (state["data"]["state"], state["metadata"]["action"]) == ("ACTIVE", "resumed")
        until(lambda: not any(report.halts for report in reports(house)), "resumed", 3)
        Market.flip(house)
        until(lambda: signals(house) == 2, "a signal again")


def test_a_halt_lands_with_the_database_away_and_is_on_record_when_it_is_back(house: House):
    with strategies(house, 2):
        house.database.take_away()
        try:
            until(lambda: not any(r.database_answers for r in reports(house)), "away", 10)
            printed = house.do("halt", "--strategy", "orderbook_skew", "--reason", "no database")
            assert "file, NATS" in printed
            landed = took(lambda: all(report.halts for report in reports(house)), "halted", 3)
            assert landed < 1
            Market.flip(house)
            until(lambda: suppressed(house) == 2, "held back")
            assert signals(house) == 0
        finally:
            house.database.bring_back()
        until(lambda: all(r.database_answers for r in reports(house)), "back", 10)
        until(lambda: state_of(house, "orderbook_skew") == "HALTED", "on record", 10)
        house.do("resume", "--strategy", "orderbook_skew", "--reason", "back")
        until(lambda: not any(report.halts for report in reports(house)), "resumed", 3)


def publish(house: House, **record: Any) -> None:
    """Whoever may publish claims something about halts."""

    async def publish() -> None:
        client = Client()
        await client.connect(nats_url(house.nats.port))
        words = {"reason": "forged", "actor": "nobody", "at": time.time()} | record
        await client.publish("strategies.halts", json.dumps(words).encode())
        await client.flush()
        await client.close()

    asyncio.run(publish())


def test_nobody_on_the_bus_lifts_a_halt_that_is_on_record(house: House):
    with strategies(house):
        house.ask("POST", "/strategies/halt", {"reason": "test"})
        until(lambda: all(report.halts for report in reports(house)), "halted", 3)
        for at in (time.time() + 4, 4e9):
            publish(house, halted=False, at=at)
        Market.flip(house)
        until(lambda: suppressed(house) == 1, "held back")
        stays(house, "HALTED")
        again = house.ask("POST", "/strategies/halt", {"reason": "again"})
        assert again["success"]
        stays(house, "HALTED")
        assert signals(house) == 0
        house.do("resume", "--reason", "done")
        until(lambda: not any(report.halts for report in reports(house)), "resumed", 3)


@contextmanager
def halted_without_database(house: House, process: subprocess.Popen[str]) -> Iterator[None]:
    """A halt of everything that is in the file and acknowledged; inside the block the database is back, and nobody has
    put the halt on record, for the process that would is paused."""
    house.database.take_away()
    try:
        until(lambda: not any(report.database_answers for report in reports(house)), "away", 10)
        house.do("halt", "--reason", "no database")
        until(lambda: all(report.halts for report in reports(house)), "halted", 3)
        freeze(process)
    finally:
        house.database.bring_back()
    yield
    process.send_signal(signal.SIGCONT)
    until(lambda: all(report.database_answers for report in reports(house)), "back", 10)


def stays(house: House, state: str) -> None:
    """For longer than any process needs to hand over what it knows."""
    for _ in range(10):
        assert {item["state"] for item in house.ask("GET", "/strategies")["data"]} == {state}
        time.sleep(0.3)
    assert {bool(report.halts) for report in reports(house)} == {state == "HALTED"}


@pytest.mark.parametrize("door", ["shell", "REST"])
def test_a_resumption_right_after_the_database_is_back_is_not_undone(house: House, door: str):
    with strategies(house) as (process,):
        with halted_without_database(house, process):
            if door == "shell":
                assert "Resumed: everything" in house.do("resume", "--reason", "back")
            else:
                answer = house.ask("POST", "/strategies/resume", {"reason": "back"})
                assert (answer["data"]["state"], answer["metadata"]["action"]) == ("ACTIVE", "resumed")
        until(lambda: not any(report.halts for report in reports(house)), "resumed", 5)
        stays(house, "ACTIVE")
        Market.flip(house)
        until(lambda: signals(house) == 1, "a signal")


def test_a_halt_right_after_the_database_is_back_is_not_undone_by_an_earlier_resumption(house: House):
    house.ask("POST", "/strategies/halt", {"reason": "first"})
    with strategies(house) as (process,):
        with halted_without_database(house, process):
            file = house.directory / "strategies" / "halts.json"
            (record,) = [each for each in json.loads(file.read_text()) if not each["strategy_id"]]
            # a resumption by a clock that is ahead, but not so far that nobody believes it
            record |= {"halted": False, "reason": "resumed", "at": record["at"] + 3}
            file.write_text(json.dumps([record]))
            assert house.ask("POST", "/strategies/halt", {"reason": "second"})["data"]["state"] == "HALTED"
        stays(house, "HALTED")
        Market.flip(house)
        until(lambda: suppressed(house) == 1, "held back")
        assert signals(house) == 0
        house.do("resume", "--reason", "back")
        until(lambda: not any(report.halts for report in reports(house)), "resumed", 5)


def test_a_halt_lands_with_database_and_nats_away(house: House):
    """Then the file is what is left, for the processes of this machine."""
    with strategies(house):
        house.database.take_away()
        house.nats.stop()
        try:
            printed = house.do("halt", "--reason", "everything is away")
            assert "by way of file." in printed
            landed = took(lambda: all(report.halts for report in reports(house)), "halted", 3)
            assert landed < 1
        finally:
            house.nats.start()
            house.database.bring_back()
        until(lambda: state_of(house, "orderbook_skew") == "HALTED", "on record", 15)
        house.do("resume", "--reason", "back")
        until(lambda: not any(report.halts for report in reports(house)), "resumed", 5)
