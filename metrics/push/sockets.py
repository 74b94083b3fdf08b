"""What the hub needs to know of a connection."""

from typing import Protocol

from metrics.push.frames import Filter


class Socket(Protocol):
    """One connected client. Sending never waits for its reader."""

    needs_snapshot: bool

    @property
    def is_congested(self) -> bool: ...

    @property
    def is_over(self) -> bool: ...

    async def send_frame(self, frame: str) -> None: ...

    async def close(self, code: int) -> None: ...


class PressureSocket(Socket, Protocol):
    """Follows rows: all of them, or those of its filter."""

    wanted: Filter


class DepthSocket(Socket, Protocol):
    """Follows the whole book of one symbol."""

    symbol: str
