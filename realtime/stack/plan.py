"""What runs: which servers are embedded and which are given, and every process with its command line."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from realtime.stack.market import NAME as MARKETS
from realtime.stack.market import Market, topics, wanted_market
from realtime.stack.servers import LOCALHOST, free_port, is_free, nats_command, valkey_command
from realtime.stack.state import StackError, StateDirectory

PORT, NATS_PORT, REDIS_PORT = 8080, 4222, 6379
SYMBOLS = 40
LAPTOP = {
    "HTTPS": "false",
    "PYTHONUNBUFFERED": "1",
}
PUBLISHED = ("SECRET_KEY", "HTTPS", "NATS_URL", "REDIS_URL")
MANAGE = [sys.executable, str(Path(__file__).resolve().parent.parent.parent / "manage.py")]


@dataclass(frozen=True, slots=True)
class Child:
    """One process of the stack. It is ready when `port` answers, or `path` on it answers with 200.

    One that dies ends the stack, unless it `is_restarted`.
    """

    name: str
    command: list[str]
    note: str
    port: int | None = None
    path: str | None = None
    is_restarted: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Servers start first and stop last. `variables` complete the environment that all of them share."""

    port: int
    servers: list[Child]
    processes: list[Child]
    variables: dict[str, str]
    left_out: dict[str, str]  # part -> why nothing is started for it
    market: Market | None = None  # that is brought in place of an invented one


def make_plan(environ: Mapping[str, str], state: StateDirectory) -> Plan:
    """What to start for this environment; raises StackError or ServerUnavailable."""
    port = port_of(environ, "PORT", PORT)
    if not is_free(port):
        raise StackError(f"Port {port} is taken. Choose another one: PORT={port + 1} make run")
    servers, variables, left_out = _servers(environ, state)
    market = wanted_market(environ)
    simulate = wants_simulator(environ) and market is None
    if market:
        left_out["simulator"] = "off; MARKET brings a real market"
        variables |= topics(environ)
    elif not simulate:
        left_out["simulator"] = "off; SIMULATE=1 publishes an invented market"
    defaults = LAPTOP | {"STATE_DIR": str(state.directory), "SECRET_KEY": state.secret_key()}
    variables |= {name: value for name, value in defaults.items() if not environ.get(name)}
    simulator = [_simulator(environ.get("SIMULATED_VENUES", ""))] if simulate else []
    return Plan(port, servers, [*_processes(port, market), *simulator], variables, left_out, market)


def _servers(
    environ: Mapping[str, str], state: StateDirectory
) -> tuple[list[Child], dict[str, str], dict[str, str]]:
    """Those to embed, the addresses of these, and why the others are left out."""
    servers: list[Child] = []
    variables: dict[str, str] = {}
    left_out: dict[str, str] = {}
    if environ.get("NATS_URL"):
        left_out["nats"] = "given by NATS_URL"
    else:
        port = free_port(port_of(environ, "NATS_PORT", NATS_PORT))
        variables["NATS_URL"] = f"nats://{LOCALHOST}:{port}"
        servers.append(
            Child("nats", nats_command(port, state.directory / "nats"), variables["NATS_URL"], port)
        )
    if environ.get("REDIS_URL"):
        left_out["valkey"] = "given by REDIS_URL"
    else:
        port = free_port(port_of(environ, "REDIS_PORT", REDIS_PORT))
        password = state.valkey_password()
        variables["REDIS_URL"] = f"redis://:{password}@{LOCALHOST}:{port}/0"
        command = valkey_command(port, state.directory / "valkey", password)
        servers.append(Child("valkey", command, f"redis://{LOCALHOST}:{port}/0, with a password", port))
    return servers, variables, left_out


def _processes(port: int, market: Market | None) -> list[Child]:
    """Every process kind but the simulator, in starting order. Web starts first: it says when a feed is heard."""
    web = [*MANAGE, "serve_web", "--host", LOCALHOST, "--port", str(port)]
    feed, strategies = [*MANAGE, "consume_depth"], [*MANAGE, "run_strategies"]
    alerts, what_if = [*MANAGE, "watch_alerts"], [*MANAGE, "run_what_if"]
    processes = [
        Child("web", web, f"http://{LOCALHOST}:{port}", port, "/healthz"),
        Child("feed", feed, "depth from NATS to metrics", port, "/ready", is_restarted=True),
        Child("strategies", strategies, "signals from live data, as configured", is_restarted=True),
        Child("alerts", alerts, "rules of alerts, judged on live data", is_restarted=True),
        Child("what-if", what_if, "the journal, and what changes would have done", is_restarted=True),
    ]
    if market:
        processes.append(_streaming(market))
    return processes


def _simulator(venues: str) -> Child:
    """It reads by itself which `venues`, as it does outside of the stack."""
    command = [*MANAGE, "simulate_market", "--symbols", str(SYMBOLS), "--scenario", "signals"]
    where = f" at each of {venues}" if venues else ""
    return Child("simulator", command, f"{SYMBOLS} symbols{where}, 10 books a second each", is_restarted=True)


def _streaming(market: Market) -> Child:
    return Child(MARKETS, [*MANAGE, "stream_market", *market.arguments], market.note, is_restarted=True)


def wants_simulator(environ: Mapping[str, str]) -> bool:
    """Unless set, only on our own NATS: nobody's strategies must trade on an invented market."""
    wish = environ.get("SIMULATE", "")
    if wish not in ("", "0", "1"):
        raise StackError(f"SIMULATE must be 0 or 1, not {wish!r}.")
    return wish == "1" or (not wish and not environ.get("NATS_URL"))


def port_of(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65_536:
        raise StackError(f"{name} must be a port number from 1 to 65535, not {text!r}.")
    return int(text)
