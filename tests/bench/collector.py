"""What the garbage collector adds to the tail of request times."""

import time

import httpx

from tests.bench.page import spread, spreads
from tests.bench.rest import ENDPOINTS, FRAMES_PER_SYMBOL, SYMBOLS
from tests.bench.servers import servers, stack

TITLE = "Garbage collection"
FROZEN = {"FREEZE_GC=on": "true", "FREEZE_GC=off": "false"}


def section(short: bool) -> str:
    """With the application out of the collector's sight, and without."""
    requests, rounds = (500, 1) if short else (1500, 3)
    times: dict[str, list[float]] = {name: [] for name in FROZEN}
    for _ in range(rounds):
        for name, frozen in FROZEN.items():
            times[name] += measure(requests, frozen)
    return f"""One client, one depth request after another (a closed loop: a pause delays one request only), with
the application frozen out of the garbage collector's sight (the default) and without; {rounds} fresh processes
each, in turn, {requests:,} requests to each.

{spreads({name: spread(taken) for name, taken in times.items()})}"""


def measure(requests: int, frozen: str) -> list[float]:
    """Milliseconds of each request to a fresh web process, the first ones left out."""
    with servers() as environment:
        environment["FREEZE_GC"] = frozen
        with stack(environment, SYMBOLS, FRAMES_PER_SYMBOL) as (base, _):
            url = base + ENDPOINTS["depth"].format(symbol=42)
            with httpx.Client() as client:
                for _ in range(20):
                    client.get(url)
                return [timed(client, url) for _ in range(requests)]


def timed(client: httpx.Client, url: str) -> float:
    began = time.perf_counter()
    client.get(url)
    return 1000 * (time.perf_counter() - began)
