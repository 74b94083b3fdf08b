"""A reader under measurement: `python -m tests.bench.consumer feed|empty MESSAGES`.

Prints one JSON line: processor and wall seconds from the first message to the last, and for the feed
how many were accepted. `feed` is the whole path: NATS, decode, analyse, store, push.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable

import nats
from nats.aio.client import Client

from tests.bench.load import PROGRESS
from tests.bench.servers import SUBJECT


async def measure(count: Callable[[], int], messages: int, client: Client) -> dict[str, float]:
    """Seconds it takes until `count` reaches `messages`; tells the publisher how far it is."""
    while not count():
        await asyncio.sleep(0.001)
    began, cpu = time.perf_counter(), time.process_time()
    while (taken := count()) < messages:
        await client.publish(PROGRESS, str(taken).encode())
        await asyncio.sleep(0.02)
    result = {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu, "messages": taken}
    await client.publish(PROGRESS, str(taken).encode())
    await client.flush()
    return result


async def empty(messages: int) -> dict[str, float]:
    """nats-py with a handler that only counts."""
    client = await nats.connect(os.environ["NATS_URL"])
    seen = 0

    async def on_message(message: object) -> None:
        nonlocal seen
        seen += 1

    await client.subscribe(SUBJECT, cb=on_message, pending_msgs_limit=1_000_000, pending_bytes_limit=2**30)
    await client.flush()
    print("ready", flush=True)
    return await measure(lambda: seen, messages, client)


async def feed(messages: int) -> dict[str, float]:
    """The feed process as it is."""
    import django

    django.setup()
    from django.conf import settings

    from metrics.feed.source import receive
    from metrics.feed.wire import Partition
    from metrics.management.commands.consume_depth import build_feed, spare_the_collector

    spare_the_collector()
    feed = build_feed(Partition())
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(feed.run(stop)),
        asyncio.create_task(receive(feed, settings.NATS_URL, settings.NATS_PENDING_MESSAGES, stop)),
    ]
    while not feed.is_connected():
        await asyncio.sleep(0.01)
    client = await nats.connect(os.environ["NATS_URL"])
    await asyncio.sleep(0.2)
    print("ready", flush=True)
    result = await measure(lambda: feed.messages, messages, client)
    stop.set()
    await asyncio.gather(*tasks)
    return result | {"accepted": feed.analyzer.accepted, "dropped": feed.slow_consumer_drops}


if __name__ == "__main__":
    kind, messages = sys.argv[1:]
    print(json.dumps(asyncio.run({"empty": empty, "feed": feed}[kind](int(messages)))), flush=True)
