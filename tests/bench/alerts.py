"""How long after a tick an alert is with whoever follows them: from a book on NATS to an event on `/ws/alerts/`."""

import asyncio
import json
import random
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress

import httpx
import nats
import websockets
from nats.aio.client import Client

from tests.bench.page import Spread, spread, spreads
from tests.bench.servers import ROOT, SUBJECT, manage, running, servers, stack

TITLE = "From a tick to an alert"
SYMBOLS, RATE = 100, 10.0
WATCHED = "ALARMUSDT"
BOOKS_A_SECOND = 10
BALANCED, HEAVY = 1.0, 20.0
"""What rests at each bid, where 1 rests at each ask."""
RULE = {
    "name": "More than half again on the bid side",
    "watch": "net_pressure",
    "symbols": [WATCHED],
    "comparison": "above",
    "threshold": 50,
    "reason": "measured",
}
PAUSE_SECONDS = (0.5, 1.5)
"""Between the end of one alert and the tick of the next: any moment of everybody's rounds."""
PATIENCE_SECONDS = 10.0


def section(short: bool) -> str:
    """Until it fires, and until it is over."""
    firing, resolved = measure(5 if short else 60)
    return f"""From the publication on NATS of a book that is beyond the threshold of a rule, which fires at once,
to the event in a client of `/ws/alerts/`; and from that of the first book that is back until the alert is over there.
Beside {SYMBOLS} symbols × {RATE:.0f} updates/s. The feed publishes rows every 250 ms and `watch_alerts` looks every
250 ms, neither knowing of the other; what is found is written to the database and announced on Redis, and the web
process reads it there. All of it, and the client, is on this machine.

{spreads({"fires": firing, "is over": resolved}, "alerts")}"""


def measure(count: int) -> tuple[Spread, Spread]:
    """Milliseconds until an alert fires, and until it is over."""
    with servers() as environment, stack(environment, SYMBOLS, RATE) as (base, _):
        create = manage("create_token", "bench", "--new", "--scope", "alerts", "--scope", "rules")
        token = subprocess.check_output(create, cwd=ROOT, env=environment, text=True).split()[-1]
        headers = {"Authorization": f"Token {token}"}
        with running(manage("watch_alerts"), env=environment):
            answer = httpx.post(f"{base}/api/v1/alerts/rules", json=RULE, headers=headers)
            assert answer.status_code == 201, answer.text
            url = f"{base.replace('http', 'ws')}/ws/alerts/"
            times = asyncio.run(follow(environment["NATS_URL"], url, headers, count))
    return spread([each[0] for each in times]), spread([each[1] for each in times])


async def follow(nats_url: str, url: str, headers: dict[str, str], count: int) -> list[tuple[float, float]]:
    """Of `count` alerts, one after the other: both times."""
    times: list[tuple[float, float]] = []
    async with websockets.connect(url, additional_headers=headers, max_size=None) as socket:
        book = Book(await nats.connect(nats_url))
        async with asyncio.TaskGroup() as group:
            publishing = group.create_task(book.publish())
            for number in range(count + 1):
                await asyncio.sleep(random.uniform(*PAUSE_SECONDS))
                fires = await until(socket, "firing", await book.become(HEAVY))
                await asyncio.sleep(random.uniform(*PAUSE_SECONDS))
                over = await until(socket, "resolved", await book.become(BALANCED))
                if number:  # the first finds everybody still waking up
                    times.append((fires, over))
            publishing.cancel()
        with suppress(asyncio.CancelledError):
            await publishing
        await book.bus.close()
    return times


async def until(socket: websockets.ClientConnection, state: str, began: float) -> float:
    """Milliseconds from `began` until an event says so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            frame = json.loads(await socket.recv())
            if any(event["state"] == state for event in frame.get("events", [])):
                return 1000 * (time.time() - began)


class Book:
    """The watched symbol's book, published ten times a second, and at once when it becomes another."""

    def __init__(self, bus: Client, clock: Callable[[], float] = time.time) -> None:
        self.bus, self._clock = bus, clock
        self._bid = BALANCED

    async def become(self, bid: float) -> float:
        """So much rests at each bid from now on; when that was published."""
        self._bid = bid
        now = self._clock()
        await self._send()
        return now

    async def publish(self) -> None:
        """For ever."""
        while True:
            await self._send()
            await asyncio.sleep(1 / BOOKS_A_SECOND)

    async def _send(self) -> None:
        steps = range(1, 21)
        data = {
            "lastUpdateId": int(self._clock() * 1e6),
            "bids": [[f"{100 - step / 100:.2f}", f"{self._bid:.1f}"] for step in steps],
            "asks": [[f"{100 + step / 100:.2f}", f"{BALANCED:.1f}"] for step in steps],
        }
        frame = {"stream": f"{WATCHED.lower()}@depth20@100ms", "data": data}
        await self.bus.publish(SUBJECT, json.dumps(frame).encode())
