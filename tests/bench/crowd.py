"""Many clients of WebSockets in one process, honest and otherwise, that cost little themselves.

    python -m tests.bench.crowd KIND HOST PORT COUNT SECONDS

prints "connected" when all are, and ends by itself, with what it found in JSON, or when it is asked to:

    listen   reads every batch: how old they are
    stay     reads until it is sent away: the close codes
    flood    sends pings as fast as they are taken, and comes back when it is sent away
    mute     never reads
    drip     sends the head of a request, a byte a second: how many connections are left
"""

import asyncio
import json
import re
import socket
import sys
import time
from collections import Counter
from datetime import datetime
from typing import Any

import uvloop

from tests.bench.page import spread

SENT_AT = re.compile(rb'"sent_at":"([^"]+)"')
CONNECTS_PER_SECOND = 200
ALL_ARE_THERE_SECONDS = 20.0
CLOSE = 8  # the opcode
PINGS = b"\x89\x80\x00\x00\x00\x00" * 1000
SMALL, SEGMENT = 4096, 1400
"""Bytes the kernel keeps for who does not read, and of one packet on a real network: with those of this machine's
own it would keep megabytes at the sender."""
HANDSHAKE = (
    b"GET /ws/pressure/ HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
DRIPPING = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: "


class Crowd:
    """What its clients have seen."""

    def __init__(self) -> None:
        self.present = 0
        self.ages: list[float] = []  # milliseconds
        self.sizes: list[int] = []  # bytes
        self.codes: Counter[int] = Counter()


class Client(asyncio.Protocol):
    """Shakes hands, and calls `frame` for whatever the server sends."""

    transport: asyncio.Transport

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self._buffer = bytearray()
        self._is_open = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(HANDSHAKE)

    def connection_lost(self, exc: Exception | None) -> None:
        self.crowd.present -= self._is_open

    def opened(self) -> None:
        """The handshake is over."""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            head, end, _ = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            assert b" 101 " in head[:20], head
            del self._buffer[: len(head) + len(end)]
            self._is_open = True
            self.crowd.present += 1
            self.opened()
        while (whole := self._frame()) is not None:
            self.frame(*whole)

    def _frame(self) -> tuple[int, bytes] | None:
        """Opcode and payload of the next whole frame."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        extended = {126: 2, 127: 8}.get(buffer[1], 0)
        begin = 2 + extended
        if len(buffer) < begin:
            return None
        end = begin + (int.from_bytes(buffer[2:begin]) if extended else buffer[1])
        if len(buffer) < end:
            return None
        whole = buffer[0] & 15, bytes(buffer[begin:end])
        del buffer[:end]
        return whole

    def frame(self, opcode: int, payload: bytes) -> None:
        if opcode == CLOSE:
            self.crowd.codes[int.from_bytes(payload[:2])] += 1
            self.transport.close()
        elif payload.startswith(b'{"type":"update"') and (found := SENT_AT.search(payload[:200])):
            self.crowd.ages.append(
                1000 * (time.time() - datetime.fromisoformat(found[1].decode()).timestamp())
            )
            self.crowd.sizes.append(len(payload))


class Flood(Client):
    _is_full = False

    def opened(self) -> None:
        self._pour()

    def frame(self, opcode: int, payload: bytes) -> None:
        if opcode == CLOSE:
            self.transport.abort()

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._pour()

    def _pour(self) -> None:
        while not self._is_full and not self.transport.is_closing():
            self.transport.write(PINGS)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        asyncio.get_running_loop().create_task(self._come_back())

    async def _come_back(self) -> None:
        host, port = self.transport.get_extra_info("peername")[:2]
        await asyncio.get_running_loop().create_connection(lambda: Flood(self.crowd), host, port)


class Mute(Client):
    def opened(self) -> None:
        self.transport.pause_reading()


class Drip(asyncio.Protocol):
    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.crowd.present += 1
        transport.write(DRIPPING)
        self._drip()

    def connection_lost(self, exc: Exception | None) -> None:
        self.crowd.present -= 1

    def _drip(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(b"x")
            asyncio.get_running_loop().call_later(1, self._drip)


KINDS: dict[str, type[Client] | type[Drip]] = {
    "listen": Client,
    "stay": Client,
    "flood": Flood,
    "mute": Mute,
    "drip": Drip,
}


async def connect(kind: str, crowd: Crowd, host: str, port: int) -> None:
    plug = socket.socket()
    plug.setblocking(False)
    if kind == "mute":
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(plug, (host, port))
    await loop.create_connection(lambda: KINDS[kind](crowd), sock=plug)


async def gather(kind: str, host: str, port: int, count: int, seconds: float) -> None:
    """`count` of a kind; see above."""
    crowd, deadline = Crowd(), time.monotonic() + ALL_ARE_THERE_SECONDS
    for _ in range(count):
        await connect(kind, crowd, host, port)
        await asyncio.sleep(1 / CONNECTS_PER_SECOND)
    while crowd.present < count and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    print("connected", flush=True)
    crowd.ages.clear()
    crowd.sizes.clear()
    began = time.perf_counter()
    while (took := time.perf_counter() - began) < seconds and not (kind == "stay" and not crowd.present):
        await asyncio.sleep(0.1)
    found = {
        "present": crowd.present,
        "codes": crowd.codes,
        "per_second": len(crowd.ages) / count / took,
        "bytes": sum(crowd.sizes) / max(1, len(crowd.sizes)),
        "p99": spread(crowd.ages).p99 if crowd.ages else None,
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    _, kind, host, port, count, seconds = sys.argv
    uvloop.run(gather(kind, host, int(port), int(count), float(seconds)))
