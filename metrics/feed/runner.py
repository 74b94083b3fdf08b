"""The feed: one process that owns the analyzer and keeps the store and the browsers up to date."""

import asyncio
import gc
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from heapq import nsmallest
from operator import attrgetter
from time import perf_counter, time
from typing import Any
from uuid import uuid4

from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.exceptions import RedisError

import stored
from memory import give_back
from messaging.outage import Outage, OutageLog
from messaging.source import Ask, nobody_answers
from messaging.waiting import pause
from metrics.domain.admission.news import NotLive
from metrics.domain.analyzer import Current, DepthAnalyzer
from metrics.domain.book import BookUpdate, Refused
from metrics.domain.frames import BookChange, BookSnapshot, BookTicker, kind_of
from metrics.domain.full_books import FullBooks, Lost
from metrics.domain.market import MarketId
from metrics.domain.minutes import MinuteBook
from metrics.feed.counts import Counts
from metrics.feed.minute_writer import RETRY_SECONDS, MinuteWriter
from metrics.feed.streams import Ignored
from metrics.feed.wire import WireDecoder
from metrics.store.keys import BATCH_EVENT, MARKET_GROUP
from metrics.store.reports import MOST_FULL_BOOKS, MOST_NOT_LIVE, FeedReport
from metrics.store.writer import StoreWriter

logger = logging.getLogger(__name__)

RECORD_SECONDS = 1.0
HEARTBEAT_SECONDS = 1.0
TIDY_SECONDS = 60.0
GIVING_BACK_SECONDS = 180.0
"""Memory is given back for so long after symbols were forgotten: with them went rows, minutes, names of streams."""
LATE_SECONDS = 2.0
"""A minute is closed this long after its end: its last updates may not be published yet."""
PUBLISHING_SHARE = 0.1
"""With many symbols, publishing slows down (to a heartbeat) rather than take more than this share."""
MOST_MISSED_MIDS = 100
"""Quote assets are what strangers write behind a hyphen."""
STORE_AWAY = (RedisError, OSError)


