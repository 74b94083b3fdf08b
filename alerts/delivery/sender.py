"""Sends messages: of each channel one at a time, so that a receiver that is slow or away holds up no other."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from time import time

import msgspec
from channels.db import database_sync_to_async
from django.db import Error as DatabaseError

from alerts.delivery import queue
from alerts.delivery.letters import Letter
from alerts.delivery.outcomes import Outcome
from alerts.delivery.sending import send
from alerts.delivery.targets import Target
from database.deadline import at_most
from messaging.outage import OutageLog

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 2.0
"""A database that takes longer counts as away."""
Send = Callable[[Target, Letter, float], Awaitable[Outcome]]


class SendReport(msgspec.Struct, frozen=True):
    """Since the process started, by kind of channel: messages delivered, attempts that failed, messages given up; and
    how many messages wait now."""

    delivered: dict[str, int]
    failed: dict[str, int]
    given_up: dict[str, int]
    waiting: dict[str, int]


class Sender:
    """Sends what waits in the database. `news` is set when there may be something to send."""

    def __init__(self, limit: int, clock: Callable[[], float] = time, send: Send = send) -> None:
        self.news = asyncio.Event()
        self._limit, self._clock, self._send = limit, clock, send
        self._busy: dict[int, asyncio.Task[None]] = {}
        self._outages: dict[int, OutageLog] = {}
        self._delivered: Counter[str] = Counter()
        self._failed: Counter[str] = Counter()
        self._given_up: Counter[str] = Counter()
        self._waiting: dict[str, int] = {}

    @property
    def report(self) -> SendReport:
        """How things stand."""
        counts = (self._delivered, self._failed, self._given_up, self._waiting)
        return SendReport(*map(dict, counts))

    async def look(self) -> None:
        """Begin to send what is due; waits for no receiver. While the database is away, which the watcher reports,
        everything waits there."""
        try:
            for work in await database_sync_to_async(self._due)():
                number = work.message.channel_id or 0
                self._busy[number] = asyncio.create_task(self._deliver(number, work))
        except DatabaseError:
            return

    async def settle(self, seconds: float | None = None) -> None:
        """Until nothing is under way; what takes longer is sent again by whoever watches next, under the same key."""
        if self._busy:
            _, late = await asyncio.wait([*self._busy.values()], timeout=seconds)
            for task in late:
                task.cancel()

    def _due(self) -> list[queue.Work]:
        now = self._clock()
        with at_most(ANSWER_SECONDS):
            queue.form(now, self._limit)
            self._waiting = queue.waiting()
            return queue.due(now, self._limit, self._busy)

    def _mark(self, work: queue.Work, outcome: Outcome) -> bool:
        with at_most(ANSWER_SECONDS):
            return queue.mark(work.message, outcome, self._clock())

    async def _deliver(self, number: int, work: queue.Work) -> None:
        try:
            if isinstance(work.target, str):
                outcome = Outcome(False, work.target)
            else:
                outcome = await self._send(work.target, work.letter, self._clock())
            is_over = await database_sync_to_async(self._mark)(work, outcome)
        except DatabaseError:
            return
        finally:
            self._busy.pop(number, None)
        self._count(work, outcome, is_over)
        self.news.set()

    def _count(self, work: queue.Work, outcome: Outcome, is_over: bool) -> None:
        message = work.message
        outage = self._outages.setdefault(
            message.channel_id or 0,
            OutageLog(logger, "channel_away %s: %s", f"channel_back {message.channel_name}"),
        )
        if outcome.is_delivered:
            self._delivered[message.kind] += 1
            outage.is_over()
            return
        self._failed[message.kind] += 1
        outage.is_away(message.channel_name, outcome.answer)
        if is_over:
            self._given_up[message.kind] += 1
            logger.error("message_given_up %s: %s", message.channel_name, message.key)
