"""What the store shows of the markets, as the rules need it."""

import logging
from collections.abc import Collection

from redis.exceptions import RedisError

from alerts.domain.moves import MidTrail
from alerts.domain.scene import NOTHING, Scene, look
from messaging.outage import OutageLog
from metrics.store.reader import StoreReader

logger = logging.getLogger(__name__)


class Source:
    """Looks at all markets. Whatever the feed has said last is known for as long as a book counts as fresh."""

    def __init__(self, reader: StoreReader) -> None:
        self._reader = reader
        self._markets = NOTHING
        self._trail = MidTrail()
        self._answered_at = reader.clock()
        self._outage = OutageLog(
            logger, "store_away %s: %s; nothing fires, nothing is resolved", "store_back"
        )

    @property
    def is_away(self) -> bool:
        """Did the store not answer when it was asked last?"""
        return self._outage.is_logged

    def look(self, names: Collection[str]) -> Scene | None:
        """The markets now, with what is watched under these names.

        While the store is away None: all is as it was. Once every book would be stale, nothing is known any more.
        """
        try:
            rows = self._reader.markets()
        except (RedisError, OSError) as error:
            self._outage.is_away(type(error).__name__, error)
            is_stale = self._reader.clock() - self._answered_at > self._reader.expiry.stale_after
            return Scene(self._markets, {}, is_known=False) if is_stale else None
        self._outage.is_over()
        self._answered_at = self._reader.clock()
        scene = look(rows, names, self._reader.expiry, self._answered_at, self._markets, self._trail)
        self._markets = scene.markets
        return scene
