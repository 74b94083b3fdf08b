"""Real servers and processes of the product, for tests that stop them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from realtime.stack.servers import LOCALHOST, free_port, nats_command, valkey_command, wait_for_port

ROOT = Path(__file__).resolve().parent.parent


def until(condition: Callable[[], object], seconds: float = 20) -> None:
    """Return once `condition` holds; fail when it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s"
        time.sleep(0.02)


class Service:
    """One process that is started, killed and started again, always at the same address."""

    def __init__(self, command: list[str], log: Path, port: int | None = None, **environment: str) -> None:
        self.command = command
        self.log = log
        self.port = port
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=os.environ | self.environment, stdout=log, stderr=log
            )
        if self.port:
            wait_for_port(self.port, self.process, seconds=30)

    def kill(self) -> None:
        """End it without a chance to say good-bye."""
        if self.process:
            self.process.kill()
            self.process.wait(10)

    def terminate(self) -> int:
        """Ask it to end; returns its exit code."""
        assert self.process
        self.process.terminate()
        return self.process.wait(15)

    def logged(self) -> str:
        return self.log.read_text()


def valkey(directory: Path) -> Service:
    port = free_port()
    return Service(valkey_command(port, directory / "valkey"), directory / "valkey.log", port)


def redis_url(server: Service) -> str:
    return f"redis://{LOCALHOST}:{server.port}/0"


def nats(directory: Path) -> Service:
    port = free_port()
    return Service(nats_command(port), directory / "nats.log", port)


def manage(
    name: str, *arguments: str, directory: Path, port: int | None = None, **environment: str
) -> Service:
    """A command of the product as a process of its own."""
    command = [sys.executable, "manage.py", name, *arguments]
    return Service(command, directory / f"{name}.log", port, **environment)


def web(directory: Path, **environment: str) -> Service:
    port = free_port()
    return manage("serve_web", "--port", str(port), directory=directory, port=port, **environment)
