"""Processes are started, kept running and ended, the stubborn ones too."""

import asyncio
import functools
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from realtime.stack.plan import Child
from realtime.stack.screen import Screen
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


def python(name: str, code: str, port: int | None = None, *, is_restarted: bool = False) -> Child:
    return Child(name, [sys.executable, "-uc", code], "", port, is_restarted=is_restarted)


async def printed(state: StateDirectory, name: str, word: str) -> list[str]:
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
    supervisor = Supervisor(state, os.environ, Screen(), stop_seconds=0.3)
    code = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, 'up', flush=True); time.sleep(60)"
    )
    await supervisor.start(python("stubborn", code))
    pid = int((await printed(state, "stubborn", "up"))[0])
    await supervisor.stop(["stubborn"])
    async with asyncio.timeout(20):  # it dies when it is next given the processor
        while is_alive(pid):
            await asyncio.sleep(0.02)


@in_a_loop
async def test_one_that_ends_at_once_is_named_with_its_code_and_last_words(state: StateDirectory):
    supervisor = Supervisor(state, os.environ, Screen())
    with pytest.raises(StackError) as caught:
        await supervisor.start(python("hasty", "import sys; print('no way'); sys.exit(3)", free_port()))
    assert f"The hasty process (log: {state.log_path('hasty')}) ended with code 3." in str(caught.value)
    assert "| no way" in str(caught.value)
    await supervisor.stop(["hasty"])


@in_a_loop
async def test_one_that_is_never_ready_is_named(state: StateDirectory):
    supervisor = Supervisor(state, os.environ, Screen(), ready_seconds=0.2)
    with pytest.raises(StackError, match=r"is not ready after 0\.2 s"):
        await supervisor.start(python("deaf", "import time; time.sleep(60)", free_port()))
    await supervisor.stop(["deaf"])


@in_a_loop
async def test_watching_ends_with_the_first_that_ends(state: StateDirectory):
    supervisor = Supervisor(state, os.environ, Screen())
    await supervisor.start(python("steady", "import time; time.sleep(60)"))
    await supervisor.start(python("brief", "import time; time.sleep(0.1)"))
    with pytest.raises(StackError, match=r"The brief process .* ended with code 0\."):
        await supervisor.watch()
    await supervisor.stop(["brief", "steady"])


@in_a_loop
async def test_the_log_of_the_run_before_is_kept(state: StateDirectory):
    for word in ("first", "second"):
        supervisor = Supervisor(state, os.environ, Screen())
        await supervisor.start(python("teller", f"print('{word}'); import time; time.sleep(60)"))
        await printed(state, "teller", f"{word}\n")
        await supervisor.stop(["teller"])
    assert state.log_path("teller").read_text() == "second\n"
    assert state.log_path("teller").with_suffix(".previous.log").read_text() == "first\n"


# -- Restarts ----------------------------------------------------------------------------------


