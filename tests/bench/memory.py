"""What a feed holds after a quarter of an hour of a hundred symbols at ten updates a second.

python -m tests.bench.memory SYMBOLS POINTS
"""

import asyncio
import json
import subprocess
import sys

from tests.bench.servers import ROOT, servers

MEGABYTE = 1024 * 1024


def measure(symbols: int, points: int) -> dict[str, float]:
    """Resident megabytes of an idle feed process, and after `points` updates of each of `symbols`."""
    with servers() as environment:
        command = [sys.executable, "-m", "tests.bench.memory", str(symbols), str(points)]
        return json.loads(subprocess.check_output(command, cwd=ROOT, env=environment))


async def fill(symbols: int, points: int) -> dict[str, float]:
    """Feed a real DepthFeed by hand on a clock that runs ahead, publishing and recording as it does."""
    import django

    django.setup()
    import psutil

    from metrics.feed.wire import Partition
    from metrics.management.commands.consume_depth import build_feed, spare_the_collector
    from tests.bench.load import timed_frame

    spare_the_collector()
    feed = build_feed(Partition())
    await feed.publish_once()
    await feed.record_once()
    memory = psutil.Process().memory_info
    idle = memory().rss
    now = [feed.clock()]
    feed.clock = lambda: now[0]
    names = [f"S{number:04d}USDT" for number in range(symbols)]
    for point in range(points):
        for name in names:
            feed.process(timed_frame(name, now[0], point + 1))
        now[0] += 0.1
        if point % 3 == 0:
            await feed.publish_once()
        if point % 10 == 0:
            await feed.record_once()
    await feed.publish_once()
    await feed.record_once()
    assert feed.analyzer.accepted == symbols * points
    return {"idle_mb": idle / MEGABYTE, "full_mb": memory().rss / MEGABYTE}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(fill(int(sys.argv[1]), int(sys.argv[2])))))
