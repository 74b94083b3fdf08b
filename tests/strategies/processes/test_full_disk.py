"""A full disk under database and STATE_DIR: strategies go on, halts land, and the ledger says what it lost."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from strategies.keys import StrategyKeys
from strategies.receipts import ProcessReport
from tests.servers import ROOT, until
from tests.strategies.house import PREFIX, House, stop
from tests.strategies.processes.asking import Market, reports, signals, suppressed

DISK = 24 * 2**20
MOST_WAITING = 8
ON_A_DISK = f'mount -t tmpfs -o size={DISK} none "$0" && exec "$@"'
PROCESS = f"""
import django
django.setup()
from django.core.management import call_command
from strategies.ledger import writer
writer.MOST_WAITING = {MOST_WAITING}
call_command("migrate", verbosity=0)
call_command("run_strategies")
"""


ROWS = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as database:
    print(*(state for state, in database.execute("SELECT state FROM strategies_signalrecord ORDER BY decided_at, id")))
"""


class OnADisk(NamedTuple):
    """A strategy process with a disk that it alone has."""

    process: subprocess.Popen[str]
    directory: Path

    @property
    def disk(self) -> Path:
        """As it is seen from outside."""
        return Path(f"/proc/{self.process.pid}/root{self.directory}")

    def kept(self) -> list[str]:
        """What became of each signal of its ledger, the oldest first."""
        inside = ["nsenter", "--target", str(self.process.pid), "--user", "--mount", "--preserve-credentials"]
        command = [*inside, sys.executable, "-c", ROWS, str(self.directory / "db.sqlite3")]
        return subprocess.check_output(command, text=True).split()


@contextmanager
def on_a_small_disk(house: House, directory: Path) -> Iterator[OnADisk]:
    alone = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", ON_A_DISK, str(directory)]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody mount a disk of their own")
    environment = house.environment | {
        "STATE_DIR": str(directory),
        "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "realtime.settings",
    }
    process = subprocess.Popen(
        [*alone, sys.executable, "-c", PROCESS],
        cwd=ROOT,
        env=environment,
        stdout=house.log,
        stderr=house.log,
        text=True,
    )
    try:
        until(lambda: len(heard(house)) == 1, "the process", 60)
        yield OnADisk(process, directory)
    finally:
        stop(process)
        house.store.delete(StrategyKeys(PREFIX).processes)


def heard(house: House) -> list[ProcessReport]:
    return [each for each in reports(house) if each.configuration != "none" and each.connected]


def flip(house: House, times: int) -> None:
    """So many signals, unless something holds them back."""
    for _ in range(times):
        Market.flip(house)


def test_nothing_but_the_ledger_waits_and_it_says_what_it_lost(house: House, tmp_path: Path):
    with on_a_small_disk(house, tmp_path) as here:
        flip(house, 2)
        until(lambda: len(here.kept()) == 2, "both are kept")
        with pytest.raises(OSError, match="No space left"):
            (here.disk / "filler").write_bytes(bytes(DISK))
        flip(house, MOST_WAITING + 3)
        until(lambda: signals(house) == MOST_WAITING + 5, "signals go on")
        until(lambda: waiting_and_dropped(house) == (MOST_WAITING, 3), "it says what it lost")
        house.do("halt", "--reason", "the disk is full")
        try:
            until(lambda: heard(house)[0].halts, "the halt is in force")
            flip(house, 1)
            until(lambda: suppressed(house) == 1, "what is halted does not leave")
            assert (signals(house), len(here.kept())) == (MOST_WAITING + 5, 2)
            (here.disk / "filler").unlink()
            until(lambda: waiting_and_dropped(house) == (0, 4), "it goes on by itself")
        finally:
            house.do("resume", "--reason", "there is room")
        assert here.kept() == ["sent"] * (2 + MOST_WAITING - 1) + ["halted"]


def waiting_and_dropped(house: House) -> tuple[int, int]:
    (report,) = heard(house)
    return report.ledger_waiting, report.ledger_dropped
