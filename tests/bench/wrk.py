"""Clients that ask again as soon as they are answered: those of wrk cost next to nothing; ours where there is none."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from realtime.stack.servers import LOCALHOST
from tests.bench.cores import on
from tests.bench.servers import ROOT
from tests.debian import installs

SCRIPT = Path(__file__).with_suffix(".lua")


class Answers(NamedTuple):
    """Requests answered a second, and within how many milliseconds 99 of a hundred were."""

    per_second: float
    p99: float


def client() -> str:
    """Who asks. wrk is installed where it is missing and we may; else it is a client in Python, which costs more."""
    return "wrk" if shutil.which("wrk") or installs("wrk") else "`tests.bench.requests` (there is no wrk)"


def ask(port: int, path: str, symbols: int, clients: int, seconds: int, core: int) -> Answers:
    """Ask for a path for some seconds, from one thread on one core; every answer must be a good one.

    A %04d in the path is the number of a symbol below `symbols`, each in turn.
    """
    wrk = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "-s", str(SCRIPT)]
    wrk += [f"http://{LOCALHOST}:{port}", "--", path, str(symbols)]
    ours = [sys.executable, "-m", "tests.bench.requests", LOCALHOST, str(port), path]
    ours += [str(clients), str(seconds), str(symbols)]
    printed = subprocess.check_output(on(core, wrk if shutil.which("wrk") else ours), cwd=ROOT, text=True)
    found = json.loads(printed.splitlines()[-1])
    return Answers(found["per_second"], found["p99"])
