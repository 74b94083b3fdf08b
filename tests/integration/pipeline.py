"""From NATS to REST and to signals in one process, on recorded time: all is real but the clock."""

import asyncio
import math
from collections.abc import Callable, Iterable, Iterator

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from nats.aio.client import Client

from messaging import bus
from messaging.source import receive
from metrics.feed.runner import RECORD_SECONDS, DepthFeed
from strategies.engine import Engine
from tests.factories import Clock

Arrival = tuple[float, bytes]
"""When a frame arrived, in seconds since the epoch, and the frame."""

PENDING = 1_000_000
PROBE = b"is anybody there?"


class Pipeline:
    """A feed, and strategies beside it, that hear frames over NATS and take each for received when it was recorded.

    Every `interval` seconds of that time the feed publishes, and `look` is called.
    """

    def __init__(
        self,
        feed: DepthFeed,
        clock: Clock,
        engine: Engine | None = None,
        *,
        interval: float = 1.0,
        look: Callable[[], None] | None = None,
    ) -> None:
        self.feed = feed
        self.engine = engine
        self._clock = clock
        self._interval = interval
        self._look = look
        self._times: list[float] = []
        self._record_at = 0.0
        self._is_heard = False
        self._process = feed.process
        # The feed counts what arrives and loses itself; only its way in is another one, which sets the clock first.
        feed.process = self._process_on_time  # type: ignore[method-assign]

    def _process_on_time(self, raw: bytes, subject: str = "") -> None:
        if raw == PROBE:
            self._is_heard = True
            return
        self._clock.now = self._times[self.feed.messages]
        self._process(raw, subject)
        if self.engine:
            self.engine.process(raw, subject)

    def run(self, arrivals: Iterable[Arrival], until: float | None = None) -> None:
        """Publish everything, and let time pass to `until` or the last arrival."""
        async_to_sync(self._run)(list(arrivals), until)

    def save_minutes(self) -> None:
        """Those that are over go to the database."""
        async_to_sync(self.feed.minute_writer.save_once)()

    async def _run(self, arrivals: list[Arrival], until: float | None) -> None:
        stop = asyncio.Event()
        self._is_heard = False
        receiving = asyncio.create_task(receive(self.feed, settings.NATS_URL, PENDING, stop))
        async with bus.connected(settings.NATS_URL, "recordings") as client:
            while not self._is_heard:  # until the subscription is there
                await client.publish(settings.NATS_CONSUMER_TOPIC[0], PROBE)
                await asyncio.sleep(0.01)
            for end, due in beats(arrivals, self._interval, until):
                await self._send(client, due)
                await self._carry_out(end)
            await self.feed.record_once()
            stop.set()
            await receiving
        await self.feed.writer.close()

    async def _send(self, client: Client, arrivals: list[Arrival]) -> None:
        self._times.extend(at for at, _ in arrivals)
        for _, raw in arrivals:
            await client.publish(settings.NATS_CONSUMER_TOPIC[0], raw)
        async with asyncio.timeout(30):
            while self.feed.messages < len(self._times):
                await asyncio.sleep(0.0005)

    async def _carry_out(self, now: float) -> None:
        self._clock.now = now
        if self.engine:
            self.engine.pass_time()
        await self.feed.publish_once()
        if now >= self._record_at:
            await self.feed.record_once()
            self._record_at = now + RECORD_SECONDS
        if self._look:
            await sync_to_async(self._look)()


def beats(
    arrivals: list[Arrival], interval: float, until: float | None
) -> Iterator[tuple[float, list[Arrival]]]:
    """Ends of intervals up to `until` or the last arrival, where the last one ends, and what arrives in each."""
    last = arrivals[-1][0] if until is None else until
    number, begin = math.floor(arrivals[0][0] / interval) + 1, 0
    while True:
        end = min(number * interval, last)
        after = begin
        while after < len(arrivals) and arrivals[after][0] <= end:
            after += 1
        yield end, arrivals[begin:after]
        if end >= last:
            return
        number, begin = number + 1, after
