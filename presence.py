"""That a process is there, in Redis, said by those that report nothing else: so it is noticed when one is gone."""

import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from operator import attrgetter
from threading import Event, Thread

import msgspec
import redis
from django.conf import settings
from msgspec.structs import replace
from redis.exceptions import RedisError

from messaging.outage import OutageLog
from metrics.domain.bounds import Count, Moment, Name
from stored import ANSWER_SECONDS, FREE_ALL, Values, connected, note_freed

logger = logging.getLogger(__name__)

EVERY_SECONDS = 2.0
SILENT_AFTER_SECONDS = 15.0
"""A process that has not said so for so long hangs or is dead."""
FORGOTTEN_AFTER_SECONDS = 3600.0
"""And is shown as such for so long."""


class Presence(msgspec.Struct, frozen=True):
    """A process under a name that it has again after a restart; times in seconds since the epoch. `restarts` is how
    often it was started again after it had died, by whoever runs it."""

    name: Name
    started_at: Moment
    reported_at: Moment
    restarts: Count


PRESENCES = Values(
    "presences",
    msgspec.msgpack.Decoder(Presence).decode,
    name=attrgetter("name"),
    time=attrgetter("reported_at"),
)


def key_of(prefix: str) -> str:
    """The hash with all of them."""
    return f"{prefix}:present"


class Register:
    """Who is there. Everything raises redis.exceptions.RedisError while the store is away."""

    def __init__(self, client: redis.Redis, prefix: str) -> None:
        self._redis, self._key = client, key_of(prefix)

    def present(self, now: float) -> list[Presence]:
        """What each process said last, silent ones included, by name."""
        found = PRESENCES.of_hash(self._redis, self._key, now)
        return sorted((each for each in found if _is_known(each, now)), key=attrgetter("name"))

    def say(self, presence: Presence) -> None:
        """It is there."""
        note_freed(int(str(self._redis.eval(FREE_ALL, 1, self._key, "hash"))))
        self._redis.hset(self._key, presence.name, msgspec.msgpack.encode(presence))
        self._redis.expire(self._key, round(FORGOTTEN_AFTER_SECONDS))

    def withdraw(self, name: str) -> None:
        """It ended in good order: nobody is to miss it."""
        self._redis.hdel(self._key, name)

    def tidy(self, now: float) -> None:
        """Drop what nobody shows any more, and what cannot be read."""
        known = {each.name.encode() for each in self.present(now)}
        if gone := [name for name in self._redis.hkeys(self._key) if name not in known]:
            self._redis.hdel(self._key, *gone)


@cache
def get_register() -> Register:
    """That of this process, as the settings have it; the store is not waited for."""
    return Register(connected(settings.REDIS_URL), settings.STORE_PREFIX)


@contextmanager
def present(kind: str, clock: Callable[[], float] = time.time) -> Iterator[None]:
    """Say so every two seconds for the time of the block, from a thread of its own, which never holds up the process.

    Several of a `kind` on one host have one name, and are missed when the last is gone.
    """
    first = clock()
    presence = Presence(f"{kind} {socket.gethostname()}", first, first, settings.RESTARTS)
    is_over = Event()
    thread = Thread(target=_say_until, args=(is_over, presence, clock), name="presence", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(2 * ANSWER_SECONDS)


def _say_until(is_over: Event, presence: Presence, clock: Callable[[], float]) -> None:
    register = get_register()
    outage = OutageLog(logger, "store_away %s: %s; nobody sees that this process is there", "store_back")
    _reach(outage, lambda: register.tidy(clock()))
    while True:
        _reach(outage, lambda: register.say(replace(presence, reported_at=clock())))
        if is_over.wait(EVERY_SECONDS):
            break
    _reach(outage, lambda: register.withdraw(presence.name))


def _reach(outage: OutageLog, act: Callable[[], None]) -> None:
    try:
        act()
    except (RedisError, OSError) as error:
        outage.is_away(type(error).__name__, error)
    else:
        outage.is_over()


def _is_known(presence: Presence, now: float) -> bool:
    return now - presence.reported_at < FORGOTTEN_AFTER_SECONDS
