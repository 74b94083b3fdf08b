"""A market whose every number is known beforehand, published to NATS from a thread of its own."""

import asyncio
import time
from threading import Event, Thread

from messaging import bus
from tests.factories import spot_book

SYMBOLS = ("AAAUSDT", "BBBUSDT", "CCCUSDT")
SUBJECT = "binance.websocket.data"
INTERVAL_SECONDS = 0.1


def quote(place: int, step: int) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """The book of the symbol at `place` in a step: prices never repeat, so a price identifies the step."""
    price = 100.0 * (place + 1) + step / 100
    return [(price, float(1 + step % 7))], [(price + 0.5, 3.0)]


class ScriptedMarket(Thread):
    """Publishes a step of every symbol ten times a second, while NATS is there."""

    def __init__(self, url: str) -> None:
        super().__init__(name="scripted-market", daemon=True)
        self.step = 0
        self._url = url
        self._stop_asked = Event()

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(15)

    def run(self) -> None:
        asyncio.run(self._publish())

    def expected(self, symbol: str, mid: float) -> float | None:
        """The net pressure at this mid price, None where no step up to now has had it."""
        place = SYMBOLS.index(symbol)
        step = round((mid - 0.25 - 100 * (place + 1)) * 100)
        bids, asks = quote(place, step)
        if not 0 <= step <= self.step or abs((bids[0][0] + asks[0][0]) / 2 - mid) > 1e-6:
            return None
        bid, ask = bids[0][1], asks[0][1]
        return 100 * (bid - ask) / (bid + ask)

    async def _publish(self) -> None:
        first_id = time.time_ns() // 1_000_000
        async with bus.connected(self._url, "scripted market") as client:
            while not self._stop_asked.is_set():
                self.step += 1
                for place, symbol in enumerate(SYMBOLS):
                    bids, asks = quote(place, self.step)
                    if client.is_connected:
                        await client.publish(SUBJECT, spot_book(symbol, bids, asks, first_id + self.step))
                await asyncio.sleep(INTERVAL_SECONDS)
