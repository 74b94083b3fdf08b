"""REST latency under an open load: requests leave on time whether or not earlier ones are answered."""

import asyncio
import subprocess
import sys
import time

import httpx

from tests.bench.memory import filled
from tests.bench.page import Spread, spread, spreads
from tests.bench.servers import ROOT, servers, stack

TITLE = "REST"
SYMBOLS, FRAMES_PER_SYMBOL = 100, 10
PER_SECOND = 100
ENDPOINTS = {
    "depth": "/api/v1/metrics/depth/S{symbol:04d}USDT",
    "pressure 5m": "/api/v1/metrics/pressure/S{symbol:04d}USDT?timeframe=5m",
    "pressure 15m": "/api/v1/metrics/pressure/S{symbol:04d}USDT?timeframe=15m",
    "summary": "/api/v1/metrics/summary",
    "all, 100 rows": "/api/v1/metrics/all",
    "liquidity": "/api/v1/metrics/liquidity/S{symbol:04d}USDT",
    "liquidity of all, 100 rows": "/api/v1/metrics/liquidity?sort_by=cost_bps_100000&sort_order=desc",
    "heat map, 15 minutes": "/api/v1/metrics/heat/S{symbol:04d}USDT",
    "impact": "/api/v1/metrics/impact/S{symbol:04d}USDT",
    "history, 60 minutes": "/api/v1/metrics/history/S{symbol:04d}USDT",
    "the same as CSV": "/api/v1/metrics/history/S{symbol:04d}USDT.csv",
    "feed": "/api/v1/feed",
}


def section(short: bool) -> str:
    """Each endpoint in turn."""
    seconds, points = (4, 900) if short else (20, 9000)
    found = measure(seconds, points)
    return f"""REST at {PER_SECOND} requests/s, {seconds} s for each line, open loop (a request leaves when it is due,
and its time counts from then), every request for another of {SYMBOLS} live symbols, which have
{points / 600:.1f} minutes of history when it begins. One web process, the feed at {SYMBOLS * FRAMES_PER_SYMBOL:,}
frames/s, client and all servers on the same cores. Where times are seconds, one process answers fewer than were asked
for: they show how long the queue was.

{spreads(found)}"""


def measure(seconds: float, points: int) -> dict[str, Spread]:
    """Latencies of each endpoint in turn, with the feed at work all the while."""
    with servers() as environment:
        filled(environment, SYMBOLS, points)
        minutes = [sys.executable, "-m", "tests.bench.minutes", str(SYMBOLS)]
        subprocess.run(minutes, check=True, cwd=ROOT, env=environment)
        with stack(environment, SYMBOLS, FRAMES_PER_SYMBOL) as (base, _):
            return {name: asyncio.run(open_loop(base + path, seconds)) for name, path in ENDPOINTS.items()}


async def open_loop(url: str, seconds: float) -> Spread:
    """Milliseconds from the moment a request was due to its whole answer."""
    times: list[float] = []

    async def one(client: httpx.AsyncClient, number: int, due: float) -> None:
        answer = await client.get(url.format(symbol=number % SYMBOLS))
        assert answer.status_code == 200, answer.text
        times.append(1000 * (time.perf_counter() - due))

    limits = httpx.Limits(max_connections=50, max_keepalive_connections=50)
    async with httpx.AsyncClient(limits=limits, timeout=30) as client, asyncio.TaskGroup() as group:
        await asyncio.gather(*(client.get(url.format(symbol=number)) for number in range(20)))
        begin = time.perf_counter()
        for number in range(int(PER_SECOND * seconds)):
            due = begin + number / PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(client, number, due))
    return spread(times)
