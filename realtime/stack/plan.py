"""What a laptop's stack consists of, decided from the environment before anything starts."""

import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from realtime.stack.secrets import Secrets
from realtime.stack.servers import LOCALHOST, ServerUnavailable, free_port, nats_command, valkey_command

WEB_PORT, NATS_PORT, REDIS_PORT = 8080, 4222, 6379
SYMBOLS = 40


@dataclass(frozen=True)
class Part:
    """One process: its name, and its command line."""

    name: str
    command: list[str]


@dataclass
class Plan:
    """The processes to start, the environment they share, and sentences about what was decided."""

    port: int
    environment: dict[str, str]
    parts: list[Part] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://localhost:{self.port}"


def make_plan(given: Mapping[str, str], state: Path, secrets: Secrets) -> Plan:
    """The plan for the environment `given`. Raises ServerUnavailable with a sentence where it cannot be."""
    port = _port(given, "PORT", WEB_PORT)
    if free_port(port) != port:
        raise ServerUnavailable(f"Port {port} is taken; choose another with PORT=…")
    plan = Plan(port, dict(given) | _defaults(given, state, secrets))
    _add_nats(plan, given)
    _add_valkey(plan, given, state)
    if "DATABASE_URL" not in given:
        plan.environment["DATABASE_URL"] = f"sqlite:///{state / 'db.sqlite3'}"
        plan.notes.append(f"SQLite in {state / 'db.sqlite3'}")
    plan.parts.append(Part("feed", manage("consume_depth")))
    plan.parts.append(Part("web", manage("serve_web", "--port", str(port))))
    if given.get("SIMULATE", "1") != "0":
        plan.parts.append(Part("simulator", manage("simulate_market", "--symbols", str(SYMBOLS))))
    else:
        plan.notes.append("No simulator: frames are expected on NATS")
    return plan


def manage(*arguments: str) -> list[str]:
    """A Django command of this checkout."""
    return [sys.executable, "manage.py", *arguments]


def _defaults(given: Mapping[str, str], state: Path, secrets: Secrets) -> dict[str, str]:
    """What the processes need to run behind no TLS on this machine, unless it is given."""
    ours = {
        "SECRET_KEY": secrets.key,
        "STATE_DIR": str(state),
        "HTTPS": "false",
        "WHITENOISE_USE_FINDERS": "true",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore:No directory at:UserWarning",  # static files come straight from the checkout
        "DJANGO_SUPERUSER_USERNAME": secrets.username,
        "DJANGO_SUPERUSER_PASSWORD": secrets.password,
    }
    return {name: value for name, value in ours.items() if name not in given}


def _add_nats(plan: Plan, given: Mapping[str, str]) -> None:
    if "NATS_URL" in given:
        for address in given["NATS_URL"].split(","):
            _require_answer("NATS_URL", address, NATS_PORT)
        return
    port = _take_port(plan, given, "NATS_PORT", NATS_PORT)
    plan.environment["NATS_URL"] = f"nats://{LOCALHOST}:{port}"
    plan.parts.append(Part("nats", nats_command(port)))
    plan.notes.append(f"NATS on port {port}")


def _add_valkey(plan: Plan, given: Mapping[str, str], state: Path) -> None:
    if "REDIS_URL" in given:
        _require_answer("REDIS_URL", given["REDIS_URL"], REDIS_PORT)
        return
    port = _take_port(plan, given, "REDIS_PORT", REDIS_PORT)
    plan.environment["REDIS_URL"] = f"redis://{LOCALHOST}:{port}/0"
    plan.parts.append(Part("valkey", valkey_command(port, state / "valkey")))
    plan.notes.append(f"Valkey on port {port}")


def _take_port(plan: Plan, given: Mapping[str, str], name: str, default: int) -> int:
    preferred = _port(given, name, default)
    port = free_port(preferred)
    if port != preferred:
        plan.notes.append(f"Port {preferred} is taken, so {name} is {port}")
    return port


def _port(given: Mapping[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ServerUnavailable(f"{name} must be a port number from 1 to 65535, got {text!r}.")
    return int(text)


def _require_answer(name: str, url: str, default_port: int) -> None:
    place = urlsplit(url)
    try:
        with socket.create_connection((place.hostname or LOCALHOST, place.port or default_port), timeout=3):
            return
    except (OSError, ValueError) as error:
        raise ServerUnavailable(
            f"Nothing answers at {name} ({place.hostname}:{place.port}): {error}."
        ) from error
