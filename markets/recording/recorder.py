"""From NATS to disk, a batch a second, for as long as is wanted."""

import asyncio
import logging
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NoReturn, TypeVar

from nats.aio.msg import Msg
from nats.errors import SlowConsumerError

from markets.recording.asking import Asking
from markets.recording.directory import alone_in, salvage
from markets.recording.files import Files
from markets.recording.intake import Batch, Intake
from markets.recording.places import first_to_hear
from markets.streaming import RECEIVED_AT
from messaging.bus import Link, connected, log_error
from messaging.source import PENDING_BYTES, until_stopped_or_closed

logger = logging.getLogger(__name__)

BATCH_SECONDS = 1.0
REPORT_SECONDS = 60.0
ANSWER_SECONDS = 25.0
PENDING_MESSAGES = 500_000

Result = TypeVar("Result")


class Recorder:
    """Writes what comes on some subjects into a directory. `lost` counts what came faster than it was taken."""

    def __init__(
        self,
        directory: Path,
        subjects: Sequence[str],
        most_bytes: int | None = None,
        clock_us: Callable[[], int] = lambda: time.time_ns() // 1_000,
    ) -> None:
        self.intake = Intake()
        self.files = Files(directory, most_bytes)
        self.lost = 0
        self._directory, self._subjects, self._clock_us = directory, tuple(dict.fromkeys(subjects)), clock_us
        self._asked: dict[str, set[str]] = defaultdict(set)
        self._due: deque[Batch] = deque()
        self._reported_at = time.monotonic()

    async def run(self, url: str, seconds: float | None = None) -> None:
        """For so many seconds, or until it is cancelled, however long NATS is away.

        Raises RecordingError where nothing can be written any more; then, too, what was is whole.
        """
        with alone_in(self._directory):
            for name in salvage(self._directory):
                logger.warning("salvaged %s: it was left behind unfinished", name)
            with ThreadPoolExecutor(1) as disk:
                try:
                    await self._listen(url, seconds, disk)
                finally:
                    disk.shutdown()
                    self._end()

    async def _listen(self, url: str, seconds: float | None, disk: Executor) -> None:
        try:
            async with (
                asyncio.timeout(seconds) as limit,
                connected(url, "recorder", self._hear_of) as link,
                asyncio.TaskGroup() as group,
            ):
                group.create_task(until_stopped_or_closed(link, asyncio.Event()))
                for pattern in self._subjects:
                    await self._subscribe(link, pattern)
                await self._write_for_ever(Asking(partial(_answer_of, link), group), disk)
        except TimeoutError:
            if not limit.expired():
                raise
        except ExceptionGroup as group:
            raise group.exceptions[0] from group

    async def _subscribe(self, link: Link, pattern: str) -> None:
        async def take(message: Msg) -> None:
            if first_to_hear(self._subjects, message.subject) == pattern:
                received_at = (message.headers or {}).get(RECEIVED_AT, "")
                self.intake.take(message.subject, message.data, received_at, self._clock_us())

        await link.subscribe(
            pattern, cb=take, pending_msgs_limit=PENDING_MESSAGES, pending_bytes_limit=PENDING_BYTES
        )

    async def _write_for_ever(self, asking: Asking, disk: Executor) -> NoReturn:
        while True:
            await asyncio.sleep(BATCH_SECONDS)
            self._due += self.intake.batches()
            while self._due:
                self._ask_for_books(*await _done(disk, self._write_next), asking)
            await _done(disk, partial(self.files.finish_past_hours, self._clock_us()))
            self._report(asking)

    def _write_next(self) -> tuple[Batch, bool]:
        """The oldest that is due, and whether a file begins with it; it stays due where it cannot be written."""
        batch = self._due[0]
        begins = self.files.write(batch, self._clock_us())
        self._due.popleft()
        return batch, begins

    def _ask_for_books(self, batch: Batch, begins: bool, asking: Asking) -> None:
        """Of all symbols in a new file, so that it can be replayed alone, and of those whose chain is broken."""
        asked = self._asked[batch.place]
        if begins:
            asked.clear()
        for symbol, reached, is_broken in batch.changes:
            if is_broken or symbol not in asked:
                asked.add(symbol)
                asking.want(batch.place, symbol, reached)

    def _end(self) -> None:
        """What has come is written, and all is finished."""
        try:
            self._due += self.intake.batches()
            while self._due:
                self._write_next()
        finally:
            self.files.close()

    def _report(self, asking: Asking) -> None:
        """A line now and then, for whoever looks at the log."""
        now = time.monotonic()
        if now - self._reported_at < REPORT_SECONDS:
            return
        self._reported_at = now
        intake = self.intake
        logger.info(
            "recorded frames=%d refused=%d dropped=%d finished=%d removed=%d books_answered=%d books_waiting=%d",
            intake.taken, intake.refused, intake.dropped + self.lost, self.files.finished, self.files.removed,
            asking.answered, asking.waiting,
        )  # fmt: skip

    def _hear_of(self, problem: Exception) -> None:
        if isinstance(problem, SlowConsumerError):
            self.lost += 1
        else:
            log_error(problem)


async def _done(disk: Executor, work: Callable[[], Result]) -> Result:
    """Who cancels this ends the waiting, never the work."""
    return await asyncio.shield(asyncio.get_running_loop().run_in_executor(disk, work))


async def _answer_of(link: Link, subject: str) -> bytes:
    return (await link.request(subject, timeout=ANSWER_SECONDS)).data
