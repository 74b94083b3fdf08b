"""Finished minutes on their way to the database, which may be slow or away without the feed noticing."""

import asyncio
import logging
from collections.abc import Mapping
from math import inf

from channels.db import database_sync_to_async
from django.db import Error as DatabaseError

from messaging.outage import OutageLog
from messaging.waiting import either
from metrics.domain.market import MarketId
from metrics.domain.minutes import Minute
from metrics.domain.ticks import MINUTE
from metrics.kept_minutes import kept_markets, prune_minutes, save_minutes, withdraw_minutes

logger = logging.getLogger(__name__)

MAX_WAITING = 200_000
"""About half an hour of 5,000 symbols; beyond that the oldest minutes are dropped, and counted."""
SAVE_AT_ONCE = 2_000
RETRY_SECONDS = 5.0
PRUNE_SECONDS = 3600.0


class MinuteWriter:
    """A queue of minutes, saved in bulk off the event loop."""

    def __init__(self) -> None:
        self.dropped = 0
        self._waiting: list[Minute] = []
        self._withdrawn: dict[MarketId, float] = {}
        self._arrived = asyncio.Event()
        self._outage = OutageLog(logger, "database_away %s: %s; %d minutes wait", "database_back")

    @property
    def waiting(self) -> int:
        """Minutes not saved yet."""
        return len(self._waiting)

    def add(self, minutes: list[Minute]) -> None:
        """Take finished minutes in."""
        if not minutes:
            return
        self._waiting.extend(minutes)
        excess = len(self._waiting) - MAX_WAITING
        if excess > 0:
            del self._waiting[:excess]
            self.dropped += excess
        self._arrived.set()

    def withdraw(self, market: MarketId, since: float) -> None:
        """Minutes of `market` that reach beyond `since` are false: none is saved, and those that were are deleted."""
        self._withdrawn[market] = min(since, self._withdrawn.get(market, since))
        self._waiting = [minute for minute in self._waiting if not _is_false(minute, {market: since})]
        self._arrived.set()

    async def save_once(self) -> bool:
        """Save everything that waits; False when the database is away, and then it waits on."""
        while self._waiting or self._withdrawn:
            withdrawn, self._withdrawn = self._withdrawn, {}
            batch, self._waiting = self._waiting[:SAVE_AT_ONCE], self._waiting[SAVE_AT_ONCE:]
            try:
                await database_sync_to_async(_carry_out)(withdrawn, batch)
            except DatabaseError as error:
                late = self._withdrawn
                self._waiting = [minute for minute in batch if not _is_false(minute, late)] + self._waiting
                for market, since in withdrawn.items():
                    late[market] = min(since, late.get(market, since))
                self._outage.is_away(type(error).__name__, error, self.waiting)
                return False
        self._outage.is_over()
        return True

    async def kept_markets(self) -> frozenset[tuple[str, str]] | None:
        """Symbols and markets that have minutes in the database; None while it is away."""
        try:
            return await database_sync_to_async(kept_markets)()
        except DatabaseError as error:
            self._outage.is_away(type(error).__name__, error, self.waiting)
            return None

    async def run(self, stop: asyncio.Event) -> None:
        """Save minutes as they arrive, and forget old ones now and then, until `stop`."""
        loop = asyncio.get_running_loop()
        prune_at = loop.time()
        while not stop.is_set():
            self._arrived.clear()
            saved = await self.save_once()
            if saved and loop.time() >= prune_at:
                await self._prune()
                prune_at = loop.time() + PRUNE_SECONDS
            wait_for = self._arrived if saved else stop
            await either(stop, wait_for, PRUNE_SECONDS if saved else RETRY_SECONDS)

    async def _prune(self) -> None:
        try:
            await database_sync_to_async(prune_minutes)()
        except DatabaseError as error:
            logger.warning("prune_failed %s: %s", type(error).__name__, error)


def _is_false(minute: Minute, withdrawn: Mapping[MarketId, float]) -> bool:
    """Does it reach beyond the moment from which on its market was withdrawn?"""
    return minute.start + MINUTE > withdrawn.get(minute.market, inf)


def _carry_out(withdrawn: dict[MarketId, float], minutes: list[Minute]) -> None:
    for market, since in withdrawn.items():
        withdraw_minutes(market, since)
    save_minutes(minutes)
