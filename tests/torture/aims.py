"""What of a part a torment hits: all of it, or of PostgreSQL one process."""

from contextlib import suppress
from random import Random

import psutil

from realtime.stack.servers import LOCALHOST
from tests.torture.parts import POSTGRESQL, Part


class Aim:
    """What of a part a torment hits: all of it, here."""

    comes_back_by_itself = False

    def __init__(self, part: Part) -> None:
        self.part = part
        self.name = part.name

    def victims(self, rng: Random) -> list[psutil.Process]:
        return self.part.family()


class Postmaster(Aim):
    """PostgreSQL's first process alone: connections that stand go on, and there are no new ones."""

    def __init__(self, part: Part) -> None:
        super().__init__(part)
        self.name = f"{part.name} postmaster"

    def victims(self, rng: Random) -> list[psutil.Process]:
        return self.part.family()[:1]


class Backend(Aim):
    """One connection of PostgreSQL, one that is at work where there is any: it may hold locks.

    Where it is killed, the postmaster ends all others and recovers by itself.
    """

    comes_back_by_itself = True

    def __init__(self, part: Part) -> None:
        super().__init__(part)
        self.name = f"{part.name} backend"

    def victims(self, rng: Random) -> list[psutil.Process]:
        connections = {}
        for process in self.part.family()[1:]:
            with suppress(psutil.NoSuchProcess):
                title = " ".join(process.cmdline()).strip()
                if f"{LOCALHOST}(" in title:
                    connections[process] = title
        at_work = [process for process, title in connections.items() if not title.endswith("idle")]
        chosen = at_work or list(connections)
        return [rng.choice(chosen)] if chosen else []


def aims_at(part: Part) -> list[Aim]:
    return [Aim(part), Postmaster(part), Backend(part)] if part.name == POSTGRESQL else [Aim(part)]
