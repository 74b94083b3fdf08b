"""A reader under measurement: `python -m tests.bench.consumer feed|strategies|empty MESSAGES [SECONDS BEGIN]`.

Prints "ready", then prints one JSON line: processor and wall seconds from the first message to the last, which
for the feed is stored and for the strategies evaluated, and what else is needed to believe them.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable

import nats
from nats.aio.client import Client

from tests.bench.load import PROGRESS
from tests.bench.servers import SUBJECT

Result = dict[str, float]


async def nothing_more() -> None:
    """What is left to do after the last message where messages are only counted."""


async def measure(
    count: Callable[[], int], messages: int, finish: Callable[[], Awaitable[object]] = nothing_more
) -> Result:
    """Seconds it takes until `count` reaches `messages` and all is finished; reports to the publisher how far it is."""
    client = await nats.connect(os.environ["NATS_URL"])
    before = await hears(client, count)
    print("ready", flush=True)
    while count() == before:
        await asyncio.sleep(0.001)
    began, cpu = time.perf_counter(), time.process_time()
    while (taken := count() - before) < messages:
        await client.publish(PROGRESS, str(taken).encode())
        await asyncio.sleep(0.02)
    await finish()
    result = {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu, "messages": taken}
    await client.publish(PROGRESS, str(taken).encode())
    await client.flush()
    return result


async def hears(client: Client, count: Callable[[], int]) -> int:
    """Publish something of no meaning until it arrives; returns what has been counted by then."""
    while not count():
        await client.publish(SUBJECT, b'{"stream":"!probe","data":{}}')
        await asyncio.sleep(0.1)
    await client.flush()
    await asyncio.sleep(0.1)
    return count()


async def empty(messages: int) -> Result:
    """nats-py with a handler that only counts."""
    client: Client = await nats.connect(os.environ["NATS_URL"])
    seen = 0

    async def on_message(message: object) -> None:
        nonlocal seen
        seen += 1

    await client.subscribe(SUBJECT, cb=on_message, pending_msgs_limit=1_000_000, pending_bytes_limit=2**30)
    await client.flush()
    return await measure(lambda: seen, messages)


async def feed(messages: int) -> Result:
    """The feed process as it is."""
    from django.conf import settings

    from messaging.source import receive
    from metrics.feed.partition import Partition
    from metrics.management.commands.consume_depth import build_feed, spare_the_collector

    spare_the_collector()
    feed = build_feed(Partition())
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(feed.run(stop)),
        asyncio.create_task(receive(feed, settings.NATS_URL, settings.NATS_PENDING_MESSAGES, stop)),
    ]

    async def store_the_rest() -> None:
        await feed.publish_once()
        await feed.record_once()

    result = await measure(lambda: feed.messages, messages, store_the_rest)
    stop.set()
    await asyncio.gather(*tasks)
    return result | {"accepted": feed.analyzer.accepted, "refused": feed.refused.total()}


async def strategies(messages: int, market_seconds: float, begin: float) -> Result:
    """The strategy process as it is, on the clock of the market: windows fill as they do live."""
    from django.conf import settings
    from redis.asyncio import Redis

    from messaging.source import receive
    from metrics.feed.partition import Partition
    from metrics.management.commands.consume_depth import spare_the_collector
    from strategies.management.commands.run_strategies import build_runner

    spare_the_collector()
    redis = Redis.from_url(settings.REDIS_URL)
    runner = build_runner(Partition(), settings.STRATEGIES_ENABLED, redis)
    engine = runner.engine
    engine.clock = lambda: begin + engine.messages * market_seconds / messages
    stop = asyncio.Event()
    tasks = [
        asyncio.create_task(runner.run(settings.NATS_URL, settings.NATS_TOPIC_HALTS, stop)),
        asyncio.create_task(receive(runner, settings.NATS_URL, settings.NATS_PENDING_MESSAGES, stop)),
    ]
    while runner.configuration.loaded_from != "database":
        await asyncio.sleep(0.01)
    result = await measure(lambda: engine.messages, messages)
    stop.set()
    await asyncio.gather(*tasks)
    await redis.aclose()
    return result | {
        "refused": engine.refused.total(),
        "failures": engine.strategies.failures.total(),
        "signals": engine.strategies.signals.total(),
        "strategies": len({name for name, _ in engine.strategies.signals}),
    }


def main() -> None:
    import django

    kind, messages, *rest = sys.argv[1:]
    if kind != "empty":
        django.setup()
    readers: dict[str, Callable[..., Awaitable[Result]]] = {
        "empty": empty, "feed": feed, "strategies": strategies,
    }  # fmt: skip

    async def work() -> Result:
        return await readers[kind](int(messages), *map(float, rest))

    print(json.dumps(asyncio.run(work())), flush=True)


if __name__ == "__main__":
    main()
