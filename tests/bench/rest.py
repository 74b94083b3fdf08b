"""REST latency under an open load: requests leave on time whether or not earlier ones are answered."""

import asyncio
import time

import httpx

from tests.bench.latency import percentiles
from tests.bench.servers import servers, stack

SYMBOLS, FRAMES_PER_SYMBOL = 100, 10
ENDPOINTS = {
    "depth": "/api/v1/metrics/depth/S0042USDT",
    "pressure 5m": "/api/v1/metrics/pressure/S0042USDT?timeframe=5m",
    "summary": "/api/v1/metrics/summary",
    "all, 100 rows": "/api/v1/metrics/all",
    "feed": "/api/v1/feed",
}


async def open_loop(url: str, per_second: float, seconds: float) -> dict[str, float]:
    """Milliseconds from the moment a request was due to its whole answer."""
    times: list[float] = []

    async def one(client: httpx.AsyncClient, due: float) -> None:
        answer = await client.get(url)
        assert answer.status_code == 200, answer.text
        times.append(1000 * (time.perf_counter() - due))

    limits = httpx.Limits(max_connections=50, max_keepalive_connections=50)
    async with httpx.AsyncClient(limits=limits, timeout=30) as client, asyncio.TaskGroup() as group:
        await asyncio.gather(*(client.get(url) for _ in range(20)))
        begin = time.perf_counter()
        for number in range(int(per_second * seconds)):
            due = begin + number / per_second
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(client, due))
    return percentiles(times)


def measure(per_second: float, seconds: float, **environment_changes: str) -> dict[str, dict[str, float]]:
    """Latencies of each endpoint in turn, with the feed at a thousand frames a second all the while."""
    with servers() as environment:
        environment |= environment_changes
        total = (seconds + 5) * len(ENDPOINTS) + 30
        with stack(environment, SYMBOLS, FRAMES_PER_SYMBOL, total) as (base, _):
            return {
                name: asyncio.run(open_loop(base + path, per_second, seconds))
                for name, path in ENDPOINTS.items()
            }


async def one_after_another(url: str, requests: int) -> dict[str, float]:
    times = []
    async with httpx.AsyncClient() as client:
        for _ in range(requests):
            began = time.perf_counter()
            await client.get(url)
            times.append(1000 * (time.perf_counter() - began))
    return percentiles(times)


def tail_with_and_without_freeze(requests: int) -> dict[str, dict[str, float]]:
    """One client, one request after another, with FREEZE_GC on and off."""
    results = {}
    for frozen in ("true", "false"):
        with servers() as environment:
            environment["FREEZE_GC"] = frozen
            with stack(environment, SYMBOLS, FRAMES_PER_SYMBOL, 120) as (base, _):
                results[frozen] = asyncio.run(one_after_another(base + ENDPOINTS["depth"], requests))
    return results
