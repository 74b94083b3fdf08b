"""Strategy processes between real servers: changes, silence, death, refusal, halts, and whatever is away."""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from nats.aio.client import Client

from realtime.stack.servers import LOCALHOST, free_port
from strategies.receipts import ProcessReport
from tests.servers import nats_url, until
from tests.strategies import house as houses
from tests.strategies.house import House, SQLite, strategies, took
from tests.strategies.test_engine import depth

pytestmark = pytest.mark.database


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("house")
    with houses.standing(directory, os.environ["DATABASE_URL"]) as house:
        yield house
        print((directory / "log").read_text()[-6000:])  # pytest shows it where a test failed


def statuses(house: House, symbol: str = "") -> list[str]:
    return sorted(row["status"] for row in house.applied(symbol=symbol)["data"])


def reports(house: House) -> list[ProcessReport]:
    return house.reader.processes()


def flip(house: House, update_id: int) -> None:
    """A skewed book after an even one: a signal, unless something holds it back."""
    house.publish(depth(1, 1, update_id), depth(2.9, 1, update_id + 1))


class Market:
    """Books with rising ids for the whole module."""

    update_id = int(time.time() * 1000)

    @classmethod
    def flip(cls, house: House) -> None:
        cls.update_id += 10
        flip(house, cls.update_id)


def signals(house: House) -> int:
    return sum(sum(report.signals.values()) for report in reports(house))


def state_of(house: House, strategy: str) -> str:
    states = {item["strategy_id"]: item["state"] for item in house.ask("GET", "/strategies")["data"]}
    return str(states[strategy])


def suppressed(house: House) -> int:
    return sum(sum(report.suppressed.values()) for report in reports(house))


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


def test_no_connection_to_the_database_outlives_its_request(house: House):
    if isinstance(house.database, SQLite):
        pytest.skip("a file counts no connections")
    for level in range(1, 21):
        house.set(top_levels=level)
    count = house.database.connections
    until(lambda: count() == 0, "every connection is closed", 2)


def test_a_killed_and_a_hanging_process_are_seen_within_five_seconds(house: House):
    with strategies(house, 3) as processes:
        processes[0].kill()
        processes[1].send_signal(signal.SIGSTOP)
        seen = took(lambda: statuses(house) == ["applied", "stale", "stale"], "seen as stale", 6)
        assert seen < 5
        answer = house.applied()
        assert answer["metadata"] == {"converged": False}
        told = {row["instance"].partition(":")[2]: row["reason"] for row in answer["data"]}
        assert told.pop(f"{processes[2].pid}/0/1") is None
        assert told.keys() == {f"{process.pid}/0/1" for process in processes[:2]}
        assert all(reason.startswith("not heard for ") for reason in told.values())
        processes[1].send_signal(signal.SIGCONT)
        until(lambda: statuses(house) == ["applied", "applied", "stale"], "back after its pause", 5)


def test_a_process_that_ends_in_order_is_not_missed(house: House):
    with strategies(house, 2) as processes:
        processes[0].terminate()
        until(lambda: statuses(house) == ["applied"], "one left", 10)


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
        assert listed == {"count": 1, "signals": [signal_heard]}


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
        assert (state["data"]["state"], state["metadata"]) == ("ACTIVE", {"action": "resumed"})
        until(lambda: not any(report.halts for report in reports(house)), "resumed", 3)
        Market.flip(house)
        until(lambda: signals(house) == 2, "a signal again")


def test_a_halt_lands_with_the_database_away_and_is_on_record_when_it_is_back(house: House):
    with strategies(house, 2):
        house.database.take_away()
        try:
            until(lambda: not any(r.database_answers for r in reports(house)), "away", 10)
            said = house.do("halt", "--strategy", "orderbook_skew", "--reason", "no database")
            assert "file, NATS" in said
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


