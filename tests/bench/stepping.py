"""A feed that takes prepared frames in steps, when it is told to.

    python -P stepping.py FRAMES COUNT SECONDS BEGIN

For each line on standard input it takes COUNT more of the frames in the file (one a line), and publishes what became of
them; the line it answers with has the processor seconds of the one and of the other. Its clock stands at BEGIN, and
moves on by SECONDS at every step. It imports the product alone, so that any revision can be stepped through.
"""

import asyncio
import sys
import time
from pathlib import Path


async def main(path: str, count: int, seconds: float, begin: float) -> None:
    """Step until standard input ends."""
    import django

    django.setup()
    from metrics.feed.partition import Partition
    from metrics.management.commands.consume_depth import build_feed, spare_the_collector

    spare_the_collector()
    feed, now = build_feed(Partition()), [begin]
    feed.clock = lambda: now[0]
    await feed.publish_once()
    frames = Path(path).read_bytes().splitlines()
    print("ready", flush=True)
    for number, _ in enumerate(sys.stdin):
        began = time.process_time()
        for frame in frames[number * count : (number + 1) * count]:
            feed.process(frame)
        taken = time.process_time()
        now[0] += seconds
        await feed.publish_once()
        print(taken - began, time.process_time() - taken, feed.refused.total(), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])))
