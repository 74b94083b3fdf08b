"""Halting in trouble by each door, and what came of it."""

import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg

from tests.halts.doors.doors import Browser, by_rest, by_shell
from tests.halts.doors.troubles import Trouble
from tests.plugin import database_url
from tests.servers import until
from tests.strategies import house as houses
from tests.strategies.house import House
from tests.strategies.test_total_outage import Desk

PROCESSES = 2


class Landed(NamedTuple):
    """What came of a halt: seconds until the last process acknowledged it and until the answer, and the answer."""

    acknowledged: float
    answered: float
    printed: str


class Desks:
    """A house with strategy processes of one STATE_DIR, and everybody who may halt."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._desks = [Desk(house) for _ in range(PROCESSES)]
        self._tries = 0
        until(lambda: self.all_show(connected=1, database_answers=1), "the processes", 40)
        by_rest(house, "the web process knows this token now")
        self.doors: dict[str, Callable[[House, str], str]] = {
            "shell": by_shell,
            "REST": by_rest,
            "admin": Browser(house).halt,
        }
        self.resume()

    def stop(self) -> None:
        for desk in self._desks:
            houses.stop(desk.process)

    def all_show(self, **values: float) -> bool:
        return all(desk.shows(**values) for desk in self._desks)

    def resume(self) -> None:
        self.house.do("resume", "--reason", "next")
        until(lambda: self.all_show(halted_scopes=0), "resumed", 10)

    def land(self, door: str, trouble: Trouble) -> Landed:
        """Halt in trouble, and wait until all is over and on record, once; fails on a traceback in any log."""
        self._tries += 1
        reason = f"try {self._tries}: {door}, {trouble.__name__}"
        with trouble(self.house), ThreadPoolExecutor(1) as pool:
            began = time.monotonic()
            asking = pool.submit(self._ask, door, reason)
            until(lambda: self.all_show(halted_scopes=1), "acknowledged by all", 20)
            acknowledged = time.monotonic() - began
            ended, printed = asking.result()
        until(lambda: self.all_show(database_answers=1, connected=1), "all is back", 30)
        until(lambda: self.on_record(reason) == 1, "on record once", 20)
        time.sleep(1.5)  # whoever would record it a second time has had the occasion
        assert self.on_record(reason) == 1
        assert "Traceback" not in (self.house.directory / "log").read_text()
        self.resume()
        return Landed(acknowledged, ended - began, printed)

    def _ask(self, door: str, reason: str) -> tuple[float, str]:
        printed = self.doors[door](self.house, reason)
        return time.monotonic(), printed

    def on_record(self, reason: str) -> int:
        url = self.house.database.url
        path = url.removeprefix("sqlite:///")
        with closing(psycopg.connect(url) if path == url else sqlite3.connect(path)) as database:
            return database.execute("SELECT reason FROM halts_haltchange").fetchall().count((reason,))


@contextmanager
def standing(database: str) -> Iterator[Desks]:
    """On a disk of its own, small enough to be filled."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        directory.chmod(0o755)
        url = "sqlite:"
        if database == "postgresql":
            url = database_url("postgresql", directory)
        home = directory / "house"
        home.mkdir()
        if database == "sqlite":
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", home], check=True)
            stack.callback(lambda: subprocess.run(["umount", "-l", home], check=True))
        house = stack.enter_context(houses.standing(home, url))
        desks = Desks(house)
        stack.callback(desks.stop)
        yield desks
