"""Starts processes, watches them, and stops them all: none is restarted silently, none is left behind."""

import asyncio
import ctypes
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Mapping
from contextlib import suppress

from realtime.stack.plan import Child
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
        ready_seconds: float = READY_SECONDS,
        stop_seconds: float = STOP_SECONDS,
    ) -> None:
        self._state = state
        self._ready_seconds, self._stop_seconds = ready_seconds, stop_seconds
        self._environment = dict(environment)
        self._running: dict[str, Process] = {}

    async def start(self, child: Child) -> None:
        """Start one and return when it is ready; StackError when it ends before, or takes too long."""
        with self._state.open_log(child.name) as log:
            self._running[child.name] = process = await asyncio.create_subprocess_exec(
                *child.command,
                env=self._environment,
                stdin=DEVNULL,
                stdout=log,
                stderr=STDOUT,
                start_new_session=True,  # a Ctrl-C at the terminal is for us alone
                preexec_fn=_die_with_parent,
            )
        ready = asyncio.ensure_future(_ready(child))
        ended = asyncio.ensure_future(process.wait())
        try:
            await asyncio.wait({ready, ended}, timeout=self._ready_seconds, return_when="FIRST_COMPLETED")
            if ended.done():
                raise self._ended(child.name)
            if not ready.done():
                raise StackError(f"{self._story(child.name)} is not ready after {self._ready_seconds:g} s.")
        finally:
            ready.cancel()
            ended.cancel()

    async def watch(self) -> None:
        """Return never; raise StackError as soon as one of the processes ends."""
        names = {asyncio.ensure_future(one.wait()): name for name, one in self._running.items()}
        try:
            done, _ = await asyncio.wait(names, return_when="FIRST_COMPLETED")
            raise self._ended(names[done.pop()])
        finally:
            for task in names:
                task.cancel()

    async def stop(self, names: list[str]) -> None:
        """Ask these to end, wait, and end by force what does not, with everything it started."""
        processes = [self._running.pop(name) for name in names if name in self._running]
        for process in processes:
            with suppress(ProcessLookupError):
                process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._stop_seconds):
                await asyncio.gather(*(process.wait() for process in processes))
        for process in processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    def _ended(self, name: str) -> StackError:
        code = self._running[name].returncode
        how = f"with code {code}" if code is None or code >= 0 else f"by {signal.Signals(-code).name}"
        return StackError(f"{self._story(name)} ended {how}.{self._last_lines(name)}")

    def _story(self, name: str) -> str:
        return f"The {name} process (log: {self._state.log_path(name)})"

    def _last_lines(self, name: str) -> str:
        lines = self._state.log_path(name).read_text(errors="replace").splitlines()[-LOG_LINES:]
        return "".join(f"\n  | {line}" for line in lines)


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
