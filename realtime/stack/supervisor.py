"""Starts processes, keeps them running, and stops them all: none is restarted silently, none is left behind."""

import asyncio
import ctypes
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic

from realtime.stack.leftovers import note
from realtime.stack.plan import Child
from realtime.stack.restarts import DEATHS, wait_after
from realtime.stack.screen import Screen
from realtime.stack.servers import LOCALHOST
from realtime.stack.state import StackError, StateDirectory

READY_SECONDS = 30.0
STOP_SECONDS = 12.0
LOG_LINES = 6
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Supervisor:
    """The processes of one stack, in starting order. Each writes to its own log and leads its own group."""

    def __init__(
        self,
        state: StateDirectory,
        environment: Mapping[str, str],
        screen: Screen,
        ready_seconds: float = READY_SECONDS,
        stop_seconds: float = STOP_SECONDS,
        *,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._state, self._screen = state, screen
        self._ready_seconds, self._stop_seconds = ready_seconds, stop_seconds
        self._clock, self._sleep = clock, sleep
        self._environment = dict(environment)
        self._running: dict[str, Process] = {}
        self._keeping: dict[str, asyncio.Task[None]] = {}

    async def start(self, child: Child) -> None:
        """Start one and return when it is ready; StackError when any ends for good before, or it takes too long."""
        process = await self._spawn(child, 0)
        self._keeping[child.name] = asyncio.create_task(self._keep(child, process))
        ready = asyncio.create_task(_ready(child))
        try:
            done, _ = await asyncio.wait(
                {ready, *self._keeping.values()}, timeout=self._ready_seconds, return_when="FIRST_COMPLETED"
            )
            for task in done:
                task.result()
            if not done:
                raise StackError(f"{self._story(child.name)} is not ready after {self._ready_seconds:g} s.")
        finally:
            ready.cancel()

    async def watch(self) -> None:
        """Return never; raise StackError as soon as one of the processes ends for good."""
        await asyncio.gather(*self._keeping.values())

    async def _keep(self, child: Child, process: Process) -> None:
        """Start it again each time it dies; StackError where it is not to be, or has died too often."""
        deaths: list[float] = []
        while True:
            await process.wait()
            del self._running[child.name]
            _end_group(process)
            deaths.append(self._clock())
            seconds = wait_after(deaths) if child.is_restarted else None
            if seconds is None:
                raise self._ended(child, process)
            process = await self._restart(child, process, seconds, len(deaths))

    async def _restart(self, child: Child, dead: Process, seconds: float, times: int) -> Process:
        """Wait, and start it for the `times`-th time again; screen and log say that it died, and that it runs."""
        try:
            died = f"{_how(dead)} at {_now()}; it is started again in {seconds:g} s"
            self._state.add_to_log(child.name, died)
            self._screen.died(child.name, died)
            await self._sleep(seconds)
            process = await self._spawn(child, times)
            back = f"started again at {_now()}, {times} time{'s' * (times > 1)} by now"
            self._state.add_to_log(child.name, back)
            self._screen.done(child.name, back)
        except OSError as error:
            story = f"{self._story(child.name)} {_how(dead)}"
            raise StackError(f"{story}, and cannot be started again: {error}.") from error
        return process

    async def _spawn(self, child: Child, times: int) -> Process:
        with self._state.open_log(child.name, goes_on=times > 0) as log:
            self._running[child.name] = process = await asyncio.create_subprocess_exec(
                *child.command,
                env=self._environment | {"RESTARTS": str(times)},
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                start_new_session=True,  # a Ctrl-C at the terminal is for us alone
                preexec_fn=_die_with_parent,
            )
        note(self._state.directory, process.pid)
        return process

    async def stop(self, names: list[str]) -> None:
        """Ask these to end, wait, and end by force what does not, with everything it started. None is started again."""
        keeping = [self._keeping.pop(name) for name in names if name in self._keeping]
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
        processes = [self._running.pop(name) for name in names if name in self._running]
        for process in processes:
            with suppress(ProcessLookupError):
                process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._stop_seconds):
                await asyncio.gather(*(process.wait() for process in processes))
        for process in processes:
            _end_group(process)
            await process.wait()

    def _ended(self, child: Child, process: Process) -> StackError:
        often = f" It has died {DEATHS} times within a minute." if child.is_restarted else ""
        story = f"{self._story(child.name)} {_how(process)}.{often}"
        return StackError(f"{story}{self._last_lines(child.name)}")

    def _story(self, name: str) -> str:
        return f"The {name} process (log: {self._state.log_path(name)})"

    def _last_lines(self, name: str) -> str:
        lines = self._state.log_path(name).read_text(errors="replace").splitlines()[-LOG_LINES:]
        return "".join(f"\n  | {line}" for line in lines)


def _how(process: Process) -> str:
    """How a process ended."""
    code = process.returncode
    if code is None or code >= 0:
        return f"ended with code {code}"
    names = {each.value: each.name for each in signal.Signals}
    return f"ended by {names.get(-code, f'signal {-code}')}"


def _now() -> str:
    return f"{datetime.now(UTC):%H:%M:%S} UTC"


def _end_group(process: Process) -> None:
    """By force: the process, if it still runs, and everything it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


async def _ready(child: Child) -> None:
    """Return when the child answers on its port; at once for one that has none."""
    while child.port is not None and not await _answers(child.port, child.path):
        await asyncio.sleep(0.05)


async def _answers(port: int, path: str | None) -> bool:
    try:
        reader, writer = await asyncio.open_connection(LOCALHOST, port)
    except OSError:
        return False
    try:
        if path is None:
            return True
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {LOCALHOST}\r\nConnection: close\r\n\r\n".encode())
        return b" 200 " in await asyncio.wait_for(reader.readline(), 5)
    except (OSError, TimeoutError):
        return False
    finally:
        writer.close()


def _die_with_parent() -> None:
    """Where Linux can: have the child terminated even if this process is killed outright."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
