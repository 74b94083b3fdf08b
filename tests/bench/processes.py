"""What a process has used of the processor, as the kernel counts it."""

from itertools import pairwise
from pathlib import Path

import psutil


def cpu_seconds(pid: int) -> float:
    """Of all its threads, to the nanosecond."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((each / "schedstat").read_text().split()[0]) for each in threads) / 1e9


def busy_seconds() -> float:
    """Of all processors of this machine together, whoever used them."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice


def cpu_by_process() -> dict[str, float]:
    """Seconds that this process and each of those it has started have used, by their names."""
    me = psutil.Process()
    seconds: dict[str, float] = {}
    for process in (me, *me.children(recursive=True)):
        name = "this process" if process == me else _name(process.cmdline())
        seconds[name] = seconds.get(name, 0.0) + cpu_seconds(process.pid)
    return seconds


def _name(command: list[str]) -> str:
    """The command of manage.py, the module, or else the program."""
    for word, follows in pairwise(command):
        if word in ("manage.py", "-m"):
            return follows.rpartition(".")[2]
    return Path(command[0].split()[0]).name if command else "gone"  # some write more than their name there
