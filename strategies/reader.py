"""The reading side for pages and APIs: plain, synchronous, stateless."""

from collections.abc import Callable
from functools import cache
from time import time
from typing import cast

import msgspec
import redis
from django.conf import settings

from strategies.domain.signal import Signal
from strategies.keys import StrategyKeys
from strategies.receipts import FORGOTTEN_AFTER_SECONDS, ProcessReport

_decode_report = msgspec.msgpack.Decoder(ProcessReport).decode
_decode_signal = msgspec.json.Decoder(Signal).decode


class StrategiesReader:
    """Reads what the strategy processes wrote. Raises redis.exceptions.RedisError while the store is away."""

    def __init__(self, client: redis.Redis, keys: StrategyKeys, clock: Callable[[], float] = time) -> None:
        self.clock = clock
        self._redis, self._keys = client, keys

    def processes(self, strategy_id: str | None = None) -> list[ProcessReport]:
        """The last report of every process (that runs a strategy), dead ones included, by instance."""
        now = self.clock()
        raw = cast(list[bytes], self._redis.hvals(self._keys.processes))
        reports = [report for report in map(_decode_report, raw) if strategy_id in (None, *report.strategies)]
        recent = [report for report in reports if now - report.reported_at < FORGOTTEN_AFTER_SECONDS]
        return sorted(recent, key=lambda report: report.instance)

    def signals(
        self, *, strategy_id: str | None = None, symbol: str | None = None, limit: int = 100
    ) -> list[Signal]:
        """The newest kept signals, newest first."""
        raw = cast(list[bytes], self._redis.lrange(self._keys.signals, 0, -1))
        chosen: list[Signal] = []
        for signal in map(_decode_signal, raw):
            if strategy_id in (None, signal.strategy_id) and symbol in (None, signal.symbol):
                chosen.append(signal)
                if len(chosen) == limit:
                    break
        return chosen


@cache
def get_reader() -> StrategiesReader:
    """The reader of this process, connected as the settings say."""
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, health_check_interval=30
    )
    return StrategiesReader(client, StrategyKeys(settings.STORE_PREFIX))
