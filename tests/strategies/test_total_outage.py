"""NATS, Redis, the database and the web process are gone at once, while strategies go on with what they know."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
import pytest
from nats.aio.client import Client

from realtime.stack.servers import LOCALHOST, free_port
from tests.servers import nats_url, until
from tests.strategies import house as houses
from tests.strategies.house import House
from tests.strategies.processes.asking import Market, log_in, reports, state_of, statuses

pytestmark = [pytest.mark.database, pytest.mark.timeout(240)]


class Desk:
    """A house whose one strategy process is asked directly, since everything around it goes away."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.port = free_port()
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        return self.house.start("run_strategies", STRATEGIES_HTTP_PORT=str(self.port))

    def restart(self) -> None:
        """As after a crash."""
        self.process.kill()
        self.process.wait(10)
        self.process = self.start()
        until(self.figures, "the process answers", 30)

    def figures(self) -> dict[str, float]:
        """Its figures by name, summed over labels; empty while it does not answer."""
        try:
            text = httpx.get(f"http://{LOCALHOST}:{self.port}/metrics").text
        except httpx.HTTPError:
            return {}
        found: dict[str, float] = {}
        for line in text.splitlines():
            if line.startswith("strategies_"):
                name = line.partition("{")[0]
                found[name] = found.get(name, 0) + float(line.split()[-1])
        return found

    def shows(self, **values: float) -> bool:
        figures = self.figures()
        return all(figures.get(f"strategies_{name}", 0) == value for name, value in values.items())


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("house")
    with houses.standing(directory, os.environ["DATABASE_URL"]) as house:
        yield house
        print((directory / "log").read_text()[-6000:])  # pytest shows it where a test failed


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    desk = Desk(house)
    yield desk
    houses.stop(desk.process)


def take_all_away(house: House) -> None:
    house.stop_web()
    house.valkey.kill()
    house.nats.kill()
    house.database.take_away()


def flip(house: House, desk: Desk, seen: str, times: float) -> None:
    """A skewed book; it has come through when the process has counted `times` decisions as `seen`."""
    Market.flip(house)
    until(lambda: desk.shows(**{seen: times}), f"{seen} {times:.0f}", 10)


@asynccontextmanager
async def intents(house: House) -> AsyncIterator[list[bytes]]:
    """What anybody who trades gets to hear."""
    heard: list[bytes] = []
    client = Client()

    async def hear(message) -> None:
        heard.append(message.data)

    await client.connect(nats_url(house.nats.port))
    await client.subscribe("cio.intent.trading.*", cb=hear)
    await client.flush()
    yield heard
    await client.flush()
    await client.close()


@pytest.mark.parametrize("restarts", [False, True], ids=["it goes on", "it crashes meanwhile"])
def test_halted_without_anything_and_back_by_itself(house: House, desk: Desk, restarts: bool):
    until(lambda: desk.shows(connected=1, database_answers=1), "the process", 40)
    version = house.set(top_levels=7 if restarts else 6)["version"]
    until(lambda: statuses(house) == ["applied"], "applied")
    flip(house, desk, "signals_total", 1)

    take_all_away(house)
    until(lambda: desk.shows(connected=0, database_answers=0), "everything is missed", 20)
    printed = house.do("halt", "--reason", "all is away")
    assert "by way of file." in printed
    until(lambda: desk.shows(halted_scopes=1), "halted", 1)
    if restarts:
        desk.restart()
        until(lambda: desk.shows(halted_scopes=1, database_answers=0), "halted from the start", 10)

    house.nats.start()
    until(lambda: desk.shows(connected=1), "back on the bus", 20)

    async def while_it_is_halted() -> list[bytes]:
        async with intents(house) as heard:
            await asyncio.to_thread(flip, house, desk, "suppressed_total", 1)
            house.valkey.start()
            house.database.bring_back()
            await asyncio.to_thread(until, lambda: desk.shows(database_answers=1), "the database", 20)
            await asyncio.to_thread(house.start_web)
            await asyncio.to_thread(until, partial(is_halted, house), "on record", 20)
            await asyncio.to_thread(flip, house, desk, "suppressed_total", 2)
        return heard

    assert asyncio.run(while_it_is_halted()) == []
    what_happened(house)
    assert statuses(house) == ["applied"]
    assert house.applied()["data"][0]["version"] == version

    house.do("resume", "--reason", "all is back")
    until(lambda: desk.shows(halted_scopes=0), "resumed", 5)
    before = desk.figures().get("strategies_signals_total", 0)
    flip(house, desk, "signals_total", before + 1)
    newest = house.ask("GET", "/signals?strategy=orderbook_skew&limit=1")["signals"][0]
    assert newest["metadata"]["strategy_config"]["version"] == version


def is_halted(house: House) -> bool:
    return state_of(house, "orderbook_skew") == "HALTED"


def what_happened(house: House) -> None:
    """The log, the processes' answers and the admin's home page all say the same."""
    until(
        lambda: [bool(report.halts) for report in reports(house)] == [True], "the report of the process", 10
    )
    event = house.ask("GET", "/config/events?symbol=BTCUSDT&limit=1")["data"][0]
    assert (event["kind"], event["reason"], event["strategy_id"]) == ("halt", "all is away", None)
    cookies = {"Cookie": log_in(house)}
    home = httpx.get(f"http://{LOCALHOST}:{house.port}/admin/", headers=cookies).text
    assert "Halted: everything" in home
    assert "all is away" in home
