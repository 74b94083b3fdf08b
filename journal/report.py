"""What is known of the journal, in Redis: who keeps it writes, and web processes, which hear nothing on NATS, read."""

from functools import cache
from operator import attrgetter
from typing import Annotated, NamedTuple

import msgspec
import redis
from django.conf import settings
from redis.asyncio import Redis as AsyncRedis

from journal.jetstream import NoJournal
from journal.stream import Reach
from metrics.domain.bounds import Count, Moment, Real
from stored import Values, free
from stored import connected as connected_to
from times import clock, lasting

SILENT_AFTER_SECONDS = 45.0
KEPT_SECONDS = 3600
FIELD = "report"
FULL = 0.98
"""Part of its bytes that are in use, and the older market makes room for the newer."""
BEHIND_SECONDS = 30.0
"""What feeds have heard is in the journal after a moment."""
STANDS_STILL = (
    "feeds hear the market, and NATS keeps none of it, as after a full disk until NATS is started again."
)
GIB, MIB = 2**30, 2**20

Sentence = Annotated[str, msgspec.Meta(max_length=500, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]


class JournalReport(msgspec.Struct, frozen=True):
    """What the journal held at `reported_at`, times in seconds since the epoch; or `trouble`, why there is none."""

    reported_at: Moment
    trouble: Sentence = ""
    first: Moment | None = None
    last: Moment | None = None
    messages: Count = 0
    bytes: Count = 0
    most_bytes: Count = 0
    most_seconds: Real = 0.0


class Line(NamedTuple):
    """For people: what the journal reaches over, or why there is none. `is_kept` is None where nobody knows."""

    is_kept: bool | None
    text: str


REPORT = Values(
    "journal_report", msgspec.msgpack.Decoder(JournalReport).decode, time=attrgetter("reported_at")
)


def key_of(prefix: str) -> str:
    """The hash in which it stands."""
    return f"{prefix}:journal"


def report_of(held: Reach | NoJournal, now: float) -> JournalReport:
    """What is to be told of it."""
    if isinstance(held, NoJournal):
        return JournalReport(now, trouble=str(held)[:500])
    limits = held.limits
    return JournalReport(
        now, "", held.first, held.last, held.messages, held.bytes, limits.bytes, limits.seconds
    )


async def write(client: AsyncRedis, prefix: str, report: JournalReport) -> None:
    """Raises redis.exceptions.RedisError or OSError while the store is away."""
    key = key_of(prefix)
    await free(client, "hash", key)
    pipeline = client.pipeline(transaction=False)
    pipeline.hset(key, FIELD, msgspec.msgpack.encode(report))
    pipeline.expire(key, KEPT_SECONDS)
    await pipeline.execute()


def read(client: redis.Redis, prefix: str, now: float) -> JournalReport | None:
    """The last report, None where there was none for an hour. Raises redis.exceptions.RedisError."""
    return next(iter(REPORT.of_names(client, key_of(prefix), [FIELD], now)), None)


@cache
def connected() -> redis.Redis:
    """The store, as the settings have it; it is not waited for."""
    return connected_to(settings.REDIS_URL)


def in_words(report: JournalReport | None, now: float, heard_at: float | None = None) -> Line:
    """What the page of the system says of the journal; feeds heard the market last at `heard_at`.

    A NATS whose disk was full passes messages on, keeps none until it is started again, and reports no error.
    """
    if report is None:
        return Line(None, "Nobody keeps a journal of the market here.")
    if now - report.reported_at > SILENT_AFTER_SECONDS:
        return Line(None, f"Nobody has looked after the journal since {clock(report.reported_at)}.")
    if report.trouble:
        return Line(False, report.trouble)
    if report.first is None or report.last is None:
        return Line(True, "It is kept, and holds no message yet.")
    if heard_at is not None and min(heard_at, report.reported_at) - report.last > BEHIND_SECONDS:
        return Line(False, f"It stands still since {clock(report.last)}: {STANDS_STILL}")
    span = f"{clock(report.first)} to {clock(report.last)}, {lasting(report.last - report.first)}"
    room = f"{report.messages:,} messages, {_size(report.bytes)} of {_size(report.most_bytes)}"
    is_short = (
        report.bytes > FULL * report.most_bytes and report.last - report.first < FULL * report.most_seconds
    )
    cause = f" JOURNAL_BYTES is too little for {lasting(report.most_seconds)}." if is_short else ""
    return Line(True, f"It holds {span}: {room}.{cause}")


def _size(count: int) -> str:
    return f"{count / GIB:,.1f} GiB" if count >= GIB else f"{count / MIB:,.1f} MiB"
