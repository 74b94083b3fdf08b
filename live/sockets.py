"""What a hub needs to know of a connection."""

from collections.abc import Iterable
from typing import Protocol


class Socket(Protocol):
    """One connected client. Sending never waits for its reader."""

    needs_snapshot: bool

    @property
    def is_congested(self) -> bool: ...

    @property
    def is_over(self) -> bool: ...

    async def send_frame(self, frame: str) -> None: ...

    async def close(self, code: int) -> None: ...


async def send_to_all(sockets: Iterable[Socket], frame: str) -> None:
    """What is true whatever a socket knows; a reader who is too slow has enough to read."""
    for socket in list(sockets):
        if not socket.is_congested:
            await socket.send_frame(frame)
