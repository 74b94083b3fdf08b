"""Many browsers on one Daphne: how old are the batches they get, and what does it cost?

python -m tests.bench.sockets URL CLIENTS SECONDS
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from datetime import datetime

import websockets

from tests.bench.latency import percentiles
from tests.bench.servers import ROOT, servers, stack

SENT_AT = re.compile(r'"sent_at":"([^"]+)"')
SYMBOLS, RATE = 40, 10.0
"""Forty symbols make a batch of about ten kilobytes."""


async def one(url: str, until: float, ages: list[float], sizes: list[int]) -> None:
    async with websockets.connect(url, max_size=None, compression=None, ping_interval=None) as socket:
        await socket.recv()
        while time.time() < until:
            frame = await socket.recv(decode=True)
            now = time.time()
            found = SENT_AT.search(frame[:200])
            if found and frame.startswith('{"type":"update"'):
                ages.append(1000 * (now - datetime.fromisoformat(found[1]).timestamp()))
                sizes.append(len(frame))


async def clients(url: str, count: int, seconds: float) -> dict[str, float]:
    """`count` sockets for `seconds` after the last one has connected."""
    ages: list[float] = []
    sizes: list[int] = []
    until = time.time() + seconds + count / 100
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(one(url, until, ages, sizes))
            await asyncio.sleep(0.008)
        ages.clear()
        sizes.clear()
    return percentiles(ages) | {"frame_bytes": sum(sizes) / len(sizes)}


def measure(count: int, seconds: float) -> dict[str, float]:
    """Age of batches in milliseconds from the hub to each client, and Daphne's share of a core."""
    with (
        servers() as environment,
        stack(environment, SYMBOLS, RATE, seconds + count / 50 + 60) as (base, daphne),
    ):
        url = base.replace("http", "ws") + "/ws/pressure/"
        command = [sys.executable, "-m", "tests.bench.sockets", url, str(count), str(seconds)]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as load:
            time.sleep(count * 0.009 + 2)
            before, began = daphne.cpu_times(), time.perf_counter()
            time.sleep(seconds * 0.7)
            after, ended = daphne.cpu_times(), time.perf_counter()
            output, _ = load.communicate(timeout=seconds * 4 + 60)
    cpu = (after.user + after.system - before.user - before.system) / (ended - began)
    return json.loads(output) | {"daphne_cores": cpu}


if __name__ == "__main__":
    _, url, count, seconds = sys.argv
    print(json.dumps(asyncio.run(clients(url, int(count), float(seconds)))))
