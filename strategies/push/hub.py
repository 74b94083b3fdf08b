"""The hub of one web process for configuration events: one subscription for all of its sockets.

A change or a halt is passed on when it is announced on Redis. Whether it is in force is computed from the
database and the receipts whenever something was announced, and once a second, since a process that died
announces nothing.
"""

from collections.abc import Callable
from time import monotonic

import msgspec
from django.conf import settings
from django.db import Error as DatabaseError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from configuration.announcements import channel
from configuration.exceptions import StoreUnavailable
from configuration.reading import reader as configuration
from halts.announcements import channel as halts_channel
from halts.domain import HaltRecord
from halts.reading import last_known
from live.frames import encode, error_frame
from live.state_hub import StateHub
from strategies.convergence import all_levels
from strategies.keys import StrategyKeys
from strategies.push.frames import NOTHING_YET, Overview, halt_body
from strategies.reader import get_reader
from strategies.values import CHANGES, HALTS


def read_overview() -> Overview:
    """The present state, from the database and Redis."""
    reader = get_reader()
    reports, now = reader.processes(), reader.clock()
    return Overview.of(all_levels(reports, now), reports, last_known(), now)


class ConfigurationHub(StateHub[Overview]):
    """Announcements are passed on as well, as far as they say more than that something is new."""

    name = "configuration-hub"
    away = (RedisError, DatabaseError, StoreUnavailable, OSError)
    unknown = error_frame(
        "STORE_UNAVAILABLE", "What is in force is unknown; a snapshot follows when it is known."
    )

    def __init__(
        self,
        redis: Redis,
        read: Callable[[], Overview] = read_overview,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__(redis, read, NOTHING_YET, clock)

    async def announce(self, where: str, payload: bytes) -> None:
        """Pass an announcement of Redis on, and look what it has changed."""
        await super().announce(where, payload)
        if where == channel() and payload != b"{}" and (change := CHANGES.read(payload)):
            await self._send_in_turn(encode({"type": "change", **msgspec.structs.asdict(change)}))
        elif where == halts_channel() and (record := HALTS.read(payload)) and await self._can_be(record):
            await self._send_in_turn(encode({"type": "state", **halt_body(record)}))

    async def _can_be(self, record: HaltRecord) -> bool:
        """A halt is passed on as it comes, a resumption where the database knows of no halt any more."""
        if record.halted:
            return True
        await self.refresh()
        halted = [(halt["strategy_id"], halt["symbol"]) for halt in self._state.halts]
        return (
            not self._outage.is_logged and (record.strategy_id or None, record.symbol or None) not in halted
        )

    def _lets_back_in(self) -> bool:
        return not configuration.is_store_away

    def _channels(self) -> tuple[str, ...]:
        return channel(), halts_channel(), StrategyKeys(settings.STORE_PREFIX).receipts_channel


_hub: ConfigurationHub | None = None


def get_hub() -> ConfigurationHub:
    """The hub of this process, started with its first socket."""
    global _hub
    if _hub is None or not _hub.is_running:
        redis = Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, health_check_interval=10)
        _hub = ConfigurationHub(redis)
        _hub.start()
    return _hub
