"""Clients that mean well: how old is what they know, and how long do they wait?

    python -m tests.abuse.honest HOST PORT SECONDS

reports it in JSON at its end. Times are milliseconds.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple

import httpx
import uvloop
import websockets

from tests.bench.page import spread
from tests.bench.sockets import SENT_AT

SOURCE = "127.0.0.1"
SOCKETS, REQUESTS_PER_SECOND, SYMBOLS = 20, 20, 40
LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 10.0
MOST_LISTED = 100
"""Troubles, the first ones: whoever reads does so at the end, and a pipe holds no more."""
PATHS = (
    "/api/v1/metrics/depth/S{symbol:04d}USDT",
    "/api/v1/metrics/summary",
    "/api/v1/metrics/all?limit=20",
    "/info",
)
"""The last is not answered in front of Django."""


class Noticed(NamedTuple):
    """Everything they have noticed."""

    ages: list[float]
    """Of the newest that a socket knows, whether or not anything comes: looked at twenty times a second."""
    answers: list[float]
    arrivals: list[float]
    """From connecting to the first snapshot."""
    troubles: list[str]


class Watching:
    """One open page: what it knows, and how old that is."""

    def __init__(self, address: str, noticed: Noticed) -> None:
        self.sent_at: float | None = None
        self._address = address
        self._noticed = noticed

    async def watch(self) -> None:
        try:
            async with opened(self._address) as socket:
                while True:
                    frame = await socket.recv(decode=True)
                    if found := SENT_AT.search(frame[:400]):
                        self.sent_at = datetime.fromisoformat(found[1]).timestamp()
        except (OSError, websockets.WebSocketException) as error:
            self._noticed.troubles.append(f"socket: {error!r}")


def opened(address: str) -> websockets.connect:
    return websockets.connect(
        address, max_size=None, compression=None, open_timeout=PATIENCE_SECONDS, local_addr=(SOURCE, 0)
    )


async def look(pages: list[Watching], noticed: Noticed) -> None:
    """Note how old everything is."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        noticed.ages.extend(1000 * (time.time() - page.sent_at) for page in pages if page.sent_at)


async def arrive(address: str, noticed: Noticed) -> None:
    """Open another page every second."""
    while True:
        began = time.perf_counter()
        try:
            async with opened(address) as socket:
                await asyncio.wait_for(socket.recv(), PATIENCE_SECONDS)
        except (OSError, websockets.WebSocketException) as error:
            noticed.troubles.append(f"arrival: {error!r}")
        else:
            noticed.arrivals.append(1000 * (time.perf_counter() - began))
        await asyncio.sleep(1)


async def ask(base: str, noticed: Noticed) -> None:
    """Requests leave when they are due, whether or not those before are answered."""

    async def one(number: int, due: float) -> None:
        path = PATHS[number % len(PATHS)].format(symbol=number % SYMBOLS)
        try:
            answer = await client.get(path)
        except httpx.HTTPError as error:
            noticed.troubles.append(f"{path}: {error!r}")
        else:
            noticed.answers.append(1000 * (time.perf_counter() - due))
            if answer.status_code != httpx.codes.OK:
                noticed.troubles.append(f"{path}: {answer.status_code}")

    transport = httpx.AsyncHTTPTransport(local_address=SOURCE)
    async with (
        httpx.AsyncClient(base_url=base, transport=transport, timeout=PATIENCE_SECONDS) as client,
        asyncio.TaskGroup() as group,
    ):
        begin, number = time.perf_counter(), 0
        while True:
            due = begin + number / REQUESTS_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(number, due))
            number += 1


async def live(host: str, port: str, seconds: float) -> Noticed:
    noticed = Noticed([], [], [], [])
    address, base = f"ws://{host}:{port}/ws/pressure/", f"http://{host}:{port}"
    pages = [Watching(address, noticed) for _ in range(SOCKETS)]
    works: list[Callable[[], Awaitable[None]]] = [
        *(page.watch for page in pages),
        lambda: look(pages, noticed),
        lambda: arrive(address, noticed),
        lambda: ask(base, noticed),
    ]
    tasks = [asyncio.ensure_future(work()) for work in works]
    await asyncio.sleep(seconds)
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome
    return noticed


def printed(noticed: Noticed) -> str:
    """What is reported of it: of ages, answers and arrivals the time that 99 of a hundred do not exceed."""
    found = {
        name: spread(values).p99 if values else None
        for name, values in noticed._asdict().items()
        if name != "troubles"
    }
    return json.dumps(found | {"troubles": noticed.troubles[:MOST_LISTED]})


if __name__ == "__main__":
    _, host, port, seconds = sys.argv
    print(printed(uvloop.run(live(host, port, float(seconds)))), flush=True)
