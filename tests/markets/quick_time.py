"""A clock of the event loop that jumps: to what is due next, as soon as nobody on this machine has anything to send.

Sockets are real. All who talk must live in the same loop: what another process does takes its time.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
GRACE_SECONDS = 0.00005  # for what is under way between two sockets


class _Impatient(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= GRACE_SECONDS:
            return super().select(timeout)
        events = super().select(GRACE_SECONDS)
        if not events:
            self.skipped += timeout - GRACE_SECONDS
        return events


class QuickLoop(asyncio.SelectorEventLoop):
    """Time passes in it without anybody waiting."""

    def __init__(self) -> None:
        self._impatient = _Impatient()
        super().__init__(self._impatient)

    def time(self) -> float:
        return super().time() + self._impatient.skipped


def quickly(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end; seconds are those of the loop."""
    with asyncio.Runner(loop_factory=QuickLoop) as runner:
        return runner.run(main)


def now() -> float:
    """By the clock of the running loop."""
    return asyncio.get_running_loop().time()
