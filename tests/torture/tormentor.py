"""Kills and freezes parts at random, and brings back what was killed."""

import asyncio
import time
from contextlib import suppress
from random import Random

import psutil

from tests.torture.aims import Aim, aims_at
from tests.torture.evidence import Torment
from tests.torture.parts import Part, Parts

PAUSE_SECONDS = (0.5, 2.5)
AWAY_SECONDS = (0.5, 1.5)
FROZEN_SECONDS = (1.0, 8.0)
SPARED_SECONDS = (0.0, 8.0)
"""So long a part is left alone afterwards: what never gets to work proves nothing."""
LOOK_SECONDS = 0.25


class Tormentor:
    """One torment a part at a time; several parts suffer at once."""

    def __init__(self, parts: Parts, rng: Random, torments: list[Torment]) -> None:
        self._parts, self._rng, self._torments = parts, rng, torments
        self._busy: set[str] = set()
        self._spared: set[str] = set()

    async def torment(self, stop: asyncio.Event) -> None:
        """Until `stop`; when this returns everything has been continued and started again."""
        async with asyncio.TaskGroup() as group:
            while not stop.is_set():
                await pause(stop, self._rng.uniform(*PAUSE_SECONDS))
                free = [part for part in self._parts.tormented if part.name not in self._busy | self._spared]
                if free and not stop.is_set():
                    part = self._rng.choice(free)
                    aim = self._rng.choice(aims_at(part))
                    deed = self._rng.choice((self._kill, self._freeze))
                    self._busy.add(part.name)
                    group.create_task(deed(aim, stop), name=f"torment {aim.name}")

    async def keep(self, stop: asyncio.Event) -> None:
        """What ends by itself is started again, as a supervisor would, and noted."""
        while not stop.is_set():
            await pause(stop, LOOK_SECONDS)
            for part in [*self._parts.tormented, self._parts.simulator]:
                if part.name not in self._busy and (code := part.server.ended_with()) is not None:
                    began = time.time()
                    self._busy.add(part.name)
                    await pause(stop, self._rng.uniform(*AWAY_SECONDS))
                    await self._bring_back(part)
                    self._note(part.name, f"ended with {code}", began)
                    self._busy.discard(part.name)

    async def _kill(self, aim: Aim, stop: asyncio.Event) -> None:
        if victims := aim.victims(self._rng):
            began = time.time()
            aim.part.kill(victims)
            await pause(stop, self._rng.uniform(*AWAY_SECONDS))
            if not aim.comes_back_by_itself:
                await self._bring_back(aim.part)
            self._note(aim.name, "killed", began)
        await self._spare(aim.part, stop)

    async def _freeze(self, aim: Aim, stop: asyncio.Event) -> None:
        if victims := aim.victims(self._rng):
            began = time.time()
            freeze(victims)
            try:
                await pause(stop, self._rng.uniform(*FROZEN_SECONDS))
            finally:
                thaw(victims)
            self._note(aim.name, "frozen", began)
        await self._spare(aim.part, stop)

    async def _spare(self, part: Part, stop: asyncio.Event) -> None:
        self._busy.discard(part.name)
        self._spared.add(part.name)
        await pause(stop, self._rng.uniform(*SPARED_SECONDS))
        self._spared.discard(part.name)

    async def _bring_back(self, part: Part) -> None:
        await asyncio.to_thread(part.bring_back)

    def _note(self, name: str, kind: str, began: float) -> None:
        self._torments.append(Torment(part=name, kind=kind, began=began, ended=time.time()))


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """So long, or until `stop`."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def freeze(victims: list[psutil.Process]) -> None:
    for process in victims:
        with suppress(psutil.NoSuchProcess):
            process.suspend()


def thaw(victims: list[psutil.Process]) -> None:
    for process in victims:
        with suppress(psutil.NoSuchProcess):
            process.resume()
