"""Servers the web process could run on: the same application on each, with honest clients and others."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import psutil

from realtime.stack.servers import LOCALHOST, free_port, wait_for_port
from tests.bench.cores import Cores, divided, on
from tests.bench.page import ms, table
from tests.bench.servers import ROOT, manage, running, servers, wait_for_symbols

TITLE = "Servers of the web process"
SYMBOLS, RATE = 40, 10.0
CROWD, FLOOD, DRIPS, MUTES, FEW = 1000, 3, 1500, 200, 20
APPLICATION = "realtime.asgi:application"
MEGABYTE = 1024 * 1024
LONGEST_STOP_SECONDS = 30


def python(module: str, *arguments: object) -> list[str]:
    return [sys.executable, "-W", "ignore", "-m", module, *map(str, arguments)]


def uvicorn(port: int) -> list[str]:
    quiet = ["--lifespan", "off", "--log-level", "critical", "--no-access-log"]
    return python("uvicorn", APPLICATION, "--port", port, "--ws", "websockets-sansio", *quiet)


def granian(port: int) -> list[str]:
    return python("granian", APPLICATION, "--interface", "asginl", "--port", port, "--no-log")


def daphne(port: int) -> list[str]:
    return python("daphne", "-v", 0, "-p", port, APPLICATION)


CANDIDATES: dict[str, Callable[[int], list[str]]] = {
    "`serve_web`": lambda port: manage("serve_web", "--port", str(port)),
    "uvicorn": uvicorn,
    "granian": granian,
    "Daphne": daphne,
}


class Served(NamedTuple):
    """A candidate at work."""

    port: int
    process: psutil.Process
    environment: dict[str, str]
    cores: Cores

    def clients(self, module: str, *arguments: object) -> subprocess.Popen[str]:
        """A process of clients, on a core of its own."""
        command = on(self.cores.servers, python(f"tests.bench.{module}", *arguments))
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True)

    def crowd(self, kind: str, count: int, seconds: float = 3600) -> subprocess.Popen[str]:
        """Clients of this kind, all of them connected."""
        clients = self.clients("crowd", kind, LOCALHOST, self.port, count, seconds)
        assert clients.stdout
        assert clients.stdout.readline() == "connected\n"
        return clients

    @contextmanager
    def beside(self, kind: str, count: int) -> Iterator[None]:
        """Clients of this kind for the time of the block."""
        clients = self.crowd(kind, count)
        try:
            yield
        finally:
            clients.terminate()
            clients.wait(20)

    def asked(self, path: str, clients: int, seconds: float) -> dict[str, Any]:
        return printed(self.clients("requests", LOCALHOST, self.port, path, clients, seconds))

    def listened(self, count: int, seconds: float) -> dict[str, Any]:
        """What clients of batches got, and the processor share of the server meanwhile."""
        clients = self.crowd("listen", count, seconds)
        before, began = self.spent(), time.perf_counter()
        found = printed(clients)
        return found | {"cores": (self.spent() - before) / (time.perf_counter() - began)}

    def family(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def spent(self) -> float:
        """Processor seconds."""
        return sum(times.user + times.system for times in (each.cpu_times() for each in self.family()))

    def memory(self) -> float:
        """Megabytes."""
        return sum(each.memory_info().rss for each in self.family()) / MEGABYTE


def printed(clients: subprocess.Popen[str]) -> dict[str, Any]:
    """What they print at their end."""
    text, _ = clients.communicate(timeout=120)
    found: dict[str, Any] = json.loads(text)
    return found


def section(short: bool) -> str:
    """A column for each candidate."""
    seconds = 2.0 if short else 8.0
    found = {name: measured(command, seconds) for name, command in CANDIDATES.items()}
    rows = [(what, *(each[what] for each in found.values())) for what in next(iter(found.values()))]
    return f"""The real application (`{APPLICATION}`) on each server in turn, {SYMBOLS} symbols × {RATE:.0f} updates/s,
