"""By every door a halt lands while the database is half alive, and is on record once when it is well again.

All pairs of doors and troubles, with their times: `python -m tests.halts.doors`.
"""

import os
from collections.abc import Iterator

import pytest

from halts.landing import DATABASE_SECONDS
from tests.halts.doors.troubles import frozen_in_a_transaction, frozen_server, malformed, read_only
from tests.halts.doors.trying import Desks
from tests.strategies import house as houses

pytestmark = [pytest.mark.database, pytest.mark.timeout(240)]
DOORS = ["shell", "REST", "admin"]
OWN_TROUBLE = {"postgresql": read_only, "sqlite": malformed}


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desks]:
    directory = tmp_path_factory.mktemp("house")
    with houses.standing(directory, os.environ["DATABASE_URL"]) as house:
        desks = Desks(house)
        yield desks
        desks.stop()
        print((directory / "log").read_text()[-6000:])  # pytest shows it where a test failed


@pytest.mark.parametrize("door", DOORS)
def test_past_a_process_that_froze_while_it_wrote(desks: Desks, door: str):
    printed = desks.land(door, frozen_in_a_transaction).printed
    assert "file" in printed
    assert "NATS" in printed


@pytest.mark.parametrize("door", DOORS)
def test_past_a_database_that_can_only_be_read_or_not_even_that(desks: Desks, door: str):
    kind = os.environ["DATABASE_URL"].partition(":")[0]
    assert "file" in desks.land(door, OWN_TROUBLE[kind]).printed


@pytest.mark.parametrize("door", DOORS)
def test_past_a_server_that_stands_still_and_it_is_waited_for_once(desks: Desks, door: str):
    if os.environ["DATABASE_URL"].startswith("sqlite"):
        pytest.skip("SQLite has no server")
    landed = desks.land(door, frozen_server)
    assert "file" in landed.printed
    assert "NATS" in landed.printed
    assert landed.answered < 2 * DATABASE_SECONDS
