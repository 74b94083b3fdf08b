"""The reading side for pages and APIs: plain, synchronous, stateless."""

from collections.abc import Callable, Iterator
from functools import cache
from heapq import merge
from itertools import islice, takewhile
from operator import attrgetter
from time import time
from typing import cast

import msgspec
import redis
from django.conf import settings

from configuration.domain.catalogue import CATALOGUE
from strategies.domain.signal import Signal
from strategies.keys import KEPT_SIGNALS, StrategyKeys
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
        return self.signals_since("", strategy_id=strategy_id, symbol=symbol, limit=limit)[0]

    def signals_since(
        self, place: str, *, strategy_id: str | None = None, symbol: str | None = None, limit: int = 100
    ) -> tuple[list[Signal], str]:
        """The newest signals that have arrived since a reading, newest first, and the place of this reading.

        A place is the newest signal of each list, so that one that arrives late, with a time before the
        newest of another strategy, is not overlooked. An empty place is before everything.
        """
        seen = set(place.split(","))
        kept = self._kept([strategy_id] if strategy_id else list(CATALOGUE), None if symbol else limit)
        arrived = [takewhile(lambda signal: signal.id not in seen, _about(symbol, each)) for each in kept]
        newest = islice(merge(*arrived, key=attrgetter("timestamp"), reverse=True), limit)
        return list(newest), ",".join(_decode_signal(each[0]).id for each in kept if each)

    def kept_since(self, strategy_id: str | None = None) -> str | None:
        """The time from which on no signal (of a strategy) is missing; None where none has been dropped."""
        pipeline = self._redis.pipeline(transaction=False)
        for each in [strategy_id] if strategy_id else CATALOGUE:
            pipeline.lindex(self._keys.signals(each), KEPT_SIGNALS - 1)
        oldest = [_decode_signal(raw).timestamp for raw in pipeline.execute() if raw]
        return max(oldest, default=None)

    def newest_of_each(self) -> dict[str, str | None]:
        """When each strategy last signalled, in the catalogue's order; None where that is not known."""
        newest = self._kept(list(CATALOGUE), 1)
        return {
            strategy_id: _decode_signal(kept[0]).timestamp if kept else None
            for strategy_id, kept in zip(CATALOGUE, newest, strict=True)
        }

    def _kept(self, strategies: list[str], limit: int | None) -> list[list[bytes]]:
        """Each strategy's list as it is stored, or its newest `limit`; in one round trip."""
        pipeline = self._redis.pipeline(transaction=False)
        for strategy_id in strategies:
            pipeline.lrange(self._keys.signals(strategy_id), 0, -1 if limit is None else limit - 1)
        return pipeline.execute()


def _about(symbol: str | None, kept: list[bytes]) -> Iterator[Signal]:
    """Signals as they are wanted; those that cannot be about the symbol are not even decoded."""
    if symbol is None:
        return map(_decode_signal, kept)
    spelled = b'"symbol":' + msgspec.json.encode(symbol)
    return (signal for raw in kept if spelled in raw and (signal := _decode_signal(raw)).symbol == symbol)


@cache
def get_reader() -> StrategiesReader:
    """The reader of this process, connected as the settings say."""
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2, health_check_interval=30
    )
    return StrategiesReader(client, StrategyKeys(settings.STORE_PREFIX))
