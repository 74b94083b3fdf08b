"""Servers and processes of one test's own, which it may stop, restart or freeze."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from realtime.stack.servers import LOCALHOST, free_port, nats_command, valkey_command, wait_for_port

ROOT = Path(__file__).resolve().parent.parent
STORE_PASSWORD = "the-password-of-a-test"


class Server:
    """One process, on a port that stays the same across restarts where it listens to any."""

    def __init__(
        self,
        command: Callable[[int], list[str]],
        log: Path = Path(os.devnull),
        *,
        listens: bool = True,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
    ) -> None:
        self.port = free_port()
        self.log = log
        self._command = command
        self._listens = listens
        self._user = user
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = os.environ | self._environment
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(self.port), cwd=ROOT, env=environment, stdout=log, stderr=log, user=self._user
            )
        if self._listens:
            wait_for_port(self.port, self._process, seconds=30)

    @property
    def pid(self) -> int | None:
        """Of the process that was started; None where there is none."""
        return self._process.pid if self._process else None

    def ended_with(self) -> int | None:
        """The exit code where it has ended by itself, None while it runs."""
        return self._process.poll() if self._process else None

    def kill(self) -> None:
        """It ends without a word."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def stop(self) -> int:
        """Ask it to end; returns its exit code, 0 where it does not run."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        return self.wait()

    def wait(self) -> int:
        """Its exit code once it has ended."""
        assert self._process is not None
        code = self._process.wait(20)
        self._process = None
        return code

    def freeze(self) -> None:
        """It stays connected and sends nothing any more."""
        assert self._process is not None
        freeze(self._process)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


def freeze(process: subprocess.Popen[Any]) -> None:
    """Stop a child where it stands; when this returns, none of its threads answers anybody any more."""
    process.send_signal(signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)


@contextmanager
def running(server: Server) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


def valkey(directory: Path) -> Server:
    return Server(lambda port: valkey_command(port, directory, STORE_PASSWORD))


def nats(directory: Path | None = None) -> Server:
    """With JetStream where it has a `directory`."""
    return Server(lambda port: nats_command(port, directory))


def command(
    name: str, *arguments: str, log: Path, listens: bool = False, environment: Mapping[str, str] | None = None
) -> Server:
    """`manage.py NAME …` as a process that is stopped and restarted; a "{port}" becomes its own."""
    return Server(
        lambda port: [sys.executable, "manage.py", name, *(text.format(port=port) for text in arguments)],
        log,
        listens=listens,
        environment=environment,
    )


def web(log: Path, environment: Mapping[str, str] | None = None) -> Server:
    """The web process."""
    return command("serve_web", "--port", "{port}", log=log, listens=True, environment=environment)


@contextmanager
def manage(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """`manage.py` in a process of its own, ended with the block; its log is on `stderr`."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def nats_url(port: int) -> str:
    return f"nats://{LOCALHOST}:{port}"


def redis_url(port: int) -> str:
    return f"redis://:{STORE_PASSWORD}@{LOCALHOST}:{port}/0"


def until(condition: Callable[[], object], what: str, seconds: float = 20) -> None:
    """Return as soon as another process has made `condition` true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.02)
