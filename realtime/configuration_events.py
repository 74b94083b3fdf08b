"""Committed configuration changes on NATS, for processes written elsewhere.

Every web process looks once a second, and at once after a commit of its own, for changes that were not yet announced
on the bus, whoever made them. What cannot be announced waits in the database, and nobody waits for it. It also looks
whether halts wait in the file of its machine to be put on record.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections
from msgspec.structs import replace

from configuration.domain.changes import CommittedChange
from configuration.models import ChangeAction
from configuration.signals import configuration_changed
from configuration.unannounced import mark_announced, unannounced
from halts.handing_over import FileOfThisMachine
from messaging.bus import NOT_REACHED, flush, reached
from messaging.outage import OutageLog

logger = logging.getLogger(__name__)
POLL_SECONDS = 1.0
TIMEOUT_SECONDS = 3.0
RETURN_SECONDS = 5.0
"""How long after NATS was away a change counts as not announced yet: those who listen come back one by one, too."""


class Announcer:
    """Announces on the bus what was not announced yet; `announce_once` is one step, `run` repeats it for ever.

    `clock` counts seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._woken = threading.Event()
        self._away_at = clock()  # for all it knows
        self._database, self._nats = _outage_of("the database"), _outage_of("NATS")
        self._file_of_halts = FileOfThisMachine()

    def wake(self, **_: Any) -> None:
        """Something was committed."""
        self._woken.set()

    def announce_once(self) -> None:
        """Announce what is to be announced; while something is away it goes on waiting."""
        try:
            self._announce(unannounced())
        except DatabaseError as error:
            self._database.is_away(error)
        except NOT_REACHED as error:
            self._away_at = self._clock()
            self._nats.is_away(error)
        else:
            self._database.is_over()
            self._nats.is_over()

    def run(self) -> None:
        """For ever."""
        while True:
            self._woken.clear()
            try:
                self.announce_once()
                self._file_of_halts.hand_over_once()
                close_old_connections()
            except Exception:  # nobody would see the thread end
                logger.exception("configuration.announcing_failed; tried again")
            self._woken.wait(POLL_SECONDS)

    def _announce(self, changes: list[CommittedChange]) -> None:
        if not changes:
            return
        asyncio.run(asyncio.wait_for(_publish(changes), TIMEOUT_SECONDS))
        if self._clock() - self._away_at >= RETURN_SECONDS:
            mark_announced(int(changes[-1].id))


def start() -> None:
    """Announce from now on, in a thread that ends with the process; for the entry points of web processes."""
    announcer = Announcer()
    configuration_changed.connect(announcer.wake, weak=False)
    threading.Thread(target=announcer.run, name="configuration-announcer", daemon=True).start()


def _outage_of(what: str) -> OutageLog:
    event = "configuration.announcements"
    return OutageLog(logger, f"{event}_wait for {what}: %r", f"{event}_go_on: {what} is back")


def subject(change: CommittedChange) -> str:
    return f"{settings.NATS_TOPIC_CONFIG}.{change.strategy_id}.{change.symbol or 'global'}"


def headers(change: CommittedChange) -> dict[str, str]:
    """What the body, which is that of REST, has no place for. `Change-Id` rises with every change of any level."""
    return {
        "Nats-Msg-Id": f"{settings.NATS_TOPIC_CONFIG}-{change.id}",  # by which JetStream drops a repetition
        "Change-Id": change.id,
        "Change-Action": change.action,
        "Change-Version": str(change.version),
    }


def body(change: CommittedChange) -> bytes:
    """The Config in force; where a level is gone, `updated_at` is when it went."""
    config = change.config
    if change.action == ChangeAction.DELETE:
        config = replace(config, updated_at=change.changed_at)
    return msgspec.json.encode(config)


async def _publish(changes: list[CommittedChange]) -> None:
    async with reached(settings.NATS_URL, "configuration") as client:
        for change in changes:
            await client.publish(subject(change), body(change), headers=headers(change))
        await flush(client)
