"""`manage.py run_stack`: everything on this machine, in one command."""

import fcntl
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from realtime.stack.plan import Plan, make_plan, manage
from realtime.stack.secrets import Secrets, load_secrets
from realtime.stack.servers import ServerUnavailable

READY_SECONDS = 60


class Command(BaseCommand):
    """Starts what is not configured by environment, and the processes of the product; Ctrl-C stops all."""

    help = "Start the whole product on this machine: servers, feed, web and a market simulator."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        self.console = Console(highlight=False)
        state = settings.STATE_DIR
        try:
            with sole_owner(state):
                self.run(state)
        except ServerUnavailable as problem:
            raise CommandError(str(problem)) from problem

    def run(self, state: Path) -> None:
        """Prepare, start, and wait for the end."""
        # The package comes with requirements-stack.txt, which a server in production does not install.
        try:
            from realtime.stack.supervisor import LogFiles, Supervisor
        except ImportError as error:
            hint = "pip install -r requirements-stack.txt"
            raise ServerUnavailable(
                f"The package {error.name} is missing; install it with: {hint}"
            ) from error
        given = dict(os.environ)
        secrets = load_secrets(state, given)
        plan = make_plan(given, state, secrets)
        for note in plan.notes:
            self.step(note)
        self.prepare_database(plan)
        logs = LogFiles(state / "logs")
        supervisor = Supervisor(plan, logs)
        self.step(f"Starting {', '.join(part.name for part in plan.parts)}; logs in {logs.directory}")
        Thread(target=self.announce, args=(plan, secrets, supervisor), daemon=True).start()
        supervisor.run()
        if supervisor.culprit:
            name, code = supervisor.culprit
            self.console.print(logs.tail(name), style="dim", markup=False)
            raise CommandError(
                f"{name} ended with code {code}, so everything was stopped. Log: {logs.path(name)}"
            )
        self.step("Everything has stopped")

    def prepare_database(self, plan: Plan) -> None:
        """Migrate and create the log-in, in processes that see the plan's environment."""
        for command in (manage("migrate", "--verbosity", "0"), manage("create_demo_users")):
            done = subprocess.run(command, env=plan.environment, capture_output=True, text=True)
            if done.returncode:
                reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
                raise ServerUnavailable(
                    f"The database cannot be prepared ({' '.join(command[2:])}): {reason}"
                )
        self.step("Database migrated, log-in ready")

    def announce(self, plan: Plan, secrets: Secrets, supervisor: Any) -> None:
        """Wait until the product answers, then say where and for whom."""
        deadline = time.monotonic() + READY_SECONDS
        missing = ["web"]
        while missing and time.monotonic() < deadline and not supervisor.is_stopping:
            time.sleep(0.3)
            missing = _missing(plan.port)
        if supervisor.is_stopping:
            return
        if missing:
            self.console.print(
                f"[yellow]![/] Still waiting for {', '.join(missing)}; see {settings.STATE_DIR}/logs"
            )
        self.console.print(
            f"\n  Market overview   [bold]{plan.url}/[/]"
            f"\n  Admin             [bold]{plan.url}/admin/[/]"
            f"\n  API documentation [bold]{plan.url}/docs[/]"
            f"\n  Log-in            [bold]{secrets.username}[/] / [bold]{secrets.password}[/]"
            "\n\n  Ctrl-C stops everything.\n"
        )

    def step(self, text: str) -> None:
        """One line of progress."""
        self.console.print(f"[green]✓[/] {text}")


@contextmanager
def sole_owner(state: Path) -> Iterator[None]:
    """Hold the state directory; a second stack on it is refused with the process id of the first."""
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = (state / "stack.lock").open("a+")
    except OSError as error:
        raise ServerUnavailable(f"STATE_DIR {state} cannot be used: {error.strerror}.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            raise ServerUnavailable(
                f"A stack is running on {state} (process {lock.read() or '?'})."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _missing(port: int) -> list[str]:
    """What /ready says is missing; "web" where nobody answers."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/ready", timeout=2) as answer:
            return list(json.load(answer)["missing"])
    except HTTPError as unready:
        return list(json.load(unready)["missing"])
    except (URLError, OSError):
        return ["web"]