class DepthFeed:
    """Takes messages in with `process`; `publish_once` and `record_once` carry the results out.

    Only `run` knows about time passing; every step can be called by hand.
    """

    def __init__(
        self,
        *,
        instance: str,
        subjects: list[str],
        decoder: WireDecoder,
        analyzer: DepthAnalyzer,
        writer: StoreWriter,
        layer: RedisPubSubChannelLayer,
        minute_writer: MinuteWriter,
        interval: float,
        full_books: FullBooks | None = None,
        restarts: int = 0,
        clock: Callable[[], float] = time,
    ) -> None:
        self.instance = instance
        self.subjects = subjects
        self.decoder = decoder
        self.analyzer = analyzer
        self.writer = writer
        self.layer = layer
        self.minute_writer = minute_writer
        self.interval = interval
        self.full_books = full_books
        self.ask: Ask = nobody_answers
        self.restarts = restarts
        self.clock = clock
        self.epoch = uuid4().hex[:12]
        self.is_connected: Callable[[], bool] = lambda: False
        self.nats_trouble: Callable[[], str] = str
        self.slow_consumer_drops = 0
        self.messages = 0
        self._counts = Counts()
        self.refused, self.ignored = self._counts.refused, self._counts.ignored
        self.errors: Counter[str] = Counter()
        self._minutes = MinuteBook(analyzer.is_new)
        self._started_at = clock()
        self._nats = Outage(self._started_at)
        self._last_message_at: float | None = None
        self._last_accepted_at: float | None = None
        self._lag: float | None = None
        self._origins: dict[str, float] = {}
        self._is_successor = False
        self._publish_seconds = 0.0
        self._seq = 0
        self._last_batch_at = 0.0
        self._tidied_at = 0.0
        self._forgot_at = self._gave_back_at = float("-inf")
        self._last_record = (self._started_at, 0)
        self._store = OutageLog(
            logger, "store_away %s: %s; metrics go on, writing is tried again", "store_back"
        )
        self.last_report = self.report(self._started_at, [])

    # -- In ----------------------------------------------------------------------------------

    def process(self, raw: bytes, subject: str = "") -> None:
        """Take one message in. Whatever it holds, it is accepted, ignored or refused, and counted."""
        now = self.clock()
        self.messages += 1
        self._last_message_at = now
        analyzer = self.analyzer
        try:
            frame = self.decoder.decode(raw, subject)
            if isinstance(frame, BookUpdate):
                self._update(frame, now)
            elif isinstance(frame, (BookChange, BookSnapshot)):
                self._keep_whole(frame, now)
            elif isinstance(frame, Ignored):
                self.ignored[frame.kind] += 1
                if frame.symbol:
                    analyzer.admission.blame(frame.symbol, frame.kind, now)
            else:
                if self.full_books and isinstance(frame, BookTicker):
                    self._interrupt(self.full_books.touch(frame, now), now)
                analyzer.hear(frame, now)
                self.ignored[kind_of(frame)] += 1
        except Refused as refusal:
            self._counts.refuse(refusal.reason, refusal.symbol)
            if refusal.symbol:
                analyzer.admission.blame(refusal.symbol, refusal.reason, now, refusal.market)
        if analyzer.admission.news:
            self._settle(now)

    def _update(self, book: BookUpdate, now: float) -> None:
        self.analyzer.update(book, now)
        self._last_accepted_at = now
        if book.origin:
            self._origins[book.origin] = now
        if book.event_time is not None:
            self._lag = now - book.event_time

    def _keep_whole(self, frame: BookChange | BookSnapshot, now: float) -> None:
        """Take in what a full book is made of, and show what becomes of it."""
        books = self.full_books
        if books is None:
            return
        try:
            book = books.take(frame, now)
        finally:
            self._interrupt(books.take_lost(), now)
        if book:
            self._update(book, now)

    def _interrupt(self, lost: list[Lost], now: float) -> None:
        for each in lost:
            self.analyzer.interrupt(*each, now)

    def _settle(self, now: float) -> None:
        """Carry out what was decided about messages that had to wait."""
        for counted in self.analyzer.settle(now):
            self._counts.refuse(counted.reason, counted.symbol, counted.messages)

    # -- Out ---------------------------------------------------------------------------------

    async def publish_once(self) -> float:
        """Store what changed since the last call, histories first, and tell the web processes.

        Who reads a new book finds its history as well. Returns the seconds this process was busy with it. What could
        not be stored is handed out again.
        """
        began = perf_counter()
        now = self.clock()
        self.analyzer.pass_time(now)
        self._settle(now)
        changed, removed, withdrawn, forgotten, ticks, flow, trades = self.analyzer.drain()
        for market, since in withdrawn.items():
            self._minutes.withdraw(market, since)
            self.writer.withdraw(market, since, now)
            if not self.analyzer.is_new(market):  # else none of its minutes was handed over
                self.minute_writer.withdraw(market, since)
        for market, since in forgotten.items():
            self._minutes.withdraw(market, since)
            self.writer.forget(market, since, now)
            self._forgot_at = now
        self.writer.add_history(ticks)
        self._minutes.add(ticks, flow)
        self._minutes.add_trades(trades)
        busy = perf_counter() - began
        if not (changed or removed) and now - self._last_batch_at < HEARTBEAT_SECONDS:
            return busy
        if not await self._reach_store(lambda: self._send(changed, removed, now)):
            self.analyzer.mark_changed(changed)
            self.analyzer.mark_removed(removed)
        self._publish_seconds = perf_counter() - began
        return self._publish_seconds

    async def recognise_once(self) -> bool:
        """Learn who has minutes in the database, and so is not new; False while that is away."""
        markets = await self.minute_writer.kept_markets()
        if markets is not None:
            self.analyzer.admission.recognise(markets)
        return markets is not None

    async def record_once(self) -> None:
        """Once a second: forget the expired, close minutes, report; now and then, tidy up."""
        now = self.clock()
        self.decoder.tidy(now)
        if self.full_books:
            self._interrupt([*self.full_books.take_lost(), *self.full_books.still_waiting(now)], now)
        self.analyzer.expire(now)
        not_live = list(self.analyzer.not_live(now))
        tracked = (MarketId(each.symbol, each.market) for each in not_live if each.state)
        self._minutes.add_not_live(tracked, now, now - self._last_record[0])
        self.minute_writer.add(self._minutes.close(now - LATE_SECONDS))
        self._is_successor = self._is_successor or await self._reach_store(lambda: self._succeed(now))
        self.last_report = self.report(now, not_live)
        if self._is_successor:
            await self._reach_store(lambda: self.writer.write_report(self.last_report))
        if not self.analyzer.missed_mids or not await self._reach_store(lambda: self._ask_for_mids(now)):
            self.analyzer.mids_elsewhere = {}
        if now - self._tidied_at >= TIDY_SECONDS and await self._reach_store(lambda: self.writer.tidy(now)):
            self._tidied_at = now
        if now - self._forgot_at <= GIVING_BACK_SECONDS and now - self._gave_back_at >= TIDY_SECONDS:
            gc.collect()  # what Python has put by here and there holds up a megabyte around it
            give_back()
            self._gave_back_at = now

    async def _succeed(self, now: float) -> None:
        """Take over the marks of books that a former run has left: its report is written over, they are shown on."""
        self._origins = await self.writer.read_origins(self.instance, now) | self._origins

    async def _ask_for_mids(self, now: float) -> None:
        """Learn what other feeds know of the worth of quote assets: of their symbols this one has no price."""
        some = sorted(self.analyzer.missed_mids)[:MOST_MISSED_MIDS]
        self.analyzer.mids_elsewhere = await self.writer.read_mids(some, now, self.analyzer.expiry)

    async def finish(self) -> None:
        """Carry out everything that is left; called once, when no message comes any more."""
        await self.publish_once()
        await self._reach_store(lambda: self.writer.write_history(self.clock()))
        self.minute_writer.add(self._minutes.close_all())
        await self.record_once()
        if not await self.minute_writer.save_once():
            logger.error("minutes_lost %d: the database is away", self.minute_writer.waiting)

    def report(self, now: float, not_live: list[NotLive]) -> FeedReport:
        """State and counts at `now`; the rate is since the report before."""
        since, messages = self._last_record
        self._last_record = (now, self.messages)
        return FeedReport(
            instance=self.instance,
            epoch=self.epoch,
            partition=str(self.decoder.partition),
            subjects=self.subjects,
            started_at=self._started_at,
            reported_at=now,
            connected=self.is_connected(),
            nats_away_since=self._nats.look(self.is_connected(), now),
            nats_trouble=self.nats_trouble() or None,
            withdrawals=self.analyzer.withdrawals,
            not_live=not_live[:MOST_NOT_LIVE],
            not_live_count=len(not_live),
            wrong_clocks=self.analyzer.admission.clocks.wrong(now),
            last_message_at=self._last_message_at,
            messages=self.messages,
            accepted=self.analyzer.accepted,
            refused=dict(self.refused),
            refused_mostly=self._counts.refused_mostly(),
            last_accepted_at=self._last_accepted_at,
            ignored=dict(self.ignored),
            new_runs=self.analyzer.new_runs,
            evicted=self.analyzer.evicted,
            slow_consumer_drops=self.slow_consumer_drops,
            errors=dict(self.errors | Counter(minutes_dropped=self.minute_writer.dropped) | stored.errors()),
            rate_per_second=(self.messages - messages) / (now - since) if now > since else 0.0,
            lag_ms=None if self._lag is None else 1000 * self._lag,
            publish_ms=1000 * self._publish_seconds,
            symbols=self.analyzer.symbols,
            markets=len(self.analyzer.states),
            rollups_waiting=self.minute_writer.waiting,
            restarts=self.restarts,
            **self._integrity(now),
            origins=sorted(
                origin for origin, at in self._origins.items() if now - at <= self.analyzer.expiry.ttl
            ),
        )

    def _integrity(self, now: float) -> dict[str, Any]:
        """What a report says of books that are kept whole: those that are kept worst first."""
        books = self.full_books
        if books is None:
            return {}
        count, whole = books.totals()
        worst = nsmallest(MOST_FULL_BOOKS, books.integrity(now), attrgetter("whole_share", "symbol"))
        return {
            "full_books": worst,
            "full_books_count": count,
            "full_books_whole": whole,
            "full_book_gaps": books.gaps,
            "full_book_contradictions": books.contradicted,
            "full_book_snapshots": books.snapshots,
        }

    # -- Time --------------------------------------------------------------------------------

    async def run(self, stop: asyncio.Event) -> None:
        """Publish and record until `stop` is set; ends with an exception when any part fails for good."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._recognise_until(stop), name="recognise")
            group.create_task(self._publish_until(stop), name="publish")
            group.create_task(self._record_until(stop), name="record")
            group.create_task(self.minute_writer.run(stop), name="minutes")

    async def _recognise_until(self, stop: asyncio.Event) -> None:
        while not (stop.is_set() or await self.recognise_once()):
            await pause(stop, RETRY_SECONDS)

    async def _publish_until(self, stop: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not stop.is_set():
            busy = await self.publish_once()
            due = max(due + self.interval, loop.time() + pause_after(busy))
            await pause(stop, due - loop.time())

    async def _record_until(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.record_once()
            await pause(stop, RECORD_SECONDS)

    # -- Store -------------------------------------------------------------------------------

    async def _send(self, changed: list[str], removed: list[MarketId], now: float) -> None:
        await self.writer.write_history(now)
        published: list[Current] = []
        rows, gone = await self.writer.write_current(self._newest(changed, published, now), removed)
        for row, book, *_ in published:
            self._minutes.sample(row, hears_trades=bool(book.trades))
        self._seq += 1
        self._last_batch_at = now
        batch = {
            "type": BATCH_EVENT,
            "feed": self.instance,
            "epoch": self.epoch,
            "seq": self._seq,
            "sent_at": now,
            "nats_away_since": self._nats.look(self.is_connected(), now),
            "wrong_clocks": self.last_report.wrong_clocks,
            "restarts": self.restarts,
            "origins": self.last_report.origins,
            "last_accepted_at": self._last_accepted_at,
            "refused_mostly": self.last_report.refused_mostly,
            "started_at": self._started_at,
            "last_message_at": self._last_message_at,
            "subjects": self.subjects,
            "rows": rows,
            "removed": gone,
        }
        await self.layer.group_send(MARKET_GROUP, batch)

    def _newest(
        self, changed: list[str], published: list[Current], now: float
    ) -> Iterator[tuple[str, list[Current]]]:
        """The markets of symbols that changed; those that are handed out are added to `published`."""
        for symbol, current in self.analyzer.current_of(changed, now):
            published += current
            yield symbol, current

    async def _reach_store(self, write: Callable[[], Awaitable[None]]) -> bool:
        """Run `write`; a store that is away is counted, told once, and no reason to stop."""
        try:
            await write()
        except STORE_AWAY as error:
            self.errors["store_away"] += 1
            self._store.is_away(type(error).__name__, error)
            return False
        self._store.is_over()
        return True


def pause_after(busy: float) -> float:
    """Seconds that publishing leaves to others after it took `busy` seconds.

    Never so many that the feed would seem silent: a store that hangs takes long and costs nothing.
    """
    return min(HEARTBEAT_SECONDS, busy * (1 / PUBLISHING_SHARE - 1))
