"""How often the database is asked."""

import asyncio

import pytest
from asgiref.sync import async_to_sync

from strategies import configuration_in_force
from strategies.configuration_in_force import pause_after
from tests.strategies.in_force.process import Database, Process
from tests.strategies.test_engine import resolved

# The database is asked by hand, but the way there looks after the connection of the test.
pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_a_slow_answer_is_part_of_the_second():
    assert [pause_after(took) for took in (0.0, 0.5, 0.75, 4.0)] == [1.0, 0.5, 0.25, 0.25]


def test_it_refreshes_when_woken_and_every_second(tmp_path, monkeypatch):
    monkeypatch.setattr(configuration_in_force, "POLL_SECONDS", 0.05)
    database = Database(resolved("orderbook_skew"))
    process = Process(database, tmp_path)

    async def run():
        stop = asyncio.Event()
        task = asyncio.create_task(process.keeper.run(stop))
        while database.asked < 4:
            await asyncio.sleep(0.01)
        monkeypatch.setattr(configuration_in_force, "POLL_SECONDS", 600)
        for _ in range(3):  # the first may still be the end of a short pause
            asked = database.asked
            process.keeper.woken.set()
            while database.asked == asked:
                await asyncio.sleep(0.01)
        stop.set()
        await task

    async_to_sync(run)()