def say(house: House, **record: Any) -> None:
    """Whoever may publish says something about halts."""

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
            say(house, halted=False, at=at)
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
    """A halt of everything that is in the file and obeyed; inside the block the database is back, and nobody has
    put the halt on record, for the process that would is paused."""
    house.database.take_away()
    try:
        until(lambda: not any(report.database_answers for report in reports(house)), "away", 10)
        house.do("halt", "--reason", "no database")
        until(lambda: all(report.halts for report in reports(house)), "halted", 3)
        process.send_signal(signal.SIGSTOP)
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
            said = house.do("halt", "--reason", "everything is away")
            assert "by way of file." in said
            landed = took(lambda: all(report.halts for report in reports(house)), "halted", 3)
            assert landed < 1
        finally:
            house.nats.start()
            house.database.bring_back()
        until(lambda: state_of(house, "orderbook_skew") == "HALTED", "on record", 15)
        house.do("resume", "--reason", "back")
        until(lambda: not any(report.halts for report in reports(house)), "resumed", 5)


def test_a_restart_without_the_database_runs_on_the_last_known_good(house: House):
    with strategies(house):
        version = house.set(top_levels=8)["version"]
        until(lambda: statuses(house) == ["applied"], "applied")
    house.database.take_away()
    try:
        with strategies(house):
            (report,) = reports(house)
            assert (report.configuration, report.database_answers) == ("disk", False)
            receipt = report.receipt("orderbook_skew", None)
            assert receipt
            assert receipt.version == version
            Market.flip(house)
            until(lambda: signals(house) == 1, "a signal")
            house.database.bring_back()
            until(lambda: reports(house)[0].configuration == "database", "back", 10)
    finally:
        house.database.bring_back()


def test_everything_goes_away_in_turn_and_nothing_is_lost(house: House):
    with strategies(house):
        Market.flip(house)
        until(lambda: signals(house) == 1, "a signal")
        house.valkey.stop()
        saved = house.set(top_levels=6)
        Market.flip(house)
        house.valkey.start()
        until(lambda: statuses(house) == ["applied"], "applied after Redis was away", 10)
        assert house.applied()["data"][0]["version"] == saved["version"]
        until(lambda: signals(house) == 2, "both signals", 10)
        until(lambda: house.ask("GET", "/signals?limit=2")["count"] == 2, "kept although Redis was away", 10)
        house.nats.stop()
        house.nats.start()

        def flips_again() -> bool:  # what is published before the process is back on the bus, nobody hears
            Market.flip(house)
            return signals(house) > 2

        until(flips_again, "a signal after NATS was away", 10)


def test_events_over_websocket(house: House):
    async def watch() -> list[dict[str, Any]]:
        seen: list[dict[str, Any]] = []
        cookies = await asyncio.to_thread(log_in, house)
        address = f"ws://{LOCALHOST}:{house.port}/ws/configuration/"
        headers = {"Cookie": cookies, "Origin": f"http://{LOCALHOST}:{house.port}"}
        async with websockets.connect(address, additional_headers=headers) as socket:
            seen.append(json.loads(await asyncio.wait_for(socket.recv(), 5)))
            saved = await asyncio.to_thread(house.set, top_levels=3)
            await asyncio.to_thread(house.ask, "POST", "/strategies/halt", {"reason": "watching"})
            await asyncio.to_thread(house.ask, "POST", "/strategies/resume", {"reason": "watching"})
            async with asyncio.timeout(10):
                while not is_over(seen, saved["version"]):
                    seen.append(json.loads(await socket.recv()))
        return seen

    def is_over(seen: list[dict[str, Any]], version: int) -> bool:
        applied = [e for e in seen if e["type"] == "applied" and e["strategy_id"] == "orderbook_skew"]
        states = [e["state"] for e in seen if e["type"] == "state"]
        return states == ["HALTED", "ACTIVE"] and any(
            e["version"] == version and e["converged"] for e in applied
        )

    with strategies(house, 2):
        seen = asyncio.run(watch())
    assert seen[0]["type"] == "snapshot"
    assert len(seen[0]["processes"]) == 2
    change = next(event for event in seen if event["type"] == "change")
    assert (change["strategy_id"], change["actor"], change["reason"]) == ("orderbook_skew", "manager", "test")
    done = [e for e in seen if e["type"] == "applied" and e["strategy_id"] == "orderbook_skew"][-1]
    assert (done["applied"], len(done["processes"])) == (2, 2)
    assert 0 <= done["slowest_lag_ms"] < 1000


