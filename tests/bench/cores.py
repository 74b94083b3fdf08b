"""Which core does what, so that what is measured has one to itself."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Cores(NamedTuple):
    """A core for the process under measurement, and one or more for everything else."""

    reader: int
    strategies: int
    publisher: int
    servers: int

    def __str__(self) -> str:
        """What runs where, as a sentence."""
        return self._sentence(("publisher", self.publisher))

    def with_strategies(self) -> str:
        """The same where `run_strategies` runs beside what is measured."""
        return self._sentence(("run_strategies", self.strategies), ("publisher", self.publisher))

    def _sentence(self, *beside: tuple[str, int]) -> str:
        places: dict[int, list[str]] = {}
        for name, core in (*beside, ("NATS", self.servers), ("Valkey", self.servers)):
            places.setdefault(core, []).append(name)
        others = "; ".join(f"{', '.join(names)} on core {core}" for core, names in places.items())
        return f"What is measured has core {self.reader} to itself; {others}."


def divided() -> Cores:
    """The cores of this machine, by what runs on them; with two, all but the reader share one."""
    reader, *others = sorted(os.sched_getaffinity(0))
    others = others or [reader]
    return Cores(reader, others[0], others[len(others) // 2], others[-1])


def on(core: int, command: list[str]) -> list[str]:
    """`command`, with all of its threads on one core from the beginning."""
    return ["taskset", "-c", str(core), *command]


@contextmanager
def staying_on(core: int) -> Iterator[None]:
    """This process works on one core for the time of the block."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
