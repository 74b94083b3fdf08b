"""The journal as a stream of JetStream: kept, asked how far it reaches, and read.

It is a listener like any other. What is published is answered by nobody (`no_ack`), so that requests with a reply
subject are heard and no more; feed and strategies know nothing of it.
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from nats.aio.client import Client

from journal.jetstream import NoJournal as NoJournal
from journal.jetstream import NoStream, answered
from journal.pulling import NANOSECONDS, Puller
from journal.pulling import Passed as Passed
from journal.subjects import captured

SHORTEST_WINDOW = 100_000_000
"""Nanoseconds in which JetStream would remember the ids of messages; none of ours have one."""
MOST_SUBJECTS = 5_000
"""Listed in one answer of JetStream."""
NEVER = 0.0
"""Before this the time of an empty stream lies, which JetStream says to be of the year 1."""


class JournalLimits(NamedTuple):
    """What is kept, and how much of it: the older half of a bound that is reached goes first."""

    subjects: tuple[str, ...]
    seconds: float
    bytes: int
    replicas: int


class Reach(NamedTuple):
    """What a journal holds: the times of receipt of the first and last message, None where there is none."""

    first: float | None
    last: float | None
    messages: int
    bytes: int
    limits: JournalLimits


class _Config(msgspec.Struct):
    subjects: list[str] = []
    max_age: int = 0
    max_bytes: int = 0
    num_replicas: int = 1


class _State(msgspec.Struct):
    first_ts: datetime
    last_ts: datetime
    messages: int
    bytes: int
    num_subjects: int = 0
    subjects: dict[str, int] | None = None


class _Info(msgspec.Struct):
    config: _Config
    state: _State


def wanted() -> JournalLimits:
    """As the settings have it. Raises NoJournal where its subjects cannot be kept."""
    try:
        subjects = captured([*settings.NATS_CONSUMER_TOPIC, *settings.NATS_STRATEGIES_TOPIC])
    except ValueError as problem:
        raise NoJournal(str(problem)) from problem
    return JournalLimits(
        tuple(subjects), 3600 * settings.JOURNAL_HOURS, settings.JOURNAL_BYTES, settings.JOURNAL_REPLICAS
    )


async def keep(connection: Client, limits: JournalLimits) -> None:
    """Have NATS keep the journal, or keep it within other limits; of no seconds at all none is kept.

    Raises NoJournal where NATS cannot, or is not to.
    """
    name = settings.JOURNAL_STREAM
    if not limits.seconds:
        await _forget(connection, name)
        raise NoJournal("No journal of the market is kept: JOURNAL_HOURS is 0.")
    try:
        await answered(connection, f"STREAM.UPDATE.{name}", _configuration(name, limits), _Info)
    except NoStream:
        await answered(connection, f"STREAM.CREATE.{name}", _configuration(name, limits), _Info)


async def _forget(connection: Client, name: str) -> None:
    try:
        await answered(connection, f"STREAM.DELETE.{name}", {}, dict[str, Any])
    except NoStream:
        return


def _configuration(name: str, limits: JournalLimits) -> dict[str, Any]:
    return {
        "name": name,
        "description": "What feed and strategies of Realtime Strategies heard",
        "subjects": limits.subjects,
        "max_age": round(limits.seconds * NANOSECONDS),
        "max_bytes": limits.bytes,
        "num_replicas": limits.replicas,
        "storage": "file",
        "compression": "s2",
        "retention": "limits",
        "discard": "old",
        "no_ack": True,
        "duplicate_window": SHORTEST_WINDOW,
    }


async def reach(connection: Client) -> Reach:
    """What the journal holds now. Raises NoJournal."""
    info = await answered(connection, f"STREAM.INFO.{settings.JOURNAL_STREAM}", {}, _Info)
    held, bounds = info.state, info.config
    return Reach(
        _seconds(held.first_ts),
        _seconds(held.last_ts),
        held.messages,
        held.bytes,
        JournalLimits(
            tuple(bounds.subjects), bounds.max_age / NANOSECONDS, bounds.max_bytes, bounds.num_replicas
        ),
    )


async def subjects(connection: Client) -> list[str] | None:
    """All that the journal holds messages of; None where these are more than MOST_SUBJECTS. Raises NoJournal."""
    path = f"STREAM.INFO.{settings.JOURNAL_STREAM}"
    if (await answered(connection, path, {}, _Info)).state.num_subjects > MOST_SUBJECTS:
        return None
    info = await answered(connection, path, {"subjects_filter": ">"}, _Info)
    return list(info.state.subjects or {})


async def read(
    connection: Client, since: float, until: float, subjects: Sequence[str] | None = None
) -> AsyncGenerator[list[Passed]]:
    """What was received from `since` on and before `until` (seconds since the epoch), in order, in batches.

    It ends where the journal ends, for now. `subjects` are patterns; of two that overlap becomes one that covers both.
    Who leaves the loop early does so within `contextlib.aclosing`. Raises NoJournal, also half-way: a part must not
    pass for the whole.
    """
    puller = Puller(connection, settings.JOURNAL_STREAM, since, until)
    try:
        await puller.begin(captured(subjects or ()))
        while not puller.is_over:
            if batch := await puller.taken():
                yield batch
    finally:
        await puller.end()


def _seconds(moment: datetime) -> float | None:
    seconds = moment.astimezone(UTC).timestamp()
    return seconds if seconds > NEVER else None
