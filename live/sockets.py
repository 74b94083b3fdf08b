"""What a hub needs to know of a connection."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Protocol, TypeVar

AnySocket = TypeVar("AnySocket")
SOCKETS_AT_ONCE = 100
"""Requests wait no longer than it takes to serve this many."""


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
    async for socket in in_turns(sockets):
        if not socket.is_congested:
            await socket.send_frame(frame)


async def in_turns(sockets: Iterable[AnySocket]) -> AsyncIterator[AnySocket]:
    """One after the other, so that whoever else waits is served between them."""
    for number, socket in enumerate(list(sockets), start=1):
        yield socket
        if number % SOCKETS_AT_ONCE == 0:
            await asyncio.sleep(0)
