"""What the store shows of the markets, and what is seen of all else that rules are about."""

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from django.db import Error as DatabaseError
from redis.exceptions import RedisError

from alerts.domain.entities import NOTHING, Kind
from alerts.domain.judges import Scenes
from alerts.domain.moves import MidTrail
from alerts.domain.scene import Scene, look, look_at
from alerts.domain.watched import kind_of
from alerts.domain.watched.markets import OF_BOOKS
from alerts.watching.seen.halts import halts
from alerts.watching.seen.levels import levels
from alerts.watching.seen.look import Look, Readers, Rows
from alerts.watching.seen.parts import Parts
from alerts.watching.seen.strategies import Strategies
from alerts.watching.seen.summary import summary
from configuration.exceptions import StoreUnavailable
from messaging.outage import OutageLog
from metrics.domain.analyzer import StoredBook
from metrics.domain.market import MarketId

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often what is no market is looked at, and what stands in books."""
RETRY_SECONDS = 5.0
"""How soon it is tried again where it could not be read, so that markets do not wait for it."""
AWAY = (RedisError, DatabaseError, StoreUnavailable, OSError)
Reading = Callable[[Look], Sequence[Any] | None]


class Source:
    """Looks at all that is watched. Whatever was said last is known for as long as a book counts as fresh."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._reader = reader = readers.store
        self._markets = NOTHING
        self._trail = MidTrail()
        self._answered_at = reader.clock()
        self._books: Mapping[MarketId, StoredBook] = {}
        self._books_at = float("-inf")
        self._things: dict[Kind, Things] = {
            "summary": Things(summary),
            "strategy": Things(Strategies()),
            "level": Things(levels),
            "halt": Things(halts),
            "part": Things(Parts()),
        }
        self._outage = OutageLog(
            logger, "store_away %s: %s; nothing fires of markets, nothing is resolved", "store_back"
        )

    @property
    def is_away(self) -> bool:
        """Did the store not answer when it was asked last?"""
        return self._outage.is_logged

    def look(self, names: Collection[str]) -> Scenes:
        """What is watched under these names now, by the kind of what has it.

        A kind is left out where all is as it was: nobody has looked since, or could not. Once every book would be
        stale, nothing is known any more.
        """
        wanted: defaultdict[Kind, set[str]] = defaultdict(set)
        for name in names:
            wanted[kind_of(name)].add(name)
        rows = self._rows()
        now = self._reader.clock()
        scenes: dict[Kind, Scene] = {}
        if rows is not None:
            scenes["market"] = self._look_at_markets(rows, wanted["market"], now)
        elif now - self._answered_at > self._reader.expiry.stale_after:
            scenes["market"] = Scene(self._markets, {}, is_known=False)
        seen = Look(self._readers, rows, self._answered_at, now)
        for kind, things in self._things.items():
            if wanted[kind] and (scene := things.look(seen, wanted[kind])):
                scenes[kind] = scene
        return scenes

    def _rows(self) -> Rows | None:
        """The rows of all symbols; None while the store is away."""
        try:
            rows = self._reader.markets()
        except (RedisError, OSError) as error:
            self._outage.is_away(type(error).__name__, error)
            return None
        self._outage.is_over()
        self._answered_at = self._reader.clock()
        return rows

    def _look_at_markets(self, rows: Rows, names: set[str], now: float) -> Scene:
        books = self._read_books(rows, now) if OF_BOOKS & names else {}
        scene = look(rows, names, self._reader.expiry, now, self._markets, self._trail, books)
        self._markets = scene.entities
        return scene

    def _read_books(self, rows: Rows, now: float) -> Mapping[MarketId, StoredBook]:
        """The newest book of every market, a second old at most while the store answers."""
        if 0 <= now - self._books_at < LOOK_SECONDS:
            return self._books
        try:
            self._books = self._reader.books([row.id for of_symbol in rows.values() for row in of_symbol])
        except (RedisError, OSError):  # which the next look at the rows reports
            self._books = {}
        self._books_at = now
        return self._books


class Things:
    """What is seen of one kind that is no market, read by `read`, now and then."""

    def __init__(self, read: Reading) -> None:
        self._read = read
        self._entities = NOTHING
        self._wanted: set[str] = set()
        self._due_at = self._seen_at = float("-inf")

    def look(self, at: Look, wanted: set[str]) -> Scene | None:
        """What is watched under these names; None where all is as it was."""
        if at.now < self._due_at <= at.now + RETRY_SECONDS and wanted <= self._wanted:
            return None
        self._wanted = wanted
        try:
            seen = self._read(at)
        except AWAY as error:
            logger.debug("not_seen %s: %s", type(error).__name__, error)
            seen = None
        if seen is None:
            self._due_at = at.now + RETRY_SECONDS
            is_stale = at.now - self._seen_at > at.expiry.stale_after
            return Scene(self._entities, {}, is_known=False) if is_stale else None
        self._due_at, self._seen_at = at.now + LOOK_SECONDS, at.now
        scene = look_at(seen, wanted, self._entities)
        self._entities = scene.entities
        return scene
