"""All parts together: started, logged, and stopped together when one ends or somebody says so."""

import shlex
import signal
from pathlib import Path
from typing import Any, TextIO

from honcho.manager import Manager
from honcho.process import Process

from realtime.stack.plan import Plan

SYSTEM = "stack"


class HangupProofProcess(Process):
    """Survives the terminal, so that it can still end its child in good order."""

    def run(self, *arguments: Any, **options: Any) -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        super().run(*arguments, **options)


class LogFiles:
    """Every part's output in a file of its own."""

    width = 0

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self._files: dict[str, TextIO] = {}

    def path(self, name: str) -> Path:
        """Where the output of `name` goes."""
        return self.directory / f"{name}.log"

    def write(self, message: Any) -> None:
        """One message of honcho's: output of a part, or what honcho itself does."""
        name = message.name if message.name != "system" else SYSTEM
        if name not in self._files:
            self._files[name] = self.path(name).open("w", buffering=1)
        text = message.data.decode("utf-8", "replace") if isinstance(message.data, bytes) else message.data
        self._files[name].write(text)

    def tail(self, name: str, lines: int = 12) -> str:
        """The last lines a part wrote."""
        path = self.path(name)
        return "\n".join(path.read_text().splitlines()[-lines:]) if path.exists() else ""


class Supervisor(Manager):
    """Runs the parts of a plan until a signal comes or a part ends; `culprit` is the part that ended first."""

    def __init__(self, plan: Plan, logs: LogFiles) -> None:
        super().__init__(printer=logs)
        self.culprit: tuple[str, int] | None = None
        self._process_ctor = HangupProofProcess
        for part in plan.parts:
            self.add_process(part.name, f"exec {shlex.join(part.command)}", env=plan.environment)

    def run(self) -> None:
        """Block until everything has stopped."""
        signal.signal(signal.SIGHUP, lambda *_: self.terminate())
        self.loop()

    def terminate(self) -> None:
        """Stop everything. Called by honcho too, as soon as any part has ended."""
        if not self._terminating:
            ended = {
                name: part["returncode"] for name, part in self._processes.items() if "returncode" in part
            }
            self.culprit = next(iter(ended.items()), None)
        super().terminate()

    @property
    def is_stopping(self) -> bool:
        """Has the end begun?"""
        return bool(self._terminating)
