"""What one installation of the embedded stack keeps between starts, all in one directory."""

import fcntl
import json
import os
import secrets
import shlex
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from state_dir import take

PUBLISHED = "stack.env"  # settings read it: any command of this checkout reaches the running stack
LOCK = "lock"


class StackError(Exception):
    """The stack cannot start or go on; the message is a sentence for the person at the terminal."""


class StateDirectory:
    """The state directory, held by one running stack at a time."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.logs = directory / "logs"

    def hold(self) -> None:
        """Make the directory ours until this process ends, or raise StackError."""
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(mode=0o700, exist_ok=True)
            # A plain descriptor, never closed: the lock ends with the process, however that comes about.
            lock = os.open(self.directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StackError(f"The state directory {self.directory} cannot be written: {error}.") from error
        try:
            take(lock)
        except BlockingIOError as error:
            holder = os.read(lock, 32).decode().strip() or "unknown"
            raise StackError(
                f"The stack is already running here (process {holder}). "
                "Stop it first, or give this one another STATE_DIR and PORT."
            ) from error
        os.truncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
        self._keep_others_out()
        self.withdraw()  # what a stack that was killed has left would now seem to be ours

    def _keep_others_out(self) -> None:
        """Take from everybody else what rights they have in the directory and in all it holds."""
        if self.directory.stat().st_mode & stat.S_ISVTX:
            raise StackError(f"{self.directory} is for everybody. Give the stack a STATE_DIR of its own.")
        for path in (self.directory, *self.directory.rglob("*")):
            with suppress(FileNotFoundError):  # of a command that runs beside us
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode & stat.S_IRWXU)

    def secret_key(self) -> str:
        """The key of this installation, made at its first start."""
        return self._secret("secret_key")

    def valkey_password(self) -> str:
        """What its Valkey asks for; of letters, digits, - and _, made at its first start."""
        return self._secret("valkey_password")

    def _secret(self, name: str) -> str:
        path = self.directory / name
        if not path.exists():
            write_private(path, secrets.token_urlsafe(50))
        return path.read_text().strip()

    def publish(self, variables: Mapping[str, str]) -> None:
        """Leave these settings for other commands of this checkout; their own environment goes before."""
        lines = [f"{name}={shlex.quote(value)}\n" for name, value in variables.items()]
        write_private(self.directory / PUBLISHED, "".join(lines))

    def withdraw(self) -> None:
        """Nothing runs here any more: other commands are on their own settings again."""
        (self.directory / PUBLISHED).unlink(missing_ok=True)

    def stored_login(self) -> tuple[str, str] | None:
        """Name and password generated at an earlier start."""
        path = self.directory / "login.json"
        if not path.exists():
            return None
        stored = json.loads(path.read_text())
        return stored["username"], stored["password"]

    def store_login(self, username: str, password: str) -> None:
        write_private(self.directory / "login.json", json.dumps({"username": username, "password": password}))

    def open_log(self, name: str, *, goes_on: bool = False) -> IO[bytes]:
        """A fresh log, beside which that of the run before is kept; or the one there is, where it `goes_on`."""
        path = self.log_path(name)
        if path.exists() and not goes_on:
            path.replace(path.with_suffix(".previous.log"))
        return path.open("ab")

    def add_to_log(self, name: str, text: str) -> None:
        """A line of ours in the log of a process."""
        now = datetime.now(UTC)
        with self.log_path(name).open("a") as log:
            log.write(
                f"{now:%Y-%m-%d %H:%M:%S},{now.microsecond // 1000:03} WARNING run_stack {name} {text}\n"
            )

    def log_path(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def published_settings(directory: Path) -> Path | None:
    """The file of settings that a running stack has left in its directory; None where none runs.

    One that was killed could not take it along. It names ports that nobody listens on, or somebody else, so it is not
    to be read, and that is said.
    """
    published = directory / PUBLISHED
    if not published.is_file():
        return None
    if _is_held(directory):
        return published
    sys.stderr.write(f"{published} is of a stack that no longer runs, and is not read.\n")
    return None


def _is_held(directory: Path) -> bool:
    """Whether a living stack holds the directory. Who looks shares the lock for an instant; `hold` waits for that."""
    with suppress(FileNotFoundError), (directory / LOCK).open("rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def write_private(path: Path, text: str) -> None:
    """Write for the owner's eyes only, whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)
