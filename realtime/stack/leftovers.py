"""What a killed stack has left running: its processes are noted while they run, and the next stack ends them.

Linux lets processes know that the one that started them has died, which a frozen one does not hear; others do not.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

PROCESSES = "processes"
END_SECONDS = 5.0
SAME_MOMENT_SECONDS = 2.0
"""The moment a process began is worked out anew each time; no number of a process comes again so soon."""


def note(directory: Path, pid: int) -> None:
    """A process of the stack in `directory` has been started."""
    with suppress(psutil.NoSuchProcess), (directory / PROCESSES).open("a") as noted:
        noted.write(f"{pid} {psutil.Process(pid).create_time()}\n")


def end_leftovers(directory: Path) -> list[str]:
    """End what is noted and still runs, with everything it has started; returns the command line of each."""
    ended: list[str] = []
    family: list[psutil.Process] = []
    for process in _running(directory):
        with suppress(psutil.NoSuchProcess):
            family += [process, *process.children(recursive=True)]
            ended.append(" ".join(process.cmdline()))
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(family, timeout=END_SECONDS)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=END_SECONDS)
    forget(directory)
    return ended


def forget(directory: Path) -> None:
    """All of them have ended."""
    (directory / PROCESSES).unlink(missing_ok=True)


def _running(directory: Path) -> Iterator[psutil.Process]:
    """Those of the noted processes that still run. Others may have their numbers by now."""
    noted = directory / PROCESSES
    lines = noted.read_text().splitlines() if noted.exists() else []
    for line in lines:
        pid, began_at = line.split()
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(int(pid))
            is_same = abs(process.create_time() - float(began_at)) < SAME_MOMENT_SECONDS
            if is_same and process.status() != psutil.STATUS_ZOMBIE:
                yield process
