"""wrk: clients that ask again as soon as they are answered, and cost next to nothing themselves."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.bench.cores import on
from tests.debian import installs

SCRIPT = Path(__file__).with_suffix(".lua")


class Answers(NamedTuple):
    """Requests answered a second, and within how many milliseconds 99 of a hundred were."""

    per_second: float
    p99: float


def require_wrk() -> None:
    """Install it where it is missing; raises where it cannot be had."""
    if not shutil.which("wrk") and not installs("wrk"):
        raise FileNotFoundError("wrk is needed; on Debian: apt install wrk")


def ask(base: str, path: str, symbols: int, clients: int, seconds: float, core: int) -> Answers:
    """Ask for a path for some seconds, from one thread on one core; every answer must be a good one.

    A %04d in the path is the number of a symbol below `symbols`, each in turn.
    """
    load = [
        "wrk",
        "-t1",
        f"-c{clients}",
        f"-d{seconds:.0f}s",
        "-s",
        str(SCRIPT),
        base,
        "--",
        path,
        str(symbols),
    ]
    said = subprocess.check_output(on(core, load), text=True)
    found = json.loads(said.splitlines()[-1])
    assert found["failed"] == 0, said
    return Answers(found["per_second"], found["p99"])
