"""What is left of a flood of symbols that nobody has heard of before and nobody hears of again."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import psutil
import redis

from metrics.store.keys import Keys
from realtime.stack.servers import LOCALHOST
from tests.bench.load import Publisher, timed_frame
from tests.bench.page import table
from tests.bench.servers import manage, running, servers, wait_for_symbols, web

TITLE = "A flood of new symbols"
RESIDENTS, RATE = 20, 10.0
PER_SECOND, SECONDS = 10_000, 12
MEGABYTE = 1024 * 1024
SETTLED_SECONDS = 75.0
"""Windows of the residents are full, and their first minute is written."""
GIVEN_BACK_SECONDS = 125.0
"""METRICS_TTL_SECONDS, a minute, and a little for what is done once a second."""
PLACEHOLDER = "placeholder"


class Seen(NamedTuple):
    """What stands where at one moment; megabytes of processes are resident."""

    feed_mb: float
    web_mb: float
    store_mb: float
    keys: int
    symbols: int
    newcomers_minutes: int
    residents_minutes: int


def section(short: bool) -> str:
    """Before, at the worst, and when all of them should be forgotten."""
    seconds = 3 if short else SECONDS
    before, most, after = flooded(seconds)
    rows = [
        (what, *(f"{getattr(seen, name):,.{digits}f}" for seen in (before, most, after)))
        for name, what, digits in (
            ("feed_mb", "feed, MB", 1),
            ("web_mb", "web process, MB", 1),
            ("store_mb", "Valkey, MB", 1),
            ("keys", "keys in Valkey", 0),
            ("symbols", "rows in Valkey", 0),
            ("newcomers_minutes", "minute rows of the new symbols", 0),
            ("residents_minutes", "minute rows of the others", 0),
        )
    ]
    return f"""{PER_SECOND:,} symbols a second that nobody has heard of before, one book of 20+20 levels each, for
{seconds} s, beside {RESIDENTS} symbols × {RATE:.0f} updates/s. A web process follows with one WebSocket client. At the
worst is the largest of each figure until the end, and after is {GIVEN_BACK_SECONDS:.0f} s after the feed has taken the
last new symbol: METRICS_TTL_SECONDS and a minute.

{table(("", "before", "at the worst", "after"), rows)}"""


def flooded(seconds: int) -> tuple[Seen, Seen, Seen]:
    """Before, the most of each, after."""
    load = [sys.executable, "-m", "tests.bench.load", str(RESIDENTS), str(RATE)]
    with (
        servers() as environment,
        running(manage("consume_depth"), env=environment) as feed,
        web(environment) as (base, server),
        running(load, env=environment),
    ):
        wait_for_symbols(base, RESIDENTS)
        clients = [
            sys.executable,
            "-m",
            "tests.bench.crowd",
            "stay",
            LOCALHOST,
            str(urlsplit(base).port),
            "1",
        ]
        with running([*clients, "3600"], env=environment, stdout=subprocess.PIPE):

            def look() -> Seen:
                return seen(feed.pid, server.pid, environment)

            time.sleep(SETTLED_SECONDS)
            before = look()
            publisher = Publisher(environment["NATS_URL"], feed.pid)
            looks = [before]
            for second in range(seconds):
                publish(publisher, second)
                looks.append(look())
            publisher.close()
            wait_for_messages(base, seconds * PER_SECOND)
            until = time.monotonic() + GIVEN_BACK_SECONDS
            while time.monotonic() < until:
                time.sleep(5.0)
                looks.append(look())
            most = Seen(*(max(figures) for figures in zip(*looks, strict=True)))
            return before, most, looks[-1]


def wait_for_messages(base: str, count: int) -> None:
    """Return once the feed has taken so many: on a busy machine they wait for it."""
    while httpx.get(f"{base}/api/v1/feed").json()["feeds"][0]["accepted"] < count:
        time.sleep(1.0)


def publish(publisher: Publisher, second: int) -> None:
    """The new symbols of one second, spread over it."""
    frame = timed_frame(PLACEHOLDER, time.time(), 1)
    first = second * PER_SECOND
    names = (b"n%07dusdt" % number for number in range(first, first + PER_SECOND))
    publisher.spread([frame.replace(PLACEHOLDER.encode(), name) for name in names], PER_SECOND)


def seen(feed: int, web: int, environment: dict[str, str]) -> Seen:
    """The figures of this moment."""
    store = redis.Redis.from_url(environment["REDIS_URL"])
    with sqlite3.connect(Path(environment["STATE_DIR"]) / "db.sqlite3") as database:
        [[newcomers]] = database.execute("SELECT count(*) FROM metrics_minuterollup WHERE symbol LIKE 'N%'")
        [[residents]] = database.execute("SELECT count(*) FROM metrics_minuterollup WHERE symbol LIKE 'S%'")
    found = Seen(
        feed_mb=psutil.Process(feed).memory_info().rss / MEGABYTE,
        web_mb=psutil.Process(web).memory_info().rss / MEGABYTE,
        store_mb=int(store.info("memory")["used_memory"]) / MEGABYTE,
        keys=int(str(store.dbsize())),
        symbols=int(str(store.hlen(Keys("realtime").rows))),
        newcomers_minutes=newcomers,
        residents_minutes=residents,
    )
    store.close()
    print(f"{time.strftime('%H:%M:%S')} {found}", file=sys.stderr, flush=True)
    return found
