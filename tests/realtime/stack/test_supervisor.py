"""Processes are started, watched and ended, the stubborn ones too."""

import asyncio
import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from realtime.stack.plan import Child
from realtime.stack.servers import free_port
from realtime.stack.state import StackError, StateDirectory
from realtime.stack.supervisor import Supervisor


def in_a_loop(test: Callable) -> Callable:
    """An ordinary test out of a coroutine."""

    @functools.wraps(test)
    def run(**fixtures) -> None:
        asyncio.run(test(**fixtures))

    return run


@pytest.fixture
def state(tmp_path: Path) -> StateDirectory:
    state = StateDirectory(tmp_path)
    state.logs.mkdir()
    return state


def python(name: str, code: str, port: int | None = None) -> Child:
    return Child(name, [sys.executable, "-uc", code], "", port)


async def said(state: StateDirectory, name: str, word: str) -> list[str]:
    """The log, as soon as the word stands in it."""
    async with asyncio.timeout(20):
        while word not in (text := state.log_path(name).read_text()):
            await asyncio.sleep(0.02)
    return text.split()


def is_alive(pid: int) -> bool:
    """Does the process run? One that nobody has buried yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@in_a_loop
async def test_one_that_ignores_sigterm_is_killed_with_everything_it_started(state: StateDirectory):
    supervisor = Supervisor(state, os.environ, stop_seconds=0.3)
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, 'up', flush=True); time.sleep(60)"
    )
    await supervisor.start(python("stubborn", code))
    pid = int((await said(state, "stubborn", "up"))[0])
    await supervisor.stop(["stubborn"])
    async with asyncio.timeout(20):  # it dies when it is next given the processor
        while is_alive(pid):
            await asyncio.sleep(0.02)


@in_a_loop
async def test_one_that_ends_at_once_is_named_with_its_code_and_last_words(state: StateDirectory):
    supervisor = Supervisor(state, os.environ)
    with pytest.raises(StackError) as caught:
        await supervisor.start(python("hasty", "import sys; print('no way'); sys.exit(3)", free_port()))
    assert f"The hasty process (log: {state.log_path('hasty')}) ended with code 3." in str(caught.value)
    assert "| no way" in str(caught.value)
    await supervisor.stop(["hasty"])


@in_a_loop
async def test_one_that_is_never_ready_is_named(state: StateDirectory):
    supervisor = Supervisor(state, os.environ, ready_seconds=0.2)
    with pytest.raises(StackError, match=r"is not ready after 0\.2 s"):
        await supervisor.start(python("deaf", "import time; time.sleep(60)", free_port()))
    await supervisor.stop(["deaf"])


@in_a_loop
async def test_watching_ends_with_the_first_that_ends(state: StateDirectory):
    supervisor = Supervisor(state, os.environ)
    await supervisor.start(python("steady", "import time; time.sleep(60)"))
    await supervisor.start(python("brief", "import time; time.sleep(0.1)"))
    with pytest.raises(StackError, match=r"The brief process .* ended with code 0\."):
        await supervisor.watch()
    await supervisor.stop(["brief", "steady"])


@in_a_loop
async def test_the_log_of_the_run_before_is_kept(state: StateDirectory):
    for word in ("first", "second"):
        supervisor = Supervisor(state, os.environ)
        await supervisor.start(python("teller", f"print('{word}'); import time; time.sleep(60)"))
        await said(state, "teller", f"{word}\n")
        await supervisor.stop(["teller"])
    assert state.log_path("teller").read_text() == "second\n"
    assert state.log_path("teller").with_suffix(".previous.log").read_text() == "first\n"
