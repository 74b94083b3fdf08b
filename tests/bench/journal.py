"""The journal of the market: what it costs NATS and a feed, how fast it is written, and how fast it is read."""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import aclosing
from typing import Any

import psutil
from nats.aio.client import Client

from tests.bench.load import book_frames
from tests.bench.page import table
from tests.bench.processes import cpu_by_process, cpu_seconds
from tests.bench.servers import ROOT, SUBJECT, manage, running, servers

TITLE = "The journal of the market"
SYMBOLS, A_SECOND = 100, 10
MESSAGES, SHORT_MESSAGES = SYMBOLS * A_SECOND * 900, 50_000
"""A quarter of an hour."""
FRAMES = 20_000
WARM_SECONDS = 5.0
AHEAD = 2_000
ONE = "market.binance.depth.S007USDT"
PARTS = {"nats-server": "NATS", "consume_depth": "`consume_depth`"}


def section(short: bool) -> str:
    """What it costs beside a feed, then flat out, then its readers."""
    seconds, rounds, count = (3.0, 1, SHORT_MESSAGES) if short else (20.0, 3, MESSAGES)
    without, kept = beside(seconds, rounds)
    shares = [
        (words, f"{without[name]:.1%}", f"{kept[name]:.1%}", f"{kept[name] / without[name]:.2f}")
        for name, words in PARTS.items()
    ]
    with servers() as environment:
        nats = next(each for each in psutil.Process().children() if each.name().startswith("nats-server"))
        found = child(environment, "measure", count, nats.pid)
    written = [
        (name, f"{each['rate']:,.0f}", f"{each['server_us']:.1f} µs")
        for name, each in found["written"].items()
    ]
    read = [
        (
            name,
            f"{each['messages']:,}",
            f"{each['seconds']:.2f} s",
            f"{each['rate']:,.0f}",
            f"{each['cpu']:.2f} s",
        )
        for name, each in found["read"].items()
    ]
    disk, raw = found["disk"] / count, found["bytes"] / count
    return f"""Books of {SYMBOLS} symbols, {A_SECOND} a second each, 20 levels a side, on one subject, and one feed
that takes them; what parts take of a core without a journal and with one, {rounds} times {seconds:.0f} s in turn.

{table(("", "without", "with", "ratio"), shares)}

{count:,} of these messages as fast as one connection publishes them and NATS has them, in the journal where there is
one; each counts {raw:,.0f} bytes of JOURNAL_BYTES and takes {disk:,.0f} on disk. Processor time is that of NATS, for
one of them.

{table(("", "messages/s", "of NATS"), written)}

Then read by one process, which only counts. An ordered push consumer of the same client is beside the one that is used.
Where every symbol has a subject, one symbol's messages are all that is read for it; where all come on one, all are.

{table(("", "messages", "time", "messages/s", "processor"), read)}"""


def beside(seconds: float, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Parts of a core that each process takes, the mean of all rounds: without a journal, and with one."""
    shares: dict[str, list[dict[str, float]]] = {"forget": [], "keep": []}
    load = [sys.executable, "-m", "tests.bench.load", str(SYMBOLS), str(A_SECOND)]
    with (
        servers() as environment,
        running(manage("consume_depth"), env=environment),
        running(load, env=environment),
    ):
        time.sleep(WARM_SECONDS)
        for _ in range(rounds):
            for what, found in shares.items():
                child(environment, what)
                before, began = cpu_by_process(), time.perf_counter()
                time.sleep(seconds)
                after, took = cpu_by_process(), time.perf_counter() - began
                found.append({name: (after[name] - before[name]) / took for name in PARTS})
    without, kept = (
        {name: sum(each[name] for each in found) / rounds for name in PARTS} for found in shares.values()
    )
    return without, kept


def child(environment: dict[str, str], what: str, count: int = 0, nats: int = 0) -> dict[str, Any]:
    """What a process of its own does or measures."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.journal", "--do", what]
    numbers = ["--messages", str(count), "--nats", str(nats)]
    answer = subprocess.check_output([*command, *numbers], cwd=ROOT, env=environment, text=True)
    found: dict[str, Any] = json.loads(answer)
    return found


# -- In a process of its own ---------------------------------------------------------------------