class Waits:
    """Waits that are over at once, and how long they would have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def for_ever(seconds: float) -> None:
    await asyncio.Event().wait()


DIES = "import os, sys; print('no', os.environ['RESTARTS'], 'way'); sys.exit(3)"


@in_a_loop
async def test_one_that_dies_is_started_again_and_reported_how_often(state: StateDirectory, capsys):
    waits = Waits()
    supervisor = Supervisor(state, os.environ, Screen(), sleep=waits)
    code = "import os, time; print('run', os.environ['RESTARTS'], os.getpid(), flush=True); time.sleep(60)"
    await supervisor.start(python("feed", code, is_restarted=True))
    first = (await printed(state, "feed", "run 0"))[2]
    os.kill(int(first), signal.SIGKILL)
    log = " ".join(await printed(state, "feed", "run 1"))
    died, back = (
        r"ended by SIGKILL at {}; it is started again in 1 s",
        "started again at {}, 1 time by now",
    )
    moment = r"\d\d:\d\d:\d\d UTC"
    screen = capsys.readouterr().out
    assert re.search(rf"✗ feed +{died.format(moment)}\n  ✓ feed +{back.format(moment)}\n", screen)
    assert re.search(rf"run 0 .* WARNING run_stack feed {died.format(moment)} .*run 1", log)
    async with asyncio.timeout(20):
        await printed(state, "feed", ", 1 time by now")
    assert waits.seconds == [1.0]
    await supervisor.stop(["feed"])


@in_a_loop
async def test_the_third_death_within_a_minute_ends_it_with_its_last_words(state: StateDirectory):
    waits = Waits()
    supervisor = Supervisor(state, os.environ, Screen(), sleep=waits)
    with pytest.raises(StackError) as caught:
        await supervisor.start(python("feed", DIES, free_port(), is_restarted=True))
    sentence = f"The feed process (log: {state.log_path('feed')}) ended with code 3."
    assert f"{sentence} It has died 3 times within a minute.\n" in str(caught.value)
    assert "| no 2 way" in str(caught.value)
    assert waits.seconds == [1.0, 2.0]
    await supervisor.stop(["feed"])


@in_a_loop
async def test_deaths_that_are_far_apart_end_nothing(state: StateDirectory):
    moments = iter(range(0, 10_000, 61))
    waits = Waits()
    supervisor = Supervisor(state, os.environ, Screen(), sleep=waits, clock=lambda: float(next(moments)))
    await supervisor.start(python("feed", DIES, is_restarted=True))
    await printed(state, "feed", "no 4 way")
    await supervisor.stop(["feed"])
    assert waits.seconds[:4] == [1.0, 2.0, 4.0, 8.0]


@in_a_loop
async def test_a_wait_ends_at_once_when_everything_is_stopped(state: StateDirectory):
    supervisor = Supervisor(state, os.environ, Screen(), stop_seconds=60, sleep=for_ever)
    await supervisor.start(python("feed", DIES, is_restarted=True))
    await printed(state, "feed", "it is started again in 1 s")
    async with asyncio.timeout(2):
        await supervisor.stop(["feed"])
    assert "no 1 way" not in state.log_path("feed").read_text()


@in_a_loop
async def test_what_a_dead_one_had_started_ends_before_it_is_started_again(state: StateDirectory):
    supervisor = Supervisor(state, os.environ, Screen(), sleep=for_ever)
    code = (
        "import os, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True); os.abort()"
    )
    await supervisor.start(python("feed", code, is_restarted=True))
    pid = int((await printed(state, "feed", "ended by SIGABRT"))[0])
    async with asyncio.timeout(20):
        while is_alive(pid):
            await asyncio.sleep(0.02)
    await supervisor.stop(["feed"])


@in_a_loop
async def test_two_that_die_at_once_are_both_started_again(state: StateDirectory):
    supervisor = Supervisor(state, os.environ, Screen(), sleep=Waits())
    names = ["feed", "strategies"]
    code = "import os, time; print('run', os.environ['RESTARTS'], os.getpid(), flush=True); time.sleep(60)"
    for name in names:
        await supervisor.start(python(name, code, is_restarted=True))
    pids = [int((await printed(state, name, "run 0"))[2]) for name in names]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    for name in names:
        await printed(state, name, "run 1")
    await supervisor.stop(names)


@in_a_loop
async def test_one_that_cannot_be_started_again_ends_it_with_the_reason(
    state: StateDirectory, tmp_path: Path
):
    program = tmp_path / "program"
    program.write_text(f"#!{sys.executable}\nimport pathlib; pathlib.Path(__file__).unlink()\n")
    program.chmod(0o700)
    supervisor = Supervisor(state, os.environ, Screen(), sleep=Waits())
    await supervisor.start(Child("feed", [str(program)], "", is_restarted=True))
    with pytest.raises(StackError, match=r"ended with code 0, and cannot be started again: .*No such file"):
        await supervisor.watch()
    await supervisor.stop(["feed"])
