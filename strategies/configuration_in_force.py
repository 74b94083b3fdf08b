"""Keeps the engine on the configuration in force, and on the halts, whatever is away.

Once a second, and at once when woken, the revision is asked for; what is new is read whole, checked again and
put into the engine between two messages. While the database is away the engine goes on with what it has;
a process that starts then begins with the last known good from disk. One that has neither lets nothing out.
"""

import asyncio
import logging
from collections.abc import Callable
from time import monotonic, time

from channels.db import database_sync_to_async
from django.db import Error as DatabaseError
from msgspec.structs import replace

from configuration.domain.effective import LevelAddress
from configuration.exceptions import StoreUnavailable
from halts.domain import Halts
from halts.emergency_file import EmergencyHalts
from halts.in_process import AppliedHalts
from messaging.outage import OutageLog
from messaging.waiting import either, pause
from strategies.configuration_source import Loaded, read_if_new
from strategies.domain.in_force import Resolved, take_over
from strategies.engine import Engine
from strategies.receipts import Lags, LoadedFrom, Receipt
from strategies.state_files import LastKnownGood

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
WATCH_SECONDS = 0.25
ANSWER_SECONDS = 4.0
"""A database that takes longer to answer counts as away."""
STORE_AWAY = (DatabaseError, StoreUnavailable, OSError)


class ConfigurationInForce:
    """Feeds the engine; `refresh_once` is one step, `run` repeats it."""

    def __init__(
        self,
        engine: Engine,
        last_known_good: LastKnownGood,
        emergency: EmergencyHalts,
        *,
        read: Callable[[str | None], Loaded | None] = read_if_new,
        clock: Callable[[], float] = time,
    ) -> None:
        self.loaded_from: LoadedFrom = "none"
        self.database_answers = False
        self.receipts: dict[LevelAddress, Receipt] = {}
        self.lags = Lags.none()
        self.changed = asyncio.Event()
        self.woken = asyncio.Event()
        self._engine = engine
        self._file = last_known_good
        self._read, self._clock = read, clock
        self._loaded: Loaded | None = None
        self._query: asyncio.Task[Loaded | None] | None = None
        self._outage = OutageLog(
            logger, "database_away %s: %s; the configuration in force stays", "database_answers"
        )
        # What is on disk is not in use before the database has been asked, but a set that the database has
        # and this process must reject falls back on it.
        self._stored = last_known_good.load()
        self._good: dict[LevelAddress, Resolved] = {}
        if self._stored:
            self._good = {(level.strategy_id, level.symbol): level for level in self._stored.levels}
            engine.strategies.in_force, _ = take_over(engine.strategies.in_force, self._stored.levels)
        self.halts = AppliedHalts(emergency, self._apply_halts, self.woken.set, clock=clock)

    # -- One step ----------------------------------------------------------------------------

    async def refresh_once(self) -> None:
        """Ask the database what is new and use it; without an answer go on with what there is."""
        try:
            loaded = await self._ask()
        except STORE_AWAY as error:
            self._without_database(error)
            return
        self._with_database()
        if loaded is not None:
            self._use(loaded, "database")
            await self._remember(loaded)
        await self.halts.hand_over()

    async def run(self, stop: asyncio.Event) -> None:
        """Refresh once a second and whenever woken, until `stop`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._refresh_until(stop), name="refresh configuration")
            group.create_task(self._watch_until(stop), name="watch emergency halts")

    async def _refresh_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            began = monotonic()
            self.woken.clear()
            await self.refresh_once()
            await either(stop, self.woken, pause_after(monotonic() - began))

    async def _watch_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self.halts.watch_once()
            await pause(stop, WATCH_SECONDS)

    # -- The database ------------------------------------------------------------------------

    async def _ask(self) -> Loaded | None:
        """One question at a time: a database that hangs must not collect threads."""
        if self._query is None:
            token = self._loaded.token if self._loaded and self.loaded_from == "database" else None
            self._query = asyncio.create_task(database_sync_to_async(self._read)(token))
        done, _ = await asyncio.wait({self._query}, timeout=ANSWER_SECONDS)
        if not done:
            raise TimeoutError(f"no answer within {ANSWER_SECONDS:.0f} s")
        query, self._query = self._query, None
        return query.result()

    def _without_database(self, error: Exception) -> None:
        self._outage.is_away(type(error).__name__, error)
        self.database_answers = False
        self.halts.database_answers(False)
        if self.loaded_from == "none" and self._stored:
            logger.warning("last_known_good_used")
            self._use(self._stored, "disk")

    def _with_database(self) -> None:
        self._outage.is_over()
        self.database_answers = True
        self.halts.database_answers(True)

    async def _remember(self, loaded: Loaded) -> None:
        good = Loaded(loaded.token, list(self._good.values()), loaded.halts)
        try:
            await asyncio.to_thread(self._file.save, good)
        except OSError as error:
            logger.error("last_known_good_not_saved %s", error)

    # -- Use ---------------------------------------------------------------------------------

    def _use(self, loaded: Loaded, loaded_from: LoadedFrom) -> None:
        was_running = self.loaded_from == "database"
        self._loaded, self.loaded_from = loaded, loaded_from
        self._engine.strategies.in_force, rejected = take_over(
            self._engine.strategies.in_force, loaded.levels
        )
        sets = {(level.strategy_id, level.symbol): level for level in loaded.levels}
        self._good = {
            name: self._good[name] if name in rejected else level
            for name, level in sets.items()
            if name not in rejected or name in self._good
        }
        self._write_receipts(sets, rejected, was_running)
        self.halts.learn(loaded.halts)

    def _write_receipts(
        self, sets: dict[LevelAddress, Resolved], rejected: dict[LevelAddress, str], was_running: bool
    ) -> None:
        for level, reason in rejected.items():
            logger.error("configuration_rejected %s %s: %s", level[0], level[1] or "all symbols", reason)
        before, self.receipts = self.receipts, {}
        for level in sets:
            if level[0] not in self._engine.strategies.by_name:
                continue
            receipt = self._receipt(before.get(level), sets[level], was_running and level not in rejected)
            self.receipts[level] = replace(receipt, rejected=rejected.get(level))

    def _receipt(self, known: Receipt | None, level: Resolved, is_measured: bool) -> Receipt:
        """The receipt a level has, or a new one where what is used has changed."""
        used = self._engine.strategies.in_force.of(level.strategy_id, level.symbol or "").used
        if known and (known.version, known.hash) == (used.version, used.hash):
            return known
        now = self._clock()
        lag = now - level.changed_at if is_measured and level.changed_at is not None else None
        if lag is not None:
            self.lags = self.lags.with_lag(lag)
        return Receipt(
            strategy_id=level.strategy_id,
            symbol=level.symbol,
            version=used.version,
            hash=used.hash,
            applied_at=now,
            lag=lag,
        )

    def _apply_halts(self, halts: Halts) -> None:
        self._engine.strategies.halts = halts
        self.changed.set()


def pause_after(took: float) -> float:
    """Seconds until the database is asked again after an answer that took so long.

    A second is from question to question, but a slow database is left in peace for a quarter of one.
    """
    return max(POLL_SECONDS / 4, POLL_SECONDS - took)
