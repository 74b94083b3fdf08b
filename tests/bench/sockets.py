"""Many browsers on one web process: how old are the batches they get, do they get them all, and what does it cost?

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

from tests.bench.page import ms, spread, table
from tests.bench.servers import ROOT, servers, stack

TITLE = "Many browsers"
SENT_AT = re.compile(r'"sent_at":"([^"]+)"')
SYMBOLS, RATE = 40, 10.0
"""Forty symbols make a batch of about ten kilobytes."""
CONNECTS_PER_SECOND = 100
COUNTS = (500, 1000)


def section(short: bool) -> str:
    """Five hundred and a thousand clients."""
    seconds = 5 if short else 20
    found = {count: measure(count, seconds) for count in COUNTS}
    rows = [
        (
            f"{count:,}",
            f"{each['bytes'] / 1000:.1f} kB",
            f"{each['per_second']:.2f}",
            ms(each["p50"]),
            ms(each["p99"]),
            ms(each["most"]),
            f"{each['web_cores']:.0%}",
        )
        for count, each in found.items()
    ]
    head = ("clients", "batch", "batches/s each", "age p50", "age p99", "age max", "web process, of a core")
    return f"""WebSocket clients on one web process that sends 4 batches/s, {seconds} s. A client that is too slow is
spared batches: how many arrived is shown. Age is from the feed's publication, which is `sent_at`, to the client; the
clients are one Python process on the same cores, which takes most of the time itself.

{table(head, rows)}"""


def measure(count: int, seconds: float) -> dict[str, float]:
    """Age of batches in milliseconds from the feed to each client, and the web process's share of a core."""
    with servers() as environment, stack(environment, SYMBOLS, RATE) as (base, web):
        url = base.replace("http", "ws") + "/ws/pressure/"
        command = [sys.executable, "-m", "tests.bench.sockets", url, str(count), str(seconds)]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as load:
            assert load.stdout is not None
            assert load.stdout.readline() == "connected\n"
            before, began = web.cpu_times(), time.perf_counter()
            found = json.loads(load.stdout.readline())
            after, ended = web.cpu_times(), time.perf_counter()
    cpu = (after.user + after.system - before.user - before.system) / (ended - began)
    return {**found, "web_cores": cpu}


async def clients(url: str, count: int, seconds: float) -> None:
    """`count` sockets; prints "connected" after the last one, and `seconds` later, in JSON, what they got meanwhile."""
    ages: list[float] = []
    sizes: list[int] = []
    async with asyncio.TaskGroup() as group:
        arrived = asyncio.Semaphore(0)
        tasks = []
        for _ in range(count):
            tasks.append(group.create_task(one(url, arrived, ages, sizes)))
            await asyncio.sleep(1 / CONNECTS_PER_SECOND)
        for _ in range(count):
            await arrived.acquire()
        print("connected", flush=True)
        ages.clear()
        sizes.clear()
        began = time.perf_counter()
        await asyncio.sleep(seconds)
        per_second = len(ages) / count / (time.perf_counter() - began)
        found = spread(ages)._asdict() | {"bytes": sum(sizes) / len(sizes), "per_second": per_second}
        print(json.dumps(found), flush=True)
        for task in tasks:
            task.cancel()


async def one(url: str, arrived: asyncio.Semaphore, ages: list[float], sizes: list[int]) -> None:
    """One browser, until it is cancelled."""
    async with websockets.connect(url, max_size=None, compression=None, ping_interval=None) as socket:
        await socket.recv()
        arrived.release()
        while True:
            frame = await socket.recv(decode=True)
            now = time.time()
            found = SENT_AT.search(frame[:200])
            if found and frame.startswith('{"type":"update"'):
                ages.append(1000 * (now - datetime.fromisoformat(found[1]).timestamp()))
                sizes.append(len(frame))


if __name__ == "__main__":
    _, url, count, seconds = sys.argv
    asyncio.run(clients(url, int(count), float(seconds)))
