"""How old a number is when it is received, and when a person sees it.

The publisher writes its clock into the mid price (see load.py), so that age is measured end to end:
publication on NATS to the frame in a client, or to the text of a cell in a real Chromium.
"""

import asyncio
import json
import time

import numpy as np
import websockets

from tests.bench.load import MILLISECONDS
from tests.bench.servers import servers, stack


def percentiles(values: list[float]) -> dict[str, float]:
    """p50, p99 and the largest, and how many there were."""
    array = np.array(values)
    p50, p99 = np.percentile(array, (50, 99))
    return {"p50": float(p50), "p99": float(p99), "max": float(array.max()), "count": len(values)}


def age_ms(mid_price: float, now: float) -> float:
    """Milliseconds since the publication a mid price stands for."""
    return (now * 1000 - mid_price) % MILLISECONDS


async def receive_ages(url: str, seconds: float) -> list[float]:
    """Age of every row that changed, at the moment its frame is here."""
    ages: list[float] = []
    deadline = time.monotonic() + seconds
    async with websockets.connect(url, max_size=None) as socket:
        await socket.recv()
        while time.monotonic() < deadline:
            frame = json.loads(await socket.recv())
            now = time.time()
            if frame["type"] == "update":
                ages += [age_ms(row["mid_price"], now) for row in frame["symbols"].values()]
    return ages


def frame_to_client(symbols: int, rate: float, seconds: float) -> dict[str, float]:
    """Ages at a WebSocket client while `symbols` change `rate` times a second each."""
    with servers() as environment, stack(environment, symbols, rate, seconds + 30) as (base, _):
        url = base.replace("http", "ws") + "/ws/pressure/"
        return percentiles(asyncio.run(receive_ages(url, seconds)))
