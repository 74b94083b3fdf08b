"""What runs: which servers are embedded and which are given, and every process with its command line."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from realtime.stack.servers import LOCALHOST, free_port, is_free, nats_command, valkey_command
from realtime.stack.state import StackError, State

PORT, NATS_PORT, REDIS_PORT = 8080, 4222, 6379
MANAGE = [sys.executable, str(Path(__file__).resolve().parent.parent.parent / "manage.py")]


@dataclass(frozen=True, slots=True)
class Child:
    """One process of the stack. It is ready when `port` answers, or `path` on it answers with 200."""

    name: str
    command: list[str]
    note: str
    port: int | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Servers start first and stop last; `variables` are the settings all processes share."""

    servers: list[Child]
    processes: list[Child]
    variables: dict[str, str]
    given: dict[str, str] = field(default_factory=dict)  # part -> why nothing is started for it
    port: int = PORT


def make_plan(environ: Mapping[str, str], state: State) -> Plan:
    """What to start for this environment; raises StackError or ServerUnavailable."""
    port = port_of(environ, "PORT", PORT)
    if not is_free(port):
        raise StackError(f"Port {port} is taken. Choose another one: PORT={port + 1} make run")
    servers: list[Child] = []
    variables: dict[str, str] = {}
    given: dict[str, str] = {}
    if environ.get("NATS_URL"):
        given["nats"] = "given by NATS_URL"
    else:
        nats_port = free_port(port_of(environ, "NATS_PORT", NATS_PORT))
        variables["NATS_URL"] = f"nats://{LOCALHOST}:{nats_port}"
        servers.append(Child("nats", nats_command(nats_port), variables["NATS_URL"], nats_port))
    if environ.get("REDIS_URL"):
        given["valkey"] = "given by REDIS_URL"
    else:
        redis_port = free_port(port_of(environ, "REDIS_PORT", REDIS_PORT))
        variables["REDIS_URL"] = f"redis://{LOCALHOST}:{redis_port}/0"
        command = valkey_command(redis_port, state.directory / "valkey")
        servers.append(Child("valkey", command, variables["REDIS_URL"], redis_port))
    simulate = wants_simulator(environ)
    if not simulate:
        given["simulator"] = "off; SIMULATE=1 publishes an invented market"
    return Plan(servers, _processes(port, simulate), variables, given, port)


def _processes(port: int, simulate: bool) -> list[Child]:
    """Every process kind of the product, in starting order."""
    web = [*MANAGE, "serve_web", "--host", LOCALHOST, "--port", str(port)]
    processes = [
        Child("feed", [*MANAGE, "consume_depth"], "depth from NATS to metrics"),
        Child("web", web, f"http://{LOCALHOST}:{port}", port, "/healthz"),
    ]
    if simulate:
        processes.append(
            Child("simulator", [*MANAGE, "simulate_market"], "20 symbols, 10 books a second each")
        )
    return processes


def wants_simulator(environ: Mapping[str, str]) -> bool:
    """Unless told, only on our own NATS: nobody's strategies must trade on an invented market."""
    wish = environ.get("SIMULATE", "")
    if wish not in ("", "0", "1"):
        raise StackError(f"SIMULATE must be 0 or 1, not {wish!r}.")
    return wish == "1" or (not wish and not environ.get("NATS_URL"))


def port_of(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise StackError(f"{name} must be a port number from 1 to 65535, not {text!r}.")
    return int(text)
