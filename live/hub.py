"""A hub that lives by itself in a web process: started by its first socket, replaced should it fail."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, ClassVar

from live.sockets import Socket

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
RETRY_SECONDS = 1.0
HEARTBEAT_SECONDS = 5.0
"""After so long a silence a sign of life is sent."""
NORMAL_CLOSURE, INTERNAL_ERROR = 1000, 1011


class LivingHub(ABC):
    """Base: follows what happens elsewhere and the clock, side by side, until the process ends."""

    name: ClassVar[str]
    _life: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Live from now on."""
        self._life = asyncio.create_task(self._live(), name=self.name)

    @property
    def is_running(self) -> bool:
        """Does it live, on the event loop of the caller?"""
        life = self._life
        return life is not None and not life.done() and life.get_loop() is asyncio.get_running_loop()

    @abstractmethod
    async def _follow(self) -> None:
        """Take in what happens elsewhere, for ever."""

    @abstractmethod
    async def _tick(self) -> None:
        """Let time pass, for ever."""

    @abstractmethod
    def _everybody(self) -> Iterable[Socket]:
        """All sockets."""

    def _held(self) -> AbstractAsyncContextManager[Any]:
        """What is to be let go of when this life ends."""
        return nullcontext()

    async def end_stays(self) -> None:
        """Let everybody go whose time is over: they come back and identify themselves again."""
        for socket in list(self._everybody()):
            if socket.is_over:
                await socket.close(NORMAL_CLOSURE)

    async def _live(self) -> None:
        """Should anything fail, let every socket go: they come back to a new hub."""
        try:
            async with self._held(), asyncio.TaskGroup() as group:
                group.create_task(self._follow())
                group.create_task(self._tick())
        except* Exception as problems:
            logger.critical(
                "hub_failed %s; sockets are closed, a new hub serves them", self.name, exc_info=problems
            )
            for socket in list(self._everybody()):
                await socket.close(INTERNAL_ERROR)
