"""Watchers over the real database and store, moved on by hand."""

from collections.abc import Callable

import msgspec
import redis
from django.conf import settings
from msgspec.structs import replace

from alerts.models import Alert
from alerts.watching.lease import Lease
from alerts.watching.seen.look import Readers
from alerts.watching.source import Source
from alerts.watching.watcher import Watcher
from markets.reports.store import ReportReader
from metrics.domain.market import MarketRow
from metrics.store.keys import Keys
from metrics.store.reader import StoreReader
from presence import Register
from strategies.keys import StrategyKeys
from strategies.reader import StrategiesReader
from tests.factories import Clock, market_row

KEYS = Keys(settings.STORE_PREFIX)
TICK = 0.25


class Market:
    """What the store holds of markets, as a feed would write it, at the time of the clock."""

    def __init__(self, store: redis.Redis, clock: Callable[[], float]) -> None:
        self._store, self._clock = store, clock

    def shows(self, *rows: MarketRow) -> None:
        """These rows of one symbol are the newest, the followed market's first."""
        fresh = [replace(row, received_at=self._clock()) for row in rows]
        self._store.hset(KEYS.rows, rows[0].symbol, msgspec.msgpack.encode(fresh))

    def spread(self, bps: float | None, symbol: str = "BTCUSDT") -> None:
        """The spread of a symbol is this wide now."""
        self.shows(market_row(symbol=symbol, spread_bps_10s=bps))


def watcher(reader: StoreReader, clock: Clock, name: str = "host:1") -> Watcher:
    """A process of this name."""
    return Watcher(Source(readers(reader)), Lease(name, clock), clock)


def readers(store: StoreReader) -> Readers:
    """Who reads the store of tests, by its clock."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    strategies = StrategiesReader(client, StrategyKeys(settings.STORE_PREFIX), store.clock)
    prefix = settings.STORE_PREFIX
    return Readers(store, strategies, ReportReader(client, prefix), Register(client, prefix))


def stored() -> list[tuple[str, float, str]]:
    """The alerts of the database, the oldest first: symbol, worst value, why they are over (empty while they fire)."""
    return [*Alert.objects.order_by("pk").values_list("symbol", "worst_value", "resolved_because")]
