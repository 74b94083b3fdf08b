"""Clients that mean ill, of one kind, all from one address.

    python -m tests.abuse.floods KIND HOST PORT SOURCE COUNT SECONDS

holds COUNT connections at a time, begins each anew that is ended, and ends itself after SECONDS. Then it prints in JSON
how many were opened, refused and ended, by whichever side.
"""

import asyncio
import json
import socket
import struct
import sys
from collections import Counter
from contextlib import suppress
from typing import Any, ClassVar

import uvloop
from websockets.frames import Close, CloseCode, Frame, Opcode

from live.consumers import MESSAGES_PER_SECOND
from realtime.serving.server import allow_files
from tests.bench.crowd import DRIPPING, PINGS, SEGMENT, SMALL

CONNECTS_PER_SECOND = 500
PAUSE_SECONDS = 0.05
"""Before another attempt where a connection does not come about at all."""
RESYNC = Frame(Opcode.TEXT, b'{"type":"resync"}').serialize(mask=True)
CLOSE = Frame(Opcode.CLOSE, Close(CloseCode.POLICY_VIOLATION, "").serialize()).serialize(mask=False)
RESET = struct.pack("ii", 1, 0)
"""Option of a socket that hangs up without a word, and keeps no port."""
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Abuser(asyncio.Protocol):
    """Shakes hands, and from then on does what its kind does."""

    path: ClassVar[str] = "/ws/pressure/"
    is_narrow: ClassVar[bool] = False
    """Does the kernel keep but little for it, as for who does not read on a real network?"""
    transport: asyncio.Transport

    def __init__(self, counts: Counter[str]) -> None:
        self.counts = counts
        self.gone = asyncio.get_running_loop().create_future()
        self._is_open = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(HANDSHAKE.format(path=self.path).encode())

    def connection_lost(self, exc: Exception | None) -> None:
        self.counts["ended"] += self._is_open
        if not self.gone.done():  # which it is at the end of all
            self.gone.set_result(None)

    def data_received(self, data: bytes) -> None:
        if self._is_open:
            self.heard(data)
        elif b" 101 " in data[:20]:
            self._is_open = True
            self.counts["opened"] += 1
            self.opened()
        else:
            self.counts["refused"] += 1
            self.transport.abort()

    def opened(self) -> None:
        """The handshake is over."""

    def heard(self, data: bytes) -> None:
        """The server has sent something."""

    def again(self, seconds: float) -> None:
        """Call `opened` once more then, unless it is over."""
        asyncio.get_running_loop().call_later(seconds, self._again)

    def _again(self) -> None:
        if not self.transport.is_closing():
            self.opened()


class Pings(Abuser):
    """As many as are taken; sent away, it comes again at once."""

    _is_full = False

    def opened(self) -> None:
        while not self._is_full and not self.transport.is_closing():
            self.transport.write(PINGS)

    def heard(self, data: bytes) -> None:
        if CLOSE in data:
            self.transport.abort()

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self.opened()


class Resyncs(Abuser):
    """As many as messages are allowed."""

    def opened(self) -> None:
        self.transport.write(RESYNC)
        self.again(1.1 / MESSAGES_PER_SECOND)


class Reconnections(Abuser):
    """Leaves with the first frame, and comes again."""

    def heard(self, data: bytes) -> None:
        self.transport.abort()


class Mute(Abuser):
    """Never reads."""

    is_narrow = True

    def opened(self) -> None:
        self.transport.pause_reading()


class Trickle(Abuser):
    """Reads a few kilobytes a second."""

    is_narrow = True

    def opened(self) -> None:
        self.transport.resume_reading()

    def heard(self, data: bytes) -> None:
        self.transport.pause_reading()
        self.again(1)


class Quiet(Abuser):
    """Sends nothing on a socket on which there is nothing to hear, not even that it is there."""

    path = "/ws/depth/NOBODYUSDT/"


class Drip(Abuser):
    """Sends a head that never ends, a byte a second."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._is_open = True
        self.counts["opened"] += 1
        transport.write(DRIPPING)
        self.again(1)

    def opened(self) -> None:
        self.transport.write(b"x")
        self.again(1)


class Idle(Abuser):
    """Asks for something once, and keeps the connection."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")

    def data_received(self, data: bytes) -> None:
        if not self._is_open:
            self._is_open = b" 200 " in data[:20]
            self.counts["opened" if self._is_open else "refused"] += 1


KINDS: dict[str, type[Abuser]] = {
    "pings": Pings,
    "resyncs": Resyncs,
    "reconnections": Reconnections,
    "mute": Mute,
    "trickle": Trickle,
    "quiet": Quiet,
    "drip": Drip,
    "idle": Idle,
}


async def one(kind: type[Abuser], counts: Counter[str], server: tuple[str, int], source: str) -> None:
    """A place in the flood: one connection after the other."""
    loop = asyncio.get_running_loop()
    while True:
        plug = socket.socket()
        plug.setblocking(False)
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        if kind.is_narrow:
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
            plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        try:
            plug.bind((source, 0))
            await loop.sock_connect(plug, server)
            _, abuser = await loop.create_connection(lambda: kind(counts), sock=plug)
        except OSError:
            plug.close()
            counts["not connected"] += 1
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            await abuser.gone


async def flood(
    kind: type[Abuser], server: tuple[str, int], source: str, count: int, seconds: float
) -> Counter[str]:
    counts: Counter[str] = Counter()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for _ in range(count):
                group.create_task(one(kind, counts, server, source))
                await asyncio.sleep(1 / CONNECTS_PER_SECOND)
    return counts


if __name__ == "__main__":
    _, name, host, port, source, count, seconds = sys.argv
    allow_files()
    flooded = flood(KINDS[name], (host, int(port)), source, int(count), float(seconds))
    print(json.dumps(uvloop.run(flooded)), flush=True)
