"""One request after the other on kept connections, as fast as they are answered, by clients that cost little.

    python -m tests.bench.requests HOST PORT PATH CLIENTS SECONDS [SYMBOLS]

prints how many a second and how long each, in JSON. A %04d in PATH is a number below SYMBOLS, each in turn.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from typing import Any

import uvloop

from tests.bench.page import spread

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Client(asyncio.Protocol):
    """Asks again as soon as it is answered; notes how long each answer took, in milliseconds."""

    transport: asyncio.Transport

    def __init__(self, requests: Iterator[bytes], times: list[float]) -> None:
        self._requests = requests
        self._times = times
        self._answer = b""
        self._asked_at = 0.0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        if not end:
            return
        assert b" 200 " in head[:20], head
        length = LENGTH.search(head)
        assert length, head
        if len(body) >= int(length[1]):
            self._times.append(1000 * (time.perf_counter() - self._asked_at))
            self._ask()

    def _ask(self) -> None:
        self._answer, self._asked_at = b"", time.perf_counter()
        self.transport.write(next(self._requests))


async def ask(
    host: str, port: int, path: str, clients: int, seconds: float, symbols: int = 1
) -> dict[str, float | None]:
    times: list[float] = []
    paths = [path.replace("%04d", f"{number:04d}") for number in range(symbols)]
    requests = cycle([f"GET {each} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for each in paths])
    loop = asyncio.get_running_loop()
    for _ in range(clients):
        await loop.create_connection(lambda: Client(requests, times), host, port)
    await asyncio.sleep(seconds / 4)  # everybody has found his place
    times.clear()
    began = time.perf_counter()
    await asyncio.sleep(seconds)
    per_second = len(times) / (time.perf_counter() - began)
    return {"per_second": per_second, "p99": spread(times).p99 if times else None}


if __name__ == "__main__":
    _, host, port, path, clients, seconds, *symbols = sys.argv
    reported = ask(host, int(port), path, int(clients), float(seconds), *map(int, symbols))
    print(json.dumps(uvloop.run(reported)))
