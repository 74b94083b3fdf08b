"""What a hub needs to know of a connection."""

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
