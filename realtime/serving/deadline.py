"""A time by which something must have happened on a connection."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable


class Deadline:
    """To be cleared when the connection is over, too: it keeps what it is to call for as long as it counts."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: TimerHandle | None = None

    def set(self, seconds: float, missed: Callable[[], None]) -> None:
        """Call `missed` then, unless it counts already."""
        if self._timer is None:
            self._timer = self._loop.call_later(seconds, missed)

    def clear(self) -> None:
        """It has happened."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
