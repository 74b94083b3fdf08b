"""What a feed holds after a quarter of an hour of a hundred symbols at ten updates a second.

python -m tests.bench.memory SYMBOLS POINTS   # that many a symbol, and those of the time this takes
"""

import asyncio
import json
import subprocess
import sys
import time

from tests.bench.servers import ROOT, servers

TITLE = "Memory"
SYMBOLS = 100
MEGABYTE = 1024 * 1024
PUBLISH_EVERY, RECORD_EVERY = 3, 10  # points, of a tenth of a second each


def section(short: bool) -> str:
    """Resident memory before and after."""
    points = 900 if short else 9000
    with servers() as environment:
        found = json.loads(filled(environment, SYMBOLS, points))
    updates, idle, full, most = (found[name] for name in ("points", "idle_mb", "full_mb", "most_mb"))
    return f"""A feed that has taken {updates:,} updates of each of {SYMBOLS} symbols (clock injected, ten a second),
published and recorded as it does, holds {full:.1f} MB, and never held more than {most:.1f} MB:
{most - idle:.1f} MB above the same process before its first message ({idle:.1f} MB)."""


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
