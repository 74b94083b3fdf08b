"""The servers and processes a measurement runs against, each on a free port of this machine."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from realtime.stack.servers import LOCALHOST, free_port, nats_command, valkey_command, wait_for_port
from tests.bench.cores import on
from tests.servers import STORE_PASSWORD, redis_url

PATIENT_NATS = """
max_pending: 2GB
write_deadline: "120s"
"""
"""A server that keeps everything for a reader that is held, where by default it would cut it off."""
UNBOUNDED = dict.fromkeys(
    ("SOCKETS_PER_ADDRESS", "SOCKETS_IN_ALL", "HANDSHAKES_PER_MINUTE", "RESYNCS_PER_MINUTE"), "1000000"
)
"""All clients of a measurement come from one address, and more of them than a web process lets in from one."""
ROOT = Path(__file__).resolve().parent.parent.parent
SUBJECT = "bench.market"


@contextmanager
def running(command: list[str], *, cwd: Path = ROOT, **kwargs: Any) -> Iterator[subprocess.Popen]:
    """A process for the time of the block; ended by its own id."""
    process = subprocess.Popen(command, cwd=cwd, **kwargs)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def servers(core: int | None = None) -> Iterator[dict[str, str]]:
    """NATS and Valkey, on one core where it is given; yields the environment of everything that uses them."""
    with tempfile.TemporaryDirectory(prefix="realtime-bench-") as directory:
        nats_port, redis_port = free_port(), free_port()
        patience = Path(directory) / "nats.conf"
        patience.write_text(PATIENT_NATS)
        commands = [
            [*nats_command(nats_port, Path(directory) / "nats"), "-c", str(patience)],
            valkey_command(redis_port, Path(directory) / "valkey", STORE_PASSWORD),
        ]
        if core is not None:
            commands = [on(core, command) for command in commands]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with running(commands[0], **quiet) as nats, running(commands[1], **quiet) as valkey:
            wait_for_port(nats_port, nats)
            wait_for_port(redis_port, valkey)
            environment = os.environ | {
                "DJANGO_SETTINGS_MODULE": "realtime.settings",
                "SECRET_KEY": "a key for measurements only, long enough for every check 0123456789",
                "HTTPS": "false",
                "WHITENOISE_USE_FINDERS": "true",
                "LOG_LEVEL": "ERROR",
                "STATE_DIR": directory,
                "NATS_URL": f"nats://{LOCALHOST}:{nats_port}",
                "REDIS_URL": redis_url(redis_port),
                "NATS_CONSUMER_TOPIC": SUBJECT,
                "NATS_PENDING_MESSAGES": "1000000",
                **UNBOUNDED,
            }
            subprocess.run(manage("migrate", "-v0"), check=True, env=environment, cwd=ROOT)
            yield environment


def manage(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "ignore", "manage.py", *arguments]


@contextmanager
def web(environment: dict[str, str]) -> Iterator[tuple[str, subprocess.Popen]]:
    """One web process; yields its base URL and process."""
    port = free_port()
    with running(manage("serve_web", "--port", str(port)), env=environment) as process:
        wait_for_port(port, process, 30)
        yield f"http://{LOCALHOST}:{port}", process


def wait_for_symbols(base: str, count: int, seconds: float = 30) -> None:
    """Return once the web process serves `count` live books."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = httpx.get(f"{base}/api/v1/metrics/all?state=live&limit=1")
        if answer.status_code == 200 and answer.json()["pagination"]["total"] >= count:
            return
        time.sleep(0.2)
    raise TimeoutError(f"fewer than {count} live books after {seconds} s")


@contextmanager
def stack(environment: dict[str, str], symbols: int, rate: float) -> Iterator[tuple[str, psutil.Process]]:
    """Feed, web and a paced publisher at work; yields the base URL and the web process."""
    load = [sys.executable, "-m", "tests.bench.load", str(symbols), str(rate)]
    with (
        running(manage("consume_depth"), env=environment),
        web(environment) as (base, server),
        running(load, env=environment),
    ):
        wait_for_symbols(base, symbols)
        yield base, psutil.Process(server.pid)
