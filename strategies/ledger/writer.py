"""Signals on their way to the ledger, and the looking back, beside the strategies: nothing here is waited for.

All of it happens in one thread of its own, with a connection of its own. A database that hangs holds up that thread,
and neither what is judged nor the questions about configuration and halts.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from time import monotonic, time
from typing import NamedTuple, TypeVar

from channels.db import database_sync_to_async
from django.db import DataError, IntegrityError, connections
from django.db import Error as DatabaseError
from redis.exceptions import RedisError

from database.deadline import at_most
from messaging.outage import OutageLog
from messaging.waiting import pause
from strategies.domain.outcomes import Touch
from strategies.domain.signal import Fate, Signal
from strategies.ledger.pruning import pruning
from strategies.ledger.records import Noted, write

logger = logging.getLogger(__name__)

WRITE_SECONDS = 1.0
PRUNE_SECONDS = 60.0
PATIENCE_SECONDS = 4.0
"""A database that takes longer for one step counts as away; so long may a process that is to end wait for it."""
LEAVE_SECONDS = 1.0
AT_ONCE = 1_000
PARTS_AT_ONCE = 10
"""Of what is due: however much that is, signals are written meanwhile."""
MOST_WAITING = 5_000
"""Of each strategy: a busy one pushes out only its own."""
MOST_CORRECTED = 10_000
SENT = Fate("sent")
REFUSED = (DataError, IntegrityError)
AWAY = (DatabaseError, RedisError, OSError)
WriteRows = Callable[[Sequence[Noted], Mapping[str, Fate]], None]
T = TypeVar("T")


class Kept(NamedTuple):
    """How long signals are kept, and how many at most."""

    days: int
    rows: int


class Ledger:
    """Takes signals in with `put`, and what becomes of them later with `put_right`; both return at once.

    Signals wait while the database is away; what is beyond MOST_WAITING of a strategy is `dropped`, the oldest first.
    `errors` counts what should not have happened.

    `look_back` looks up some outcomes and returns how many, `touch_of` is the touch that a symbol's followed market has
    at this moment, `write_rows` writes signals and corrections.
    """

    def __init__(
        self,
        kept: Kept,
        look_back: Callable[[], int],
        *,
        touch_of: Callable[[str], Touch | None] = lambda symbol: None,
        write_rows: WriteRows = write,
        clock: Callable[[], float] = time,
    ) -> None:
        self.dropped = 0
        self.errors: Counter[str] = Counter()
        self._kept, self._look_back, self._write, self._clock = kept, look_back, write_rows, clock
        self._touch_of = touch_of
        self._waiting: dict[str, deque[Noted]] = {}
        self._corrected: dict[str, Fate] = {}
        self._pruning: Iterator[int] | None = None
        self._prune_at = 0.0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._outage = OutageLog(logger, "ledger_waits %s: %s", "ledger_goes_on")
        self._blind = OutageLog(logger, "outcomes_wait %s: %s", "outcomes_go_on")

    def __len__(self) -> int:
        """Signals that are not in the database yet."""
        return sum(map(len, self._waiting.values()))

    def put(self, signal: Signal, fate: Fate = SENT) -> None:
        """One more signal, decided just now, and what has become of it by now."""
        self._queue(signal.strategy_id).append(Noted(signal, fate, self._touch_of(signal.symbol)))

    def put_right(self, signal_id: str, fate: Fate) -> None:
        """Something else has become of a signal that was put before."""
        if len(self._corrected) >= MOST_CORRECTED:
            del self._corrected[next(iter(self._corrected))]
            self.dropped += 1
        self._corrected[signal_id] = fate

    def _queue(self, strategy_id: str) -> deque[Noted]:
        """With room for one more."""
        queue = self._waiting.setdefault(strategy_id, deque())
        if len(queue) >= MOST_WAITING:
            queue.popleft()
            self.dropped += 1
        return queue

    # -- Steps -------------------------------------------------------------------------------

    async def write_once(self, seconds: float = PATIENCE_SECONDS) -> bool:
        """Write all that waits, each part within so many seconds; False where the database is away, and then it waits
        on."""
        while self._waiting or self._corrected:
            batch = self._take()
            corrected: dict[str, Fate] = {}
            if not self._waiting:  # whatever is corrected has been written, or is in this batch
                corrected, self._corrected = self._corrected, {}
            try:
                await self._in_thread(partial(self._write, batch, corrected), seconds)
            except REFUSED as error:  # whatever it is, it would be refused again
                self.dropped += len(batch)
                logger.error("ledger_refused %s: %s", type(error).__name__, error)
            except AWAY as error:
                self._put_back(batch)
                self._corrected = corrected | self._corrected
                self._outage.is_away(type(error).__name__, error)
                return False
            except Exception:
                self.dropped += len(batch)
                raise
        self._outage.is_over()
        return True

    async def look_back_once(self) -> bool:
        """Look up what is due; False where database or store is away, and then it waits on."""
        try:
            for _ in range(PARTS_AT_ONCE):
                if not await self._in_thread(self._look_back):
                    break
        except AWAY as error:
            self._blind.is_away(type(error).__name__, error)
            return False
        self._blind.is_over()
        return True

    async def prune_once(self) -> bool:
        """One step of deleting what is kept for long enough; False where all is done."""
        if self._pruning is None:
            self._pruning = pruning(datetime.fromtimestamp(self._clock(), UTC), *self._kept)
        try:
            if await self._in_thread(partial(next, self._pruning, None)) is not None:
                return True
        except AWAY as error:
            logger.warning("prune_failed %s: %s", type(error).__name__, error)
        self._pruning = None
        return False

    async def run(self, stop: asyncio.Event) -> None:
        """Write once a second, look back, and prune now and then, until `stop`. What takes longer than that is begun
        again at once: else there would be ever more to look up. Whatever fails here is tried again, and ends
        nothing."""
        steps = (self.write_once, self.look_back_once, self._prune_in_time)
        while not stop.is_set():
            next_at = monotonic() + WRITE_SECONDS
            for step in steps:
                try:
                    if stop.is_set() or not await step():
                        break
                except Exception as error:  # noqa: BLE001 - a mistake of the ledger's is not the strategies'
                    self._failed(error)
            await pause(stop, max(0.0, next_at - monotonic()))

    async def leave(self) -> None:
        """Write what still waits, where that can be done at once, and let go of the database."""
        await self.write_once(LEAVE_SECONDS)
        await self._in_thread(connections.close_all)
        self._thread.shutdown(wait=False)

    async def _prune_in_time(self) -> bool:
        if monotonic() >= self._prune_at and not await self.prune_once():
            self._prune_at = monotonic() + PRUNE_SECONDS
        return True

    def _failed(self, error: Exception) -> None:
        kind = type(error).__name__
        self.errors[kind] += 1
        if self.errors[kind] == 1:
            logger.error(
                "ledger_failed %s: %s; counted from now on, not logged again", kind, error, exc_info=error
            )

    async def _in_thread(self, step: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
        def within() -> T:
            with at_most(seconds):
                return step()

        return await database_sync_to_async(within, thread_sensitive=False, executor=self._thread)()

    def _take(self) -> list[Noted]:
        """The oldest of the strategies in turn."""
        batch: list[Noted] = []
        for strategy_id, queue in list(self._waiting.items()):
            while queue and len(batch) < AT_ONCE:
                batch.append(queue.popleft())
            if not queue:
                del self._waiting[strategy_id]
        return batch

    def _put_back(self, batch: list[Noted]) -> None:
        """In front of what has come meanwhile; what there is no room for is dropped."""
        for noted in reversed(batch):
            queue = self._waiting.setdefault(noted.signal.strategy_id, deque())
            if len(queue) < MOST_WAITING:
                queue.appendleft(noted)
            else:
                self.dropped += 1
