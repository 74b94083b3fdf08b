"""One flood at a time: what honest clients notice meanwhile, and what is left of it afterwards."""

import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from realtime.stack.servers import LOCALHOST
from tests.abuse.stack import LAST, Target

SOURCE = "127.0.0.2"
"""Whoever floods has an address of his own."""
GATHERING_SECONDS = 6.0
"""Until everybody is there."""
LOOK_SECONDS = 0.25
BACK_SECONDS = 60.0
BACK_SHARE = 1.25
"""To so much of what it was before the first flood memory has to come back; the allocator keeps some for the next."""
STARTING_SECONDS = 5.0
LONGEST_SECONDS = 120.0


class Flood(NamedTuple):
    """What comes at once: how many of each kind."""

    name: str
    kinds: dict[str, int]


class Memory(NamedTuple):
    """Megabytes of the web process, and after how many seconds they were what is reported as "after"."""

    at_first: float
    before: float
    peak: float
    after: float
    seconds: float

    @property
    def is_back(self) -> bool:
        return self.after <= self.at_first * BACK_SHARE


class Found(NamedTuple):
    """What became of one flood. Times are milliseconds, None where nothing came at all."""

    flood: Flood
    age: float | None
    answer: float | None
    arrival: float | None
    troubles: list[str]
    memory: Memory
    cores: float
    counts: Counter[str]


def measured(target: Target, flood: Flood, seconds: float, at_first: float) -> Found:
    """Let it come for as long; memory was `at_first` before there was any flood."""
    before = target.memory()
    lasts = seconds + GATHERING_SECONDS + STARTING_SECONDS
    with flooding(target, flood, lasts) as floods:
        if floods:
            time.sleep(GATHERING_SECONDS)
        honest = target.clients("tests.abuse.honest", LOCALHOST, target.port, seconds)
        peak, spent, began = target.memory(), target.spent(), time.perf_counter()
        while honest.poll() is None:
            peak = max(peak, target.memory())
            time.sleep(LOOK_SECONDS)
        cores = (target.spent() - spent) / (time.perf_counter() - began)
        noticed = json.loads(printed(honest))
        counts = sum((Counter(json.loads(printed(each))) for each in floods), Counter[str]())
    after, took = settled(target, at_first * BACK_SHARE)
    return Found(
        flood,
        noticed["ages"],
        noticed["answers"],
        noticed["arrivals"],
        noticed["troubles"],
        Memory(at_first, before, peak, after, took),
        cores,
        counts,
    )


@contextmanager
def flooding(target: Target, flood: Flood, seconds: float) -> Iterator[list[subprocess.Popen[str]]]:
    """A process for each kind."""
    floods = [
        target.clients("tests.abuse.floods", kind, LOCALHOST, target.port, SOURCE, count, seconds, first=LAST)
        for kind, count in flood.kinds.items()
    ]
    try:
        yield floods
    finally:
        for each in floods:
            each.terminate()
            each.wait(20)


def settled(target: Target, enough: float) -> tuple[float, float]:
    """The memory as soon as it is back, or when it should have been; and when that was."""
    began = time.perf_counter()
    while True:
        after, took = target.memory(), time.perf_counter() - began
        if after <= enough or took > BACK_SECONDS:
            return after, took
        time.sleep(LOOK_SECONDS)


def printed(clients: subprocess.Popen[str]) -> str:
    text, _ = clients.communicate(timeout=LONGEST_SECONDS)
    return text
