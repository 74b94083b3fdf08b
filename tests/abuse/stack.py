"""A web process with a market to serve, and processes of clients beside it."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import psutil

from realtime.stack.servers import LOCALHOST, free_port, wait_for_port
from tests.abuse.honest import SYMBOLS
from tests.bench.cores import Cores, divided, on
from tests.bench.servers import ROOT, UNBOUNDED, manage, running, servers, wait_for_symbols

RATE = 10.0
MEGABYTE = 1024 * 1024
STARTED_SECONDS = 90
LAST = ["nice", "-n", "19"]
"""Floods come from elsewhere: they do not take from honest clients here what they would not take there."""


class Target(NamedTuple):
    """The web process, on a core of its own."""

    port: int
    process: psutil.Process
    environment: Mapping[str, str]
    cores: Cores

    def clients(
        self, module: str, *arguments: object, first: list[str] | None = None
    ) -> subprocess.Popen[str]:
        """`python -m module …` on the other core."""
        command = [sys.executable, "-W", "ignore", "-m", module, *map(str, arguments)]
        return subprocess.Popen(
            [*(first or []), *on(self.cores.servers, command)],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def memory(self) -> float:
        """Megabytes."""
        return float(self.process.memory_info().rss) / MEGABYTE

    def spent(self) -> float:
        """Processor seconds."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def target(caps: Mapping[str, str]) -> Iterator[Target]:
    """The product at work, with these caps and otherwise those it has by itself."""
    cores, port = divided(), free_port()
    load = [sys.executable, "-m", "tests.bench.load", str(SYMBOLS), str(RATE)]
    web = manage("serve_web", "--port", str(port))
    with servers(cores.servers) as given:
        environment = {name: value for name, value in given.items() if name not in UNBOUNDED} | dict(caps)
        with (
            running(on(cores.publisher, manage("consume_depth")), env=environment),
            running(on(cores.publisher, load), env=environment),
            running(on(cores.reader, web), env=environment) as process,
        ):
            wait_for_port(port, process, STARTED_SECONDS)
            wait_for_symbols(f"http://{LOCALHOST}:{port}", SYMBOLS, STARTED_SECONDS)
            yield Target(port, psutil.Process(process.pid), environment, cores)