async def do(what: str, count: int, nats: int) -> dict[str, Any]:
    from django.conf import settings

    from journal.stream import NoJournal, keep, wanted
    from messaging import bus

    async with bus.reached(settings.NATS_URL, "bench") as client:
        if what == "forget":
            try:
                await keep(client, wanted()._replace(seconds=0.0))
            except NoJournal:
                return {}
        if what == "keep":
            await keep(client, wanted())
            return {}
        return await measure(client, count, nats)


async def measure(client: Client, count: int, nats: int) -> dict[str, Any]:
    """Write and read."""
    from journal.stream import JournalLimits, keep, reach

    frames = book_frames(SYMBOLS, FRAMES)
    shared, by_symbol = [SUBJECT], [ONE.replace("007", f"{number:03d}") for number in range(SYMBOLS)]
    written = {"without a journal": await publish(client, frames, shared, count, nats)}
    limits = JournalLimits((SUBJECT, "market.>"), 3600.0, 2**33, 1)
    await keep(client, limits)
    written["with it, on one subject"] = await publish(client, frames, shared, count, nats, 1)
    held = await reach(client)
    size = sum(
        os.path.getsize(os.path.join(place, name))
        for place, _, names in os.walk(os.environ["STATE_DIR"] + "/nats")
        for name in names
    )
    found = {"all, on one subject": await read(client, None), "the same, pushed": await pushed(client, count)}
    await client.jetstream().purge_stream("MARKET_JOURNAL")
    written["with it, a subject a symbol"] = await publish(client, frames, by_symbol, count, nats, count + 1)
    found["all, a subject a symbol"] = await read(client, None)
    found["of them one symbol"] = await read(client, [ONE])
    return {"written": written, "read": found, "bytes": held.bytes, "disk": size}


async def publish(
    client: Client, frames: list[bytes], subjects: list[str], count: int, nats: int, first: int = 0
) -> dict[str, float]:
    """So many, flat out; the first has the number `first` in the journal, where there is one."""
    began, cpu = time.perf_counter(), cpu_seconds(nats)
    for number in range(count):
        await client.publish(subjects[number % len(subjects)], frames[number % FRAMES])
        if number % AHEAD == 0:
            await client.flush()
    await client.flush()
    while first and await last_number(client) < first + count - 1:
        await asyncio.sleep(0.02)
    seconds = time.perf_counter() - began
    return {"rate": count / seconds, "server_us": 1e6 * (cpu_seconds(nats) - cpu) / count}


async def last_number(client: Client) -> int:
    return (await client.jetstream().stream_info("MARKET_JOURNAL")).state.last_seq


async def read(client: Client, subjects: list[str] | None) -> dict[str, float]:
    """Everything, as what-if does."""
    from journal.stream import read as read_journal

    began, cpu, messages = time.perf_counter(), time.process_time(), 0
    async with aclosing(read_journal(client, 0.0, 1e10, subjects)) as batches:
        async for batch in batches:
            messages += len(batch)
    return timed(messages, began, cpu)


async def pushed(client: Client, count: int) -> dict[str, float]:
    """Everything, by an ordered consumer of nats-py."""
    began, cpu, messages, done = time.perf_counter(), time.process_time(), 0, asyncio.Event()

    async def hear(_: object) -> None:
        nonlocal messages
        messages += 1
        if messages == count:
            done.set()

    subscription = await client.jetstream().subscribe(
        ">", stream="MARKET_JOURNAL", cb=hear, ordered_consumer=True, pending_msgs_limit=count
    )
    await done.wait()
    found = timed(messages, began, cpu)
    await subscription.unsubscribe()
    return found


def timed(messages: int, began: float, cpu: float) -> dict[str, float]:
    seconds = time.perf_counter() - began
    used = time.process_time() - cpu
    return {"messages": messages, "seconds": seconds, "rate": messages / seconds, "cpu": used}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.journal")
    parser.add_argument("--do", choices=("keep", "forget", "measure"), required=True, help=argparse.SUPPRESS)
    parser.add_argument("--messages", type=int, default=SHORT_MESSAGES)
    parser.add_argument("--nats", type=int, default=0)
    options = parser.parse_args()
    import django

    django.setup()
    print(json.dumps(asyncio.run(do(options.do, options.messages, options.nats))))


if __name__ == "__main__":
    main()
