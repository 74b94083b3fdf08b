"""The whole books of an invented market, for whoever asks for them."""

import asyncio
from collections.abc import Awaitable, Callable

from markets.figures import Figures
from markets.no_answer import NoAnswer
from markets.simulation.frames import RawFrame
from markets.simulation.market import SimulatedMarket

NEVER_SECONDS = 60.0  # until somebody may ask again for what is not there

Publish = Callable[[list[RawFrame]], Awaitable[None]]


class SimulatedBooks:
    """Those of one venue and form."""

    def __init__(
        self,
        market: SimulatedMarket,
        venue: str,
        form: str,
        publish: Publish,
        *,
        event_time_ms: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.figures = Figures(venue, form)
        self._market, self._publish = market, publish
        self._event_time_ms, self._sleep = event_time_ms, sleep

    async def snapshot(self, symbol: str) -> bytes:
        """The book as it is now, which is published as well. Raises NoAnswer."""
        figures = self.figures
        answer = self._market.answer(symbol, futures=figures.form == "usdm", now_ms=self._event_time_ms())
        if answer is None:
            raise NoAnswer(f"{figures.venue}/{figures.form} has no whole book of {symbol}", NEVER_SECONDS)
        await self._sleep(answer.after_seconds)
        if answer.frame is None:
            raise NoAnswer(answer.error, answer.retry_seconds)
        figures.snapshots += 1
        await self._publish([answer.frame])
        return answer.body
