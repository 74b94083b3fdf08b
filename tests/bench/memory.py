"""What a feed and the store hold after a quarter of an hour of a hundred symbols at ten updates a second.

python -m tests.bench.memory SYMBOLS POINTS   # that many a symbol, and those of the time this takes
"""

import asyncio
import json
import subprocess
import sys
import time
from typing import cast

import redis

from tests.bench.servers import ROOT, servers

TITLE = "Memory"
SYMBOLS = 100
MEGABYTE = 1024 * 1024
KINDS = ("touches", "heat")
"""What the keys of histories are called."""
PUBLISH_EVERY, RECORD_EVERY = 3, 10  # points, of a tenth of a second each


def section(short: bool) -> str:
    """Resident memory before and after, and that of what is kept in the store."""
    points = 900 if short else 9000
    with servers() as environment:
        found = json.loads(filled(environment, SYMBOLS, points))
        kept = in_store(environment)
    updates, idle, full, most = (found[name] for name in ("points", "idle_mb", "full_mb", "most_mb"))
    return f"""A feed that has taken {updates:,} updates of each of {SYMBOLS} symbols (clock injected, ten a second),
published and recorded as it does, holds {full:.1f} MB, and never held more than {most:.1f} MB:
{most - idle:.1f} MB above the same process before its first message ({idle:.1f} MB).

Redis keeps {kept["touches"] + kept["heat"]:.1f} MB of these {updates / 600:.1f} minutes (`MEMORY USAGE`):
{kept["touches"]:.1f} MB are histories, with every update, and {kept["heat"]:.1f} MB heat maps, with a row of each
second. With rows and books it uses {kept["all"]:.1f} MB."""


def in_store(environment: dict[str, str]) -> dict[str, float]:
    """Megabytes of the two kinds of history, and of all that the store uses."""
    client = redis.Redis.from_url(environment["REDIS_URL"])
    found = dict.fromkeys(KINDS, 0.0)
    for kind in KINDS:
        for key in client.scan_iter(f"*:{kind}:*", count=1_000):
            found[kind] += cast(int, client.memory_usage(key, samples=0)) / MEGABYTE
    used = cast(dict[str, int], client.info("memory"))["used_memory"]
    client.close()
    return found | {"all": used / MEGABYTE}


def filled(environment: dict[str, str], symbols: int, points: int) -> str:
    """Have a feed of its own process fill the store with history that ends now; what it prints about itself."""
    command = [sys.executable, "-m", "tests.bench.memory", str(symbols), str(points)]
    return subprocess.check_output(command, cwd=ROOT, env=environment, text=True)


async def fill(symbols: int, points: int) -> dict[str, float]:
    """Feed a real DepthFeed by hand on a clock that runs up to now, publishing and recording as it does."""
    import django

    django.setup()
    import psutil

    from metrics.feed.partition import Partition
    from metrics.management.commands.consume_depth import build_feed, spare_the_collector
    from tests.bench.load import timed_frame

    spare_the_collector()
    feed = build_feed(Partition())
    await feed.publish_once()
    await feed.record_once()
    memory = psutil.Process().memory_info
    idle = memory().rss
    most = idle
    now = [time.time() - points / 10]
    feed.clock = lambda: now[0]
    names = [f"S{number:04d}USDT" for number in range(symbols)]
    point = 0
    while now[0] < time.time():  # what happens meanwhile happens in the history too
        for name in names:
            feed.process(timed_frame(name, now[0], point + 1))
        now[0] += 0.1
        if point % PUBLISH_EVERY == 0:
            await feed.publish_once()
        if point % RECORD_EVERY == 0:
            await feed.record_once()
            most = max(most, memory().rss)
        point += 1
    await feed.publish_once()
    await feed.record_once()
    assert feed.analyzer.accepted == symbols * point
    full = memory().rss
    return {
        "points": point,
        "idle_mb": idle / MEGABYTE,
        "full_mb": full / MEGABYTE,
        "most_mb": max(most, full) / MEGABYTE,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(fill(int(sys.argv[1]), int(sys.argv[2])))))
