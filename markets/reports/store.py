"""Reports in Redis: who streams writes there, web processes read."""

from functools import cache
from operator import attrgetter
from typing import Any, cast

import msgspec
import redis
from django.conf import settings
from redis.asyncio import Redis as AsyncRedis

from markets.reports.report import FORGOTTEN_AFTER_SECONDS, MarketsReport
from stored import Values, connected, free

REPORTS = Values(
    "markets_reports",
    msgspec.msgpack.Decoder(MarketsReport).decode,
    name=attrgetter("instance"),
    time=attrgetter("reported_at"),
)


def key_of(prefix: str) -> str:
    """The hash with all reports."""
    return f"{prefix}:markets"


class ReportReader:
    """Raises redis.exceptions.RedisError while the store is away."""

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._redis, self._key = client, key_of(prefix)

    def reports(self, now: float) -> list[MarketsReport]:
        """The last report of every process, silent ones included, by instance."""
        found = REPORTS.of_hash(self._redis, self._key, now)
        recent = [report for report in found if now - report.reported_at < FORGOTTEN_AFTER_SECONDS]
        return sorted(recent, key=attrgetter("instance"))


class ReportWriter:
    """Raises redis.exceptions.RedisError or OSError while the store is away."""

    def __init__(self, client: AsyncRedis, prefix: str) -> None:
        self._redis, self._key = client, key_of(prefix)

    async def write(self, report: MarketsReport) -> None:
        """Report how it goes."""
        await free(self._redis, "hash", self._key)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.hset(self._key, report.instance, msgspec.msgpack.encode(report))
        pipeline.expire(self._key, round(FORGOTTEN_AFTER_SECONDS))
        await pipeline.execute()

    async def withdraw(self, instance: str) -> None:
        """Who ends in good order is not missed."""
        await free(self._redis, "hash", self._key)
        await cast(Any, self._redis.hdel(self._key, instance))

    async def tidy(self, now: float) -> None:
        """Drop what nobody shows any more, and what cannot be read."""
        await free(self._redis, "hash", self._key)
        found = cast(dict[bytes, bytes], await cast(Any, self._redis.hgetall(self._key)))
        over = [name for name, raw in found.items() if _is_over(raw, name, now)]
        if over:
            await cast(Any, self._redis.hdel(self._key, *over))

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()


def _is_over(raw: bytes, name: bytes, now: float) -> bool:
    report = REPORTS.read(raw, now, name)
    return report is None or now - report.reported_at >= FORGOTTEN_AFTER_SECONDS


@cache
def get_reader() -> ReportReader:
    """The reader of this process, connected as the settings have it."""
    return ReportReader(connected(settings.REDIS_URL), settings.STORE_PREFIX)
