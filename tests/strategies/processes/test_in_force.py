"""A change reaches every process in time, and who does not use it is named."""

import asyncio
import json
import signal
from typing import Any

import pytest
from nats.aio.client import Client

from tests.servers import freeze, nats_url, until
from tests.strategies.house import House, SQLite, strategies, took
from tests.strategies.processes.asking import (
    Market,
    statuses,
)


@pytest.mark.database
def test_a_save_is_in_force_in_every_process_within_a_second(house: House):
    with strategies(house, 2):
        slowest = 0.0
        for level in (3, 4, 5, 6, 7):
            saved = house.set(top_levels=level)
            assert saved["parameters"]["top_levels"] == level
            took(lambda: statuses(house) == ["applied", "applied"], "applied everywhere", 5)
            slowest = max(slowest, *(row["lag_ms"] for row in house.applied()["data"]))
        assert house.applied()["metadata"] == {"converged": True}
        assert slowest < 1000, slowest
        versions = {row["version"] for row in house.applied()["data"]}
        assert versions == {saved["version"]}


@pytest.mark.database
def test_without_the_message_it_takes_at_most_two_seconds(house: House):
    with strategies(house):
        house.do("shell", "-c", QUIET_SAVE)
        until(lambda: statuses(house) == ["applied"], "applied without a message", 3)
        (row,) = house.applied()["data"]
        assert row["lag_ms"] < 2000


QUIET_SAVE = """
from configuration import announcements, services
from configuration.signals import configuration_changed
configuration_changed.disconnect(announcements.publish_change)
author = services.Author(source=services.Source.COMMAND, name="tests", reason="quietly")
services.write("orderbook_skew", None, {"top_levels": 9}, author=author)
"""


@pytest.mark.database
def test_requests_in_turn_leave_no_more_connections_than_one_and_that_of_the_announcer(house: House):
    if isinstance(house.database, SQLite):
        pytest.skip("a file counts no connections")
    for level in range(1, 21):
        house.set(top_levels=level)
    count = house.database.connections
    until(lambda: count() <= 2, "every other connection is closed", 2)


def test_a_killed_and_a_hanging_process_are_seen_within_five_seconds(house: House):
    with strategies(house, 3) as processes:
        processes[0].kill()
        freeze(processes[1])
        seen = took(lambda: statuses(house) == ["applied", "stale", "stale"], "seen as stale", 6)
        assert seen < 5
        answer = house.applied()
        assert answer["metadata"] == {"converged": False}
        reasons = {row["instance"].partition(":")[2]: row["reason"] for row in answer["data"]}
        assert reasons.pop(f"{processes[2].pid}/0/1") is None
        assert reasons.keys() == {f"{process.pid}/0/1" for process in processes[:2]}
        assert all(reason.startswith("not heard for ") for reason in reasons.values())
        processes[1].send_signal(signal.SIGCONT)
        until(lambda: statuses(house) == ["applied", "applied", "stale"], "back after its pause", 5)


def test_a_process_that_ends_in_order_is_not_missed(house: House):
    with strategies(house, 2) as processes:
        processes[0].terminate()
        until(lambda: statuses(house) == ["applied"], "one left", 10)


@pytest.mark.database
def test_a_set_it_must_reject_is_shown_with_the_reason_within_five_seconds(house: House):
    with strategies(house):
        house.do("shell", "-c", FORCED % '{"top_levels": 100000}')
        until(lambda: statuses(house) == ["rejected"], "rejected", 5)
        (row,) = house.applied()["data"]
        assert row["reason"] == "top_levels must be <= 20, got 100000"
        house.do("shell", "-c", FORCED % '{"top_levels": 5}')
        until(lambda: statuses(house) == ["applied"], "sound again", 5)


FORCED = """
from django.db import connection
from configuration.models import Revision, StrategyConfig
import json, uuid
with connection.cursor() as cursor:
    cursor.execute("UPDATE configuration_strategyconfig SET parameters = %%s WHERE symbol = ''", [json.dumps(%s)])
Revision.objects.update(token=uuid.uuid4())
"""


@pytest.mark.database
def test_a_signal_reaches_nats_and_the_api_with_its_configuration(house: House):
    heard: list[dict[str, Any]] = []

    async def listen() -> None:
        client = Client()
        await client.connect(nats_url(house.nats.port))
        subscription = await client.subscribe("cio.intent.trading.orderbook_skew")
        await client.flush()
        await asyncio.to_thread(Market.flip, house)
        message = await subscription.next_msg(timeout=20)
        heard.append(json.loads(message.data))
        await client.close()

    with strategies(house):
        version = house.set(top_levels=4)["version"]
        until(lambda: statuses(house) == ["applied"], "applied")
        asyncio.run(listen())
        (signal_heard,) = heard
        assert signal_heard["metadata"]["strategy_config"]["version"] == version
        assert signal_heard["metadata"]["strategy_config"]["parameters"]["top_levels"] == 4
        until(lambda: house.ask("GET", "/signals")["count"] > 0, "kept for the API")
        listed = house.ask("GET", "/signals?strategy=orderbook_skew&symbol=btcusdt&limit=1")
        assert listed == {"count": 1, "signals": [signal_heard | {"state": "sent", "halted_by": None}]}
