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
from tests.bench.load import Publisher, market
from tests.bench.page import table
from tests.bench.reading import Publish, Reading, read
from tests.bench.servers import manage, running, servers
from tests.servers import until

TITLE = "The feed beside the strategies"
SYMBOLS = 100
PER_SECOND = 10_000


def section(short: bool) -> str:
    """The feed with and without `run_strategies` on the same messages."""
    seconds, rounds = (15, 1) if short else (60, 3)
    frames = [moment.payload for moment in market(SYMBOLS, seconds, time.time())]
    paced = measure(frames, rounds, lambda publisher, each: publisher.steadily(each, PER_SECOND))
    backlog = measure(frames, rounds, Publisher.as_a_backlog)
    return f"""The feed alone and beside `run_strategies` with all six strategies, in turn, each round with fresh
processes and the same {len(frames):,} messages of {SYMBOLS} symbols (those of the section before).
{divided().with_strategies()}

At full speed: all messages are published while the feed is held, and its time counts from when it is let go. So it
has nobody to wait for, and the publisher, who is no part of it, is done; the strategies are at work all the while.
Where they share a core with NATS, which serves both, they get what it leaves of it (SCHED_IDLE): what the feed would
else wait for is NATS's turn on a core of the strategies, which has nothing to do with evaluation.

{rows(backlog, "rate", "messages/s")}

What the feed itself spent on a message in the same runs:

{rows(backlog, "cpu_us", "processor µs a message")}

At {PER_SECOND:,} messages/s, less than both can take:

{rows(paced, "cpu_us", "processor µs a message")}"""


class Round(NamedTuple):
    """The feed alone and in company; how busy the company was (of a core), and how much it has evaluated."""

    alone: Reading
    beside: Reading
    busy: float
    evaluated: float


def rows(rounds: list[Round], figure: str, unit: str) -> str:
    """A table of one figure of each round, and the median ratio."""
    pairs = [(getattr(each.alone, figure), getattr(each.beside, figure)) for each in rounds]
    lines = [
        (
            f"{alone:,.1f}",
            f"{beside:,.1f}",
            f"{beside / alone:.2f}",
            f"{each.busy:.0%}",
            f"{each.evaluated:.0%}",
        )
        for (alone, beside), each in zip(pairs, rounds, strict=True)
    ]
    head = (f"alone, {unit}", "beside the strategies", "ratio", "strategies, of a core", "evaluated by then")
    ratio = median(beside / alone for alone, beside in pairs)
    return f"{table(head, lines)}\n\nMedian ratio {ratio:.2f}."


def measure(frames: list[bytes], rounds: int, publish: Publish) -> list[Round]:
    """A B A B …"""
    cores = divided()
    with servers(cores.servers) as environment:
        return [
            in_company(
                read("feed", frames, environment, cores, publish=publish), frames, environment, cores, publish
            )
            for _ in range(rounds)
        ]


def in_company(
    alone: Reading, frames: list[bytes], environment: dict[str, str], cores: Cores, publish: Publish
) -> Round:
    """The feed once more, while a strategy process hears the same."""
    reader = StrategiesReader(redis.Redis.from_url(environment["REDIS_URL"]), StrategyKeys("realtime"))

    def connected() -> list[ProcessReport]:
        return [report for report in reader.processes() if report.connected]

    command = on(cores.strategies, manage("run_strategies"))
    if cores.strategies == cores.servers:  # NATS, which serves both, interrupts them there
        command = ["chrt", "--idle", "0", *command]
    with running(command, env=environment) as process:
        until(connected, "the strategy process")
        strategies = psutil.Process(process.pid)
        before, began = strategies.cpu_times(), time.time()
        beside = read("feed", frames, environment, cores, publish=publish)
        after, ended = strategies.cpu_times(), time.time()
        until(lambda: connected()[0].reported_at > ended, "its next report")
        (report,) = connected()
    busy = (after.user + after.system - before.user - before.system) / (ended - began)
    return Round(alone, beside, busy, report.messages / len(frames))
