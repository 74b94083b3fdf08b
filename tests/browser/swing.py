"""A symbol whose book turns over all the time, whatever the rest of the market does."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread

from django.conf import settings

from metrics.feed.bus import connected
from tests.browser.market import SYMBOLS, Market
from tests.factories import spot_book
from tests.servers import nats_url, until

SECONDS = 0.3
HEAVY, LIGHT = 20.0, 10.0


@contextmanager
def swinging(market: Market, symbol: str) -> Iterator[None]:
    """Books of `symbol` of which one side outweighs the other two to one, each side in turn; gone afterwards."""
    done = Event()
    thread = Thread(target=lambda: asyncio.run(_swing(nats_url(market.nats.port), symbol, done)), daemon=True)
    thread.start()
    try:
        until(lambda: market.rest("all")["symbols_count"] == SYMBOLS + 1, f"{symbol} is tracked")
        yield
    finally:
        done.set()
        thread.join(10)
        until(lambda: market.rest("all")["symbols_count"] == SYMBOLS, f"{symbol} is forgotten", 60)


async def _swing(url: str, symbol: str, done: Event) -> None:
    async with connected(url, "swing") as bus:
        for update_id in count(1):
            if done.is_set():
                return
            bid, ask = (HEAVY, LIGHT) if update_id % 2 else (LIGHT, HEAVY)
            raw = spot_book(symbol, [(100.0, bid)], [(100.01, ask)], update_id)
            await bus.publish(settings.NATS_CONSUMER_TOPIC[0], raw)
            await asyncio.sleep(SECONDS)
