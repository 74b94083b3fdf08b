"""Five venues end to end: how old is what a client gets, and what does each process on the way take?"""

import asyncio
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import websockets

from tests.bench.age import age
from tests.bench.five_exchanges import A_SECOND, VENUES
from tests.bench.page import Spread, spread, spreads, table
from tests.bench.processes import busy_seconds, cpu_by_process
from tests.bench.servers import manage, running, servers, wait_for_symbols, web

TITLE = "Five venues, end to end"
SYMBOLS = 100
STARTING_SECONDS = 60.0
WARM_SECONDS = 8.0
"""Until every venue has been asked for all of its books, ten of them a message and four messages a second."""
OTHERS = "others"
WHO = {
    "five_exchanges": "the five exchanges, which make the load",
    "stream_market": "`stream_market`",
    "nats-server": "NATS",
    "consume_depth": "`consume_depth`",
    "valkey-server": "Valkey",
    "serve_web": "the web process",
    "this process": "the client",
    OTHERS: "everything else on this machine",
}
WIDE = "?venue=*"
"""All markets of a symbol, where a server knows them apart; else it says nothing."""


class Shown(NamedTuple):
    """How old a row was (milliseconds) when it was received, and of which venue it is; empty where it says none."""

    venue: str
    age: float


class Found(NamedTuple):
    """Rows, processor seconds a second by process, and what the feed says of itself."""

    rows: list[Shown]
    shares: dict[str, float]
    feed: Mapping[str, Any]
    brought: dict[str, float]
    """Frames a second by venue, as `stream_market` counts them."""


def section(short: bool) -> str:
    """Age and shares."""
    seconds = 5.0 if short else 20.0
    found = measure(seconds)
    cpu = [(words, f"{found.shares.get(name, 0.0):.0%}") for name, words in WHO.items()]
    brought = ", ".join(f"{name} {rate:,.0f}" for name, rate in found.brought.items())
    return f"""{SYMBOLS} symbols × {len(VENUES)} venues × {A_SECOND} changes of a book a second, from exchanges on this
machine through one `stream_market`, NATS, one `consume_depth`, Valkey and one web process to one WebSocket client, all
at once on all cores, {seconds:.0f} s, push interval 250 ms. An exchange writes its clock into the prices; age is from
there to the frame in the client, of every row in it, so of the newest book before each push. Of venues other than
Binance a book is kept and published ten times a second, which is part of the age. Frames/s that came: {brought}; the
feed took {found.feed["rate_per_second"]:,.0f} messages/s.

{spreads(_ages(found.rows))}

What each process took, of a core:

{table(("process", "processor"), cpu)}"""


def _ages(rows: list[Shown]) -> dict[str, Spread]:
    """Of all rows, and of each venue where rows say theirs."""
    by_venue: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows:
        by_venue[row.venue].append(row.age)
    told = {f"of {venue}": spread(ages) for venue, ages in sorted(by_venue.items()) if venue}
    return {"all rows": spread([row.age for row in rows])} | (told if len(told) > 1 else {})


def measure(seconds: float, symbols: int = SYMBOLS) -> Found:
    """Everything at work, and one client."""
    with servers() as environment, _exchanges(symbols) as places:
        environment |= places | {"NATS_CONSUMER_TOPIC": "market.>"}
        stream = manage("stream_market", "--venue", ",".join(VENUES), "--symbols", f"top:{symbols}")
        with (
            web(environment) as (base, _),
            running(manage("consume_depth"), env=environment),
            running(stream, env=environment),
        ):
            wait_for_symbols(base, symbols, STARTING_SECONDS)
            time.sleep(WARM_SECONDS)
            rows, shares = asyncio.run(watch(base.replace("http", "ws") + "/ws/pressure/" + WIDE, seconds))
            told = httpx.get(f"{base}/api/v1/feed").json()
    return Found(rows, shares, told["feeds"][0], _brought(told))


@contextmanager
def _exchanges(symbols: int) -> Iterator[dict[str, str]]:
    """The process that plays them, and the settings by which it is found."""
    command = [sys.executable, "-m", "tests.bench.five_exchanges", str(symbols)]
    with running(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())


async def watch(url: str, seconds: float) -> tuple[list[Shown], dict[str, float]]:
    """Every row that changed, how old it was; and what each process took meanwhile, of a core."""
    rows: list[Shown] = []
    async with websockets.connect(url, max_size=None) as socket:
        await socket.recv()
        before, began = _used(), time.perf_counter()
        while (took := time.perf_counter() - began) < seconds:
            raw = await socket.recv()
            now = 1000 * time.time()
            frame = json.loads(raw)
            if frame["type"] == "update":
                rows += [
                    Shown(row.get("venue") or "", age(row["mid_price"], now))
                    for row in _rows(frame["symbols"])
                ]
        after = _used()
    return rows, {name: (used - before.get(name, 0.0)) / took for name, used in after.items()}


def _used() -> dict[str, float]:
    """Processor seconds by process, and of what is none of ours."""
    seconds = cpu_by_process()
    return seconds | {OTHERS: busy_seconds() - sum(seconds.values())}


def _rows(told: Any) -> Iterator[dict[str, Any]]:
    """All rows with a price, whether there is one a symbol or one a market."""
    if isinstance(told, list):
        for each in told:
            yield from _rows(each)
    elif isinstance(told, dict) and "mid_price" not in told:
        yield from _rows(list(told.values()))
    elif isinstance(told, dict) and told["mid_price"] is not None:
        yield told


def _brought(told: Mapping[str, Any]) -> dict[str, float]:
    """Frames a second of each venue; all of them must be well."""
    (process,) = told["markets"]
    assert all(not venue["lost_books"] and not venue["unreadable"] for venue in process["venues"]), process
    return {venue["venue"]: venue["rate_per_second"] for venue in process["venues"]}
