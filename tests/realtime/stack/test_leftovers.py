"""What a killed stack has left is ended by the next one, and nobody else's process is."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from realtime.stack.leftovers import PROCESSES, end_leftovers, forget, note
from tests.servers import until

DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"


@pytest.fixture
def left(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that does not listen to a request to end."""
    with subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_what_is_left_is_ended_and_named(
    tmp_path: Path, left: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("realtime.stack.leftovers.END_SECONDS", 0.5)
    note(tmp_path, left.pid)
    assert end_leftovers(tmp_path) == [f"{sys.executable} -c {DEAF}"]
    assert not psutil.pid_exists(left.pid) or psutil.Process(left.pid).status() == psutil.STATUS_ZOMBIE
    assert end_leftovers(tmp_path) == []


def test_whoever_has_the_number_by_now_is_left_alone(tmp_path: Path, left: "subprocess.Popen[bytes]"):
    (tmp_path / PROCESSES).write_text(f"{left.pid} {psutil.Process(left.pid).create_time() - 60}\n")
    assert end_leftovers(tmp_path) == []
    assert left.poll() is None


def test_what_has_ended_by_itself_is_no_trouble(tmp_path: Path, left: "subprocess.Popen[bytes]"):
    note(tmp_path, left.pid)
    left.kill()
    until(lambda: psutil.Process(left.pid).status() == psutil.STATUS_ZOMBIE, "it has ended")
    assert end_leftovers(tmp_path) == []  # nobody has buried it yet
    left.wait()
    note(tmp_path, left.pid)
    assert end_leftovers(tmp_path) == []
    forget(tmp_path)