batches 4 times a second. `serve_web` is uvicorn as we run it; the others are as they come, all on uvloop but Daphne.
{divided()} So are the feed and the clients. Each figure is of {seconds:.0f} s; requests are sent one after the other on
kept connections.

{table(("", *found), rows)}"""


def measured(command: Callable[[int], list[str]], seconds: float) -> dict[str, str]:
    """What there is to report of one candidate, in the order of the table."""
    with served(command) as candidate:
        found = {"memory after its start": f"{candidate.memory():.0f} MB"}
        for name, path in {"`/healthz`": "/healthz", "one market": "/api/v1/metrics/depth/S0000USDT"}.items():
            for clients in (1, 16):
                answers = candidate.asked(path, clients, seconds / 2)
                found[f"{name}, {clients} at once: requests/s, p99"] = (
                    f"{answers['per_second']:,.0f}, {time_of(answers)}"
                )
        many = candidate.listened(CROWD, seconds)
        found[f"{CROWD:,} sockets: batches/s each, p99 age"] = batches(many)
        found["… of a core"] = f"{many['cores']:.0%}"
        with candidate.beside("flood", FLOOD):
            found[f"{FEW} sockets beside {FLOOD} that flood it with pings"] = batches(
                candidate.listened(FEW, seconds)
            )
        found |= dripped_on(candidate, seconds)
        found |= unread(candidate, seconds)
        return found | stopped(candidate)


def batches(found: dict[str, Any]) -> str:
    return f"{found['per_second']:.2f}, {time_of(found)}"


def time_of(found: dict[str, Any]) -> str:
    """Of 99 of a hundred."""
    return "none" if found["p99"] is None else ms(found["p99"])


def dripped_on(candidate: Served, seconds: float) -> dict[str, str]:
    """Connections on which a head never ends."""
    drips = candidate.crowd("drip", DRIPS, 12)
    answers = candidate.asked("/healthz", 1, seconds / 2)
    return {
        f"`/healthz` beside {DRIPS:,} dripping connections: p99": time_of(answers),
        "… of which are left after 12 s": f"{printed(drips)['present']:,}",
    }


def unread(candidate: Served, seconds: float) -> dict[str, str]:
    """Sockets whose readers never read."""
    before = candidate.memory()
    with candidate.beside("mute", MUTES):
        honest = candidate.listened(FEW, 2 * seconds)
        grown = candidate.memory() - before
    return {
        f"{FEW} sockets beside {MUTES} that do not read": batches(honest),
        "… and what these cost": f"{grown:.0f} MB",
    }


def stopped(candidate: Served) -> dict[str, str]:
    """SIGTERM while somebody is connected."""
    clients = candidate.crowd("stay", FEW, LONGEST_STOP_SECONDS)
    began = time.perf_counter()
    candidate.process.terminate()
    try:
        code: object = candidate.process.wait(LONGEST_STOP_SECONDS)
    except psutil.TimeoutExpired:
        code = "none"
        candidate.process.kill()
    took = time.perf_counter() - began
    codes = ", ".join(printed(clients)["codes"]) or "none"
    return {
        f"SIGTERM with {FEW} sockets: ends after, exit code, close code": f"{took:.1f} s, {code}, {codes}"
    }


@contextmanager
def served(command: Callable[[int], list[str]]) -> Iterator[Served]:
    """A candidate with a market to serve."""
    cores, port = divided(), free_port()
    feed, load = manage("consume_depth"), python("tests.bench.load", SYMBOLS, RATE)
    with (
        servers(cores.servers) as environment,
        running(on(cores.publisher, feed), env=environment),
        running(on(cores.publisher, load), env=environment),
        running(on(cores.reader, command(port)), env=environment) as process,
    ):
        wait_for_port(port, process, 30)
        wait_for_symbols(f"http://{LOCALHOST}:{port}", SYMBOLS)
        assert httpx.get(f"http://{LOCALHOST}:{port}/healthz").status_code == 200
        yield Served(port, psutil.Process(process.pid), environment, cores)
