"""What the person at the terminal sees: one line a part, then where to go."""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from realtime.stack.login import Login


class PatientConsole(Console):
    """rich ends the program when nobody reads its output any more; we have processes to stop first."""

    def on_broken_pipe(self) -> None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Screen:
    """Prints progress. A terminal that has gone away must not get in the way of an orderly stop."""

    def __init__(self) -> None:
        self._console = PatientConsole(file=sys.stdout, highlight=False, soft_wrap=True)

    def title(self, text: str) -> None:
        self._print(f"\n[bold]{text}[/bold]\n")

    def done(self, name: str, note: str) -> None:
        self._print(f"  [green]✓[/green] {name:<10} [dim]{note}[/dim]")

    def died(self, name: str, note: str) -> None:
        self._print(f"  [red]✗[/red] {name:<10} {note}")

    def skipped(self, name: str, note: str) -> None:
        self._print(f"  [dim]– {name:<10} {note}[/dim]")

    def note(self, text: str) -> None:
        self._print(text)

    @contextmanager
    def working(self, name: str, note: str) -> Iterator[None]:
        """A spinner while the block runs, a tick when it is done."""
        with Status(f"{name:<10} {note}", console=self._console):
            yield
        self.done(name, note)

    def welcome(self, port: int, login: Login, logs: Path, given_state_dir: str | None) -> None:
        address = f"http://localhost:{port}{settings.SCRIPT_NAME}"
        password = login.password or "the password you set"
        places = {
            "Markets": f"[bold]{address}/[/bold]",
            "Admin": f"{address}/admin/",
            "REST API": f"{address}/docs",
            "Log-in": f"[bold]{escape(login.username)}[/bold]  {escape(password)}",
            "Logs": escape(str(logs)),
        }
        if given_state_dir:
            command = f"STATE_DIR={shlex.quote(given_state_dir)} .venv/bin/python manage.py …"
            places["Commands"] = escape(command)
        self._print("")
        for name, place in places.items():
            self._print(f"  {name:<10}{place}")
        self._print("\n  Stop with Ctrl-C.\n")

    def _print(self, text: str) -> None:
        try:
            self._console.print(text)
        except OSError:
            self._console.on_broken_pipe()