def test_the_socket_gives_signs_of_life_while_nothing_happens(house: House):
    async def listen() -> list[str]:
        cookies = await asyncio.to_thread(log_in, house)
        headers = {"Cookie": cookies, "Origin": f"http://{LOCALHOST}:{house.port}"}
        address = f"ws://{LOCALHOST}:{house.port}/ws/configuration/"
        async with websockets.connect(address, additional_headers=headers) as socket, asyncio.timeout(15):
            return [json.loads(await socket.recv())["type"] for _ in range(3)]

    assert asyncio.run(listen()) == ["snapshot", "heartbeat", "heartbeat"]


def log_in(house: House) -> str:
    with httpx.Client(base_url=f"http://{LOCALHOST}:{house.port}", follow_redirects=True) as client:
        client.get("/admin/login/")
        form = {
            "username": "manager",
            "password": houses.PASSWORD,
            "csrfmiddlewaretoken": client.cookies["csrftoken"],
        }
        client.post("/admin/login/", data=form, headers={"Referer": str(client.base_url)})
        return f"sessionid={client.cookies['sessionid']}"


@pytest.mark.parametrize("cookies", ["", "sessionid=made-up"])
def test_the_socket_is_closed_to_strangers(house: House, cookies: str):
    async def knock() -> None:
        headers = {"Cookie": cookies, "Origin": f"http://{LOCALHOST}:{house.port}"}
        async with websockets.connect(
            f"ws://{LOCALHOST}:{house.port}/ws/configuration/", additional_headers=headers
        ):
            pass

    with pytest.raises(websockets.exceptions.InvalidStatus):
        asyncio.run(knock())


def test_strategies_can_be_chosen_and_disabled(house: House):
    with strategies(house, 1, "--only", "trade_momentum,orderbook_skew", "--partition", "0/2"):
        (report,) = reports(house)
        assert (report.strategies, report.partition) == (["orderbook_skew", "trade_momentum"], "0/2")
    process = house.start(
        "run_strategies", "--only", "trade_momentum", STRATEGY_ENABLED_TRADE_MOMENTUM="false"
    )
    assert process.wait(30) == 1
    assert "No strategy is left to run" in Path(house.log.name).read_text()


def test_probes(house: House):
    port = free_port()
    house.environment["STRATEGIES_HTTP_PORT"] = str(port)
    try:
        with strategies(house):
            house.set(top_levels=5)
            until(lambda: statuses(house) == ["applied"], "applied")
            assert httpx.get(f"http://{LOCALHOST}:{port}/healthz").json() == {"status": "ok"}
            name = "strategies_save_to_applied_seconds"
            for address in (port, house.port):  # the process's own, and those of all at the web process
                until(partial(has_one, address, f"{name}_count"), "the figure of the save", 5)
                text = figures_at(address)
                assert 0 < figure(text, f"{name}_sum") < 2
                assert f'{name}_bucket{{le="+Inf",process="' in text
                assert figure(text, "strategies_database_answers") == figure(text, "strategies_up") == 1
    finally:
        del house.environment["STRATEGIES_HTTP_PORT"]


def figures_at(port: int) -> str:
    return httpx.get(f"http://{LOCALHOST}:{port}/metrics").text


def has_one(port: int, name: str) -> bool:
    return figure(figures_at(port), name) == 1


def figure(text: str, name: str) -> float:
    """The value of the only series called `name`."""
    return float(next(line.split()[-1] for line in text.splitlines() if line.startswith(name)))
