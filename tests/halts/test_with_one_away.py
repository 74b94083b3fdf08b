"""One thing is away, Redis, NATS or the web process: a halt lands all the same, and is lifted again."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.servers import ROOT, until
from tests.strategies import house as houses
from tests.strategies.house import House
from tests.strategies.test_total_outage import Desk, flip

pytestmark = [pytest.mark.database, pytest.mark.timeout(240)]
LANDS_SECONDS = 3.0  # a poll of the database, on a busy machine


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("house")
    with houses.standing(directory, os.environ["DATABASE_URL"]) as house:
        yield house
        print((directory / "log").read_text()[-6000:])  # pytest shows it where a test failed


@pytest.fixture(scope="module")
def desk(house: House) -> Iterator[Desk]:
    desk = Desk(house)
    until(lambda: desk.shows(connected=1, database_answers=1), "the process", 40)
    yield desk
    houses.stop(desk.process)


@pytest.fixture
def away(house: House, desk: Desk, request: pytest.FixtureRequest) -> Iterator[str]:
    """What the test names is away for its time."""
    name: str = request.param
    if name == "web":
        house.stop_web()
        yield name
        house.start_web()
        return
    server = {"redis": house.valkey, "nats": house.nats}[name]
    server.kill()
    yield name
    server.start()
    until(lambda: desk.shows(connected=1), "the process is back on the bus")


def by_command(house: House, verb: str) -> tuple[str, str]:
    """What the shell prints, and what it complains about."""
    done = subprocess.run(
        [sys.executable, "manage.py", verb, "--reason", "one is away"],
        cwd=ROOT, env=house.environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def by_rest(house: House, verb: str) -> tuple[str, str]:
    answer = house.ask("POST", f"/strategies/{verb}", {"reason": "one is away"})
    assert answer["success"], answer
    return f"{answer['data']['state']}, {answer['metadata']['action']}", ""


def logged(house: House) -> str:
    return (house.directory / "log").read_text()


CASES = [
    (by_command, "redis", "by way of file", "Redis: not reached"),
    (by_command, "nats", "by way of file", "NATS: not reached"),
    (by_command, "web", "by way of file", ""),
    (by_rest, "redis", "HALTED, halted", ""),
    (by_rest, "nats", "HALTED, halted", ""),
]


@pytest.mark.parametrize(
    ("halt", "away", "printed", "complained"),
    CASES,
    ids=[f"{halt.__name__} without {away}" for halt, away, *_ in CASES],
    indirect=["away"],
)
def test_it_lands(
    house: House,
    desk: Desk,
    away: str,
    halt: Callable[[House, str], tuple[str, str]],
    printed: str,
    complained: str,
):
    out, complaint = halt(house, "halt")
    until(lambda: desk.shows(halted_scopes=1), "halted", LANDS_SECONDS)
    assert printed in out  # by what else depends on how fast the machine is
    assert complained in complaint or "no answer in time" in complaint
    if away != "nats":
        held = desk.figures().get("strategies_suppressed_total", 0)
        flip(house, desk, "suppressed_total", held + 1)
    out, complaint = halt(house, "resume")
    until(lambda: desk.shows(halted_scopes=0), "resumed", LANDS_SECONDS)
    assert "Traceback" not in complaint + logged(house)
