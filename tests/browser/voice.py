"""A voice in the market beside the simulator's, which sends what a test wants, as long as it wants."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread

from django.conf import settings

from messaging.bus import connected
from tests.browser.market import Market
from tests.servers import nats_url, until

SECONDS = 0.3
Words = Callable[[int], list[bytes]]
"""The messages of a step; steps are counted from 1."""


class Voice(Thread):
    """Publishes `words` of one step after the other; they may be replaced meanwhile."""

    def __init__(self, market: Market, words: Words) -> None:
        super().__init__(daemon=True)
        self.words = words
        self._url = nats_url(market.nats.port)
        self._done = Event()

    def stop(self) -> None:
        self._done.set()
        self.join(10)

    def run(self) -> None:
        asyncio.run(self._speak())

    async def _speak(self) -> None:
        async with connected(self._url, "voice") as bus:
            for step in count(1):
                if self._done.is_set():
                    return
                for raw in self.words(step):
                    await bus.publish(settings.NATS_CONSUMER_TOPIC[0], raw)
                await asyncio.sleep(SECONDS)


@contextmanager
def speaking(market: Market, words: Words) -> Iterator[Voice]:
    """Somebody who speaks inside the block, and whose symbols are forgotten afterwards."""
    before = tracked(market)  # another may speak meanwhile
    voice = Voice(market, words)
    voice.start()
    try:
        yield voice
    finally:
        voice.stop()
        until(lambda: tracked(market) <= before, "what was sent is forgotten", 60)


def tracked(market: Market) -> set[str]:
    """The symbols there are numbers of."""
    return set(market.rest("all")["metrics"])
