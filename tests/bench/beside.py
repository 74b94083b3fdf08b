"""What the feed loses by the strategies that read the same messages in a process of their own."""

import time
from statistics import median
from typing import NamedTuple

import psutil
import redis

from strategies.keys import StrategyKeys
from strategies.reader import StrategiesReader
from strategies.receipts import ProcessReport
from tests.bench.cores import Cores, divided, on
from tests.bench.load import BEGIN, Publisher, market, of_now
from tests.bench.page import table
from tests.bench.reading import Publish, Reading, read
from tests.bench.servers import manage, running, servers
from tests.servers import until

TITLE = "The feed beside the strategies"
SYMBOLS = 100
PER_SECOND = 10_000


def section(short: bool) -> str:
    """The feed with and without `run_strategies` on the same messages."""
    seconds, rounds = (15, 1) if short else (60, 4)
    frames = [moment.payload for moment in market(SYMBOLS, seconds, BEGIN)]
    paced = measure(frames, rounds, lambda publisher, each: publisher.steadily(each, PER_SECOND))
    backlog = measure(frames, rounds, Publisher.as_a_backlog)
    return f"""The feed alone and beside `run_strategies` with all six strategies, {rounds} rounds, every other one the
other way round, each with fresh processes and the same {len(frames):,} messages of {SYMBOLS} symbols (those of the
section before). {divided().with_strategies()} Where the strategies share a core with NATS, which serves both, they
get what it leaves of it (SCHED_IDLE): what the feed would else wait for is NATS's turn on a core of the strategies,
which has nothing to do with evaluation. How busy they are is of the time that the feed takes.

At full speed: all messages are published while the feed is held, and its time counts from when it is let go. So it
has nobody to wait for, and the publisher, who is no part of it, is done.

{rows(backlog, "rate", "messages/s")}

What the feed itself spent on a message in the same runs:

{rows(backlog, "cpu_us", "processor µs a message")}

At {PER_SECOND:,} messages/s, less than both can take:

{rows(paced, "cpu_us", "processor µs a message")}"""


class Company(NamedTuple):
    """The feed beside the strategies: how it went, how busy they were meanwhile (of a core), and how much they
    had evaluated within a second after it."""

    feed: Reading
    busy: float
    evaluated: float


Round = tuple[Reading, Company]
"""The feed alone and in company."""


def rows(rounds: list[Round], figure: str, unit: str) -> str:
    """A table of one figure of each round, and the ratios."""
    pairs = [(getattr(alone, figure), getattr(company.feed, figure)) for alone, company in rounds]
    ratios = [beside / alone for alone, beside in pairs]
    lines = [
        (f"{alone:,.1f}", f"{beside:,.1f}", f"{ratio:.2f}", f"{company.busy:.0%}", f"{company.evaluated:.0%}")
        for (alone, beside), ratio, (_, company) in zip(pairs, ratios, rounds, strict=True)
    ]
    head = (
        *(f"alone, {unit}", "beside the strategies", "ratio"),
        *("strategies, of a core", "evaluated within a second after it"),
    )
    return (
        f"{table(head, lines)}\n\nMedian ratio {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})."
    )


def measure(frames: list[bytes], rounds: int, publish: Publish) -> list[Round]:
    """Alone and in company, in company and alone, …"""
    cores = divided()
    found: list[Round] = []
    with servers(cores.servers) as environment:
        for number in range(rounds):
            if number % 2:
                company = in_company(frames, environment, cores, publish)
                alone = read("feed", of_now(frames), environment, cores, publish=publish)
            else:
                alone = read("feed", of_now(frames), environment, cores, publish=publish)
                company = in_company(frames, environment, cores, publish)
            found.append((alone, company))
    return found


def in_company(frames: list[bytes], environment: dict[str, str], cores: Cores, publish: Publish) -> Company:
    """The feed, while a strategy process hears the same."""
    reader = StrategiesReader(redis.Redis.from_url(environment["REDIS_URL"]), StrategyKeys("realtime"))
    moments: list[tuple[float, float]] = []  # the clock, and the processor seconds of the strategies

    def connected() -> list[ProcessReport]:
        return [report for report in reader.processes() if report.connected]

    def note() -> None:
        spent = psutil.Process(process.pid).cpu_times()
        moments.append((time.time(), spent.user + spent.system))

    def watched(publisher: Publisher, each: list[bytes]) -> None:
        publisher.on_begin = note
        publish(publisher, each)
        note()

    command = on(cores.strategies, manage("run_strategies"))
    if cores.strategies == cores.servers:  # NATS, which serves both, interrupts them there
        command = ["chrt", "--idle", "0", *command]
    with running(command, env=environment) as process:
        until(connected, "the strategy process")
        feed = read("feed", of_now(frames), environment, cores, publish=watched)
        (began, before), (ended, after) = moments
        until(lambda: connected()[0].reported_at > ended, "its next report")
        (report,) = connected()
    return Company(feed, (after - before) / (ended - began), report.messages / len(frames))
