"""From NATS to REST in one process, on recorded time: NATS and the store are real, only the clock is not."""

import asyncio
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from nats.aio.client import Client

from metrics.feed import bus
from metrics.feed.runner import DepthFeed
from metrics.feed.source import receive
from tests.factories import Clock

Arrival = tuple[float, bytes]
"""When a frame arrived, in seconds since the epoch, and the frame."""

PENDING = 1_000_000
PROBE = b"is anybody there?"


class Pipeline:
    """A feed that hears frames over NATS and takes each for received when it was recorded."""

    def __init__(self, feed: DepthFeed, clock: Clock) -> None:
        self.feed = feed
        self._clock = clock
        self._times: list[float] = []
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

    def run(self, arrivals: Iterable[Arrival]) -> None:
        """Publish everything, second by second; publish and record after each, save minutes in the end."""
        async_to_sync(self._run)(arrivals)

    async def _run(self, arrivals: Iterable[Arrival]) -> None:
        stop = asyncio.Event()
        receiving = asyncio.create_task(receive(self.feed, settings.NATS_URL, PENDING, stop))
        async with bus.connected(settings.NATS_URL, "recordings") as client:
            while not self._is_heard:  # until the subscription is there
                await client.publish(settings.NATS_CONSUMER_TOPIC[0], PROBE)
                await asyncio.sleep(0.01)
            for _, second in groupby(arrivals, key=lambda arrival: int(arrival[0])):
                await self._second(client, list(second))
            stop.set()
            await receiving
        await self.feed.rollups.save_once()
        await self.feed.writer.close()

    async def _second(self, client: Client, arrivals: list[Arrival]) -> None:
        self._times.extend(at for at, _ in arrivals)
        for _, raw in arrivals:
            await client.publish(settings.NATS_CONSUMER_TOPIC[0], raw)
        await self._until(lambda: self.feed.messages == len(self._times))
        await self.feed.publish_once()
        await self.feed.record_once()

    @staticmethod
    async def _until(condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.0005)
