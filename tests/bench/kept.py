"""What Redis holds of a quarter of an hour of a hundred markets at ten updates a second: histories, and heat maps.

python -m tests.bench.kept MARKETS SECONDS
"""

import asyncio
import json
import subprocess
import sys
from typing import Any

from tests.bench.memory import MEGABYTE
from tests.bench.servers import ROOT, servers

TITLE = "Histories and heat maps in Redis"
MARKETS = 100
UPDATES_A_SECOND = 10
BEGIN = 1_700_000_040  # the first second of a minute


def section(short: bool) -> str:
    """Memory of the strings, by kind, and what goes with them."""
    with servers() as environment:
        command = [sys.executable, "-m", "tests.bench.kept", str(MARKETS), str(120 if short else 0)]
        found = json.loads(subprocess.check_output(command, cwd=ROOT, env=environment, text=True))
    points, heat, used, minutes = (found[name] for name in ("points_mb", "heat_mb", "used_mb", "minutes"))
    return f"""{MARKETS} markets at {UPDATES_A_SECOND} updates a second, written once a second by the feed's
writer on an injected clock for {minutes:.0f} minutes, after which the oldest strings expire:
{points + heat:.1f} MB of strings (`MEMORY USAGE`), {points:.1f} MB of them histories of every update,
{heat:.1f} MB heat maps of every second. With the newest rows and books of 20+20 levels Redis uses {used:.1f} MB more
than before."""


async def fill(markets: int, seconds: int) -> dict[str, float]:
    """Write it all with a real StoreWriter; how much that takes afterwards."""
    import django

    django.setup()
    from django.conf import settings
    from redis.asyncio import Redis

    from metrics.domain.analyzer import DepthAnalyzer
    from metrics.domain.book import BookUpdate
    from metrics.domain.ticks import MINUTE
    from metrics.feed.wire import WireDecoder, read_levels
    from metrics.store.keys import HISTORY_KEY_SECONDS, Keys
    from metrics.store.writer import StoreWriter
    from tests.bench.load import timed_frame

    client: Any = Redis.from_url(settings.REDIS_URL)
    writer = StoreWriter(client, Keys("kept"), settings.METRICS_TTL_SECONDS)
    analyzer, decoder = DepthAnalyzer(read_levels), WireDecoder()
    names = [f"S{number:04d}USDT" for number in range(markets)]
    before = (await client.info("memory"))["used_memory"]
    seconds = seconds or HISTORY_KEY_SECONDS + MINUTE
    for point in range(seconds * UPDATES_A_SECOND):
        now = BEGIN + point / UPDATES_A_SECOND
        for name in names:
            frame = decoder.decode(timed_frame(name, now, point + 1), "")
            assert isinstance(frame, BookUpdate)
            analyzer.update(frame, now)
        if point % UPDATES_A_SECOND == UPDATES_A_SECOND - 1:
            drained = analyzer.drain()
            writer.add_history(drained.ticks)
            await writer.write_current([(name, analyzer.current(name, now)) for name in drained.changed], [])
            await writer.write_history(now)
    strings = {
        kind: sum(
            [await client.memory_usage(key, samples=0) async for key in client.scan_iter(f"kept:{kind}:*")]
        )
        for kind in ("touches", "heat")
    }
    used = (await client.info("memory"))["used_memory"] - before
    await writer.close()
    return {
        "minutes": seconds / MINUTE,
        "points_mb": strings["touches"] / MEGABYTE,
        "heat_mb": strings["heat"] / MEGABYTE,
        "used_mb": used / MEGABYTE,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(fill(int(sys.argv[1]), int(sys.argv[2])))))
