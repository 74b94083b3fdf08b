"""Whole books are asked for, of those who bring a market: what they answer they also publish, and so it is recorded."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from markets.waits import Waits
from messaging.bus import NOT_REACHED
from metrics.feed.origins import snapshot_subject

AT_ONCE = 4
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 60.0

Ask = Callable[[str], Awaitable[bytes]]
"""The answer to a request on a subject; raises one of NOT_REACHED where there is none."""


class _Answer(msgspec.Struct):
    lastUpdateId: int = -1
    retry_after_ms: float = 0.0


_decode = msgspec.json.Decoder(_Answer).decode


class Asking:
    """Asks until it is answered, a few at once."""

    def __init__(
        self,
        ask: Ask,
        group: asyncio.TaskGroup,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        waits: Callable[[], Waits] = lambda: Waits(FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS),
    ) -> None:
        self.answered = 0
        self._ask, self._group, self._sleep, self._new_waits = ask, group, sleep, waits
        self._places = asyncio.Semaphore(AT_ONCE)
        self._wanted: dict[str, int] = {}

    @property
    def waiting(self) -> int:
        """How many books there are no answers of yet."""
        return len(self._wanted)

    def want(self, place: str, symbol: str, reached: int) -> None:
        """A book that is not older than the change with the id `reached`."""
        subject = snapshot_subject(place, symbol)
        is_asked = subject in self._wanted
        self._wanted[subject] = reached
        if not is_asked:
            self._group.create_task(self._until_answered(subject))

    async def _until_answered(self, subject: str) -> None:
        waits = self._new_waits()
        while True:
            async with self._places:
                answer = await self._answer(subject)
            if answer.lastUpdateId >= self._wanted[subject]:
                break
            await self._sleep(max(answer.retry_after_ms / 1e3, waits.next()))
        del self._wanted[subject]
        self.answered += 1

    async def _answer(self, subject: str) -> _Answer:
        try:
            return _decode(await self._ask(subject))
        except (*NOT_REACHED, msgspec.DecodeError):
            return _Answer()
