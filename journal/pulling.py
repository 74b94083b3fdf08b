"""A stream read in order, by a consumer that NATS forgets by itself.

It pulls: what has been asked for is bounded, so that a slow reader holds nothing up and misses nothing; two batches are
under way, so that NATS need not wait for the reader, nor the reader for NATS. An ordered push consumer is about as fast
in this client (`tests/bench/journal.py` measures both), but its flow hangs on answers that a busy reader gives late.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from journal.jetstream import NoJournal, answered
from messaging.bus import NOT_REACHED

NANOSECONDS = 1_000_000_000
BATCH = 5_000
"""Messages that are asked for at once, or as many as fit into BATCH_BYTES; twice as many may be under way."""
BATCH_BYTES = 32 * 1024 * 1024
WAITING_MESSAGES, WAITING_BYTES = 3 * BATCH, 3 * BATCH_BYTES
"""More never wait in the client, which would drop them."""
EXPIRES_SECONDS, SILENCE_SECONDS = 5, 10.0
"""NATS says so when nothing more has come for so long; if it does not, it is away."""
FORGOTTEN_AFTER_SECONDS = 30
"""A consumer of which nobody asks anything is removed, whatever became of its reader."""
A_MOMENT = timedelta(microseconds=1)
"""By which a moment may be off when it is written in microseconds."""
EXPIRED, UNFILLED = "408", "Nats-Pending-Messages"
"""How NATS says that a batch is over: because nothing more came, and how many messages it is short of."""
WORDS_WITH_DOMAIN = 11
"""Of the subject that tells a message's place in a stream; two fewer where its server has no domain."""


class Passed(NamedTuple):
    """A message as it passed: seconds since the epoch of its receipt by NATS, its subject, its bytes."""

    at: float
    subject: str
    data: bytes


class _Consumer(msgspec.Struct):
    name: str
    num_pending: int = 0


class Puller:
    """What a stream holds from one moment on and before another, in seconds since the epoch."""

    def __init__(self, connection: Client, stream: str, since: float, until: float) -> None:
        self._connection, self._stream, self._since, self._until = connection, stream, since, until
        self._subscription: Subscription | None = None
        self._consumer = ""
        self._batch: list[Passed] = []
        self._received = self._under_way = 0
        self._at_end = self._has_expired = False
        self._trouble = ""
        self._news = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Has everything been taken?"""
        return self._at_end and not self._batch

    async def begin(self, subjects: Sequence[str]) -> None:
        """Have it read, of all subjects where none is given. Raises NoJournal."""
        config: dict[str, Any] = {
            "deliver_policy": "by_start_time",
            "opt_start_time": (datetime.fromtimestamp(self._since, UTC) - A_MOMENT).isoformat(),
            "ack_policy": "none",
            "replay_policy": "instant",
            "mem_storage": True,
            "num_replicas": 1,
            "inactive_threshold": FORGOTTEN_AFTER_SECONDS * NANOSECONDS,
            "filter_subjects": subjects,
        }
        body = {"stream_name": self._stream, "config": config}
        consumer = await answered(self._connection, f"CONSUMER.CREATE.{self._stream}", body, _Consumer)
        self._consumer = consumer.name
        self._at_end = not consumer.num_pending
        self._subscription = await self._connection.subscribe(
            self._connection.new_inbox(),
            cb=self._hear,
            pending_msgs_limit=WAITING_MESSAGES,
            pending_bytes_limit=WAITING_BYTES,
        )
        await self._ask()

    async def taken(self) -> list[Passed]:
        """The next batch, which may be empty. Raises NoJournal where none comes."""
        if not self._at_end:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                self._trouble = "NATS fell silent while the journal was read."
        if self._trouble:
            raise NoJournal(self._trouble)
        batch, self._batch = self._batch, []
        if self._has_expired and not await self._pending():
            self._at_end = True
        await self._ask()
        return batch

    async def end(self) -> None:
        """Leave nothing behind, as far as NATS can be reached."""
        with suppress(*NOT_REACHED, NoJournal):
            if self._subscription:
                await self._subscription.unsubscribe()
            if self._consumer and self._connection.is_connected:
                place = f"{self._stream}.{self._consumer}"
                await answered(self._connection, f"CONSUMER.DELETE.{place}", {}, dict[str, Any])

    async def _ask(self) -> None:
        """Have two batches under way again."""
        bounds = {"batch": BATCH, "max_bytes": BATCH_BYTES, "expires": EXPIRES_SECONDS * NANOSECONDS}
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._consumer}"
        self._has_expired = False
        while self._subscription and not self._at_end and self._under_way <= BATCH:
            self._under_way += BATCH
            try:
                await self._connection.publish(
                    subject, msgspec.json.encode(bounds), reply=self._subscription.subject
                )
            except NOT_REACHED as problem:
                raise NoJournal("NATS went away while the journal was read.") from problem
        if not (self._at_end or self._trouble):
            self._news.clear()

    async def _pending(self) -> int:
        place = f"{self._stream}.{self._consumer}"
        return (await answered(self._connection, f"CONSUMER.INFO.{place}", {}, _Consumer)).num_pending

    async def _hear(self, message: Msg) -> None:
        if self._at_end or self._trouble:
            return
        if message.reply:
            self._take(message)
        else:
            self._be_told(message.headers or {})
        if self._at_end or self._trouble or self._under_way <= BATCH:
            self._news.set()

    def _take(self, message: Msg) -> None:
        place = message.reply.split(".")
        number, nanoseconds, pending = place[8:11] if len(place) >= WORDS_WITH_DOMAIN else place[6:9]
        self._received += 1
        self._under_way -= 1
        at = int(nanoseconds) / NANOSECONDS
        if int(number) != self._received:
            self._trouble = "Messages were lost while the journal was read."
        elif at >= self._until:
            self._at_end = True
        else:
            if at >= self._since:
                self._batch.append(Passed(at, message.subject, message.data))
            self._at_end = pending == "0"

    def _be_told(self, headers: dict[str, str]) -> None:
        """A batch is over, maybe early."""
        if UNFILLED not in headers:
            self._trouble = f"NATS stopped reading the journal: {headers.get('Description')}."
            return
        self._under_way -= int(headers[UNFILLED])
        self._has_expired |= headers.get("Status") == EXPIRED
