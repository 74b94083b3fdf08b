"""Who keeps the journal: sees to it that NATS does, that whole books come into it, and that its reach is known.

Any number of processes may do so at a time.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Iterable
from contextlib import suppress
from time import time

from nats.aio.client import Client
from redis.asyncio import Redis
from redis.exceptions import RedisError

from journal.jetstream import NoJournal, NoStream
from journal.report import report_of, write
from journal.stream import JournalLimits, Reach, keep, reach, wanted
from messaging import bus
from messaging.bus import NOT_REACHED, in_words
from messaging.outage import OutageLog
from messaging.waiting import rest
from metrics.domain.market import CONTRACTS, IS_VENUE
from metrics.feed.origins import snapshot_subject
from metrics.store.keys import Keys
from symbols import read_symbol

logger = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
LONGEST_LOOK_SECONDS = 60.0
STORE_SECONDS = 2.0
ANSWER_SECONDS = 10.0
"""An exchange may take so long to bring a whole book."""
WHOLE_AGAIN_SECONDS = 900.0
"""A book that is kept whole is asked for so often: changes are worth nothing before the first whole one they follow."""
FEWEST_A_LOOK = 4
"""Exchanges allow only so many of such questions, and feeds ask them too."""
AWAY = (RedisError, OSError)


async def look_after(
    url: str, redis_url: str, prefix: str, limits: Callable[[], JournalLimits] = wanted
) -> None:
    """Keep the journal on the NATS of `url`, until cancelled; what is away is tried again."""
    store = Redis.from_url(redis_url, socket_timeout=STORE_SECONDS, socket_connect_timeout=STORE_SECONDS)
    keeper = Keeper(store, prefix, limits)
    try:
        while True:
            try:
                async with asyncio.timeout(LONGEST_LOOK_SECONDS), bus.reached(url, "journal") as connection:
                    await keeper.look(connection)
            except NOT_REACHED as problem:
                await keeper.tell(
                    NoJournal(f"NATS is away, or refuses to keep a journal: {in_words(problem)}.")
                )
            await rest(LOOK_SECONDS)
    finally:
        await store.aclose()


class Keeper:
    """What is done every LOOK_SECONDS."""

    def __init__(
        self,
        store: Redis,
        prefix: str,
        limits: Callable[[], JournalLimits] = wanted,
        clock: Callable[[], float] = time,
    ) -> None:
        self._store, self._prefix, self._limits, self._clock = store, prefix, limits, clock
        self._asked_at: dict[str, float] = {}
        self._none = OutageLog(logger, "journal_not_kept %s", "journal_kept")
        self._store_away = OutageLog(logger, "store_away %s: %s; the journal is kept", "store_back")

    async def look(self, connection: Client) -> None:
        """Have the journal kept, tell how far it reaches, and ask for the whole books that are due."""
        try:
            held = await self._kept(connection)
        except NoJournal as problem:
            await self.tell(problem)
        else:
            await self.tell(held)
            await asyncio.gather(*(self._ask_for(connection, each) for each in await self._due()))

    async def tell(self, held: Reach | NoJournal) -> None:
        """Report it to the store."""
        if isinstance(held, NoJournal):
            self._none.is_away(held)
        else:
            self._none.is_over()
        try:
            await write(self._store, self._prefix, report_of(held, self._clock()))
        except AWAY as error:
            self._store_away.is_away(type(error).__name__, error)
        else:
            self._store_away.is_over()

    async def _kept(self, connection: Client) -> Reach:
        limits, held = self._limits(), None
        with suppress(NoStream):
            held = await reach(connection)
        if held is None or held.limits != limits:
            await keep(connection, limits)
            held = await reach(connection)
        return held

    async def _due(self) -> list[str]:
        """Where books are asked for that feeds keep whole, and that are due; each is asked for by one keeper."""
        try:
            names = await self._store.hkeys(Keys(self._prefix).wholes)
            return [each for each in self._waiting(names) if await self._is_ours(each)]
        except AWAY:
            return []  # as was told

    def _waiting(self, names: Iterable[bytes | str]) -> list[str]:
        now = self._clock()
        subjects = [subject for name in names if (subject := _subject(name))]
        asked_at = {each: self._asked_at.get(each, -math.inf) for each in subjects}
        most = max(FEWEST_A_LOOK, math.ceil(len(subjects) * LOOK_SECONDS / WHOLE_AGAIN_SECONDS))
        waiting = [each for each in subjects if now - asked_at[each] >= WHOLE_AGAIN_SECONDS][:most]
        self._asked_at = asked_at | dict.fromkeys(waiting, now)
        return waiting

    async def _is_ours(self, subject: str) -> bool:
        key, seconds = claim_of(self._prefix, subject), round(WHOLE_AGAIN_SECONDS) - 1
        return bool(await self._store.set(key, b"", nx=True, ex=seconds))

    async def _ask_for(self, connection: Client, subject: str) -> None:
        """Whoever answers publishes the book among its changes as well: so it comes into the journal."""
        with suppress(*NOT_REACHED):  # then it is asked for when it is due again
            await connection.request(subject, b"", timeout=ANSWER_SECONDS)


def claim_of(prefix: str, subject: str) -> str:
    """The key of who asks for a book, for all other keepers to see."""
    return f"{prefix}:journal_asked:{subject}"


def _subject(name: bytes | str) -> str:
    """Where the book that the store calls `BTCUSDT@binance-usdm` is asked for; empty for what is none."""
    text = name if isinstance(name, str) else name.decode(errors="replace")
    symbol, _, place = text.partition("@")
    is_one = read_symbol(symbol) == symbol and IS_VENUE(place.removesuffix(CONTRACTS))
    return snapshot_subject(place, symbol) if is_one else ""
